"""The buttons of /pantau and of its alerts, and what they carry (pure). Callback data comes back from outside."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.locale import Words
    from summaries.model import Watch

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


def watches_keyboard(words: Words, watches: Sequence[Watch]) -> InlineKeyboardMarkup | None:
    """For each watch a row: remove it, and let it speak at once or in the digest."""
    rows = []
    for watch in watches:
        name = watch.words if len(watch.words) <= LONGEST_LABEL else watch.words[: LONGEST_LABEL - 1] + "…"
        change = WatchChange.UNFOLD if watch.is_folded else WatchChange.FOLD
        label = words.text("Tell at once") if watch.is_folded else words.text("Into the digest")
        rows.append([_button(f"✕ {name}", watch.id, WatchChange.REMOVE), _button(label, watch.id, change)])
    return InlineKeyboardMarkup(rows) if rows else None


def alert_keyboard(words: Words, watch: Watch) -> InlineKeyboardMarkup:
    fold = _button(words.text("Into the digest"), watch.id, WatchChange.FOLD_UNDER_ALERT)
    stop = _button(words.text("Stop watching"), watch.id, WatchChange.REMOVE_UNDER_ALERT)
    return InlineKeyboardMarkup([[fold, stop]])


def _button(label: str, watch_id: int, change: WatchChange) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=WatchPress(watch_id, change).encode())
