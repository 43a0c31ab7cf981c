"""A digest as Telegram HTML: one message that reads like a front page, or several if it is long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from html import escape
from typing import TypeVar, TypeVarTuple

from babel.dates import format_date

from bot.locale import Translations
from bot.telegram_text import MESSAGE_LIMIT, split_html, to_html
from bot.views.answers import WORDS_PER_MINUTE, quote
from bot.views.deep_links import ArticleLink, StoryLink, build_deep_link, render_deep_link
from bot.views.html import (
    MAX_ENTITIES,
    MAX_OUTLET_CHARS,
    add_link,
    count_entities,
    join_facts,
    measure,
    name_article,
    name_outlet,
    name_topic,
    render_clock,
    render_coverage,
    render_title,
    shorten,
    stack,
)
from bot.views.own_feeds import render_own_section
from summaries.digests.schedule import load_zone
from summaries.model import NO_MARKS, SHORT, Addition, DeliveryPart, Digest, NewsItem, SummarySentence
from summaries.model.deliveries import USUAL_COUNT
from summaries.regions import load_regions
from summaries.topic_model.topics import GENERAL
from summaries.urls import is_web_address

# Fewer stories fit on a phone's screen, where a list of their headlines would only repeat them.
MIN_LISTED = 3
MAX_HEADLINE_CHARS = 120

# Digests of the same hour share most of their stories: 100,000 chats with varied preferences have a few hundred.
MAX_CACHED = 1_000

# HTML that belongs together, and the id of its article if it is a story.
Block = tuple[str, int | None]
Others = TypeVarTuple("Others")
Result = TypeVar("Result")


class Same:
    """Wraps an item as a key that equals only keys of the same object: comparing all fields takes longer."""

    __slots__ = ("item",)

    def __init__(self, item: NewsItem) -> None:
        self.item = item

    def __hash__(self) -> int:
        return id(self.item)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.item is self.item


def cached_by_item(function: Callable[[NewsItem, *Others], Result]) -> Callable[[NewsItem, *Others], Result]:
    """Return the function with its last results kept, for further digests with the same items."""

    @lru_cache(maxsize=MAX_CACHED)
    def compute(same: Same, *others: *Others) -> Result:
        return function(same.item, *others)

    return lambda item, *others: compute(Same(item), *others)


def render_digest(words: Translations, digest: Digest, username: str | None = None) -> tuple[DeliveryPart, ...]:
    """Render the digest as messages, each with the ids of its articles. There is at least one, even without news.

    The headlines come in the order of importance, like the pointers on a newspaper's front page; the picture is that of
    the first. The stories follow by topic, like its sections. `username` is the bot's, for deep links to the stories.
    """
    if digest.own is not None:
        return (render_own_section(words, digest, digest.own),)
    ranked = rank_items(digest)
    fitting, blocks = render_fitting_blocks(words, digest, ranked, username)
    marks = {item.stored.id: item.marks for item in fitting.items if item.marks != NO_MARKS}
    first, *others = [
        replace(part, marks=tuple((one, marks[one]) for one in part.article_ids if one in marks))
        for part in pack(blocks)
    ]
    return (replace(first, preview_url=find_picture(ranked)), *others)


def render_fitting_blocks(
    words: Translations, digest: Digest, ranked: Sequence[NewsItem], username: str | None
) -> tuple[Digest, list[Block]]:
    """Return the digest and its blocks. Short summaries are cut, and if need be additions left out, if the digest then
    fits into one message."""
    blocks = render_blocks(words, digest, ranked, username)
    excess = measure_message(blocks) - MESSAGE_LIMIT
    if excess <= 0 or any(item.summary.length != SHORT for item in digest.items):
        return digest, blocks
    for is_last in (False, True):
        whole = replace(digest, items=leave_out_additions(digest.items)) if is_last else digest
        if is_last:
            excess = measure_message(render_blocks(words, whole, ranked, username)) - MESSAGE_LIMIT
        fitting = replace(whole, items=cut_summaries(whole.items, excess))
        cut = render_blocks(words, fitting, ranked, username)
        if measure_message(cut) <= MESSAGE_LIMIT:
            return fitting, cut
    return digest, blocks


def leave_out_additions(items: Sequence[NewsItem]) -> tuple[NewsItem, ...]:
    return tuple(replace(item, marks=replace(item.marks, addition=None)) for item in items)


def rank_items(digest: Digest) -> list[NewsItem]:
    """Return the items, the most important first."""
    places = {article_id: place for place, article_id in enumerate(digest.headline_ids)}
    return sorted(digest.items, key=lambda item: places.get(item.stored.id, len(places)))


def find_picture(ranked: Sequence[NewsItem]) -> str | None:
    """Return the page of the most important story if it has a picture."""
    top = ranked[0].stored.article if ranked else None
    return top.url if top is not None and top.image_url and is_web_address(top.url) else None


def render_blocks(words: Translations, digest: Digest, ranked: Sequence[NewsItem], username: str | None) -> list[Block]:
    """Return the blocks of the digest."""
    blocks: list[Block] = [(render_head(words, digest), None)]
    if not digest.items:
        blocks.append((escape(words.text("Nothing new since the last digest. See you at the next one.")), None))
    if len(ranked) >= MIN_LISTED:
        blocks.append(("\n".join(render_headline(item, words, username) for item in ranked), None))
    blocks.extend(render_stories(words, digest, username))
    if foot := render_foot(words, digest):
        blocks.append((foot, None))
    return blocks


def cut_summaries(items: Sequence[NewsItem], excess: int) -> tuple[NewsItem, ...]:
    """Return the items without the last sentences of their longest summaries, which saves `excess` UTF-16 units; all
    sentences if that is not possible.

    Two sentences of each story stay in a digest of more stories than usual, which then fills a second message.
    """
    kept = [list(item.summary.sentences) for item in items]
    least = 1 if len(items) <= USUAL_COUNT else 2
    while excess > 0:
        longest = max((some for some in kept if len(some) > least), key=_rank_length, default=None)
        if longest is None:
            return tuple(items)
        excess -= measure(to_html(longest.pop().text)) + 1
    return tuple(
        replace(item, summary=replace(item.summary, sentences=tuple(some)))
        for item, some in zip(items, kept, strict=True)
    )


def _rank_length(sentences: Sequence[SummarySentence]) -> tuple[bool, int]:
    return len(sentences) > 2, sum(len(sentence.text) for sentence in sentences)


def render_head(words: Translations, digest: Digest) -> str:
    """Render the greeting, the date and the reading time, and an apology for a late digest."""
    minutes = count_minutes(digest.items) if digest.items else 0
    return render_greeting(words, digest.due_at, digest.zone, minutes, is_late=digest.is_late)


@lru_cache(maxsize=MAX_CACHED)
def render_greeting(words: Translations, due_at: datetime, zone: str, minutes: int, *, is_late: bool) -> str:
    """Render the head of a digest that takes `minutes` to read."""
    local = due_at.astimezone(load_zone(zone))
    day = format_date(local.date(), words.text("EEEE, d MMMM y"), locale=words.language)
    read_in = words.plural("{n}-minute read", "{n}-minute read", minutes) if minutes else ""
    head = f"<b>{escape(choose_greeting(words, local.hour))}</b>\n{join_facts(map(escape, (day, read_in)))}"
    if is_late:
        due = render_clock(words, due_at, due_at, zone)
        sorry = words.html("Sorry, this is late: it was due at {time}.", time=due)
        head += f"\n<i>{sorry}</i>"
    return head


def count_minutes(items: Sequence[NewsItem]) -> int:
    """Return the minutes that it takes to read the items, with their headlines in the list and above the stories."""
    titles = 2 if len(items) >= MIN_LISTED else 1
    count = sum(titles * title + text for title, text in map(count_words, items))
    return max(1, round(count / WORDS_PER_MINUTE))


@cached_by_item
def count_words(item: NewsItem) -> tuple[int, int]:
    """Return the numbers of words of the title and of the text below it."""
    added = item.marks.addition.sentence.text if item.marks.addition else ""
    return len(item.stored.article.title.split()), len(f"{item.summary.text} {added}".split())


def choose_greeting(words: Translations, hour: int) -> str:
    """Return the digest's name for the hour, by the Indonesian parts of the day."""
    if 3 <= hour < 11:
        return words.text("Morning news")
    if 11 <= hour < 15:
        return words.text("Midday news")
    if 15 <= hour < 18:
        return words.text("Afternoon news")
    return words.text("Evening news")


