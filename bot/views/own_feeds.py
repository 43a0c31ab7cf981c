"""The feeds that a chat added for itself: their list, their articles, their section of a digest, and the buttons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from html import escape

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.locale import Translations, message
from bot.telegram_text import MESSAGE_LIMIT, split_html, to_html
from bot.views.answers import quote
from bot.views.callbacks import build_button, build_keyboard, build_page_buttons, decoder
from bot.views.errors import explain_source
from bot.views.html import (
    MAX_OUTLET_CHARS,
    add_link,
    join_facts,
    measure,
    render_age,
    render_clock,
    shorten,
    stack,
)
from bot.views.lists import render_page_number
from summaries.model import DeliveryPart, Digest, FeedLimit, OwnArticle, OwnFeed, OwnNews, OwnPage

OWN_FEEDS_PATTERN = r"^o1:"
MAX_LISTED_CHARS = 60
# The articles of a section fit in a message with headlines of this length, even if each letter counts twice.
MAX_HEADLINE_CHARS = 120
MIN_SUMMARY_CHARS = 40
LIMITS = {
    FeedLimit.CHAT: message("A chat can have {n} sources of its own. Remove one first."),
    FeedLimit.HOST: message("Too many sources of that site were added already. Try another one."),
    FeedLimit.ALL: message("I can't read more sources now. Ask my operator, or try again later."),
}


class FeedVerb(StrEnum):
    """The action of a button: the list of the feeds, alone or with a way back to the panel; their articles; removal."""

    LIST = "l"
    PANEL = "p"
    NEWS = "n"
    REMOVE = "x"


@dataclass(frozen=True, slots=True)
class FeedPress:
    """A press about the feeds of the chat `target` (None: the chat that the message is in).

    `number` is a page, or the id of the feed to remove.
    """

    verb: FeedVerb
    number: int = 0
    target: int | None = None

    def encode(self) -> str:
        return f"o1:{'' if self.target is None else self.target}:{self.verb}:{self.number}"


decode_feed_press = decoder(
    re.compile(r"(?a)o1:(-?\d{1,15})?:([lpnx]):(\d{1,15})"),
    lambda match: FeedPress(FeedVerb(match[2]), int(match[3]), int(match[1]) if match[1] else None),
)


def render_feeds(words: Translations, feeds: Sequence[OwnFeed], *, most: int) -> str:
    """Render the feeds of a chat, each with its fault if the last check failed."""
    head = words.text("Own sources")
    about = words.text(
        "Sites, feeds and public Telegram channels of your own. Only this chat sees them: in its digest, and here."
    )
    lines = []
    for feed in feeds:
        name = shorten(feed.found.title, MAX_LISTED_CHARS)
        fault = explain_source(words, feed.state.last_error) if feed.state.failures_in_a_row else ""
        fault = (
            words.text("I stopped reading it: {fault}", fault=fault) if fault and not feed.state.is_active else fault
        )
        line = f"• {add_link(feed.found.site or feed.found.url, to_html(name))}"
        lines.append(f"{line} <i>({escape(fault)})</i>" if fault else line)
    count = words.text("{n} of {most}", n=len(feeds), most=most)
    return stack(f"<b>{escape(head)}</b>\n{escape(about)}", "\n".join(lines), f"<i>{escape(count)}</i>")


def build_feeds_keyboard(
    words: Translations, feeds: Sequence[OwnFeed], add: str, *, most: int, target: int | None, back: str | None = None
) -> InlineKeyboardMarkup | None:
    """Return a button to remove each feed, and those to add one (with the data `add`), to read, and to go `back`."""
    rows: list[list[InlineKeyboardButton]] = [
        [build_button(f"✕ {shorten(feed.found.title, MAX_OUTLET_CHARS)}", press.encode())]
        for feed in feeds
        for press in [FeedPress(FeedVerb.REMOVE, feed.id, target)]
    ]
    adding = [build_button(words.text("Add"), add)] if len(feeds) < most else []
    reading = [build_news_button(words, target)] if feeds else []
    return build_keyboard(*rows, [*adding, *reading], [build_button(words.text("‹ Back"), back)] if back else [])


def build_news_button(words: Translations, target: int | None = None) -> InlineKeyboardButton:
    """Return the button to the articles of the chat's feeds."""
    return build_button(words.text("From your sources"), FeedPress(FeedVerb.NEWS, 0, target).encode())


def render_heading(words: Translations) -> str:
    heading = words.text("From your sources")
    return f"<b>{escape(heading)}</b>"


def render_own_page(words: Translations, page: OwnPage, *, zone: str, now: datetime) -> str:
    """Render a page of the articles of a chat's feeds."""
    head = render_heading(words)
    foot = render_page_number(words, page.number, page.count)
    ages = [render_age(words, item.dated_at, now, zone) for item in page.items]
    room = MESSAGE_LIMIT - measure(head + foot) - 8
    return stack(head, *render_items(page.items, ages, room, page.number * page.size + 1), foot)


def build_own_page_keyboard(words: Translations, page: OwnPage, target: int | None) -> InlineKeyboardMarkup | None:
    turn = build_page_buttons(
        words, page.number, page.count, lambda number: FeedPress(FeedVerb.NEWS, number, target).encode()
    )
    feeds = build_button(words.text("Own sources"), FeedPress(FeedVerb.LIST, 0, target).encode())
    return build_keyboard(turn, [feeds])


def render_own_section(words: Translations, digest: Digest, own: OwnNews) -> DeliveryPart:
    """Render the section of a digest with the articles of the chat's own feeds, which is one message."""
    head = render_heading(words)
    more = own.total - len(own.items)
    foot = ""
    if more and not digest.is_channel:
        left = words.plural("{n} more in /sumbersaya", "{n} more in /sumbersaya", more)
        foot = f"<i>{escape(left)}</i>"
    clocks = [render_clock(words, item.dated_at, digest.due_at, digest.zone) for item in own.items]
    room = MESSAGE_LIMIT - measure(head + foot) - 8
    html = stack(head, *render_items(own.items, clocks, room), foot)
    return DeliveryPart(0, html, own_article_ids=tuple(item.id for item in own.items))


def render_items(items: Sequence[OwnArticle], times: Iterable[str], room: int, first: int = 1) -> list[str]:
    """Render the articles, each with its feed and time, in at most `room` UTF-16 units; summaries that do not fit are
    cut at a sentence."""
    each = room // max(1, len(items)) - 2
    rendered = []
    for number, (item, when) in enumerate(zip(items, times, strict=True), first):
        title = f"<b>{add_link(item.url, to_html(shorten(item.title, MAX_HEADLINE_CHARS)))}</b>"
        facts = join_facts((to_html(shorten(item.feed, MAX_OUTLET_CHARS)), when))
        head = stack(f"{number}. {title}", facts, between="\n")
        left = each - measure(head) - 1
        summary = split_html(to_html(item.summary), left)[:1] if left >= MIN_SUMMARY_CHARS else []
        rendered.append(stack(head, *map(quote, summary), between="\n"))
    return rendered
