"""Lists of news and of saved articles, one message a page, with their buttons, and the cards of inline mode."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from html import escape
from itertools import islice

from babel.dates import format_date, format_interval
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InlineQueryResultArticle, InputTextMessageContent
from telegram.constants import KeyboardButtonStyle, ParseMode

from bot.locale import Translations, languages, load_translations
from bot.telegram_text import MESSAGE_LIMIT, split_html, to_html, unlink, visible_text
from bot.views.answers import choose_preview
from bot.views.callbacks import (
    ListPage,
    SavedList,
    build_button,
    build_keyboard,
    build_page_buttons,
    encode_language,
    encode_topic,
    split_rows,
)
from bot.views.deep_links import ArticleLink, StoryLink, render_deep_link
from bot.views.html import (
    MAX_OUTLET_CHARS,
    join_facts,
    measure,
    name_article,
    name_topic,
    render_age,
    render_coverage,
    render_head,
    render_link,
    render_title,
    shorten,
    stack,
)
from bot.views.sharing import build_open_button
from bot.views.stories import MAX_SUMMARY_CHARS, build_item_sections, fit_sections
from summaries.digests.schedule import to_zone
from summaries.model import Article, NewsItem, NewsPage, NewsQuery, Order, SavedPage, StoredArticle
from summaries.regions import load_regions
from summaries.text.characters import clean_line, strip_hidden
from summaries.text.sentences import split_sentences
from summaries.text.words import load_stop_words, stem_for_search
from summaries.topic_model.topics import TOPICS
from summaries.urls import is_web_address

# Telegram shows at most a hundred formatted passages of a message.
MAX_MARKS = 10
_WORD = re.compile(r"[^\W_]+")
_ENTITY_OR_WORD = re.compile(r"&\w+;|([^\W_]+)")


def render_list(
    words: Translations,
    query: NewsQuery,
    page: NewsPage,
    *,
    order: Order = Order.NEWEST,
    zone: str,
    now: datetime,
    username: str | None,
) -> str:
    """Render one page of news; summaries that do not fit are cut at a sentence."""
    head = f"<b>{escape(shorten(render_heading(words, query, zone)))}</b>"
    if order is Order.MOST_COVERED:
        text = words.text("Most covered first")
        head += f"\n<i>{escape(text)}</i>"
    foot = render_page_number(words, page.number, page.count)
    room = (MESSAGE_LIMIT - measure(head + foot) - 8) // max(1, len(page.items)) - 2
    items, stems = [], find_stems(query)
    for number, item in enumerate(page.items, page.number * page.size + 1):
        excerpt = escape(words.text("excerpt")) if item.stored.article.is_excerpt else ""
        facts = [*render_facts(words, item, zone, now), excerpt]
        items.append(render_story(words, item, facts, username, room, stems, f"{number}. "))
    return stack(head, *items, foot)


def render_page_number(words: Translations, number: int, count: int) -> str:
    return escape(words.text("Page {number} of {count}", number=number + 1, count=count)) if count > 1 else ""


def render_heading(words: Translations, query: NewsQuery, zone: str) -> str:
    """Render the query as a heading, as plain text."""
    if query.category:
        what = words.text("News: {topic}", topic=name_topic(words, query.category).lower())
    elif query.region and query.region in load_regions():
        what = words.text("News from {region}", region=load_regions()[query.region].name)
    elif query.outlet:
        what = words.text("News from {outlet}", outlet=unlink(query.outlet))
    elif query.words:
        what = words.text("News about “{words}”", words=unlink(query.words.replace('"', "'")))
    elif query.since or query.until:
        what = words.text("News")
    else:
        what = words.text("Latest news")
    when = render_period(words, query, zone)
    return f"{what} {when}" if when else what


def render_no_results(
    words: Translations, query: NewsQuery, zone: str, *, meant: str | None = None, topics: Collection[str] = ()
) -> str:
    """Render the reply to a query without results: a correction, or else the topics with news; plain text."""
    asked = render_heading(words, query, zone)
    text = words.text("Nothing found: {heading}.", heading=asked[:1].lower() + asked[1:])
    if meant is not None:
        return text + "\n" + words.text("Did you mean “{words}”?", words=unlink(meant))
    if topics:
        named = ", ".join(name_topic(words, key) for key in topics)
        text += "\n" + words.text("Topics with news: {topics}.", topics=named)
    return text


def render_period(words: Translations, query: NewsQuery, zone: str) -> str:
    """Render the period of the query, such as "sejak 3 Mei 2019" or "pada 3–5 Mei 2019"; nothing for all days."""
    since = to_zone(query.since, zone).date() if query.since else None
    # `until` is exclusive, so the last day is that of the moment before it.
    last = to_zone(query.until - timedelta(microseconds=1), zone).date() if query.until else None
    if since and last:
        if since == last:
            return words.text("on {day}", day=format_date(since, "d MMM y", locale=words.language))
        return words.text("on {day}", day=str(format_interval(since, last, "yMMMd", locale=words.language)))
    if since:
        return words.text("since {day}", day=format_date(since, "d MMM y", locale=words.language))
    if last:
        return words.text("until {day}", day=format_date(last, "d MMM y", locale=words.language))
    return ""


def find_stems(query: NewsQuery) -> frozenset[str]:
    """Return the stems that a search looks for, without stop words."""
    found, stop_words = _WORD.findall(query.words or ""), load_stop_words("id")
    return frozenset(stem_for_search(" ".join(word for word in found if word.lower() not in stop_words)).split())


def render_story(
    words: Translations,
    item: NewsItem,
    facts: Sequence[str],
    username: str | None,
    room: int,
    stems: Collection[str] = (),
    number: str = "",
) -> str:
    """Render a story in at most `room` UTF-16 units: the number, the linked title, the facts and links, the summary.

    Words with one of the stems are bold. A summary without any is replaced by a sentence of the article that has most.
    """
    head = number + render_headline(words, item.stored, facts, username, len(item.coverage))
    text = item.summary.text
    # A sentence of a fact-check may be the hoax.
    if stems and item.stored.article.fact_check is None and not count_hits(text, stems):
        sentences = split_sentences(item.stored.article.text, item.summary.language)
        text = max(sentences, key=lambda sentence: count_hits(sentence, stems), default=text)
        text = text if count_hits(text, stems) else item.summary.text
    parts = split_html(f"{head}\n{mark_hits(to_html(text), stems)}", room)
    return parts[0] if parts else head


def count_hits(text: str, stems: Collection[str]) -> int:
    """Return the number of the stems that occur in the text."""
    return len(set(stem_for_search(text).split()).intersection(stems))


def mark_hits(html: str, stems: Collection[str]) -> str:
    """Return the HTML, which has no tags, with words that have one of the stems in bold, up to `MAX_MARKS`."""
    pieces, at = [], 0
    hits = (
        (match for match in _ENTITY_OR_WORD.finditer(html) if match[1] and stem_for_search(match[1]) in stems)
        if stems
        else ()
    )
    for match in islice(hits, MAX_MARKS):
        pieces += [html[at : match.start()], f"<b>{match[0]}</b>"]
        at = match.end()
    return "".join([*pieces, html[at:]]).replace("</b> <b>", " ")


def render_headline(
    words: Translations, stored: StoredArticle, facts: Sequence[str], username: str | None, outlets: int = 1
) -> str:
    """Render the linked title, and below it the facts and links to the view of the story and to the summary."""
    covered = render_coverage(words, outlets)
    # Anybody can open a deep link, so only public articles have one.
    links = [escape(covered)]
    if stored.origin.is_public and username:
        links = [
            render_deep_link(username, StoryLink(stored.id), covered) if covered else "",
            render_deep_link(username, ArticleLink(stored.id), words.text("summary")),
        ]
    title = render_title(words, stored.article, stored.article.url)
    return stack(title, join_facts([*facts, *links]), between="\n")


def render_facts(words: Translations, item: NewsItem, zone: str, now: datetime) -> list[str]:
    """Return outlet and age of a story as HTML; empty strings for unknown ones."""
    return [render_outlet_name(item.stored.article), render_age(words, item.stored.reported_at, now, zone)]


def render_outlet_name(article: Article) -> str:
    return to_html(shorten(article.outlet, MAX_OUTLET_CHARS)) if article.outlet else ""


def render_saved(words: Translations, page: SavedPage, *, zone: str, now: datetime, username: str | None) -> str:
    """Render one page of a person's saved articles."""
    name = words.text("Saved articles")
    head = f"<b>{escape(name)}</b>"
    items = []
    for number, stored in enumerate(page.items, page.number * page.size + 1):
        article = stored.article
        age = render_age(words, article.published_at, now, zone) if article.published_at else ""
        items.append(f"{number}. {render_headline(words, stored, [render_outlet_name(article), age], username)}")
    how = escape(words.text("✕ removes the article with that number."))
    return stack(head, *items, f"<i>{how}</i>", render_page_number(words, page.number, page.count))


