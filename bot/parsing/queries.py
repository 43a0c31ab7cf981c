"""What a person asks for in a message: links, topics (pure)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from bot.parsing.dates import find_period
from summaries.digests.schedule import load_zone
from summaries.model import NewsQuery
from summaries.topic_model.topics import GENERAL, find_topic

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_SEARCH = 200
# Below this many words a message with a link in it is about the link, not an article of its own.
FEW_WORDS = 40

_LINK = re.compile(r"https?://[^\s<>\"“”]+", re.IGNORECASE)
_BARE_LINK = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}(?:/[^\s<>\"]*)?", re.IGNORECASE)
# Not opened, but meant as an address: who sends one should hear that, not that the text is short.
_OTHER_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*://|(?:mailto|file|javascript|data|tg):)\S+", re.IGNORECASE)


def find_links(text: str) -> list[str]:
    """The links that a short message is about, each once: its http(s) links, or the message itself if it is a bare
    address.

    Nothing for a message without a link, and for a long text that happens to hold some. The whole message may be an
    address of another scheme; opening it is refused later.
    """
    stripped = text.strip()
    links = list(dict.fromkeys(match.group().rstrip(".,;:!?)]}'’") for match in _LINK.finditer(stripped)))
    if len(stripped.split()) - len(links) >= FEW_WORDS:
        return []
    if links:
        return links
    if _OTHER_ADDRESS.fullmatch(stripped):
        return [stripped]
    if _BARE_LINK.fullmatch(stripped):
        return [f"https://{stripped}"]
    return []


def read_query(text: str, outlets: Sequence[str], *, today: date, zone: str) -> NewsQuery:
    """A topic, an outlet that the store knows, or what `read_search` reads; nothing gives all news."""
    asked = " ".join(text.split())
    if not asked:
        return NewsQuery()
    if topic := find_topic(asked):
        return NewsQuery() if topic == GENERAL else NewsQuery(category=topic)
    squeezed = _squeeze(asked)
    for outlet in outlets:
        if squeezed in {_squeeze(outlet), _squeeze(outlet).removesuffix("com")}:
            return NewsQuery(outlet=outlet)
    return read_search(asked, today=today, zone=zone)


def read_search(text: str, *, today: date, zone: str) -> NewsQuery:
    """Words to look for, and the days that are named among them, on the zone's clock."""
    words, period = find_period(text[:LONGEST_SEARCH], today)
    clock = load_zone(zone)

    def midnight(day: date | None) -> datetime | None:
        return None if day is None else datetime.combine(day, time.min, tzinfo=clock).astimezone(UTC)

    if period is None:
        return NewsQuery(words=words)
    after = period.last + timedelta(days=1) if period.last else None
    return NewsQuery(words=words or None, since=midnight(period.first), until=midnight(after))


def _squeeze(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()
