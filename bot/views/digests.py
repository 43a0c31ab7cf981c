"""A digest as Telegram HTML: one message that reads like a front page, or several if it is long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from babel.dates import format_date

from bot.locale import Translations
from bot.telegram_text import MESSAGE_LIMIT, split_html, to_html, unlink
from bot.views.deep_links import StoryLink, render_deep_link
from bot.views.html import (
    MAX_OUTLET_CHARS,
    join_facts,
    measure,
    name_outlet,
    name_topic,
    render_coverage,
    render_link,
    render_time,
    shorten,
    stack,
)
from summaries.digests.schedule import get_zone_name, load_zone
from summaries.model import DeliveryPart, Digest, NewsItem
from summaries.topic_model.topics import GENERAL

# Outlets that the footer names; it counts the others.
MAX_FAILED = 3

# HTML that belongs together, and the id of its article if it is a story.
Block = tuple[str, int | None]


def render_digest(words: Translations, digest: Digest, username: str | None = None) -> tuple[DeliveryPart, ...]:
    """Render the digest as messages, each with the ids of its articles. There is at least one, even without news.

    `username` is the bot's, for deep links to the stories.
    """
    return pack(render_blocks(words, digest, username))


def render_blocks(words: Translations, digest: Digest, username: str | None) -> list[Block]:
    """Render the blocks of the digest: its head, its stories with the ids of their articles, and its footer."""
    blocks: list[Block] = [(render_head(words, digest), None)]
    if not digest.items:
        blocks.append((escape(words.text("Nothing new since the last digest. See you at the next one.")), None))
    blocks.extend(render_stories(words, digest.items, username))
    if foot := render_foot(words, digest):
        blocks.append((foot, None))
    return blocks


def render_head(words: Translations, digest: Digest) -> str:
    local = digest.due_at.astimezone(load_zone(digest.zone))
    day = format_date(local.date(), words.text("EEEE, d MMMM y"), locale=words.language)
    head = f"<b>{escape(choose_greeting(words, local.hour))}</b>\n{escape(day)}"
    if digest.is_late:
        due = f"{render_time(words, local)} {get_zone_name(digest.zone)}"
        head += "\n<i>" + escape(words.text("Sorry, this is late: it was due at {time}.", time=due)) + "</i>"
    return head


def choose_greeting(words: Translations, hour: int) -> str:
    """Return the digest's name for the hour, by the Indonesian parts of the day."""
    if 3 <= hour < 11:
        return words.text("Morning news")
    if 11 <= hour < 15:
        return words.text("Midday news")
    if 15 <= hour < 18:
        return words.text("Afternoon news")
    return words.text("Evening news")


def render_stories(words: Translations, items: Sequence[NewsItem], username: str | None) -> Iterator[tuple[str, int]]:
    """Yield each story with its article's id; the first of a topic has a heading if there are several topics."""
    topics = [item.stored.article.category or GENERAL for item in items]
    before: str | None = None
    for item, topic in zip(items, topics, strict=True):
        block = render_item(words, item, username)
        if topic != before and len(set(topics)) > 1:
            block = f"<u>{escape(name_topic(words, topic))}</u>\n{block}"
        before = topic
        yield block, item.stored.id


def render_item(words: Translations, item: NewsItem, username: str | None) -> str:
    """Render one story: title, summary, outlet, number of outlets, and links."""
    article = item.stored.article
    facts = [shorten(article.outlet, MAX_OUTLET_CHARS) if article.outlet else ""]
    facts += [render_coverage(words, len(item.coverage)), words.text("excerpt") if article.is_excerpt else ""]
    links = [
        render_link(article.url, words.text("read")),
        render_deep_link(username, StoryLink(item.stored.id), words.text("summary")),
    ]
    title = f"<b>{to_html(shorten(article.title))}</b>"
    # Telegram applies 100 links and styles in a message: three for a story suffice for a long digest.
    below = join_facts([*map(to_html, facts), *links])
    return stack(title, to_html(item.summary.text), below, between="\n")


def render_foot(words: Translations, digest: Digest) -> str:
    """Render the footer: the number of stories, of further ones, and the outlets that could not be read."""
    lines = []
    if digest.items:
        outlets = len({name_outlet(report).casefold() for item in digest.items for report in item.coverage})
        stories = words.plural("{n} story", "{n} stories", len(digest.items))
        outlets_text = words.plural("from {n} outlet", "from {n} outlets", outlets) if outlets else ""
        lines.append(f"{stories} {outlets_text}".strip())
    if digest.more:
        lines.append(words.plural("{n} more story in /berita", "{n} more stories in /berita", digest.more))
    if digest.failed:
        named = ", ".join(unlink(shorten(name, MAX_OUTLET_CHARS)) for name in digest.failed[:MAX_FAILED])
        others = len(digest.failed) - MAX_FAILED
        if others > 0:
            more = words.plural("{n} more", "{n} more", others)
            named = words.text("{most} and {last}", most=named, last=more)
        lines.append(words.text("Could not be read: {outlets}", outlets=named))
    return f"<i>{escape(chr(10).join(lines))}</i>" if lines else ""


def pack(blocks: Sequence[Block], limit: int = MESSAGE_LIMIT) -> tuple[DeliveryPart, ...]:
    """Pack blocks of HTML, each with its article's id, into as few messages as hold them.

    A block that is longer than a message is split; its article belongs to the last piece.
    """
    messages: list[tuple[str, list[int]]] = []
    for block, article_id in blocks:
        pieces = split_html(block, limit)
        for index, piece in enumerate(pieces):
            ids = [article_id] if article_id is not None and index == len(pieces) - 1 else []
            if messages and measure(messages[-1][0]) + 2 + measure(piece) <= limit:
                text, known = messages[-1]
                messages[-1] = (f"{text}\n\n{piece}", known + ids)
            else:
                messages.append((piece, ids))
    return tuple(DeliveryPart(position, text, tuple(ids)) for position, (text, ids) in enumerate(messages))
