"""Links that open the bot with something to do: t.me/<bot>?start=<payload> (pure).

A payload is up to 64 letters, digits, _ and -, and comes back from outside: reading it gives a valid value or None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

from summaries.topics import TOPICS

_STORY = re.compile(r"a([1-9]\d{0,14})")
_TOPIC = re.compile(r"t-([a-z-]{1,30})")


@dataclass(frozen=True, slots=True)
class StoryLink:
    """Show the story that a public article tells. Stories are joined as news comes in; articles stay."""

    article_id: int

    @property
    def payload(self) -> str:
        return f"a{self.article_id}"


@dataclass(frozen=True, slots=True)
class TopicLink:
    """Show a topic's news."""

    topic: str

    @property
    def payload(self) -> str:
        return f"t-{self.topic}"


Link = StoryLink | TopicLink


def read_payload(payload: str) -> Link | None:
    """What the payload of /start asks for."""
    if match := _STORY.fullmatch(payload):
        return StoryLink(int(match.group(1)))
    if (match := _TOPIC.fullmatch(payload)) and match.group(1) in TOPICS:
        return TopicLink(match.group(1))
    return None


def deep_link(username: str, link: Link) -> str:
    return f"https://t.me/{username}?start={link.payload}"


def deep_linked(username: str | None, link: Link, label: str) -> str:
    """The label as a link in Telegram HTML; nothing while the bot's name is not known."""
    return f'<a href="{escape(deep_link(username, link))}">{escape(label)}</a>' if username else ""
