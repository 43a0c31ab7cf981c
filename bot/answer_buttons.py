"""The buttons under an article's summary, and what they carry (pure).

Each button names the view that it leads to, not a step from the present one: pressed twice, it leads to the same.
Callback data comes back from outside: whoever can press can also forge. Reading it gives a valid value or None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from summaries.model import LONG, MEDIUM, SHORT

if TYPE_CHECKING:
    from bot.locale import Words
    from summaries.model import Length

ANSWER_PATTERN = r"^a1:"
_DATA = re.compile(r"a1:([0-9a-f]{1,15}):([tpho])([sml])([ku]?)")
LENGTHS = {"s": SHORT, "m": MEDIUM, "l": LONG}


class Form(StrEnum):
    """How an answer tells its article."""

    TEXT = "t"
    POINTS = "p"
    IN_ARTICLE = "h"
    OUTLETS = "o"


class Keeping(StrEnum):
    """What a press changes in the person's saved articles."""

    NOTHING = ""
    SAVE = "k"
    REMOVE = "u"


@dataclass(frozen=True, slots=True)
class AnswerView:
    """Show the answer in this form and length, having saved or removed its article."""

    answer_id: int
    form: Form = Form.TEXT
    size: str = "m"
    keeping: Keeping = Keeping.NOTHING

    @property
    def length(self) -> Length:
        return LENGTHS[self.size]

    def encode(self) -> str:
        return f"a1:{self.answer_id:x}:{self.form}{self.size}{self.keeping}"


def decode_answer_view(data: str) -> AnswerView | None:
    match = _DATA.fullmatch(data)
    if match is None:
        return None
    answer_id, form, size, keeping = match.groups()
    return AnswerView(int(answer_id, 16), Form(form), size, Keeping(keeping))


def answer_keyboard(words: Words, view: AnswerView, *, others: int, is_saved: bool) -> InlineKeyboardMarkup:
    """The buttons under the view. `others` is how many other outlets tell the story."""
    here = replace(view, keeping=Keeping.NOTHING)

    def button(label: str, target: AnswerView) -> InlineKeyboardButton:
        return InlineKeyboardButton(label, callback_data=target.encode())

    sizes = list(LENGTHS)
    place = sizes.index(view.size)
    lengths = []
    if view.form is not Form.OUTLETS:
        if place > 0:
            lengths.append(button(words.text("Shorter"), replace(here, size=sizes[place - 1])))
        if place < len(sizes) - 1:
            lengths.append(button(words.text("Longer"), replace(here, size=sizes[place + 1])))
    as_text = button(words.text("As a text"), replace(here, form=Form.TEXT))
    as_points = button(words.text("In points"), replace(here, form=Form.POINTS))
    in_article = button(words.text("Show in the article"), replace(here, form=Form.IN_ARTICLE))
    forms = {
        Form.TEXT: [as_points, in_article],
        Form.POINTS: [as_text, in_article],
        Form.IN_ARTICLE: [as_text, as_points],
        Form.OUTLETS: [as_text],
    }[view.form]
    last = []
    if others and view.form is not Form.OUTLETS:
        label = words.text("Other outlets ({n})", n=others)
        last.append(button(label, replace(here, form=Form.OUTLETS)))
    if is_saved:
        last.append(button(words.text("Saved ✓"), replace(here, keeping=Keeping.REMOVE)))
    else:
        last.append(button(words.text("Save"), replace(here, keeping=Keeping.SAVE)))
    return InlineKeyboardMarkup([row for row in (lengths, forms, last) if row])