TOPICS_IN_ROW, REGIONS_IN_ROW = 3, 2
MAX_LABEL_CHARS = 60


def build_list_keyboard(
    words: Translations,
    page: NewsPage,
    query_id: int,
    order: Order = Order.NEWEST,
    topics: Iterable[str] = (),
    *,
    regions: Sequence[str] = (),
    is_search: bool = False,
    shared: str | None = None,
    more: Sequence[InlineKeyboardButton] = (),
) -> InlineKeyboardMarkup | None:
    """Return the buttons for pages, the other order, regions (codes), topics, sharing a topic (`shared`), and `more`;
    None if there are none."""
    turn = build_page_buttons(words, page.number, page.count, lambda n: ListPage(query_id, n, order).encode())
    other = []
    if page.total > 1 and order is Order.NEWEST:
        other.append(build_button(words.text("Most covered first"), ListPage(query_id, 0, Order.MOST_COVERED).encode()))
    elif page.total > 1:
        usual = words.text("Best matches first") if is_search else words.text("Newest first")
        other.append(build_button(usual, ListPage(query_id, 0).encode()))
    if shared:
        other.append(InlineKeyboardButton(words.text("Share this topic"), url=shared))
    names = {code: load_regions()[code].name for code in regions if code in load_regions()}
    own = split_rows([build_button(name, encode_topic(code)) for code, name in names.items()], REGIONS_IN_ROW)
    return build_keyboard(turn, other, more, *own, *build_topic_rows(words, topics))


