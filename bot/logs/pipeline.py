"""From a log record to its line: add bound values, redact errors and private text, then format."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import structlog
from structlog.dev import ConsoleRenderer
from structlog.processors import JSONRenderer
from structlog.stdlib import ProcessorFormatter, add_log_level, add_logger_name

from bot.logs import ANY_TOKEN
from bot.logs.error_format import format_error, format_traceback

Event = MutableMapping[str, Any]

TOKEN = "<token>"  # noqa: S105  the replacement
SECRET = "<secret>"  # noqa: S105
# Shorter secrets occur in any line by chance, and protect nothing.
SHORTEST = 4

# Control characters would reach the terminal, and a line break would fake a new line.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_FIXED = frozenset({"level", "logger", "timestamp"})


def make_formatter(*, is_human: bool, is_terminal: bool, secrets: Iterable[str] = ()) -> ProcessorFormatter:
    """Return the formatter that turns each record into its line. Times are UTC, but readable lines in a terminal have
    those of the operator's time zone."""
    human = ConsoleRenderer(colors=is_terminal, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback)
    hide: Any = Hide(secrets)
    render: list[Any] = [printable, human] if is_human else [JSONRenderer()]
    return ProcessorFormatter(
        # `put_arguments` formats the message, so that an error among the arguments is redacted.
        use_get_message=False,
        pass_foreign_args=True,
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            add_log_level,
            add_logger_name,
            stamp_local if is_human and is_terminal else stamp_utc,
        ],
        processors=[
            tell_errors,
            ProcessorFormatter.remove_processors_meta,
            put_arguments,
            mask_private,
            *render,
            hide,
        ],
    )


def stamp_utc(_: object, __: str, event: Event) -> Event:
    """Add the record's time in UTC."""
    event["timestamp"] = datetime.fromtimestamp(event["_record"].created, UTC).isoformat().replace("+00:00", "Z")
    return event


def stamp_local(_: object, __: str, event: Event) -> Event:
    """Add the record's time in the system's time zone."""
    moment = datetime.fromtimestamp(event["_record"].created, UTC).astimezone()
    event["timestamp"] = moment.strftime("%Y-%m-%d %H:%M:%S %Z")
    return event


def tell_errors(_: object, __: str, event: Event) -> Event:
    """Replace `exc_info` by text."""
    info = event.pop("exc_info", None)
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["exception"] = format_traceback(error)
    if isinstance(event["_record"].msg, BaseException):
        event["event"] = format_error(event["_record"].msg)
    return event


def put_arguments(_: object, __: str, event: Event) -> Event:
    """Format the message with its arguments, of which errors are redacted."""
    args = event.pop("positional_args", ())
    text = str(event["event"])
    if args:
        try:
            text %= {k: _sayable(v) for k, v in args.items()} if isinstance(args, dict) else tuple(map(_sayable, args))
        except (TypeError, ValueError, KeyError):
            text = f"{text} (its arguments do not fit)"
    event["event"] = text
    return event


def _sayable(value: object) -> object:
    return format_error(value) if isinstance(value, BaseException) else value


def mask_private(_: object, __: str, event: Event) -> Event:
    """Mask the texts and names of the update that is being handled."""
    if strings := private_strings():
        for key, value in event.items():
            if key not in _FIXED and isinstance(value, str):
                event[key] = masked(value, strings)
    return event


def printable(_: object, __: str, event: Event) -> Event:
    """Remove line breaks and control characters except in the traceback: some text comes from strangers' feeds."""
    for key, value in event.items():
        if isinstance(value, str):
            text = value if key == "exception" else value.replace("\n", r"\n")
            event[key] = _CONTROL.sub(lambda found: ascii(found.group())[1:-1], text)
    return event


class Hide:
    """Masks the secrets anywhere in the line, also in JSON notation."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known: dict[str, str] = {}
        for secret in secrets:
            # The secret of a token is the part after the colon.
            known |= {secret: TOKEN, secret.partition(":")[2]: TOKEN} if ":" in secret else {secret: SECRET}
            # A password may contain characters that JSON escapes.
            known.setdefault(json.dumps(secret)[1:-1], SECRET)
        self._known = {part: known[part] for part in sorted(known, key=len, reverse=True) if len(part) >= SHORTEST}

    def __call__(self, _: object, __: str, line: str) -> str:
        for secret, stand_in in self._known.items():
            line = line.replace(secret, stand_in)
        return ANY_TOKEN.sub(TOKEN, line)


# Fields of an update that contain text or names of people.
PRIVATE_FIELDS = frozenset(
    {"text", "caption", "query", "title", "first_name", "last_name", "username", "file_name", "url", "phone_number",
     "address", "name", "author_signature", "bio", "description"}
)  # fmt: skip
MASK = "<private>"
DEEPEST = 12
MOST_STRINGS = 200

_COMMAND = re.compile(r"/[a-z0-9_]+(?:@[a-z0-9_]+)?\s*", re.IGNORECASE)

_update: ContextVar[Callable[[], Mapping[str, Any]] | None] = ContextVar("private update", default=None)


@contextmanager
def keeping_private(update: Callable[[], Mapping[str, Any]]) -> Iterator[None]:
    """Redact the texts and names of the update from all lines that are logged in the block.

    `update` returns the update as Telegram's JSON. It is called only when a line is logged.
    """
    token = _update.set(update)
    try:
        yield
    finally:
        _update.reset(token)


def private_strings() -> tuple[str, ...]:
    """Return the strings to mask in a line that is logged now, longest first."""
    update = _update.get()
    return strings_of(update()) if update is not None else ()


def strings_of(update: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the private strings of an update: texts, their lines, links in them, names."""
    found: set[str] = set()
    for text in _texts(update, 0):
        # The command's own name is not private, and occurs in the program's messages.
        rest = _COMMAND.sub("", text, count=1) if text.startswith("/") else text
        links = (word for word in rest.split() if "." in word.strip(".") or "/" in word)
        found.update({rest.strip(), *(line.strip() for line in rest.splitlines()), *links})
        if len(found) > MOST_STRINGS:
            break
    return tuple(sorted((string for string in found if len(string) > 1), key=len, reverse=True))


def _texts(value: object, depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in PRIVATE_FIELDS and isinstance(inner, str):
                yield inner
            else:
                yield from _texts(inner, depth + 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner, depth + 1)


def masked(text: str, strings: tuple[str, ...]) -> str:
    """Return the text with each of the strings masked where it occurs as whole words."""
    for string in strings:
        if string in text:
            start = r"(?<!\w)" if string[0].isalnum() else ""
            end = r"(?!\w)" if string[-1].isalnum() else ""
            text = re.sub(start + re.escape(string) + end, MASK, text)
    return text
