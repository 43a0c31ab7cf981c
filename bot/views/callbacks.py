"""Buttons and their callback data, at most 64 bytes: encoding and decoding.

Callback data can be forged. Decoding returns a valid value or None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar
from zlib import crc32

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import KeyboardButtonStyle

from bot.locale import Translations, languages
from summaries.model import NewsQuery, Order
from summaries.regions import load_regions
from summaries.topic_model.topics import TOPICS

T = TypeVar("T")

LIST_PATTERN = r"^b1:"
TOPIC_PATTERN = r"^t1:"
SAVED_PATTERN = r"^k1:"
LANGUAGE_PATTERN = r"^l1:"
FORGET_PATTERN = r"^h1:"
# Delete the chat's data, or keep it.
FORGET_ALL, FORGET_NOTHING = "h1:y", "h1:n"
BROADCAST_PATTERN = r"^bc1:"
# Read the links that the message names, or those of the message that it quotes.
READ_ON, READ_QUOTED, READ_ON_PATTERN = "r1:", "r1:q", r"^r1:q?$"
START_PATTERN = r"^g1:"


def decoder(pattern: re.Pattern[str], read: Callable[[re.Match[str]], T | None]) -> Callable[[str | None], T | None]:
    """Return a function that decodes the callback data that `pattern` matches as a whole; any other is None."""

    def decode(data: str | None) -> T | None:
        match = pattern.fullmatch(data or "")
        return read(match) if match else None

    return decode


def shorten_name(name: str) -> str:
    """Return an eight-letter hash of a name that may not fit in callback data; it is looked up among the known
    names."""
    return f"{crc32(name.encode()):08x}"


def build_button(label: str, data: str, style: KeyboardButtonStyle | None = None) -> InlineKeyboardButton:
    """Return a button. `style` marks actions that delete or stop something (`DANGER`), and the one action that a
    message suggests (`PRIMARY`); apps from before February 2026 show no styles."""
    return InlineKeyboardButton(label, callback_data=data, style=style)


def split_rows(buttons: Sequence[InlineKeyboardButton], width: int) -> list[list[InlineKeyboardButton]]:
    """Arrange the buttons in rows of `width`."""
    return [list(buttons[n : n + width]) for n in range(0, len(buttons), width)]


def split_evenly(buttons: Sequence[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    """Arrange the buttons in one row of at most three, or else in rows of two: on a phone a fourth is too narrow."""
    return split_rows(buttons, 3 if len(buttons) <= 3 else 2)


def build_page_buttons(
    words: Translations, number: int, count: int, encode: Callable[[int], str]
) -> list[InlineKeyboardButton]:
    """Return the buttons for the pages before and after `number`; `encode` returns the data for a page's number."""
    pages = {words.text("‹ Previous"): number - 1, words.text("Next ›"): number + 1}
    return [build_button(label, encode(page)) for label, page in pages.items() if 0 <= page < count]


def build_keyboard(*rows: Sequence[InlineKeyboardButton]) -> InlineKeyboardMarkup | None:
    """Return a keyboard of the rows that are not empty; None if all are."""
    filled = [row for row in rows if row]
    return InlineKeyboardMarkup(filled) if filled else None


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page (from 0) of the list for a stored query."""

    query_id: int
    number: int
    order: Order = Order.NEWEST

    def encode(self) -> str:
        return f"b1:{self.query_id}:{self.number}:{self.order}"


class StartAction(StrEnum):
    """The action of a button under the greeting."""

    NEWS = "n"
    DIGEST = "d"
    EXAMPLE = "e"


def encode_start(action: StartAction) -> str:
    """Encode a press of a button under the greeting."""
    return f"g1:{action}"


def encode_topic(topic: str) -> str:
    """Encode a press that shows the news of a topic, or of a region by its code."""
    return f"t1:{topic}"


@dataclass(frozen=True, slots=True)
class SavedList:
    """A page of the articles saved by `owner_id`, after removing one of them (0: none)."""

    owner_id: int
    number: int
    removed: int = 0

    def encode(self) -> str:
        return f"k1:{self.owner_id}:{self.number}:{self.removed}"


def encode_language(language: str) -> str:
    """Encode a press that sets the chat's language."""
    return f"l1:{language}"


def encode_broadcast(number: int, *, is_go: bool) -> str:
    """Encode a press that starts or stops a broadcast."""
    return f"bc1:{number}:{'y' if is_go else 'n'}"


decode_list_page = decoder(
    re.compile(r"b1:(\d{1,15}):(\d{1,6}):([nc])"), lambda match: ListPage(int(match[1]), int(match[2]), Order(match[3]))
)
decode_start_action = decoder(re.compile(r"g1:([nde])"), lambda match: StartAction(match[1]))
decode_topic = decoder(
    re.compile(r"(?a)t1:([a-z-]{1,30}|\d\d(?:\.\d\d)?)"),
    lambda match: (
        NewsQuery(category=match[1])
        if match[1] in TOPICS
        else NewsQuery(region=match[1])
        if match[1] in load_regions()
        else None
    ),
)
decode_saved_list = decoder(
    re.compile(r"k1:(\d{1,15}):(\d{1,6}):(\d{1,15})"), lambda match: SavedList(*map(int, match.groups()))
)
decode_language = decoder(re.compile(r"l1:([a-z]{2,3})"), lambda match: match[1] if match[1] in languages() else None)
# The broadcast's number, and whether it is to be sent.
decode_broadcast = decoder(re.compile(r"bc1:(\d{1,15}):([yn])"), lambda match: (int(match[1]), match[2] == "y"))
