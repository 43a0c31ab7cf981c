"""Lists of news and of saved articles to Telegram HTML, each page one message (pure)."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING

from babel.dates import format_date, format_interval
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InlineQueryResultArticle, InputTextMessageContent
from telegram.constants import ParseMode

from bot.locale import languages, load_words
from bot.telegram_text import MESSAGE_LIMIT, shown, split_html, unlinked
from bot.views.answers import preview_of
from bot.views.callbacks import ListPage, SavedList, encode_language, encode_topic
from bot.views.deep_links import StoryLink, deep_link, deep_linked
from bot.views.html import (
    LONGEST_OUTLET,
    age,
    byline,
    covered_by,
    is_web_address,
    length,
    link,
    linked,
    local,
    shortened,
    topic_label,
)
from summaries.model import Order
from summaries.text.characters import clean_line, strip_hidden
from summaries.topic_model.topics import TOPICS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from bot.locale import Words
    from summaries.model import NewsItem, NewsPage, NewsQuery, SavedPage, StoredArticle


def list_text(
    words: Words,
    query: NewsQuery,
    page: NewsPage,
    *,
    order: Order = Order.NEWEST,
    zone: str,
    now: datetime,
    username: str | None,
) -> str:
    """One page of news: where five summaries are too long, they are cut at a sentence."""
    head = f"<b>{escape(shortened(heading(words, query, zone)))}</b>"
    if order is Order.MOST_COVERED:
        said = words.text("Most covered first")
        head += f"\n<i>{escape(said)}</i>"
    foot = page_line(words, page.number, page.count)
    first = page.number * page.size + 1
    room = (MESSAGE_LIMIT - length(head + foot) - 8) // max(1, len(page.items)) - 2
    items = [fitted(words, item, first + n, zone, now, username, room) for n, item in enumerate(page.items)]
    return "\n\n".join(part for part in (head, *items, foot) if part)


def page_line(words: Words, number: int, count: int) -> str:
    return escape(words.text("Page {number} of {count}", number=number + 1, count=count)) if count > 1 else ""


def heading(words: Words, query: NewsQuery, zone: str) -> str:
    """What the list holds, as plain text."""
    if query.category:
        what = words.text("News: {topic}", topic=topic_label(words, query.category).lower())
    elif query.outlet:
        what = words.text("News from {outlet}", outlet=unlinked(query.outlet))
    elif query.words:
        what = words.text("News about “{words}”", words=unlinked(query.words.replace('"', "'")))
    elif query.since or query.until:
        what = words.text("News")
    else:
        what = words.text("Latest news")
    when = period(words, query, zone)
    return f"{what}, {when}" if when else what


def nothing_text(
    words: Words, query: NewsQuery, zone: str, *, meant: str | None = None, topics: Collection[str] = ()
) -> str:
    """That there is nothing, what was perhaps meant, or else the topics with news; plain text."""
    asked = heading(words, query, zone)
    said = words.text("Nothing found: {heading}.", heading=asked[:1].lower() + asked[1:])
    if meant is not None:
        return said + "\n" + words.text("Did you mean “{words}”?", words=unlinked(meant))
    if topics:
        named = ", ".join(topic_label(words, key) for key in topics)
        said += "\n" + words.text("Topics with news: {topics}.", topics=named)
    return said


def period(words: Words, query: NewsQuery, zone: str) -> str:
    """ "sejak 3 Mei 2019", "3–5 Mei 2019"; nothing for all days."""
    since = local(query.since, zone).date() if query.since else None
    # The last day is the one that the moment before `until` belongs to.
    last = local(query.until - timedelta(microseconds=1), zone).date() if query.until else None
    if since and last:
        if since == last:
            return format_date(since, "d MMM y", locale=words.language)
        return str(format_interval(since, last, "yMMMd", locale=words.language))
    if since:
        return words.text("since {day}", day=format_date(since, "d MMM y", locale=words.language))
    if last:
        return words.text("until {day}", day=format_date(last, "d MMM y", locale=words.language))
    return ""


def fitted(words: Words, item: NewsItem, number: int, zone: str, now: datetime, username: str | None, room: int) -> str:
    """A numbered item in at most `room` UTF-16 units: title with its link, outlet · age · outlets, summary."""
    article = item.stored.article
    title = linked(article.url, shown(shortened(article.title)))
    facts = [shortened(article.outlet, LONGEST_OUTLET) if article.outlet else ""]
    facts += [age(words, article.published_at or item.stored.added_at, now, zone)]
    facts += [covered_by(words, len(item.coverage)), words.text("excerpt") if article.is_excerpt else ""]
    line = joined([*map(shown, facts), deep_linked(username, StoryLink(item.stored.id), words.text("summary"))])
    head = f"{number}. <b>{title}</b>\n{line}"
    parts = split_html(f"{head}\n{shown(item.summary.text)}", room)
    return parts[0] if parts else head


def joined(facts: Iterable[str]) -> str:
    return " · ".join(fact for fact in facts if fact)


def saved_text(words: Words, page: SavedPage, *, zone: str, now: datetime, username: str | None) -> str:
    """One page of what a person saved."""
    name = words.text("Saved articles")
    head = f"<b>{escape(name)}</b>"
    first = page.number * page.size + 1
    items = [saved_line(words, item.stored, first + n, zone, now, username) for n, item in enumerate(page.items)]
    how = escape(words.text("✕ removes the article with that number."))
    return "\n\n".join(
        part for part in (head, *items, f"<i>{how}</i>", page_line(words, page.number, page.count)) if part
    )


def saved_line(words: Words, stored: StoredArticle, number: int, zone: str, now: datetime, username: str | None) -> str:
    article = stored.article
    title = linked(article.url, shown(shortened(article.title)))
    facts = [shortened(article.outlet, LONGEST_OUTLET) if article.outlet else ""]
    if article.published_at:
        facts.append(age(words, article.published_at, now, zone))
    # A link that anybody may follow opens what everybody may see.
    opened = deep_linked(username, StoryLink(stored.id), words.text("summary")) if stored.origin.is_public else ""
    line = joined([*map(shown, facts), opened])
    return "\n".join(part for part in (f"{number}. <b>{title}</b>", line) if part)


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
