"""From a record to its line: what is bound comes in, errors and people's words go out, then JSON or a coloured line."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import structlog
from structlog.dev import ConsoleRenderer
from structlog.processors import JSONRenderer, TimeStamper
from structlog.stdlib import ProcessorFormatter, add_log_level, add_logger_name

from bot.logs import ANY_TOKEN
from bot.logs.error_format import said, told
from bot.logs.redaction import masked, private_strings

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

    Event = MutableMapping[str, Any]

TOKEN = "<token>"  # noqa: S105  what stands in its place
SECRET = "<secret>"  # noqa: S105
# What is shorter stands in any line by chance, and is none that keeps anybody out.
SHORTEST = 4

# A terminal obeys them, and a line break begins what looks like a line of its own.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_FIXED = frozenset({"level", "logger", "timestamp"})


def make_formatter(*, is_human: bool, has_colors: bool, secrets: Iterable[str] = ()) -> ProcessorFormatter:
    """What turns each record into its line."""
    human = ConsoleRenderer(colors=has_colors, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback)
    hide: Any = Hide(secrets)
    render: list[Any] = [printable, human] if is_human else [JSONRenderer()]
    return ProcessorFormatter(
        # The arguments are put in here, so that an error among them can be said.
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
    """`exc_info`, where there is one, becomes text."""
    info = event.pop("exc_info", None)
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["exception"] = told(error)
    if isinstance(event["_record"].msg, BaseException):
        event["event"] = said(event["_record"].msg)
    return event


def put_arguments(_: object, __: str, event: Event) -> Event:
    """The message with its arguments; an error among them is said in our words."""
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
    return said(value) if isinstance(value, BaseException) else value


def mask_private(_: object, __: str, event: Event) -> Event:
    """Nothing of the update that is worked on."""
    if strings := private_strings():
        for key, value in event.items():
            if key not in _FIXED and isinstance(value, str):
                event[key] = masked(value, strings)
    return event


def printable(_: object, __: str, event: Event) -> Event:
    """One line but for the traceback, and nothing that a terminal obeys: some of it comes from strangers' feeds."""
    for key, value in event.items():
        if isinstance(value, str):
            text = value if key == "exception" else value.replace("\n", r"\n")
            event[key] = _CONTROL.sub(lambda found: ascii(found.group())[1:-1], text)
    return event


class Hide:
    """The secrets, wherever they stand in the line, also as JSON writes them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known: dict[str, str] = {}
        for secret in secrets:
            # A token's part behind the colon is the secret.
            known |= {secret: TOKEN, secret.partition(":")[2]: TOKEN} if ":" in secret else {secret: SECRET}
            # A password may be of other letters.
            known.setdefault(json.dumps(secret)[1:-1], SECRET)
        self._known = {part: known[part] for part in sorted(known, key=len, reverse=True) if len(part) >= SHORTEST}

    def __call__(self, _: object, __: str, line: str) -> str:
        for secret, stand_in in self._known.items():
            line = line.replace(secret, stand_in)
        return ANY_TOKEN.sub(TOKEN, line)
