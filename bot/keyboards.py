"""Inline keyboards (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.callbacks import ListPage, SavedList, encode_language, encode_topic
from bot.locale import languages, load_words
from bot.render import topic_label
from summaries.model import Order
from summaries.topics import TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.locale import Words
    from summaries.model import NewsPage, SavedPage

TOPICS_IN_ROW = 3
LONGEST_LABEL = 60


def list_keyboard(
    words: Words,
    page: NewsPage,
    query_id: int,
    order: Order = Order.NEWEST,
    topics: Iterable[str] = (),
    *,
    shared: str | None = None,
) -> InlineKeyboardMarkup | None:
    """Previous and next under a page of a list, the other order, topics, and a link to pass a topic on (`shared`); none
    where there is nothing to press."""
    turn = []
    if page.has_previous:
        turn.append(_button(words.text("‹ Previous"), ListPage(query_id, page.number - 1, order).encode()))
    if page.has_next:
        turn.append(_button(words.text("Next ›"), ListPage(query_id, page.number + 1, order).encode()))
    other = []
    if page.total > 1 and order is Order.NEWEST:
        other.append(_button(words.text("Most covered first"), ListPage(query_id, 0, Order.MOST_COVERED).encode()))
    elif page.total > 1:
        other.append(_button(words.text("Newest first"), ListPage(query_id, 0).encode()))
    if shared:
        other.append(InlineKeyboardButton(words.text("Share this topic"), url=shared))
    rows = [row for row in (turn, other, *topic_rows(words, topics)) if row]
    return InlineKeyboardMarkup(rows) if rows else None


def topic_rows(words: Words, topics: Iterable[str]) -> list[list[InlineKeyboardButton]]:
    """The topics that the bot knows, in its own order, three in a row."""
    wanted = set(topics)
    buttons = [_button(topic_label(words, key), encode_topic(key)) for key in TOPICS if key in wanted]
    return [buttons[n : n + TOPICS_IN_ROW] for n in range(0, len(buttons), TOPICS_IN_ROW)]


def correction_keyboard(words: Words, corrected: str, query_id: int) -> InlineKeyboardMarkup:
    """Look for what was perhaps meant."""
    label = words.text("Look for “{words}”", words=corrected[:LONGEST_LABEL])
    return InlineKeyboardMarkup([[_button(label, ListPage(query_id, 0).encode())]])


def saved_keyboard(words: Words, page: SavedPage, owner_id: int) -> InlineKeyboardMarkup | None:
    """A button to remove each article of the page, by its number in the list, and previous and next."""
    first = page.number * page.size + 1
    remove = [
        _button(f"✕ {first + index}", SavedList(owner_id, page.number, item.stored.id).encode())
        for index, item in enumerate(page.items)
    ]
    turn = []
    if page.number > 0:
        turn.append(_button(words.text("‹ Previous"), SavedList(owner_id, page.number - 1).encode()))
    if page.number + 1 < page.count:
        turn.append(_button(words.text("Next ›"), SavedList(owner_id, page.number + 1).encode()))
    rows = [row for row in (remove, turn) if row]
    return InlineKeyboardMarkup(rows) if rows else None


def _button(label: str, data: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=data)


def language_keyboard(words: Words) -> InlineKeyboardMarkup:
    """Every language by its own name, the present one marked."""
    names = {language: load_words(language).text("The name of this language") for language in languages()}
    buttons = [
        InlineKeyboardButton(
            f"✓ {name}" if language == words.language else name, callback_data=encode_language(language)
        )
        for language, name in names.items()
    ]
    return InlineKeyboardMarkup([buttons[n : n + 2] for n in range(0, len(buttons), 2)])
