"""Stories as inline cards: what the card shows, and the message that it becomes (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InlineQueryResultArticle, InputTextMessageContent
from telegram.constants import ParseMode

from bot.deep_links import StoryLink, deep_link
from bot.links import is_web_address, link
from bot.render import LONGEST_OUTLET, age, byline, covered_by, length, shortened
from bot.render_answers import preview_of
from bot.render_lists import joined
from bot.split import MESSAGE_LIMIT, split_html
from bot.telegram_text import shown
from summaries.text.spacing import clean_line, strip_hidden

if TYPE_CHECKING:
    from datetime import datetime

    from bot.locale import Words
    from summaries.model import NewsItem

LONGEST_CARD_TITLE = 120
LONGEST_DESCRIPTION = 160


def story_card(words: Words, item: NewsItem, *, zone: str, now: datetime, username: str) -> InlineQueryResultArticle:
    """The card of a story, with a button that opens it with the bot."""
    article = item.stored.article
    facts = [shortened(article.outlet, LONGEST_OUTLET) if article.outlet else ""]
    facts += [age(words, article.published_at or item.stored.added_at, now, zone)]
    facts += [covered_by(words, len(item.coverage))]
    description = f"{joined(facts)}\n{item.summary.text}"
    open_here = InlineKeyboardButton(
        words.text("Read on with Ringkas"), url=deep_link(username, StoryLink(item.stored.id))
    )
    return InlineQueryResultArticle(
        id=f"a{item.stored.id}",
        title=shortened(clean_line(article.title), LONGEST_CARD_TITLE).strip() or words.text("News"),
        description=shortened(strip_hidden(description), LONGEST_DESCRIPTION),
        thumbnail_url=article.image_url if is_web_address(article.image_url) else None,
        input_message_content=InputTextMessageContent(
            card_text(words, item, zone), parse_mode=ParseMode.HTML, link_preview_options=preview_of(article)
        ),
        reply_markup=InlineKeyboardMarkup([[open_here]]),
    )


def card_text(words: Words, item: NewsItem, zone: str) -> str:
    """The message that a card becomes: it may be read long after, so that it says the day, not the age."""
    article = item.stored.article
    head = "\n".join(filter(None, [f"<b>{shown(shortened(article.title))}</b>", byline(words, article, zone)]))
    tail = link(article.url, words.text("Read the article"))
    room = MESSAGE_LIMIT - length(head) - length(tail) - 4
    summary = split_html(shown(item.summary.text), room)
    return "\n\n".join(part for part in (head, *summary[:1], tail) if part)
