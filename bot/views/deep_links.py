"""Deep links: t.me/<bot>?start=<payload>.

A payload is up to 64 letters, digits, _ and -, and can be forged. Decoding returns a valid value or None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from html import escape
from string import ascii_lowercase
from urllib.parse import quote

from summaries.digests.schedule import load_zone
from summaries.errors import InvalidSettings
from summaries.topic_model.topics import TOPICS

_ARTICLE = re.compile(r"([as])([1-9]\d{0,14})")
_TOPIC = re.compile(r"t-([a-z-]{1,30})")
_SCHEDULE = re.compile(r"(?:j|k([a-z]{1,26})_)((?:[0-9]{4}){1,6})_([0-6]{1,7})_([A-Za-z][A-Za-z0-9_-]{1,40})")
_LETTERS = dict(zip(TOPICS, ascii_lowercase, strict=False))
_KEYS = {letter: key for key, letter in _LETTERS.items()}
# Telegram allows 64, but callback data must hold it after a prefix.
MAX_PAYLOAD_CHARS = 60


@dataclass(frozen=True, slots=True)
class ArticleLink:
    """Show the summary of a public article."""

    article_id: int

    @property
    def payload(self) -> str:
        return f"a{self.article_id}"


@dataclass(frozen=True, slots=True)
class StoryLink:
    """Show the story of a public article. It names the article, because stories may be merged later."""

    article_id: int

    @property
    def payload(self) -> str:
        return f"s{self.article_id}"


@dataclass(frozen=True, slots=True)
class TopicLink:
    """Show a topic's news."""

    topic: str

    @property
    def payload(self) -> str:
        return f"t-{self.topic}"


@dataclass(frozen=True, slots=True)
class ScheduleLink:
    """Offer a digest's times, days (Monday is 0), zone and topics (keys).

    Without topics the person's own stay. Topics are encoded by their position in `TOPICS`: add new ones at the end.
    """

    times: tuple[time, ...]
    days: frozenset[int]
    zone: str
    topics: tuple[str, ...] = ()

    @property
    def payload(self) -> str:
        hours = "".join(f"{at:%H%M}" for at in self.times)
        head = f"k{''.join(sorted(_LETTERS[key] for key in self.topics))}_" if self.topics else "j"
        return f"{head}{hours}_{''.join(map(str, sorted(self.days)))}_{self.zone.replace('/', '--')}"

    @property
    def is_short_enough(self) -> bool:
        """Return whether a payload, and callback data with it, holds the schedule."""
        return len(self.payload) <= MAX_PAYLOAD_CHARS and read_payload(self.payload) == self


Link = ArticleLink | StoryLink | TopicLink | ScheduleLink


def read_payload(payload: str) -> Link | None:
    """Decode the payload of /start."""
    if match := _ARTICLE.fullmatch(payload):
        return (StoryLink if match[1] == "s" else ArticleLink)(int(match[2]))
    if (match := _TOPIC.fullmatch(payload)) and match.group(1) in TOPICS:
        return TopicLink(match.group(1))
    return read_schedule(payload)


def read_schedule(payload: str) -> ScheduleLink | None:
    match = _SCHEDULE.fullmatch(payload)
    if match is None:
        return None
    letters, hours, days, zone = match.groups()
    try:
        times = {time(int(hours[n : n + 2]), int(hours[n + 2 : n + 4])) for n in range(0, len(hours), 4)}
        topics = tuple(_KEYS[letter] for letter in sorted(set(letters or "")))
        zone = load_zone(zone.replace("--", "/")).key
        return ScheduleLink(tuple(sorted(times)), frozenset(map(int, days)), zone, topics)
    except (ValueError, KeyError, InvalidSettings):
        return None


def build_deep_link(username: str, link: Link) -> str:
    return f"https://t.me/{username}?start={link.payload}"


def build_group_link(username: str, link: Link) -> str:
    """Return a link that lets the person choose one of their groups, adds the bot to it and opens `link` there."""
    return f"https://t.me/{username}?startgroup={link.payload}"


def build_share_link(username: str, link: Link) -> str:
    """Return a link that lets the person choose a chat to send `link` to."""
    return f"https://t.me/share/url?url={quote(build_deep_link(username, link), safe='')}"


def render_deep_link(username: str | None, link: Link, label: str) -> str:
    """Return the label as a deep link in Telegram HTML; nothing while the bot's username is unknown."""
    return f'<a href="{escape(build_deep_link(username, link))}">{escape(label)}</a>' if username else ""
