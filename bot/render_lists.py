"""Lists of news and of saved articles to Telegram HTML, each page one message (pure)."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING

from babel.dates import format_date, format_interval

from bot.deep_links import StoryLink, deep_linked
from bot.links import linked
from bot.render import LONGEST_OUTLET, age, covered_by, length, local, shortened, topic_label
from bot.split import MESSAGE_LIMIT, split_html
from bot.telegram_text import shown, unlinked
from summaries.model import Order

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
