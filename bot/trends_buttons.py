"""The buttons under /tren and what they carry (pure). Callback data comes back from outside."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

if TYPE_CHECKING:
    from bot.locale import Words

TRENDS_PATTERN = r"^n1:"
_DATA = re.compile(r"n1:([dw])([ld])")


class Span(StrEnum):
    """How far back a survey looks."""

    DAY = "d"
    WEEK = "w"

    @property
    def length(self) -> timedelta:
        return timedelta(days=1 if self is Span.DAY else 7)


@dataclass(frozen=True, slots=True)
class TrendsView:
    """Show what was covered most in that span, as a light or a dark picture."""

    span: Span = Span.DAY
    is_dark: bool = False

    def encode(self) -> str:
        return f"n1:{self.span}{'d' if self.is_dark else 'l'}"


def decode_trends_view(data: str) -> TrendsView | None:
    match = _DATA.fullmatch(data)
    return TrendsView(Span(match.group(1)), match.group(2) == "d") if match else None


def trends_keyboard(words: Words, view: TrendsView) -> InlineKeyboardMarkup:
    """The other span and the other picture."""
    other_span = replace(view, span=Span.WEEK if view.span is Span.DAY else Span.DAY)
    span_label = words.text("This week") if view.span is Span.DAY else words.text("Today")
    other_picture = replace(view, is_dark=not view.is_dark)
    picture_label = words.text("Light picture") if view.is_dark else words.text("Dark picture")
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(span_label, callback_data=other_span.encode()),
                InlineKeyboardButton(picture_label, callback_data=other_picture.encode()),
            ]
        ]
    )
