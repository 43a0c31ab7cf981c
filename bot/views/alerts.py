"""What chats wait for, and the alerts of what was found, to Telegram HTML (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.telegram_text import MESSAGE_LIMIT, split_html, to_html
from bot.views.deep_links import StoryLink, deep_linked
from bot.views.html import LONGEST_OUTLET, age, covered_by, length, linked, shortened
from bot.views.lists import joined

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.locale import Translations
    from summaries.model import AlertBatch, NewsItem, Watch


# Twenty of them, in letters that count twice, fill a message.
LONGEST_LISTED = 80


def alert_text(words: Translations, batch: AlertBatch, *, zone: str, now: datetime, username: str | None) -> str:
    """One message: the words that were waited for, and the stories that hold them."""
    heading = words.text("News about “{words}”", words=batch.watch.words)
    head = f"<b>{to_html(heading)}</b>"
    room = (MESSAGE_LIMIT - length(head)) // max(1, len(batch.items)) - 2
    items = [item_text(words, item, zone, now, username, room) for item in batch.items]
    return "\n\n".join([head, *items])


def item_text(words: Translations, item: NewsItem, zone: str, now: datetime, username: str | None, room: int) -> str:
    article = item.stored.article
    facts = [shortened(article.outlet, LONGEST_OUTLET) if article.outlet else ""]
    facts += [age(words, article.published_at or item.stored.added_at, now, zone)]
    facts += [covered_by(words, len(item.coverage))]
    line = joined([*map(to_html, facts), deep_linked(username, StoryLink(item.stored.id), words.text("summary"))])
    head = f"<b>{linked(article.url, to_html(shortened(article.title)))}</b>\n{line}"
    return split_html(f"{head}\n{to_html(item.summary.text)}", room)[0]


def watches_text(words: Translations, watches: Sequence[Watch]) -> str:
    """The chat's watches, each with how it is told."""
    head = words.text("I watch for:")
    at_once, folded = words.text("at once"), words.text("in the digest")
    lines = []
    for watch in watches:
        told = folded if watch.is_folded else at_once
        lines.append(f"• {to_html(shortened(watch.words, LONGEST_LISTED))} <i>({escape(told)})</i>")
    how = words.html("Add more with <code>/pantau gempa lombok</code>")
    return "\n".join([f"<b>{escape(head)}</b>", *lines, "", how])


WATCH_PATTERN = r"^w1:"
_DATA = re.compile(r"w1:([1-9]\d{0,14}):([xfdXF])")
LONGEST_LABEL = 24


class WatchChange(StrEnum):
    """What a press does to a watch: in the list (which is shown anew), or under an alert (which stays)."""

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
    """Change the watch, if it is the chat's."""

    watch_id: int
    change: WatchChange

    def encode(self) -> str:
        return f"w1:{self.watch_id}:{self.change}"


def decode_watch_press(data: str) -> WatchPress | None:
    match = _DATA.fullmatch(data)
    return WatchPress(int(match.group(1)), WatchChange(match.group(2))) if match else None


def watches_keyboard(words: Translations, watches: Sequence[Watch]) -> InlineKeyboardMarkup | None:
    """For each watch a row: remove it, and let it speak at once or in the digest."""
    rows = []
    for watch in watches:
        name = watch.words if len(watch.words) <= LONGEST_LABEL else watch.words[: LONGEST_LABEL - 1] + "…"
        change = WatchChange.UNFOLD if watch.is_folded else WatchChange.FOLD
        label = words.text("Tell at once") if watch.is_folded else words.text("Into the digest")
        rows.append([_button(f"✕ {name}", watch.id, WatchChange.REMOVE), _button(label, watch.id, change)])
    return InlineKeyboardMarkup(rows) if rows else None


def alert_keyboard(words: Translations, watch: Watch) -> InlineKeyboardMarkup:
    fold = _button(words.text("Into the digest"), watch.id, WatchChange.FOLD_UNDER_ALERT)
    stop = _button(words.text("Stop watching"), watch.id, WatchChange.REMOVE_UNDER_ALERT)
    return InlineKeyboardMarkup([[fold, stop]])


def _button(label: str, watch_id: int, change: WatchChange) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=WatchPress(watch_id, change).encode())