def build_topic_rows(words: Translations, topics: Iterable[str]) -> list[list[InlineKeyboardButton]]:
    """Return buttons for the topics in the order of `TOPICS`, three in a row."""
    wanted = set(topics)
    buttons = [build_button(name_topic(words, key), encode_topic(key)) for key in TOPICS if key in wanted]
    return split_rows(buttons, TOPICS_IN_ROW)


def build_correction_keyboard(words: Translations, corrected: str, query_id: int) -> InlineKeyboardMarkup:
    """Return a button that searches for the corrected words."""
    label = words.text("Look for “{words}”", words=corrected[:MAX_LABEL_CHARS])
    return InlineKeyboardMarkup([[build_button(label, ListPage(query_id, 0).encode(), KeyboardButtonStyle.PRIMARY)]])


def build_saved_keyboard(words: Translations, page: SavedPage, owner_id: int) -> InlineKeyboardMarkup | None:
    """Return a button that removes each article of the page, by its number, and buttons for pages."""
    remove = [
        build_button(f"✕ {number}", SavedList(owner_id, page.number, stored.id).encode())
        for number, stored in enumerate(page.items, page.number * page.size + 1)
    ]
    turn = build_page_buttons(words, page.number, page.count, lambda n: SavedList(owner_id, n).encode())
    return build_keyboard(remove, turn)


def build_language_keyboard(words: Translations) -> InlineKeyboardMarkup:
    """Return a button for each language by its own name, with the current one marked."""
    names = {language: load_translations(language).text("The name of this language") for language in languages()}
    buttons = [
        build_button(f"✓ {name}" if language == words.language else name, encode_language(language))
        for language, name in names.items()
    ]
    return InlineKeyboardMarkup(split_rows(buttons, 2))


MAX_CARD_TITLE_CHARS = 120
MAX_DESCRIPTION_CHARS = 160


def build_story_card(
    words: Translations, item: NewsItem, *, zone: str, now: datetime, username: str
) -> InlineQueryResultArticle:
    """Return the story's card for inline mode, with a button that opens a public one in the bot."""
    article = item.stored.article
    covered = render_coverage(words, len(item.coverage))
    facts = join_facts([*map(visible_text, render_facts(words, item, zone, now)), covered])
    description = f"{facts}\n{item.summary.text}"
    link = StoryLink(item.stored.id) if covered else ArticleLink(item.stored.id)
    open_here = [build_open_button(words, link, username)] if item.stored.origin.is_public else []
    return InlineQueryResultArticle(
        id=f"a{item.stored.id}",
        title=shorten(clean_line(name_article(words, article)), MAX_CARD_TITLE_CHARS).strip() or words.text("News"),
        description=shorten(strip_hidden(description), MAX_DESCRIPTION_CHARS),
        thumbnail_url=article.image_url if is_web_address(article.image_url) else None,
        input_message_content=InputTextMessageContent(
            render_card(words, item, zone), parse_mode=ParseMode.HTML, link_preview_options=choose_preview(article)
        ),
        reply_markup=build_keyboard(open_here),
    )


def render_card(words: Translations, item: NewsItem, zone: str) -> str:
    """Render the message that a card sends. It may be read long after, so it has the date, not the age."""
    article, sections = item.stored.article, build_item_sections(words, item, zone)
    head = render_head(words, article, zone)
    tail = render_link(article.url, words.text("Read the article"))
    room = MAX_SUMMARY_CHARS if sections else MESSAGE_LIMIT - measure(head) - measure(tail) - 4
    summary = split_html(to_html(item.summary.text), room)[:1]
    return stack(head, *summary, *fit_sections(words, sections, stack(head, *summary, tail)), tail)
