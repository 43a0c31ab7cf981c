"""Keyword alerts and the list of a chat's watches, with their buttons."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from html import escape

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.locale import Translations
from bot.telegram_text import MESSAGE_LIMIT, to_html
from bot.views.callbacks import build_button, decoder
from bot.views.html import measure, shorten, stack
from bot.views.lists import render_facts, render_story
from summaries.model import AlertBatch, Watch

# Twenty watches of this length fit in a message even if each letter counts twice.
MAX_LISTED_CHARS = 80


def render_alert(words: Translations, batch: AlertBatch, *, zone: str, now: datetime, username: str | None) -> str:
    """Render an alert: the watched words, and the stories that contain them."""
    heading = words.text("News about “{words}”", words=batch.watch.words)
    head = f"<b>{to_html(heading)}</b>"
    room = (MESSAGE_LIMIT - measure(head)) // max(1, len(batch.items)) - 2
    items = [render_story(words, item, render_facts(words, item, zone, now), username, room) for item in batch.items]
    return stack(head, *items)


def render_watches(words: Translations, watches: Sequence[Watch]) -> str:
    """Render the chat's watches, each with how its alerts are sent."""
    head = words.text("I watch for:")
    at_once, folded = words.text("at once"), words.text("in the digest")
    lines = []
    for watch in watches:
        label = folded if watch.is_folded else at_once
        lines.append(f"• {to_html(shorten(watch.words, MAX_LISTED_CHARS))} <i>({escape(label)})</i>")
    how = words.html("Add more with <code>/pantau gempa lombok</code>")
    return "\n".join([f"<b>{escape(head)}</b>", *lines, "", how])


WATCH_PATTERN = r"^w1:"
MAX_LABEL_CHARS = 24


FOLLOW_PATTERN = r"^f1:"


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
    label = words.text("Follow") if followed is None else words.text("Stop following")
    return build_button(label, FollowPress(article_id, is_on=followed is None).encode())


class WatchChange(StrEnum):
    """The change to a watch: in the list, which is edited, or under an alert, which stays as it is."""

    REMOVE = "x"
    FOLD = "f"
    UNFOLD = "d"
    REMOVE_UNDER_ALERT = "X"
    FOLD_UNDER_ALERT = "F"

    @property
    def is_under_alert(self) -> bool:
        return self in {WatchChange.REMOVE_UNDER_ALERT, WatchChange.FOLD_UNDER_ALERT}


@dataclass(frozen=True, slots=True)
class WatchPress:
    """A press that changes a watch of the chat."""

    watch_id: int
    change: WatchChange

    def encode(self) -> str:
        return f"w1:{self.watch_id}:{self.change}"


decode_watch_press = decoder(
    re.compile(r"w1:([1-9]\d{0,14}):([xfdXF])"), lambda match: WatchPress(int(match[1]), WatchChange(match[2]))
)


def build_watches_keyboard(words: Translations, watches: Sequence[Watch]) -> InlineKeyboardMarkup | None:
    """Return a row for each watch: remove it, and switch between alerts at once and in the digest."""
    rows = []
    for watch in watches:
        name = watch.words if len(watch.words) <= MAX_LABEL_CHARS else watch.words[: MAX_LABEL_CHARS - 1] + "…"
        change = WatchChange.UNFOLD if watch.is_folded else WatchChange.FOLD
        label = words.text("Tell at once") if watch.is_folded else words.text("Into the digest")
        remove = build_button(f"✕ {name}", WatchPress(watch.id, WatchChange.REMOVE).encode())
        rows.append([remove, build_button(label, WatchPress(watch.id, change).encode())])
    return InlineKeyboardMarkup(rows) if rows else None


def build_alert_keyboard(words: Translations, watch: Watch) -> InlineKeyboardMarkup:
    fold = build_button(words.text("Into the digest"), WatchPress(watch.id, WatchChange.FOLD_UNDER_ALERT).encode())
    stop = build_button(words.text("Stop watching"), WatchPress(watch.id, WatchChange.REMOVE_UNDER_ALERT).encode())
    return InlineKeyboardMarkup([[fold, stop]])
