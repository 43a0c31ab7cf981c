"""From a log record to its line: add bound values, redact errors and private text, then format."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, MutableMapping
from typing import Any

import structlog
from structlog.dev import ConsoleRenderer
from structlog.processors import JSONRenderer, TimeStamper
from structlog.stdlib import ProcessorFormatter, add_log_level, add_logger_name

from bot.logs import ANY_TOKEN
from bot.logs.error_format import format_error, format_traceback
from bot.logs.redaction import masked, private_strings

Event = MutableMapping[str, Any]

TOKEN = "<token>"  # noqa: S105  the replacement
SECRET = "<secret>"  # noqa: S105
# Shorter secrets occur in any line by chance, and protect nothing.
SHORTEST = 4

# Control characters would reach the terminal, and a line break would fake a new line.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_FIXED = frozenset({"level", "logger", "timestamp"})


def make_formatter(*, is_human: bool, has_colors: bool, secrets: Iterable[str] = ()) -> ProcessorFormatter:
    """Return the formatter that turns each record into its line."""
    human = ConsoleRenderer(colors=has_colors, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback)
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
            TimeStamper(fmt="iso", utc=True),
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
