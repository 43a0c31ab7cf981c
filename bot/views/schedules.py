"""A digest's schedule and settings, and schedules that people share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, time
from html import escape
from typing import Literal

from babel import Locale
from babel.lists import format_list

from bot.locale import Translations, message
from bot.views.deep_links import ScheduleLink
from bot.views.html import list_first, name_topic, render_moment, shorten
from summaries.digests.schedule import get_zone_name
from summaries.digests.tastes import Subject, get_subject
from summaries.model import (
    EVERY_DAY,
    LONG,
    MEDIUM,
    DigestOrder,
    Preferences,
    RegionRule,
    Subscription,
    Taste,
    TasteKind,
)
from summaries.regions import load_regions
from summaries.topic_model.topics import TOPICS

COMES = message("The digest comes {days} at {times}.")
COMES_NOW = message("Done! The digest comes {days} at {times}.")
IT_COMES = message("It comes {days} at {times}.")


def render_schedule(words: Translations, subscription: Subscription, due: datetime | None, *, is_new: bool) -> str:
    """Render when the digest comes, when the next one comes, and how to change it."""
    lines = render_times_and_next(words, subscription, due, COMES_NOW if is_new else COMES)
    lines.append(words.html("Change it with /jadwal 06:30 18:00 or /langganan, stop it with /berhenti."))
    return "\n".join(line for line in lines if line)


def render_schedule_offer(words: Translations, link: ScheduleLink) -> str:
    """Render a shared schedule with its topics."""
    days, hours = render_days(words, link.days), render_times(words, link.times, link.zone)
    comes = words.text("Digest {days} at {times}", days=days, times=hours)
    lines = [f"<b>{escape(comes)}</b>"]
    if link.topics:
        topics = join_items(words, [name_topic(words, key) for key in link.topics])
        lines.append(words.html("Topics: {topics}", topics=topics))
    return "\n".join(lines)


def choose_shared_schedule(words: Translations, subscription: Subscription) -> tuple[str, ScheduleLink] | None:
    """Return the digest's schedule and topics to share, and the label of the button; None if they are too long for a
    link.

    The label says whether other settings, such as words, are left out.
    """
    preferences = subscription.preferences
    topics = tuple(key for key in TOPICS if key in preferences.topics)
    bare = ScheduleLink(subscription.times, subscription.days, subscription.zone)
    full = replace(bare, topics=topics)
    link = full if full.is_short_enough else bare
    if not link.is_short_enough:
        return None
    others = preferences.include, preferences.exclude, preferences.outlets, preferences.regions
    if link.topics != topics:
        label = words.text("Share the times only")
    elif any(others):
        label = words.text("Share times and topics")
    else:
        label = words.text("Share this schedule")
    return label, link


MAX_ITEMS = 12


def join_items(words: Translations, items: Sequence[str], style: Literal["standard", "or"] = "standard") -> str:
    """Render a list such as "07.00, 12.00, dan 18.30"; a long one ends with the number of further items."""
    return format_list(list_first(words, items, MAX_ITEMS), style, words.language)


def render_times(words: Translations, times: Sequence[time], zone: str) -> str:
    """Render "07.00 dan 18.30 WITA"."""
    return f"{join_items(words, [render_hour(words, at) for at in times])} {get_zone_name(zone)}"


def render_hour(words: Translations, at: time) -> str:
    return at.strftime(words.text("%H:%M"))


def name_days(words: Translations) -> tuple[str, ...]:
    """Return the names of the days, Monday first."""
    names = Locale.parse(words.language).days["stand-alone"]["wide"]
    return tuple(names[number] for number in range(7))


def render_days(words: Translations, days: Collection[int]) -> str:
    """Render "setiap hari", "setiap Senin–Jumat" or "setiap Sabtu dan Minggu"."""
    if days == EVERY_DAY:
        return words.text("every day")
    names, run = name_days(words), sorted(days)
    is_run = len(run) > 2 and run[-1] - run[0] == len(run) - 1
    text = f"{names[run[0]]}–{names[run[-1]]}" if is_run else join_items(words, [names[day] for day in run])
    return words.text("every {days}", days=text)


def render_settings(words: Translations, subscription: Subscription, due: datetime | None, title: str | None) -> str:
    """Render all settings of a digest, as Telegram HTML; `title` is that of the other chat that it is for."""
    preferences = subscription.preferences
    head = words.html("<b>Digest for {chat}</b>", chat=shorten(title)) if title else words.html("<b>Your digest</b>")
    lines = [head, *render_next(words, subscription, due, is_headed=True), ""]
    topics = join_items(words, [name_topic(words, key) for key in preferences.topics]) or words.text("all")
    lines.append(words.html("Topics: {topics}", topics=topics))
    lines.append(words.html("Outlets: {outlets}", outlets=join_items(words, preferences.outlets) or words.text("all")))
    if regions := name_regions(words, preferences):
        lines.append(regions)
    if preferences.include:
        lines.append(words.html("Only with: {words}", words=join_items(words, preferences.include, "or")))
    if preferences.exclude:
        lines.append(words.html("Without: {words}", words=join_items(words, preferences.exclude)))
    lines.extend(render_tastes(words, preferences))
    size = words.plural("at most {n} story", "at most {n} stories", preferences.count)
    lengths = {LONG: words.text("long summaries"), MEDIUM: words.text("medium summaries")}
    length = lengths.get(preferences.length) or words.text("short summaries")
    lines.append(words.html("Size: {size}, {length}", size=size, length=length))
    if preferences.order is DigestOrder.NEWEST:
        lines.append(words.html("Order: the newest stories first."))
    if preferences.quiet is not None:
        start, end = render_hour(words, preferences.quiet.start), render_hour(words, preferences.quiet.end)
        lines.append(words.html("Quiet hours: {start}–{end}", start=start, end=end))
    if preferences.is_silent:
        lines.append(words.html("It comes without a sound."))
    if preferences.skips_empty:
        lines.append(words.html("Without news, nothing comes."))
    return "\n".join(lines)


def render_next(
    words: Translations, subscription: Subscription, due: datetime | None, *, is_headed: bool = False
) -> list[str]:
    """Render when the digest comes and when the next one comes; `is_headed` is true below a heading about the
    digest."""
    if not subscription.is_active:
        return [words.html("Stopped. Its settings are kept.")]
    return render_times_and_next(words, subscription, due, IT_COMES if is_headed else COMES)


def render_times_and_next(
    words: Translations, subscription: Subscription, due: datetime | None, comes: str
) -> list[str]:
    hours = render_times(words, subscription.times, subscription.zone)
    lines = [words.html(comes, days=render_days(words, subscription.days), times=hours)]
    if due is not None:
        lines.append(words.html("The next one: {moment}.", moment=render_moment(words, due, subscription.zone)))
    return lines


def name_regions(words: Translations, preferences: Preferences) -> str:
    """Render the line about the digest's regions; nothing without any."""
    names = [load_regions()[code].name for code in preferences.regions if code in load_regions()]
    if not names:
        return ""
    is_only = preferences.region_rule is RegionRule.ONLY
    line = message("Regions: only {regions}") if is_only else message("Regions: {regions} first")
    return words.html(line, regions=join_items(words, names))


