"""The callback data of the settings panel, at most 64 bytes.

Panel buttons carry the target state, not a change, so a double tap is harmless. They carry the chat only if it is
another one than the panel's own, so that a group's buttons survive its migration. Callback data can be forged. Decoding
returns a well-formed press or None; `changes` checks the value.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from zlib import crc32

from bot.views.callbacks import decoder

PANEL_PATTERN = r"^s1:"


class Verb(StrEnum):
    """The action of a button; `+` adds, `-` removes, `*` removes all."""

    VIEW = "v"
    ASK = "a"
    PREVIEW = "p"
    RUN = "r"
    STOP = "r-"
    ADD_TIME = "t+"
    DROP_TIME = "t-"
    DAYS = "d"
    ZONE = "z"
    ADD_TOPIC = "k+"
    DROP_TOPIC = "k-"
    ALL_TOPICS = "k*"
    ADD_OUTLET = "o+"
    DROP_OUTLET = "o-"
    ALL_OUTLETS = "o*"
    DROP_INCLUDED = "i-"
    DROP_EXCLUDED = "x-"
    LENGTH = "l"
    COUNT = "n"
    QUIET = "q"
    NO_QUIET = "q-"
    SILENT = "s"
    LOUD = "s-"
    SKIP_EMPTY = "e"
    TELL_EMPTY = "e-"


class View(StrEnum):
    """The panel's screens; `outlets` has pages: "outlets-2"."""

    MAIN = "main"
    TIMES = "times"
    DAYS = "days"
    ZONE = "zone"
    TOPICS = "topics"
    OUTLETS = "outlets"
    WORDS = "words"
    SIZE = "size"
    QUIET = "quiet"


class Question(StrEnum):
    """The input that the panel asks for."""

    TIMES = "times"
    ZONE = "zone"
    INCLUDE = "include"
    EXCLUDE = "exclude"
    QUIET = "quiet"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Press:
    """A press on the panel of the chat `target` (None: the chat that the panel is in)."""

    verb: Verb
    value: str = ""
    target: int | None = None

    def encode(self) -> str:
        target = "" if self.target is None else str(self.target)
        return f"s1:{target}:{self.verb}" + (f":{self.value}" if self.value else "")


decode_press = decoder(
    r"(?a)s1:(-?\d{1,15})?:([a-z]{1,2}[+*-]?)(?::([\w/+,-]{1,32}))?",
    lambda match: (
        Press(Verb(match[2]), match[3] or "", int(match[1]) if match[1] else None) if match[2] in set(Verb) else None
    ),
)


def shorten_name(name: str) -> str:
    """Return an eight-letter hash of a name that may not fit in callback data; it is looked up among the known
    names."""
    return f"{crc32(name.encode()):08x}"
