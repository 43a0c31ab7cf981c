"""How the logs show an error: its type and traceback, but no text that a person wrote."""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from itertools import chain
from types import TracebackType
from typing import TYPE_CHECKING, Any

from summaries.errors import (
    FetchError,
    InvalidSettings,
    NothingToSummarize,
    ResourceLimitExceeded,
    SendError,
    StoreError,
)

if TYPE_CHECKING:
    import asyncio

# Their messages are about the installation only.
OURS = (StoreError, ResourceLimitExceeded, InvalidSettings)
# Their messages contain foreign text only in quotation marks or as addresses. For all other errors only the type is
# logged: Python's messages quote the offending value, PostgreSQL's the row.
OF_SERVERS = frozenset({"telegram", "httpx", "httpcore", "sqlite3"})
LONGEST = 300
LONGEST_READ = 1000
MOST_CAUSES = 5
MOST_FRAMES = 30

_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
# The apostrophe in "can't" is not a quotation mark.
_OPENING = re.compile(r"(?<!\w)[\"'“«]")
_CLOSING = re.compile(r"[\"'”»](?!\w)")
_CLOSES = {'"': '"', "'": "'", "“": "”", "«": "»"}


def format_error(error: BaseException) -> str:
    """Return the error in one line."""
    name = type(error).__name__
    words = " ".join(_words(error).split())[:LONGEST]
    return f"{name}: {words}" if words else name


def _words(error: BaseException) -> str:
    match error:
        case NothingToSummarize():
            return error.reason.value
        case OSError() if error.errno is not None:
            return error.strerror or ""
        case _ if isinstance(error, OURS):
            return str(error)
        case _ if quotes_nobody(error):
            return _without_quotations(_ADDRESS.sub("<address>", str(error)[:LONGEST_READ]))
        case _:
            return ""


def _without_quotations(text: str) -> str:
    """Return the text with "…" for each quotation, from an opening mark to the last closing one, because quotations may
    be nested."""
    last = {mark.group(): mark.start() for mark in _CLOSING.finditer(text)}
    parts: list[str] = []
    begin = 0
    for mark in _OPENING.finditer(text):
        end = last.get(_CLOSES[mark.group()], -1)
        if begin <= mark.start() < end:
            parts += (text[begin : mark.start()], "…")
            begin = end + 1
    return "".join([*parts, text[begin:]])


def quotes_nobody(error: BaseException) -> bool:
    """Return whether the message is safe without its quotations and addresses."""
    package = type(error).__module__.partition(".")[0]
    # For example a refused connection. Other errors of psycopg may quote a row.
    is_about_server = package == "psycopg" and any(base.__name__ == "OperationalError" for base in type(error).__mro__)
    return isinstance(error, SendError | FetchError) or package in OF_SERVERS or is_about_server


def format_traceback(error: BaseException) -> str:
    """Return the error with its traceback and its causes, first cause first."""
    return "\nwhich led to:\n".join("".join(_account(link)) for link in reversed(list(_chain(error))))


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen and len(seen) < MOST_CAUSES:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _account(error: BaseException) -> Iterator[str]:
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    yield from chain.from_iterable(traceback.format_list([frame]) for frame in frames)
    yield format_error(error)
    if isinstance(error, BaseExceptionGroup):
        for number, inner in enumerate(error.exceptions[:MOST_CAUSES], 1):
            yield f"\n-- {number} of {len(error.exceptions)} --\n{format_traceback(inner)}"


log = logging.getLogger(__name__)


def report_uncaught() -> None:
    """Log errors that end the program or a thread, and those that cannot be raised."""
    sys.excepthook = _ended
    threading.excepthook = _thread_ended
    sys.unraisablehook = _unraisable


def _ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    log.critical("the program ends by an error that nothing caught", exc_info=(kind, error, trace))


def _thread_ended(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        log.error("a thread ended by an error", exc_info=args.exc_value)


def _unraisable(unraisable: sys.UnraisableHookArgs) -> None:
    log.error("an error where none can be raised", exc_info=unraisable.exc_value)


def loop_failed(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an error of the event loop. asyncio's own handler would print tasks with the errors that ended them."""
    # For example "Exception in callback work('text')".
    what = str(context.get("message") or "an error in the event loop").partition("(")[0]
    task = context.get("task") or context.get("future")
    name = task.get_name() if task is not None and hasattr(task, "get_name") else None
    log.error("%s%s", what, f" [{name}]" if name else "", exc_info=context.get("exception"))
