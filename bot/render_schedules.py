"""A digest's schedule as something to pass on (pure)."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from bot.deep_links import ScheduleLink, share_link
from bot.panel.text import days_text, hours_text, listed
from bot.render import topic_label
from summaries.topics import TOPICS

if TYPE_CHECKING:
    from bot.locale import Words
    from summaries.model import Subscription


def schedule_text(words: Words, link: ScheduleLink) -> str:
    return words.text(
        "Digest {days} at {times}", days=days_text(words, link.days), times=hours_text(words, link.times, link.zone)
    )


def topics_text(words: Words, link: ScheduleLink) -> str:
    """The topics that the link brings along; nothing where it brings none."""
    return words.text("Topics: {topics}", topics=listed(words, [topic_label(words, key) for key in link.topics]))


def share_line(words: Words, subscription: Subscription, username: str) -> str:
    """A link to pass the digest's schedule and topics on, as Telegram HTML; nothing for one that no link can hold.

    What does not go along, such as words, is said.
    """
    wishes = subscription.preferences
    topics = tuple(key for key in TOPICS if key in wishes.topics)
    bare = ScheduleLink(subscription.times, subscription.days, subscription.zone)
    full = replace(bare, topics=topics)
    link = full if full.is_short_enough else bare
    if not link.is_short_enough:
        return ""
    label = escape(words.text("Share this schedule"))
    line = f'<a href="{escape(share_link(username, link))}">{label}</a>'
    if wishes.include or wishes.exclude or wishes.outlets or link.topics != topics:
        line += " " + (
            words.html("(without the words and outlets)")
            if link.topics == topics
            else words.html("(without topics, words and outlets)")
        )
    return line
