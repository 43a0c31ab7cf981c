"""Errors that nothing caught are logged as all others are: Python would print what they quote."""

from __future__ import annotations

import logging
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from types import TracebackType

log = logging.getLogger(__name__)


def report_uncaught() -> None:
    """Log what ends the program or a thread, and what fails where nobody can be told."""
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
    """The event loop's exception handler. asyncio's own prints tasks, with the errors that they ended by."""
    # Such as "Exception in callback work('text')".
    what = str(context.get("message") or "an error in the event loop").partition("(")[0]
    task = context.get("task") or context.get("future")
    name = task.get_name() if task is not None and hasattr(task, "get_name") else None
    log.error("%s%s", what, f" [{name}]" if name else "", exc_info=context.get("exception"))