@cached_by_item
def render_headline(item: NewsItem, words: Translations, username: str | None) -> str:
    title = shorten(name_article(words, item.stored.article), MAX_HEADLINE_CHARS)
    return f"• {render_mark(words, item)}{add_link(find_page(item, username), to_html(title))}"


def render_mark(words: Translations, item: NewsItem) -> str:
    """Render the mark before the headline of a development; nothing for other stories."""
    mark = words.text("Development:")
    return f"{escape(mark)} " if item.marks.is_development else ""


def find_page(item: NewsItem, username: str | None) -> str | None:
    """Return the article's page, or the bot's summary of an article without one."""
    url = item.stored.article.url
    if is_web_address(url) or username is None:
        return url
    return build_deep_link(username, ArticleLink(item.stored.id))


def render_stories(words: Translations, digest: Digest, username: str | None) -> Iterator[tuple[str, int]]:
    """Yield each story with its article's id; the first of a region or topic has a heading if there are several topics
    or it is one of the chat's regions."""
    sections = [name_section(words, item) for item in digest.items]
    before: str | None = None
    for number, (item, section) in enumerate(zip(digest.items, sections, strict=True), 1):
        block = f"{number}. {render_item(item, words, digest.due_at, digest.zone, username)}"
        if section != before and (len(set(sections)) > 1 or item.marks.region in load_regions()):
            block = f"<u>{escape(section)}</u>\n{block}"
        before = section
        yield block, item.stored.id


