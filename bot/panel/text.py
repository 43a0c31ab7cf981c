"""A digest's settings in words (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from babel import Locale
from babel.lists import format_list

from bot.panel.buttons import View
from bot.views.html import moment, shortened, topic_label
from summaries.digests.schedule import load_zone, zone_name
from summaries.model import EVERY_DAY, LONG, MEDIUM

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime, time

    from bot.locale import Words
    from summaries.model import Subscription

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
    return f"{listed(words, [hour(words, at) for at in times])} {zone_name(zone)}"


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
    return moment(words, due.astimezone(load_zone(zone)), zone_name(zone))


def length_name(words: Words, subscription: Subscription) -> str:
    names = {LONG: words.text("long summaries"), MEDIUM: words.text("medium summaries")}
    return names.get(subscription.preferences.length) or words.text("short summaries")


def view_text(words: Words, view: View, subscription: Subscription) -> str:
    """The head of a screen below the main one, as Telegram HTML."""
    match view:
        case View.TIMES:
            return words.html(
                "<b>Hours</b>\nTap the hours at which the digest comes. For minutes, such as 06:45, tap “Type them”."
            )
        case View.DAYS:
            return words.html("<b>Days</b>\nOn which days does the digest come?")
        case View.ZONE:
            now = zone_name(subscription.zone)
            # The licence of the boundaries (ODbL) asks that their users are told of it.
            return words.html(
                "<b>Time zone</b>\nNow: {zone}. You can also type a city, or send a location.\n\n"
                "<i>Boundaries: © OpenStreetMap contributors, ODbL</i>",
                zone=now,
            )
        case View.TOPICS:
            return words.html("<b>Topics</b>\nNone chosen means all.")
        case View.OUTLETS:
            return words.html("<b>Outlets</b>\nNone chosen means all.")
        case View.WORDS:
            return words_text(words, subscription)
        case View.SIZE:
            return words.html("<b>Size</b>\nHow many stories at most, and how long the summaries?")
        case _:
            return words.html("<b>Quiet hours</b>\nA digest or an alert that is due in them comes when they are over.")


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
