"""Inline keyboards (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.callbacks import ListPage, encode_language
from bot.locale import languages, load_words

if TYPE_CHECKING:
    from bot.locale import Words
    from summaries.model import NewsPage


def list_keyboard(words: Words, page: NewsPage, query_id: int) -> InlineKeyboardMarkup | None:
    """Previous and next under a page of a list; none where the list has one page."""
    buttons = []
    if page.has_previous:
        data = ListPage(query_id, page.number - 1).encode()
        buttons.append(InlineKeyboardButton(words.text("‹ Previous"), callback_data=data))
    if page.has_next:
        data = ListPage(query_id, page.number + 1).encode()
        buttons.append(InlineKeyboardButton(words.text("Next ›"), callback_data=data))
    return InlineKeyboardMarkup([buttons]) if buttons else None


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