def name_section(words: Translations, item: NewsItem) -> str:
    """Return the chat's region that the story is about, or else its topic."""
    region = load_regions().get(item.marks.region or "")
    if region is not None:
        return words.text("Your region: {region}", region=region.name)
    return name_topic(words, item.stored.article.category or GENERAL)


@cached_by_item
def render_item(item: NewsItem, words: Translations, due_at: datetime, zone: str, username: str | None) -> str:
    """Render one story without its number: title, summary, the sentence of another outlet, and a line with outlet, time
    and links to the story in the bot."""
    article = item.stored.article
    title = f"{render_mark(words, item)}{render_title(words, article, find_page(item, username))}"
    covered = render_coverage(words, len(item.coverage))
    link = StoryLink(item.stored.id) if covered else ArticleLink(item.stored.id)
    about = render_deep_link(username, link, covered or words.text("summary"))
    below = join_facts(
        (
            to_html(shorten(article.outlet, MAX_OUTLET_CHARS)) if article.outlet else "",
            render_clock(words, article.published_at, due_at, zone) if article.published_at else "",
            escape(words.text("excerpt")) if article.is_excerpt else "",
            about or escape(covered),
            render_dispute(words, item, username),
        )
    )
    summary = to_html(item.summary.text).strip()
    # A story with its headline only has no sentence of another outlet either.
    added = render_addition(words, item.marks.addition, due_at, zone) if summary and item.marks.addition else ""
    return stack(title, quote(summary) if summary else "", added, below, between="\n")


def render_addition(words: Translations, addition: Addition, due_at: datetime, zone: str) -> str:
    """Render the sentence of another outlet, with its outlet and time."""
    outlet = to_html(shorten(addition.outlet or "", MAX_OUTLET_CHARS))
    clock = render_clock(words, addition.published_at, due_at, zone)
    return f"{to_html(addition.sentence.text).strip()} ({stack(outlet, clock, between=', ')})"


def render_dispute(words: Translations, item: NewsItem, username: str | None) -> str:
    """Render a link to the story with the numbers on which its outlets differ; nothing if there are none."""
    if not item.marks.is_disputed:
        return ""
    label = words.text("outlets give different figures")
    return render_deep_link(username, StoryLink(item.stored.id), label) or escape(label)


def render_foot(words: Translations, digest: Digest) -> str:
    """Render the footer: the number of stories, and of further ones where the bot answers the command for them."""
    lines = []
    if digest.items:
        outlets = len(frozenset().union(*map(list_outlets, digest.items)))
        stories = words.plural("{n} story", "{n} stories", len(digest.items))
        outlets_text = words.plural("from {n} outlet", "from {n} outlets", outlets) if outlets else ""
        lines.append(f"{stories} {outlets_text}".strip())
    if digest.more and not digest.is_channel:
        lines.append(words.plural("{n} more story in /berita", "{n} more stories in /berita", digest.more))
    return f"<i>{escape(chr(10).join(lines))}</i>" if lines else ""


@cached_by_item
def list_outlets(item: NewsItem) -> frozenset[str]:
    """Return the outlets of the story, as they are compared."""
    return frozenset(name_outlet(report).casefold() for report in item.coverage)


def measure_block(html: str) -> int:
    """Return the length of a block, line by line: digests have most lines in common, but not their numbers."""
    return sum(map(measure_line, html.split("\n"))) + html.count("\n")


measure_line = lru_cache(maxsize=8 * MAX_CACHED)(measure)


def measure_message(blocks: Sequence[Block]) -> int:
    """Return the length of the blocks in one message."""
    return sum(measure_block(block) + 2 for block, _ in blocks) - 2


def pack(blocks: Sequence[Block], limit: int = MESSAGE_LIMIT) -> tuple[DeliveryPart, ...]:
    """Pack blocks of HTML, each with its article's id, into as few messages as hold them.

    A block that is longer than a message is split; its article belongs to the last piece.
    """
    messages: list[tuple[list[str], list[int]]] = []
    room = links = 0
    for block, article_id in blocks:
        length = measure_block(block)
        pieces = (
            [(block, length)] if length <= limit else [(piece, measure(piece)) for piece in split_html(block, limit)]
        )
        for index, (piece, size) in enumerate(pieces):
            entities = count_entities(piece)
            if not messages or size + 2 > room or entities > links:
                messages.append(([], []))
                # The first block of a message has no separator before it.
                room, links = limit + 2, MAX_ENTITIES
            texts, ids = messages[-1]
            texts.append(piece)
            room, links = room - size - 2, links - entities
            if article_id is not None and index == len(pieces) - 1:
                ids.append(article_id)
    return tuple(
        DeliveryPart(position, "\n\n".join(texts), tuple(ids)) for position, (texts, ids) in enumerate(messages)
    )
