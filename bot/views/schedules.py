"""A digest's schedule: told, and as something to pass on (pure)."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from bot.panel.text import days_text, due_text, hours_text, listed
from bot.views.deep_links import ScheduleLink, share_link
from bot.views.html import topic_label
from summaries.topic_model.topics import TOPICS

if TYPE_CHECKING:
    from datetime import datetime

    from bot.locale import Words
    from summaries.model import Subscription


def told_text(words: Words, subscription: Subscription, due: datetime | None, username: str, *, is_new: bool) -> str:
    """When the digest comes, when next, and how to change it and pass it on."""
    hours = hours_text(words, subscription.times, subscription.zone)
    days = days_text(words, subscription.days)
    if is_new:
        lines = [words.html("Done! The digest comes {days} at {times}.", days=days, times=hours)]
    else:
        lines = [words.html("The digest comes {days} at {times}.", days=days, times=hours)]
    if due is not None:
        lines.append(words.html("The next one: {moment}.", moment=due_text(words, due, subscription.zone)))
    lines.append(words.html("Change it with /jadwal 06:30 18:00 or /langganan, stop it with /berhenti."))
    if subscription.is_active:
        lines.append(share_line(words, subscription, username))
    return "\n".join(line for line in lines if line)


def offer_text(words: Words, link: ScheduleLink) -> str:
    """A schedule that somebody passed on, with the topics that it brings along."""
    days, hours = days_text(words, link.days), hours_text(words, link.times, link.zone)
    comes = words.text("Digest {days} at {times}", days=days, times=hours)
    lines = [f"<b>{escape(comes)}</b>"]
    if link.topics:
        topics = listed(words, [topic_label(words, key) for key in link.topics])
        lines.append(words.html("Topics: {topics}", topics=topics))
    return "\n".join(lines)


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
