"""A digest's schedule as something to pass on (pure)."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bot.deep_links import ScheduleLink, share_link
from bot.panel.text import days_text, hours_text

if TYPE_CHECKING:
    from bot.locale import Words
    from summaries.model import Subscription


def schedule_text(words: Words, link: ScheduleLink) -> str:
    return words.text(
        "Digest {days} at {times}", days=days_text(words, link.days), times=hours_text(words, link.times, link.zone)
    )


def share_line(words: Words, subscription: Subscription, username: str) -> str:
    """A link to pass the digest's schedule on, as Telegram HTML; nothing for one that no link can hold."""
    link = ScheduleLink(subscription.times, subscription.days, subscription.zone)
    if not link.is_short_enough:
        return ""
    label = words.text("Share this schedule")
    return f'<a href="{escape(share_link(username, link))}">{escape(label)}</a>'
