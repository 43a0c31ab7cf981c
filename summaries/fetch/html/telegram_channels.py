"""Read the page of a public Telegram channel (https://t.me/s/NAME), which shows its last posts, as a feed.

The markup is that of Telegram's widget, as of November 2026: one `tgme_widget_message` for each post, with its text, a
link with its address, and its time. A channel without such a page redirects to one without posts.
"""

from __future__ import annotations

import re
from datetime import datetime

from lxml import etree
from lxml.html import HtmlElement

from summaries.errors import Fault, NothingToSummarize, PermanentFetchError
from summaries.fetch.feeds.feed_entries import MAX_TEXT_CHARS, Feed, FeedEntry, read_title, read_web_url
from summaries.fetch.html.html_tree import decode_page, find_tags, parse_page, read_line, select
from summaries.fetch.html.markup import strip_markup
from summaries.model import PARAGRAPH_BREAK
from summaries.text.dates import parse_date, sanitize_timestamp

MAX_POSTS = 100
# A longer first line is text rather than a headline.
MAX_HEADLINE_CHARS = 160

_CHANNEL = re.compile(
    r"(?:@|(?:https?://)?(?:www\.)?(?:t|telegram)\.me/(?:s/)?)([a-z]\w{3,31})(?:/\d+)?/?(?:[?#].*)?",
    re.IGNORECASE | re.ASCII,
)
_POSTS = "//@class[contains(concat(' ', ., ' '), ' tgme_widget_message ')]/.."
_TEXT = ".//@class[contains(concat(' ', ., ' '), ' js-message_text ')]/.."
_LINK = ".//a[contains(concat(' ', @class, ' '), ' tgme_widget_message_date ')]"
_TITLE = "//@class[contains(concat(' ', ., ' '), ' tgme_channel_info_header_title ')]/.."


def find_channel_page(address: str) -> str | None:
    """Return the page of the channel that "@nama" or a link to it or to one of its posts names, or None."""
    named = _CHANNEL.fullmatch(address.strip())
    return f"https://t.me/s/{named[1].lower()}" if named else None


def read_channel(body: bytes, *, url: str, charset: str | None = None, now: datetime | None = None) -> Feed:
    """Return the posts with text on the channel's page, newest first. The first line of a post is its headline.

    Any page may imitate a channel, so implausible dates are omitted (see `sanitize_timestamp`).

    Raises:
        PermanentFetchError: the page shows no posts.
    """
    try:
        tree = parse_page(decode_page(body, charset))
    except NothingToSummarize as error:
        raise PermanentFetchError(f"{url} is no feed and no page", fault=Fault.NO_FEED) from error
    posts = select(tree, _POSTS)
    if not posts:
        raise PermanentFetchError(f"{url} is no feed", fault=Fault.NO_FEED)
    entries = [entry for post in posts[-MAX_POSTS:] if (entry := read_post(post, url, now)) is not None]
    title = next(map(read_line, select(tree, _TITLE)), "") or next(map(read_line, find_tags(tree, "title")), "")
    return Feed(read_title(title), tuple(reversed(entries)))


def read_post(post: HtmlElement, base: str, now: datetime | None = None) -> FeedEntry | None:
    """Return the post as an entry, or None if it has no text or no address."""
    text = next(iter(select(post, _TEXT)), None)
    link = next(iter(select(post, _LINK)), None)
    address = read_web_url(link.get("href"), base) if link is not None else None
    if text is None or link is None or address is None:
        return None
    lines = strip_markup(etree.tostring(text, encoding="unicode", with_tail=False)).split(PARAGRAPH_BREAK)
    if not any(lines):
        return None
    is_headline = len(lines[0]) <= MAX_HEADLINE_CHARS
    times = find_tags(link, "time")
    published_at = parse_date(times[0].get("datetime") or "") if times else None
    return FeedEntry(
        url=address,
        title=lines[0] if is_headline else "",
        published_at=sanitize_timestamp(published_at, now=now),
        summary_text=PARAGRAPH_BREAK.join(lines[1:] if is_headline else lines)[:MAX_TEXT_CHARS],
    )
