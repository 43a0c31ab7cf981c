"""What a person asks for in a message: links, times, topics (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING

from summaries.errors import BadSetting, InputError
from summaries.model import NewsQuery
from summaries.schedule import load_zone
from summaries.topics import GENERAL, find_topic

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_TIMES = 6
# Below this many words a message with a link in it is about the link, not an article of its own.
FEW_WORDS = 40

_LINK = re.compile(r"https?://[^\s<>\"“”]+", re.IGNORECASE)
_BARE_LINK = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}(?:/[^\s<>\"]*)?", re.IGNORECASE)
# Not opened, but meant as an address: who sends one should hear that, not that the text is short.
_OTHER_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*://|(?:mailto|file|javascript|data|tg):)\S+", re.IGNORECASE)
_TIME = re.compile(r"[0-9]{1,2}(?:[:.][0-9]{2})?")
# Words that people put around the hour and that change nothing.
_FILLERS = frozenset({"jam", "pukul", "setiap", "tiap", "dan", "at", "and"})


class BadTime(InputError):
    """A word of a schedule is neither a time of day nor a zone."""

    def __init__(self, word: str) -> None:
        super().__init__(f"{word!r} is not a time of day or a zone")
        self.word = word


class TooManyTimes(InputError):
    """More times a day than a digest may have."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Times of day, sorted, and the IANA zone that was named, if one was."""

    times: tuple[time, ...]
    zone: str | None


def find_link(text: str) -> str | None:
    """The link that a short message is about: its first http(s) link, or the message itself if it is a bare address.

    None for a message without a link, and for a long text that happens to hold one. The whole message may be an address
    of another scheme; opening it is refused later.
    """
    stripped = text.strip()
    if len(stripped.split()) >= FEW_WORDS:
        return None
    if match := _LINK.search(stripped):
        return match.group().rstrip(".,;:!?)]}'’")
    if _OTHER_ADDRESS.fullmatch(stripped):
        return stripped
    if _BARE_LINK.fullmatch(stripped):
        return f"https://{stripped}"
    return None


def read_schedule(text: str) -> Schedule:
    """Times and zone from words such as "07:00 18.30 WITA" or "jam 7".

    Raises:
        BadTime: a word is neither; or there is no time at all (then `word` is empty).
        TooManyTimes: more than `MOST_TIMES`.
    """
    times: set[time] = set()
    zone: str | None = None
    for word in text.replace(",", " ").split():
        if word.casefold() in _FILLERS:
            continue
        if _TIME.fullmatch(word):
            times.add(read_time(word))
        elif zone is None:
            zone = read_zone(word)
        else:
            raise BadTime(word)
    if not times:
        raise BadTime("")
    if len(times) > MOST_TIMES:
        raise TooManyTimes(f"{len(times)} times")
    return Schedule(tuple(sorted(times)), zone)


def read_time(word: str) -> time:
    """The time of day in "7", "07:00" or "07.00".

    Raises:
        BadTime: it is none.
    """
    hour, _, minute = word.replace(".", ":").partition(":")
    try:
        return time(int(hour), int(minute or 0))
    except ValueError as error:
        raise BadTime(word) from error


def read_zone(word: str) -> str:
    # An IANA name has a slash; "EST" or "Asia" alone are more likely a slip.
    if "/" not in word and word.upper() not in {"WIB", "WITA", "WIT", "UTC"}:
        raise BadTime(word)
    try:
        return load_zone(word).key
    except BadSetting as error:
        raise BadTime(word) from error


def read_query(text: str, outlets: Sequence[str]) -> NewsQuery:
    """A topic, an outlet that the store knows, or words to look for; nothing gives all news."""
    asked = " ".join(text.split())
    if not asked:
        return NewsQuery()
    if topic := find_topic(asked):
        return NewsQuery() if topic == GENERAL else NewsQuery(category=topic)
    squeezed = _squeeze(asked)
    for outlet in outlets:
        if squeezed in {_squeeze(outlet), _squeeze(outlet).removesuffix("com")}:
            return NewsQuery(outlet=outlet)
    return NewsQuery(words=asked[:200])


def _squeeze(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()
