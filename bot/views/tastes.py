"""The buttons for more or less news like a story: of its topic, its outlet and its names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.locale import Translations
from bot.views.answers import decode_answer_view
from bot.views.callbacks import build_button, decoder, shorten_name, split_rows
from bot.views.digest_buttons import ROW, DigestAction, DigestPress, decode_digest_press
from bot.views.html import shorten
from bot.views.schedules import name_subject
from summaries.digests.tastes import Subject, find_taste
from summaries.model import Taste

TASTE_PATTERN = r"^p1:"
# Two buttons of this length fit side by side on a phone.
MAX_LABEL_CHARS = 24


class TasteChange(StrEnum):
    """The effect of a button: list the subjects of the story, or want more, less or neither of one of them."""

    LIST = "v"
    MORE = "m"
    LESS = "l"
    NEITHER = "n"


@dataclass(frozen=True, slots=True)
class TastePress:
    """A press about the story of a public article. `subject` is the hash of one of its subjects, see `hash_subject`;
    `back` is the data of the button that shows the digest or the summary again."""

    article_id: int
    back: str
    change: TasteChange = TasteChange.LIST
    subject: str = ""

    def encode(self) -> str:
        return f"p1:{self.article_id:x}:{self.change}{self.subject}:{self.back}"


decode_taste_press = decoder(
    re.compile(r"p1:([1-9a-f][0-9a-f]{0,12}):(?:(v)|([mln])([0-9a-f]{8})):([ad]1:.{1,22})"),
    lambda match: (
        TastePress(int(match[1], 16), match[5], TasteChange(match[2] or match[3]), match[4] or "")
        if decode_answer_view(match[5]) or decode_digest_press(match[5])
        else None
    ),
)


def hash_subject(subject: Subject) -> str:
    """Return an eight-letter hash of the subject, whose name may not fit in callback data."""
    return shorten_name(f"{subject.kind}:{subject.name.casefold()}")


def label_taste(words: Translations, subject: Subject, *, is_more: bool) -> str:
    """Return the label of a button for more, or less, of the subject."""
    name = shorten(name_subject(words, subject), MAX_LABEL_CHARS)
    return words.text("More: {name}", name=name) if is_more else words.text("Less: {name}", name=name)


def build_taste_button(words: Translations, article_id: int, back: str) -> InlineKeyboardButton:
    """Return the button that lists the subjects of the article's story."""
    return build_button(words.text("More or less like this"), TastePress(article_id, back).encode())


def build_story_numbers(words: Translations, shown: DigestPress, article_ids: Sequence[int]) -> InlineKeyboardMarkup:
    """Return a button for each story of the digest, which lists its subjects."""
    back = replace(shown, action=DigestAction.BACK, number=0).encode()
    numbers = [
        build_button(str(number), TastePress(article_id, back).encode())
        for number, article_id in enumerate(article_ids, 1)
    ]
    return InlineKeyboardMarkup([*split_rows(numbers, ROW), [build_button(words.text("‹ Back"), back)]])


def build_taste_keyboard(
    words: Translations, press: TastePress, subjects: Sequence[Subject], tastes: Sequence[Taste]
) -> InlineKeyboardMarkup:
    """Return two buttons for each subject, for more and for less of it; one that is chosen takes the choice back."""
    rows = []
    for subject in subjects:
        taste, row = find_taste(tastes, subject), []
        for is_more, change in ((True, TasteChange.MORE), (False, TasteChange.LESS)):
            is_chosen = taste is not None and taste.is_more is is_more
            wanted = replace(press, change=TasteChange.NEITHER if is_chosen else change, subject=hash_subject(subject))
            label = label_taste(words, subject, is_more=is_more)
            row.append(build_button(f"✓ {label}" if is_chosen else label, wanted.encode()))
        rows.append(row)
    return InlineKeyboardMarkup([*rows, [build_button(words.text("‹ Back"), press.back)]])
