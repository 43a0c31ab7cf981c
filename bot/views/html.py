"""Rendering of values as Telegram HTML, and the message type that views return."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from urllib.parse import urlsplit

from babel.dates import format_date, format_datetime
from telegram import InlineKeyboardMarkup, LinkPreviewOptions

from bot.locale import Translations, message
from bot.telegram_text import to_html, utf16_length, visible_text
from summaries.digests.schedule import get_zone_name, load_zone
from summaries.model import Article, Coverage, Verdict

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
    "cek-fakta": message("Fact-checks"),
}
VERDICTS = {
    Verdict.FALSE: message("Fact-check · False"),
    Verdict.MISLEADING: message("Fact-check · Misleading"),
    Verdict.TRUE: message("Fact-check · True"),
    Verdict.UNPROVEN: message("Fact-check · Unproven"),
}
DAYS_OF_WEEK = 7
# Telegram's times are signed 32-bit numbers.
MAX_UNIX = 2**31
MAX_TITLE_CHARS = 300
MAX_OUTLET_CHARS = 40
MAX_ENTITIES = 100
"""The number of links and styles that Telegram applies in a message."""


def render_byline(words: Translations, article: Article, zone: str) -> str:
    """Render outlet · date · place, as far as known, and a note for an excerpt or a text that a reader sent."""
    when = render_published(words, article.published_at, zone) if article.published_at else None
    mark = words.text("excerpt") if article.is_excerpt else None
    sent = words.text("Sent text") if article.outlet is None and article.url is None else None
    outlet, place = (shorten(name, MAX_OUTLET_CHARS) if name else None for name in (article.outlet, article.place))
    return join_facts(to_html(part) for part in (outlet or sent, when, place, mark) if part)


def render_head(words: Translations, article: Article, zone: str) -> str:
    """Render the article's title, and below it the byline."""
    return stack(render_title(words, article), render_byline(words, article, zone), between="\n")


def render_title(words: Translations, article: Article, url: str | None = None) -> str:
    """Render the title in bold, linked to `url`; of a fact-check the verdict, and below it the claim, marked as one."""
    if article.fact_check is None:
        return f"<b>{add_link(url, to_html(shorten(article.title)))}</b>"
    verdict = escape(words.text(VERDICTS[article.fact_check.verdict]))
    claim = words.text("Claim: {claim}", claim=shorten(article.fact_check.claim))
    return f"<b>{add_link(url, verdict)}</b>\n<i>{to_html(claim)}</i>"


def name_article(words: Translations, article: Article) -> str:
    """Return the title as plain text; of a fact-check, the verdict and the claim."""
    checked = article.fact_check
    return f"{words.text(VERDICTS[checked.verdict])}: {checked.claim}" if checked else article.title


def render_published(words: Translations, value: datetime, zone: str) -> str:
    """Render the time of publication in the outlet's zone if it is Indonesian, else in the chat's."""
    name = INDONESIAN_ZONE_BY_OFFSET.get(value.utcoffset() or timedelta())
    return render_moment(words, value if name else to_zone(value, zone), name or get_zone_name(zone))


def render_clock(words: Translations, value: datetime, now: datetime, zone: str) -> str:
    """Render the time of publication, with the day if that is not the day of `now`, as a `date_time` entity.

    Telegram's apps show it in the reader's zone; those that do not know such entities show the text, which is in the
    chat's zone.
    """
    local = to_zone(value, zone)
    days = (to_zone(now, zone).date() - local.date()).days
    if days == 0:
        form, text = "t", f"{render_time(words, local)} {get_zone_name(zone)}"
    elif 0 < days < DAYS_OF_WEEK:
        weekday = format_date(local.date(), "EEE", locale=words.language)
        form, text = "wt", f"{weekday} {render_time(words, local)} {get_zone_name(zone)}"
    else:
        form, text = "Dt", render_moment(words, local, get_zone_name(zone))
    unix = round(value.timestamp())
    return f'<tg-time unix="{unix}" format="{form}">{escape(text)}</tg-time>' if 0 < unix < MAX_UNIX else escape(text)


