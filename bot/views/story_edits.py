"""The message with which an operator edits a story: its articles by number, and the buttons below."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from zlib import crc32

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import KeyboardButtonStyle

from bot.locale import Translations, message
from bot.telegram_text import to_html
from bot.views.answers import AnswerFormat, AnswerView
from bot.views.callbacks import build_button, build_keyboard, decoder, split_rows
from bot.views.html import add_link, render_moment, shorten, stack
from bot.views.stories import name_source
from summaries.model import Coverage, EditKind, StoryEdit

EDIT_PATTERN = r"^v1:"
# The newest articles have numbers. More do not fit in a message if their titles need a joiner for each character.
MAX_NUMBERED = 15
NUMBERS_A_ROW = 5
MAX_HEADLINE_CHARS = 60
KIND_NAMES = {
    EditKind.HIDE: message("hidden"),
    EditKind.SPLIT: message("split"),
    EditKind.MERGE: message("merged"),
}
# A hidden story is shown again instead.
UNDO_LABELS = {EditKind.SPLIT: message("Undo the split"), EditKind.MERGE: message("Undo the merge")}


class EditAction(StrEnum):
    """The action of a button: open the message, choose articles and split them off, hide or show the story, ask for
    the story to merge it with, or undo a decision."""

    OPEN = "o"
    SPLIT = "p"
    HIDE = "h"
    SHOW = "s"
    MERGE = "m"
    UNDO = "u"


@dataclass(frozen=True, slots=True)
class EditPress:
    """A press of a button of the reply `answer_id`.

    `number` is the set of chosen articles, one bit for each, or the id of the decision to undo. `state` identifies the
    story as the message showed it (see `hash_story`).
    """

    answer_id: int
    action: EditAction = EditAction.OPEN
    number: int = 0
    state: int = 0

    def encode(self) -> str:
        return f"v1:{self.answer_id:x}:{self.action}{self.number:x}:{self.state:x}"


decode_edit_press = decoder(
    re.compile(r"v1:([0-9a-f]{1,15}):([ophsmu])([0-9a-f]{1,15}):([0-9a-f]{1,8})"),
    lambda match: EditPress(int(match[1], 16), EditAction(match[2]), int(match[3], 16), int(match[4], 16)),
)


@dataclass(frozen=True, slots=True)
class EditedStory:
    """A story for operators: its numbered articles, how many older ones it has, and the decisions in effect about it,
    the newest first."""

    articles: tuple[Coverage, ...]
    older: int
    edits: tuple[StoryEdit, ...]

    @classmethod
    def of(cls, coverage: Sequence[Coverage], edits: Sequence[StoryEdit]) -> EditedStory:
        newest = tuple(coverage[-MAX_NUMBERED:])
        return cls(newest, len(coverage) - len(newest), tuple(edits))

    @property
    def hidden_by(self) -> tuple[StoryEdit, ...]:
        """Return the decisions that hide the story."""
        return tuple(edit for edit in self.edits if edit.kind is EditKind.HIDE)

    def choose(self, number: int) -> list[int]:
        """Return the ids of the articles whose bits are set."""
        return [report.article_id for n, report in enumerate(self.articles) if number >> n & 1]

    def hash_story(self) -> int:
        """Return a number that differs once the articles or decisions are others."""
        ids = [*(report.article_id for report in self.articles), self.older, 0, *(edit.id for edit in self.edits)]
        return crc32(" ".join(map(str, ids)).encode())


def build_edit_button(words: Translations, answer_id: int) -> InlineKeyboardButton:
    """Return the button that opens the message below a reply; for operators."""
    return build_button(words.text("Edit the story"), EditPress(answer_id).encode())


def render_edited_story(words: Translations, story: EditedStory, zone: str) -> str:
    """Render the articles with their numbers and ids, and the decisions about the story."""
    lines = [
        f"{n}. {add_link(report.url, to_html(shorten(report.title, MAX_HEADLINE_CHARS)))}"
        f" ({render_source(words, report, zone)})"
        for n, report in enumerate(story.articles, 1)
    ]
    older = [escape(words.plural("… and {n} more", "… and {n} more", story.older))] if story.older else []
    decided = ", ".join(f"{words.text(KIND_NAMES[edit.kind])} ({edit.id})" for edit in story.edits)
    return stack(
        f"<b>{escape(words.text('Edit the story'))}</b>",
        "\n".join([*lines, *older]),
        words.html("In effect: {decisions}", decisions=decided) if decided else "",
        words.html("Press numbers to choose the articles to split off.") if len(story.articles) > 1 else "",
    )


def render_source(words: Translations, report: Coverage, zone: str) -> str:
    at = render_moment(words, report.reported_at, zone)
    return ", ".join(filter(None, (name_source(report), at, f"ID {report.article_id}")))


def build_edit_keyboard(words: Translations, story: EditedStory, press: EditPress) -> InlineKeyboardMarkup | None:
    """Return the buttons; the articles that `press` chose are marked."""
    state = story.hash_story()

    def button(
        label: str, action: EditAction, number: int = 0, style: KeyboardButtonStyle | None = None
    ) -> InlineKeyboardButton:
        return build_button(label, EditPress(press.answer_id, action, number, state).encode(), style)

    is_single = len(story.articles) + story.older < 2
    numbers = [
        button(f"{n + 1} ✓" if press.number >> n & 1 else str(n + 1), EditAction.OPEN, press.number ^ 1 << n)
        for n in range(0 if is_single else len(story.articles))
    ]
    count = len(story.choose(press.number))
    label = words.plural("Split off {n} article", "Split off {n} articles", count)
    split = button(label, EditAction.SPLIT, press.number)
    is_part = 0 < count < len(story.articles) + story.older
    show = button(words.text("Show again"), EditAction.SHOW)
    hide = button(words.text("Hide"), EditAction.HIDE, style=KeyboardButtonStyle.DANGER)
    undo = [
        button(words.text(UNDO_LABELS[edit.kind]), EditAction.UNDO, edit.id)
        for edit in story.edits
        if edit.kind in UNDO_LABELS
    ]
    back = AnswerView(press.answer_id, AnswerFormat.TEXT)
    return build_keyboard(
        *split_rows(numbers, NUMBERS_A_ROW),
        [split] if is_part else [],
        [show if story.hidden_by else hide, button(words.text("Merge"), EditAction.MERGE)],
        undo[:1],
        [build_button(words.text("Back to the summary"), back.encode())],
    )
