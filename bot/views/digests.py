"""A digest to Telegram HTML: one message that reads like a front page, several where it must be (pure)."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from babel.dates import format_date

from bot.telegram_text import MESSAGE_LIMIT, shown, split_html, unlinked
from bot.views.deep_links import StoryLink, deep_linked
from bot.views.html import LONGEST_OUTLET, clock, covered_by, length, link, outlet_name, shortened, topic_label
from bot.views.lists import joined
from summaries.digests.schedule import get_zone_name, load_zone
from summaries.model import DeliveryPart
from summaries.topic_model.topics import GENERAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.locale import Words
    from summaries.model import Digest, NewsItem

# The footer names so many of the outlets that could not be read.
MOST_FAILED = 3


def digest_parts(words: Words, digest: Digest, username: str | None = None) -> tuple[DeliveryPart, ...]:
    """The digest as messages, each with the articles that it tells. Never empty: no news is told too.

    `username` is the bot's, for links that open a story with it.
    """
    blocks: list[tuple[str, int | None]] = [(digest_head(words, digest), None)]
    if not digest.items:
        blocks.append((escape(words.text("Nothing new since the last digest. See you at the next one.")), None))
    blocks.extend(stories(words, digest.items, username))
    if foot := digest_foot(words, digest):
        blocks.append((foot, None))
    return pack(blocks)


def digest_head(words: Words, digest: Digest) -> str:
    local = digest.due_at.astimezone(load_zone(digest.zone))
    day = format_date(local.date(), words.text("EEEE, d MMMM y"), locale=words.language)
    head = f"<b>{escape(greeting(words, local.hour))}</b>\n{escape(day)}"
    if digest.is_late:
        due = f"{clock(words, local)} {get_zone_name(digest.zone)}"
        head += "\n<i>" + escape(words.text("Sorry, this is late: it was due at {time}.", time=due)) + "</i>"
    return head


def greeting(words: Words, hour: int) -> str:
    """The digest's name by the hour, as Indonesians divide the day."""
    if 3 <= hour < 11:
        return words.text("Morning news")
    if 11 <= hour < 15:
        return words.text("Midday news")
    if 15 <= hour < 18:
        return words.text("Afternoon news")
    return words.text("Evening news")


def stories(words: Words, items: Sequence[NewsItem], username: str | None) -> Iterator[tuple[str, int]]:
    """Each story, with its article's id; the first of a topic under the topic's name, where there are several."""
    topics = [item.stored.article.category or GENERAL for item in items]
    before: str | None = None
    for item, topic in zip(items, topics, strict=True):
        block = digest_item(words, item, username)
        if topic != before and len(set(topics)) > 1:
            block = f"<u>{escape(topic_label(words, topic))}</u>\n{block}"
        before = topic
        yield block, item.stored.id


def digest_item(words: Words, item: NewsItem, username: str | None) -> str:
    """The title and the summary; below them outlet, how many tell it, and where to go on."""
    article = item.stored.article
    facts = [shortened(article.outlet, LONGEST_OUTLET) if article.outlet else ""]
    facts += [covered_by(words, len(item.coverage)), words.text("excerpt") if article.is_excerpt else ""]
    links = [
        link(article.url, words.text("read")),
        deep_linked(username, StoryLink(item.stored.id), words.text("summary")),
    ]
    title = f"<b>{shown(shortened(article.title))}</b>"
    # Telegram heeds a hundred links and styles in a message: three for a story leave room for a long digest.
    below = joined([*map(shown, facts), *links])
    return "\n".join(line for line in (title, shown(item.summary.text), below) if line)


def digest_foot(words: Words, digest: Digest) -> str:
    """How much there is besides, and whom the bot could not read."""
    lines = []
    if digest.items:
        outlets = len({outlet_name(telling).casefold() for item in digest.items for telling in item.coverage})
        told = words.count("{n} story", "{n} stories", len(digest.items))
        told_by = words.count("from {n} outlet", "from {n} outlets", outlets) if outlets else ""
        lines.append(f"{told} {told_by}".strip())
    if digest.more:
        lines.append(words.count("{n} more story in /berita", "{n} more stories in /berita", digest.more))
    if digest.failed:
        named = ", ".join(unlinked(shortened(name, LONGEST_OUTLET)) for name in digest.failed[:MOST_FAILED])
        others = len(digest.failed) - MOST_FAILED
        if others > 0:
            more = words.count("{n} more", "{n} more", others)
            named = words.text("{most} and {last}", most=named, last=more)
        lines.append(words.text("Could not be read: {outlets}", outlets=named))
    return f"<i>{escape(chr(10).join(lines))}</i>" if lines else ""


def pack(blocks: Sequence[tuple[str, int | None]], limit: int = MESSAGE_LIMIT) -> tuple[DeliveryPart, ...]:
    """Blocks of HTML, each with the article that it tells, as few messages as hold them.

    A block that is longer than a message is split; its article counts as told with its last piece.
    """
    messages: list[tuple[str, list[int]]] = []
    for block, article_id in blocks:
        pieces = split_html(block, limit)
        for index, piece in enumerate(pieces):
            ids = [article_id] if article_id is not None and index == len(pieces) - 1 else []
            if messages and length(messages[-1][0]) + 2 + length(piece) <= limit:
                text, told = messages[-1]
                messages[-1] = (f"{text}\n\n{piece}", told + ids)
            else:
                messages.append((piece, ids))
    return tuple(DeliveryPart(position, text, tuple(ids)) for position, (text, ids) in enumerate(messages))
