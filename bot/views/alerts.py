"""Keyword alerts and the list of a chat's watches, with their buttons."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from html import escape

from telegram import InlineKeyboardMarkup
from telegram.constants import KeyboardButtonStyle

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
    """A press that changes a watch of the chat. `is_in_follows` if the button is in the list of followed stories."""

    watch_id: int
    change: WatchChange
    is_in_follows: bool = False

    def encode(self) -> str:
        return f"w1:{self.watch_id}:{self.change}{'i' if self.is_in_follows else ''}"


decode_watch_press = decoder(
    re.compile(r"w1:([1-9]\d{0,14}):(?:([xfd])(i?)|([XF]))"),
    lambda match: WatchPress(int(match[1]), WatchChange(match[2] or match[4]), bool(match[3])),
)


def build_watches_keyboard(words: Translations, watches: Sequence[Watch]) -> InlineKeyboardMarkup | None:
    """Return a row for each watch: remove it, and switch between alerts at once and in the digest."""
    rows = []
    for watch in watches:
        name = watch.words if len(watch.words) <= MAX_LABEL_CHARS else watch.words[: MAX_LABEL_CHARS - 1] + "…"
        change = WatchChange.UNFOLD if watch.is_folded else WatchChange.FOLD
        label = words.text("Tell at once") if watch.is_folded else words.text("Into the digest")
        remove = WatchPress(watch.id, WatchChange.REMOVE, watch.is_follow).encode()
        rows.append([
            build_button(f"✕ {name}", remove),
            build_button(label, WatchPress(watch.id, change, watch.is_follow).encode()),
        ])  # fmt: skip
    return InlineKeyboardMarkup(rows) if rows else None


def build_alert_keyboard(words: Translations, watch: Watch) -> InlineKeyboardMarkup:
    fold = build_button(words.text("Into the digest"), WatchPress(watch.id, WatchChange.FOLD_UNDER_ALERT).encode())
    remove = WatchPress(watch.id, WatchChange.REMOVE_UNDER_ALERT)
    stop = build_button(words.text("Stop watching"), remove.encode(), KeyboardButtonStyle.DANGER)
    return InlineKeyboardMarkup([[fold, stop]])