def render_age(words: Translations, value: datetime, now: datetime, zone: str) -> str:
    """Render the age, such as "2 jam lalu"; the date if it is a week ago or more, or in the future."""
    minutes = round((now - value).total_seconds() / 60)
    if -5 <= minutes < 2:
        return words.text("just now")
    if 0 <= minutes < 60:
        return words.plural("{n} minute ago", "{n} minutes ago", minutes)
    if 0 <= minutes < 24 * 60:
        return words.plural("{n} hour ago", "{n} hours ago", round(minutes / 60))
    if 0 <= minutes < 7 * 24 * 60:
        return words.plural("{n} day ago", "{n} days ago", round(minutes / 60 / 24))
    return format_date(to_zone(value, zone).date(), "d MMM y", locale=words.language)


def to_zone(value: datetime, zone: str) -> datetime:
    """Return the moment in the zone, or unchanged if the zone can't represent it, in the years 1 and 9999."""
    try:
        return value.astimezone(load_zone(zone))
    except OverflowError:
        return value


def render_coverage(words: Translations, count: int) -> str:
    """Render "diliput 3 media"; nothing for a single outlet."""
    return words.plural("covered by {n} outlet", "covered by {n} outlets", count) if count > 1 else ""


def render_moment(words: Translations, shown: datetime, zone_label: str) -> str:
    """Render "15 Mei 2019, 10.05 WIB"."""
    day = format_date(shown.date(), "d MMM y", locale=words.language)
    return f"{day}, {render_time(words, shown)} {zone_label}"


def render_time(words: Translations, value: datetime) -> str:
    return format_datetime(value, words.text("HH:mm"), locale=words.language)


def name_topic(words: Translations, key: str) -> str:
    """Return the topic's name; an unknown key stays as it is."""
    return words.text(TOPIC_NAMES[key]) if key in TOPIC_NAMES else key


def stack(*blocks: str, between: str = "\n\n") -> str:
    """Join the blocks that are not blank, by default with a blank line between them."""
    return between.join(block for block in blocks if block.strip())


def join_facts(facts: Iterable[str]) -> str:
    return stack(*facts, between=" · ")


def measure(html: str) -> int:
    """Return the length of the HTML's visible text, in which Telegram counts."""
    return utf16_length(visible_text(html))


def count_entities(html: str) -> int:
    """Return the number of links and styles in the HTML."""
    return html.count("<") - html.count("</")


def shorten(title: str, limit: int = MAX_TITLE_CHARS) -> str:
    """Return the title, cut between words if it is very long."""
    return title if len(title) <= limit else title[:limit].rsplit(" ", 1)[0] + "…"


def list_first(words: Translations, names: Sequence[str], most: int) -> list[str]:
    """Return the first names, at most `most`, each of at most 40 characters, and the number of further ones."""
    listed = [shorten(name, MAX_OUTLET_CHARS) for name in names[:most]]
    more = len(names) - len(listed)
    return [*listed, words.plural("{n} more", "{n} more", more)] if more else listed


def name_outlet(report: Coverage) -> str:
    """Return the outlet's name, else its host."""
    host = urlsplit(report.url or "").hostname if is_web_address(report.url) else None
    return report.outlet or (host or "").removeprefix("www.")


def render_link(url: str | None, label: str) -> str:
    """Return a labelled link; nothing for an address that is not http(s)."""
    return add_link(url, escape(label)) if is_web_address(url) else ""


def add_link(url: str | None, html: str) -> str:
    return f'<a href="{escape(url)}">{html}</a>' if url and is_web_address(url) else html


def is_web_address(url: str | None) -> bool:
    try:
        return url is not None and urlsplit(url).scheme in {"http", "https"} and bool(urlsplit(url).hostname)
    except ValueError:
        return False


NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message to send: Telegram HTML (or plain text), its buttons and its link preview.

    `quotes` is the id of the message that it replies to even in a private chat, so that its button can read that one.
    """

    text: str
    keyboard: InlineKeyboardMarkup | None = None
    preview: LinkPreviewOptions = field(default=NO_PREVIEW)
    is_html: bool = True
    quotes: int | None = None
