"""Updates of followed stories, the list of the stories that a chat follows, and their buttons."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from babel.dates import format_date
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import KeyboardButtonStyle

from bot.locale import Translations
from bot.telegram_text import MESSAGE_LIMIT, Html, split_html, to_html
from bot.views.alerts import WatchChange, WatchPress, build_watches_keyboard
from bot.views.callbacks import build_button, decoder
from bot.views.deep_links import StoryLink, render_deep_link
from bot.views.html import DAYS_OF_WEEK, mark_moment, measure, render_time, shorten, stack
from bot.views.stories import Clock, render_source
from summaries.digests.schedule import to_zone
from summaries.model import AlertBatch, FollowedStory, Watch

FOLLOW_PATTERN = r"^f1:"
# Twenty titles of this length fit in a message even if each letter counts twice.
MAX_LISTED_CHARS = 70
# The list says when a follow ends if its chain had no news for so long.
QUIET_AFTER = timedelta(days=3)
# Room for the outlet and the time after a sentence.
ROOM_FOR_SOURCE = 80


@dataclass(frozen=True, slots=True)
class FollowPress:
    """A press to follow the chain of the article's story, or to stop following it."""

    article_id: int
    is_on: bool

    def encode(self) -> str:
        return f"f1:{self.article_id}:{'y' if self.is_on else 'n'}"


decode_follow_press = decoder(
    re.compile(r"f1:([1-9]\d{0,14}):([yn])"), lambda match: FollowPress(int(match[1]), match[2] == "y")
)


def build_follow_button(words: Translations, article_id: int, followed: Watch | None) -> InlineKeyboardButton:
    """Return the button to follow the story of a public article, or to stop if the chat has `followed` it."""
    label = words.text("Follow") if followed is None else words.text("Following ✓")
    return build_button(label, FollowPress(article_id, is_on=followed is None).encode())


def replace_follow_button(keyboard: InlineKeyboardMarkup, new: InlineKeyboardButton) -> InlineKeyboardMarkup:
    """Return the keyboard with `new` in place of the button that it has for the same article."""
    press = decode_follow_press(str(new.callback_data))
    is_old = [
        [
            (found := decode_follow_press(str(button.callback_data))) is not None
            and press is not None
            and found.article_id == press.article_id
            for button in row
        ]
        for row in keyboard.inline_keyboard
    ]
    rows = zip(keyboard.inline_keyboard, is_old, strict=True)
    return InlineKeyboardMarkup([
        [new if old else button for button, old in zip(row, marks, strict=True)] for row, marks in rows
    ])  # fmt: skip


def render_update(words: Translations, batch: AlertBatch, *, zone: str, now: datetime, username: str | None) -> str:
    """Render the news of a followed story: its title, and each new sentence with its outlet and time."""
    watch, clock = batch.watch, Clock(words, zone, to_zone(now, zone).date())
    title = shorten(watch.words)
    linked = render_deep_link(username, StoryLink(watch.article_id), title) if watch.article_id else ""
    mark = words.text("Development:")
    head = f"<b>{escape(mark)} {linked or to_html(title)}</b>"
    if batch.since is not None:
        since = words.html("New since {time}:", time=render_since(words, batch.since, zone, now))
        head += f"\n<i>{since}</i>"
    found = [(one.coverage, sentence) for one in batch.developments for sentence in one.sentences]
    room = (MESSAGE_LIMIT - measure(head)) // max(1, len(found)) - ROOM_FOR_SOURCE
    lines = []
    for report, sentence in found:
        said, *rest = split_html(to_html(sentence.text), room)
        lines.append(f"• {said}{' …' if rest else ''} ({render_source(report, clock)})")
    return stack(head, *lines)


def render_since(words: Translations, moment: datetime, zone: str, now: datetime) -> Html:
    """Render "07.00", "Rabu 07.00" within a week, or "12 Nov 07.00"."""
    local, today = to_zone(moment, zone), to_zone(now, zone).date()
    days = (today - local.date()).days
    at = render_time(words, local)
    if days == 0:
        return mark_moment(moment, "t", at)
    form, pattern = ("wt", "EEEE") if 0 < days < DAYS_OF_WEEK else ("dt", "d MMM")
    return mark_moment(moment, form, f"{format_date(local.date(), pattern, locale=words.language)} {at}")


def build_update_keyboard(words: Translations, watch: Watch) -> InlineKeyboardMarkup:
    fold = build_button(words.text("Into the digest"), WatchPress(watch.id, WatchChange.FOLD_UNDER_ALERT).encode())
    remove = WatchPress(watch.id, WatchChange.REMOVE_UNDER_ALERT)
    stop = build_button(words.text("Stop following"), remove.encode(), KeyboardButtonStyle.DANGER)
    return InlineKeyboardMarkup([[fold, stop]])


def render_follows(
    words: Translations, follows: Sequence[FollowedStory], *, zone: str, now: datetime, username: str | None
) -> str:
    """Render the stories that the chat follows, each with how its news is sent, and its end if it is quiet."""
    at_once, folded = words.text("at once"), words.text("in the digest")
    head = words.text("Stories that you follow:")
    lines = []
    for one in follows:
        title = shorten(one.watch.words, MAX_LISTED_CHARS)
        linked = render_deep_link(username, StoryLink(one.watch.article_id), title) if one.watch.article_id else ""
        label = folded if one.watch.is_folded else at_once
        if now - one.quiet_since >= QUIET_AFTER:
            day = format_date(to_zone(one.ends_at, zone).date(), "d MMM", locale=words.language)
            label += ", " + words.text("quiet, ends on {day}", day=day)
        lines.append(f"• {linked or to_html(title)} <i>({escape(label)})</i>")
    return "\n".join([f"<b>{escape(head)}</b>", *lines])


def build_follows_keyboard(words: Translations, follows: Sequence[FollowedStory]) -> InlineKeyboardMarkup | None:
    return build_watches_keyboard(words, [one.watch for one in follows])
