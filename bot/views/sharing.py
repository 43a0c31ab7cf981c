"""Buttons and cards that carry a summary, a story or a schedule into other chats.

A share button switches to inline mode with a query that names the content: "#" and the payload of a deep link, or "#r"
and the number of an answer, which only its own reader finds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InlineQueryResultArticle, InputTextMessageContent
from telegram.constants import ParseMode

from bot.locale import Translations
from bot.telegram_text import visible_text
from bot.views.deep_links import (
    ArticleLink,
    Link,
    ScheduleLink,
    StoryLink,
    TopicLink,
    build_deep_link,
    build_group_link,
    build_share_link,
    read_payload,
)
from bot.views.html import OutgoingMessage
from bot.views.schedules import render_schedule_offer

_SHARED_ANSWER = re.compile(r"#r([0-9a-f]{1,15})")
_SHARED_LINK = re.compile(r"#([A-Za-z0-9_-]{1,64})")


@dataclass(frozen=True, slots=True)
class AnswerLink:
    """The summary in an answer of the person's private chat, whose article is not public."""

    answer_id: int

    @property
    def payload(self) -> str:
        return f"r{self.answer_id:x}"


Shared = ArticleLink | StoryLink | ScheduleLink | AnswerLink


def read_shared(query: str) -> Shared | None:
    """Decode the inline query of a share button."""
    query = query.strip()
    if match := _SHARED_ANSWER.fullmatch(query):
        return AnswerLink(int(match[1], 16))
    match = _SHARED_LINK.fullmatch(query)
    link = read_payload(match[1]) if match else None
    return None if isinstance(link, TopicLink) else link


def build_share_button(label: str, shared: Shared, username: str, *, has_inline: bool) -> InlineKeyboardButton | None:
    """Return a button that offers the content in a chat of the person's choice.

    Telegram refuses such a button while inline mode is off (`has_inline`). The button then shares a link instead; for
    an answer, which has no link, return None.
    """
    if has_inline:
        return InlineKeyboardButton(label, switch_inline_query=f"#{shared.payload}")
    if isinstance(shared, AnswerLink):
        return None
    return InlineKeyboardButton(label, url=build_share_link(username, shared))


def build_open_button(words: Translations, link: Link, username: str) -> InlineKeyboardButton:
    """Return a button that opens the article or story in the bot."""
    return InlineKeyboardButton(words.text("Read on with Ringkas"), url=build_deep_link(username, link))


def build_schedule_card(words: Translations, link: ScheduleLink, username: str) -> InlineQueryResultArticle:
    """Return the card of a digest's schedule. Its buttons open the offer in a private chat, or in one of the person's
    groups; nothing changes before an administrator accepts it there."""
    text = render_schedule_offer(words, link)
    rows = [
        [InlineKeyboardButton(words.text("Use this schedule"), url=build_deep_link(username, link))],
        [InlineKeyboardButton(words.text("Use it in a group"), url=build_group_link(username, link))],
    ]
    shown = OutgoingMessage(text, InlineKeyboardMarkup(rows))
    return build_card("j", words.text("A digest by Ringkas"), shown, visible_text(text))


def build_card(
    card_id: str, title: str, shown: OutgoingMessage, description: str | None = None
) -> InlineQueryResultArticle:
    """Return an inline result that sends the message."""
    return InlineQueryResultArticle(
        id=card_id,
        title=title,
        description=description,
        input_message_content=InputTextMessageContent(
            shown.text, parse_mode=ParseMode.HTML if shown.is_html else None, link_preview_options=shown.preview
        ),
        reply_markup=shown.keyboard,
    )