def render_tastes(words: Translations, preferences: Preferences) -> list[str]:
    """Render the subjects that the chat wants more and less of, a line each; nothing without tastes."""
    more, less = (list_subjects(words, preferences.tastes, is_more=is_more) for is_more in (True, False))
    lines = [words.html("More of: {names}", names=more)] if more else []
    return [*lines, words.html("Less of: {names}", names=less)] if less else lines


def name_subject(words: Translations, subject: Subject) -> str:
    return name_topic(words, subject.name) if subject.kind is TasteKind.TOPIC else subject.name


def list_subjects(words: Translations, tastes: Sequence[Taste], *, is_more: bool) -> str:
    """Return the names of the subjects that the chat wants more of, or less of, as plain text."""
    return join_items(words, [name_subject(words, get_subject(taste)) for taste in tastes if taste.is_more is is_more])


def render_regions(words: Translations, subscription: Subscription) -> str:
    head = words.html(
        "<b>My region</b>\nNews about your province, regency or city comes first in the digest, or nothing else comes."
    )
    # Their licence requires this attribution.
    positions = words.html("<i>Positions: GeoNames (CC BY 4.0)</i>")
    return "\n".join(filter(None, [head, name_regions(words, subscription.preferences), positions]))


def render_word_filters(words: Translations, subscription: Subscription) -> str:
    preferences = subscription.preferences
    none = words.text("no words")
    return "\n".join(
        [
            words.html("<b>Words</b>\n“pilih” also finds “memilih”. Tap a word to drop it."),
            words.html("Only with one of: {words}", words=join_items(words, preferences.include, "or") or none),
            words.html("Without: {words}", words=join_items(words, preferences.exclude) or none),
        ]
    )
