"""A digest's schedule: told, and as something to pass on (pure)."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Literal

from babel import Locale
from babel.lists import format_list

from bot.views.deep_links import ScheduleLink, share_link
from bot.views.html import moment, shortened, topic_label
from summaries.digests.schedule import get_zone_name, load_zone
from summaries.model import EVERY_DAY, LONG, MEDIUM
from summaries.topic_model.topics import TOPICS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime, time

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


LONGEST_LIST = 12


LONGEST_LISTED = 40


def listed(words: Words, items: Sequence[str], style: Literal["standard", "or"] = "standard") -> str:
    """ "07.00, 12.00, dan 18.30"; a long list ends with how many more there are."""
    shown = [shortened(item, LONGEST_LISTED) for item in items[:LONGEST_LIST]]
    if more := len(items) - len(shown):
        shown.append(words.count("{n} more", "{n} more", more))
    return format_list(shown, style, words.language)


def hours_text(words: Words, times: Sequence[time], zone: str) -> str:
    """ "07.00 dan 18.30 WITA"."""
    return f"{listed(words, [hour(words, at) for at in times])} {get_zone_name(zone)}"


def hour(words: Words, at: time) -> str:
    return at.strftime(words.text("%H:%M"))


def day_names(words: Words, *, is_short: bool = False) -> tuple[str, ...]:
    """The names of the days, Monday first."""
    names = Locale.parse(words.language).days["stand-alone"]["abbreviated" if is_short else "wide"]
    return tuple(names[number] for number in range(7))


def days_text(words: Words, days: Collection[int]) -> str:
    """ "setiap hari", "setiap Senin–Jumat", "setiap Sabtu dan Minggu"."""
    if days == EVERY_DAY:
        return words.text("every day")
    names, run = day_names(words), sorted(days)
    is_run = len(run) > 2 and run[-1] - run[0] == len(run) - 1
    said = f"{names[run[0]]}–{names[run[-1]]}" if is_run else listed(words, [names[day] for day in run])
    return words.text("every {days}", days=said)


def settings_text(words: Words, subscription: Subscription, due: datetime | None, title: str | None) -> str:
    """All settings of a digest, as Telegram HTML; `title` is that of another chat that it is for."""
    wishes = subscription.preferences
    head = words.html("<b>Digest for {chat}</b>", chat=shortened(title)) if title else words.html("<b>Your digest</b>")
    lines = [head, *when_lines(words, subscription, due, is_headed=True), ""]
    topics = listed(words, [topic_label(words, key) for key in wishes.topics]) or words.text("all")
    lines.append(words.html("Topics: {topics}", topics=topics))
    lines.append(words.html("Outlets: {outlets}", outlets=listed(words, wishes.outlets) or words.text("all")))
    if wishes.include:
        lines.append(words.html("Only with: {words}", words=listed(words, wishes.include, "or")))
    if wishes.exclude:
        lines.append(words.html("Without: {words}", words=listed(words, wishes.exclude)))
    size = words.count("at most {n} story", "at most {n} stories", wishes.count)
    lines.append(words.html("Size: {size}, {length}", size=size, length=length_name(words, subscription)))
    if wishes.quiet is not None:
        start, end = hour(words, wishes.quiet.start), hour(words, wishes.quiet.end)
        lines.append(words.html("Quiet hours: {start}–{end}", start=start, end=end))
    if wishes.is_silent:
        lines.append(words.html("It comes without a sound."))
    if wishes.skips_empty:
        lines.append(words.html("Without news, nothing comes."))
    return "\n".join(lines)


def when_lines(words: Words, subscription: Subscription, due: datetime | None, *, is_headed: bool = False) -> list[str]:
    """When the digest comes, and when next; a heading above may have said already that it is about the digest."""
    if not subscription.is_active:
        return [words.html("Stopped. Its settings are kept.")]
    hours = hours_text(words, subscription.times, subscription.zone)
    days = days_text(words, subscription.days)
    if is_headed:
        lines = [words.html("It comes {days} at {times}.", days=days, times=hours)]
    else:
        lines = [words.html("The digest comes {days} at {times}.", days=days, times=hours)]
    if due is not None:
        lines.append(words.html("The next one: {moment}.", moment=due_text(words, due, subscription.zone)))
    return lines


def due_text(words: Words, due: datetime, zone: str) -> str:
    return moment(words, due.astimezone(load_zone(zone)), get_zone_name(zone))


def length_name(words: Words, subscription: Subscription) -> str:
    names = {LONG: words.text("long summaries"), MEDIUM: words.text("medium summaries")}
    return names.get(subscription.preferences.length) or words.text("short summaries")


def words_text(words: Words, subscription: Subscription) -> str:
    wishes = subscription.preferences
    none = words.text("no words")
    return "\n".join(
        [
            words.html("<b>Words</b>\n“pilih” also finds “memilih”. Tap a word to drop it."),
            words.html("Only with one of: {words}", words=listed(words, wishes.include, "or") or none),
            words.html("Without: {words}", words=listed(words, wishes.exclude) or none),
        ]
    )
