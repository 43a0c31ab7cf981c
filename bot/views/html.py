"""Values to Telegram HTML (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from babel.dates import format_date, format_datetime
from telegram import LinkPreviewOptions

from bot.locale import message
from bot.telegram_text import shown, utf16_length, visible_text
from summaries.digests.schedule import get_zone_name, load_zone

if TYPE_CHECKING:
    from datetime import datetime

    from telegram import InlineKeyboardMarkup

    from bot.locale import Words
    from summaries.model import Article, Telling


INDONESIAN_ZONE_BY_OFFSET = {timedelta(hours=7): "WIB", timedelta(hours=8): "WITA", timedelta(hours=9): "WIT"}
TOPIC_NAMES = {
    "nasional": message("National"),
    "politik": message("Politics"),
    "hukum": message("Law"),
    "ekonomi": message("Economy"),
    "internasional": message("World"),
    "daerah": message("Regions"),
    "olahraga": message("Sports"),
    "teknologi": message("Technology"),
    "sains": message("Science"),
    "kesehatan": message("Health"),
    "otomotif": message("Cars"),
    "hiburan": message("Entertainment"),
    "gaya-hidup": message("Lifestyle"),
    "umum": message("General"),
}
LONGEST_TITLE = 300
LONGEST_OUTLET = 40
# Telegram heeds a hundred links and styles in a message; a digest has eight stories.
MOST_LINKS = 8


def byline(words: Words, article: Article, zone: str) -> str:
    """Outlet · date · place, as far as they are known, and a word about an excerpt or a text that somebody sent."""
    when = published(words, article.published_at, zone) if article.published_at else None
    mark = words.text("excerpt") if article.is_excerpt else None
    sent = words.text("Sent text") if article.outlet is None and article.url is None else None
    outlet, place = (shortened(name, LONGEST_OUTLET) if name else None for name in (article.outlet, article.place))
    return " · ".join(shown(part) for part in (outlet or sent, when, place, mark) if part)


def published(words: Words, value: datetime, zone: str) -> str:
    """When an article appeared, on the clock of its outlet where that is an Indonesian one, else on the chat's."""
    offset = value.utcoffset()
    name = INDONESIAN_ZONE_BY_OFFSET.get(offset) if offset is not None else None
    return moment(words, value, name) if name else moment(words, local(value, zone), get_zone_name(zone))


def age(words: Words, value: datetime, now: datetime, zone: str) -> str:
    """ "2 jam lalu"; the day where that is a week ago or more, or in the future."""
    minutes = round((now - value).total_seconds() / 60)
    if -5 <= minutes < 2:
        return words.text("just now")
    if 0 <= minutes < 60:
        return words.count("{n} minute ago", "{n} minutes ago", minutes)
    if 0 <= minutes < 24 * 60:
        return words.count("{n} hour ago", "{n} hours ago", round(minutes / 60))
    if 0 <= minutes < 7 * 24 * 60:
        return words.count("{n} day ago", "{n} days ago", round(minutes / 60 / 24))
    return format_date(local(value, zone).date(), "d MMM y", locale=words.language)


def local(value: datetime, zone: str) -> datetime:
    """Return the moment on the zone's clock, or as it is where that clock can't show it, in the years 1 and 9999."""
    try:
        return value.astimezone(load_zone(zone))
    except OverflowError:
        return value


def covered_by(words: Words, count: int) -> str:
    """ "diliput 3 media"; nothing where one outlet alone tells the story."""
    return words.count("covered by {n} outlet", "covered by {n} outlets", count) if count > 1 else ""


def moment(words: Words, shown: datetime, zone_label: str) -> str:
    """ "15 Mei 2019, 10.05 WIB"."""
    day = format_date(shown.date(), "d MMM y", locale=words.language)
    return f"{day}, {clock(words, shown)} {zone_label}"


def clock(words: Words, value: datetime) -> str:
    return format_datetime(value, words.text("HH:mm"), locale=words.language)


def topic_label(words: Words, key: str) -> str:
    """What a reader calls the topic; a key that nobody knows stays as it is."""
    return words.text(TOPIC_NAMES[key]) if key in TOPIC_NAMES else key


def length(html: str) -> int:
    """What Telegram counts of the message."""
    return utf16_length(visible_text(html))


def shortened(title: str, limit: int = LONGEST_TITLE) -> str:
    """The title, cut between words where it is absurdly long."""
    return title if len(title) <= limit else title[:limit].rsplit(" ", 1)[0] + "…"


def outlet_name(telling: Telling) -> str:
    """The outlet's name, or else its host."""
    host = urlsplit(telling.url or "").hostname if is_web_address(telling.url) else None
    return telling.outlet or (host or "").removeprefix("www.")


def link(url: str | None, label: str) -> str:
    """A link with words, or nothing for an address that is not http(s)."""
    return linked(url, escape(label)) if is_web_address(url) else ""


def linked(url: str | None, html: str) -> str:
    return f'<a href="{escape(url)}">{html}</a>' if url and is_web_address(url) else html


def is_web_address(url: str | None) -> bool:
    try:
        return url is not None and urlsplit(url).scheme in {"http", "https"} and bool(urlsplit(url).hostname)
    except ValueError:
        return False


NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as it is to appear: Telegram HTML (or plain text), what is below it, and which link is shown large."""

    text: str
    keyboard: InlineKeyboardMarkup | None = None
    preview: LinkPreviewOptions = field(default=NO_PREVIEW)
    is_html: bool = True
