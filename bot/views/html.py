"""Rendering of values as Telegram HTML, and the message type that views return."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape

from babel.dates import format_date, format_datetime, get_timezone_gmt
from telegram import InlineKeyboardMarkup, LinkPreviewOptions

from bot.locale import Translations, message
from bot.telegram_text import Html, to_html, utf16_length, visible_text
from summaries.digests.schedule import get_zone_name, to_zone
from summaries.model import Article, Coverage, Verdict
from summaries.urls import find_web_host, is_web_address

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
# Telegram refuses a message in which a `date_time` entity has more UTF-16 units (messages.sendMessage,
# ENTITY_DATE_TOO_LONG). Its times are signed 32-bit numbers.
MAX_MOMENT_LENGTH = 31
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


def render_published(words: Translations, value: datetime, zone: str) -> Html:
    """Render the time of publication in the outlet's zone if it is Indonesian, else in the chat's."""
    name = INDONESIAN_ZONE_BY_OFFSET.get(value.utcoffset() or timedelta())
    return render_day_and_time(words, value, name) if name else render_moment(words, value, zone)


def render_moment(words: Translations, value: datetime, zone: str) -> Html:
    """Render "15 Mei 2019, 10.05 WIB" in the zone."""
    return render_day_and_time(words, to_zone(value, zone), get_zone_name(zone))


def render_day_and_time(words: Translations, local: datetime, zone_name: str) -> Html:
    at = f"{format_date(local.date(), 'd MMM y', locale=words.language)}, {render_time(words, local)}"
    return mark_moment(local, "Dt", name_zone(at, local, zone_name))


def render_clock(words: Translations, value: datetime, now: datetime, zone: str) -> Html:
    """Render the time, with the day if that is not the day of `now`."""
    local = to_zone(value, zone)
    days = (to_zone(now, zone).date() - local.date()).days
    if days == 0:
        return mark_moment(value, "t", name_zone(render_time(words, local), local, get_zone_name(zone)))
    if 0 < days < DAYS_OF_WEEK:
        at = f"{format_date(local.date(), 'EEE', locale=words.language)} {render_time(words, local)}"
        return mark_moment(value, "wt", name_zone(at, local, get_zone_name(zone)))
    return render_moment(words, value, zone)


def render_age(words: Translations, value: datetime, now: datetime, zone: str) -> Html:
    """Render the age, such as "2 jam lalu"; the date if it is a week ago or more, or in the future."""
    minutes = round((now - value).total_seconds() / 60)
    if -5 <= minutes < 2:
        text = words.text("just now")
    elif 0 <= minutes < 60:
        text = words.plural("{n} minute ago", "{n} minutes ago", minutes)
    elif 0 <= minutes < 24 * 60:
        text = words.plural("{n} hour ago", "{n} hours ago", round(minutes / 60))
    elif 0 <= minutes < DAYS_OF_WEEK * 24 * 60:
        text = words.plural("{n} day ago", "{n} days ago", round(minutes / 60 / 24))
    else:
        return mark_moment(value, "D", format_date(to_zone(value, zone).date(), "d MMM y", locale=words.language))
    return mark_moment(value, "r", text)


def mark_moment(value: datetime, form: str, text: str) -> Html:
    """Return the text as a `date_time` entity, which apps show in the reader's zone and language.

    Apps that do not know such entities show the text. `form` is "r" (relative), or some of "wdDtT" in this order: day
    of the week, short or long date, short or long time (Bot API, "Date-time entity formatting"). The text stays without
    a tag if Telegram would refuse the tag.
    """
    unix = round(value.timestamp())
    if not 0 < unix < MAX_UNIX or utf16_length(text) > MAX_MOMENT_LENGTH:
        return Html(escape(text))
    return Html(f'<tg-time unix="{unix}" format="{form}">{escape(text)}</tg-time>')


def name_zone(at: str, local: datetime, name: str) -> str:
    """Return the time with the zone's name, or with its offset if that is too long for a `date_time` entity."""
    full = f"{at} {name}"
    return full if len(full) <= MAX_MOMENT_LENGTH else f"{at} {get_timezone_gmt(local, locale='en')}"


def render_coverage(words: Translations, count: int) -> str:
    """Render "diliput 3 media"; nothing for a single outlet."""
    return words.plural("covered by {n} outlet", "covered by {n} outlets", count) if count > 1 else ""


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
    return report.outlet or find_web_host(report.url)


def render_link(url: str | None, label: str) -> str:
    """Return a labelled link; nothing for an address that is not http(s)."""
    return add_link(url, escape(label)) if is_web_address(url) else ""


def add_link(url: str | None, html: str) -> str:
    return f'<a href="{escape(url)}">{html}</a>' if url and is_web_address(url) else html


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
