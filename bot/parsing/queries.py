"""Links and news queries in messages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from bot.parsing.dates import find_period
from summaries.digests.schedule import load_zone
from summaries.model import NewsQuery
from summaries.outlets import find_outlet_by_name
from summaries.regions import find_region_by_name
from summaries.text.lazy_patterns import lazy_regex
from summaries.topic_model.topics import GENERAL, find_topic

MAX_SEARCH_CHARS = 200
# A shorter message repeats no claim.
MIN_CLAIM_WORDS = 4
# A message with a link and fewer words is about the link, not an article of its own.
MIN_ARTICLE_WORDS = 40
# A longer message that begins with "Berita" is more likely a headline.
MAX_NEWS_WORDS = 4
_NEWS = frozenset({"berita", "news"})
_THANKS = lazy_regex(
    r"(?:terima\s*kasih|ter(?:i)?ma?kasih|trimakasih|makasih|mkasih|makasi|mksh|trims|tengkyu|thanks|thank\s+you|thx|tq)"
    r"(?:\W+(?:banyak|banget|sekali|ya|yaa|min|kak|bot|ringkas|atas|bantuannya|infonya|a\s+lot|so\s+much|very\s+much))*"
    r"\W*",
    re.IGNORECASE,
)

_LINK = lazy_regex(r"https?://[^\s<>\"“”]+", re.IGNORECASE)
_BARE_LINK = lazy_regex(r"(?:[\w-]+\.)+[a-z]{2,}(?:/[^\s<>\"]*)?", re.IGNORECASE)
# Addresses of other schemes are never opened, but recognised, so that the reply says so.
_OTHER_ADDRESS = lazy_regex(r"(?:[a-z][a-z0-9+.-]*://|(?:mailto|file|javascript|data|tg):)\S+", re.IGNORECASE)


def find_links(text: str) -> list[str]:
    """Return the links that a short message is about, each once: its http(s) links, or the message itself if it is a
    bare address.

    A long text has none, even if it contains links. The whole message may be an address of another scheme, which the
    fetcher refuses later.
    """
    stripped = text.strip()
    links = list(dict.fromkeys(match.group().rstrip(".,;:!?)]}'’") for match in _LINK.finditer(stripped)))
    if len(stripped.split()) - len(links) >= MIN_ARTICLE_WORDS:
        return []
    if links:
        return links
    if _OTHER_ADDRESS.fullmatch(stripped):
        return [stripped]
    if _BARE_LINK.fullmatch(stripped):
        return [f"https://{stripped}"]
    return []


def read_query(text: str, outlets: Sequence[str], *, today: date, zone: str) -> NewsQuery:
    """Read a topic, a region, a known outlet, or else a search (see `read_search`); an empty text asks for all news.

    A region may have a period: "jatim kemarin".
    """
    asked = " ".join(text.split())
    if not asked:
        return NewsQuery()
    if topic := find_topic(asked):
        return NewsQuery() if topic == GENERAL else NewsQuery(category=topic)
    search = read_search(asked, today=today, zone=zone)
    if region := find_region_by_name(search.words or ""):
        return replace(search, words=None, region=region.code)
    if outlet := find_outlet_by_name(asked, outlets):
        return NewsQuery(outlet=outlet)
    return search


def read_search(text: str, *, today: date, zone: str) -> NewsQuery:
    """Read the words to search for, and the period among them, in the given zone."""
    words, period = find_period(text[:MAX_SEARCH_CHARS], today)
    clock = load_zone(zone)

    def midnight(day: date | None) -> datetime | None:
        return None if day is None else datetime.combine(day, time.min, tzinfo=clock).astimezone(UTC)

    if period is None:
        return NewsQuery(words=words)
    after = period.last + timedelta(days=1) if period.last else None
    return NewsQuery(words=words or None, since=midnight(period.first), until=midnight(after))


def find_news_request(text: str) -> str | None:
    """Return the part of a short message after its first word if that asks for news ("berita hari ini"), or None."""
    first, *rest = text.split() or [""]
    return " ".join(rest) if first.casefold() in _NEWS and len(rest) <= MAX_NEWS_WORDS else None


def is_thanks(text: str) -> bool:
    """Return whether the whole message thanks the bot: "Makasih banyak ya!"."""
    return _THANKS.fullmatch(text.strip()) is not None
