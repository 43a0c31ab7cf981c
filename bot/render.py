"""Values to Telegram HTML (pure). Whatever comes from outside is escaped here."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING

from babel.dates import format_date, format_datetime

from bot.links import linked, outlet_name
from bot.locale import message
from bot.split import MESSAGE_LIMIT, split_html, utf16_length, visible_text
from summaries.model import DeliveryPart
from summaries.schedule import load_zone, zone_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from bot.locale import Words
    from summaries.model import Article, Digest, NewsItem

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
    """Outlet · date · place, as far as they are known, and a word about an excerpt."""
    when = published(words, article.published_at, zone) if article.published_at else None
    mark = words.text("excerpt") if article.is_excerpt else None
    return " · ".join(escape(part) for part in (article.outlet, when, article.place, mark) if part)


def published(words: Words, value: datetime, zone: str) -> str:
    """When an article appeared, on the clock of its outlet where that is an Indonesian one, else on the chat's."""
    offset = value.utcoffset()
    name = INDONESIAN_ZONE_BY_OFFSET.get(offset) if offset is not None else None
    return moment(words, value, name) if name else moment(words, value.astimezone(load_zone(zone)), zone_name(zone))


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
    return format_date(value.astimezone(load_zone(zone)).date(), "d MMM y", locale=words.language)


def covered_by(words: Words, count: int) -> str:
    """ "diliput 3 media"; nothing where one outlet alone tells the story."""
    return words.count("covered by {n} outlet", "covered by {n} outlets", count) if count > 1 else ""


def moment(words: Words, local: datetime, zone_label: str) -> str:
    """ "15 Mei 2019, 10.05 WIB"."""
    day = format_date(local.date(), "d MMM y", locale=words.language)
    return f"{day}, {clock(words, local)} {zone_label}"


def clock(words: Words, value: datetime) -> str:
    return format_datetime(value, words.text("HH:mm"), locale=words.language)


def topic_label(words: Words, key: str) -> str:
    """What a reader calls the topic; a key that nobody knows stays as it is."""
    return words.text(TOPIC_NAMES[key]) if key in TOPIC_NAMES else key


def coverage(words: Words, item: NewsItem) -> str:
    """ "Diliput 3 media: Antara, Kompas, Tempo", each with its link; nothing where one outlet alone tells the story."""
    count = len(item.coverage)
    if count < 2:
        return ""
    named = [(telling.url, name) for telling in item.coverage if (name := outlet_name(telling))][:MOST_LINKS]
    listed = ", ".join(linked(url, escape(shortened(name, LONGEST_OUTLET))) for url, name in named)
    if others := count - len(named):
        more = escape(words.count("{n} more", "{n} more", others))
        listed = words.text("{most} and {last}", most=listed, last=more) if listed else more
    label = escape(words.count("Covered by {n} outlet", "Covered by {n} outlets", count))
    return f"<i>{label}: {listed}</i>"


def digest_parts(words: Words, digest: Digest) -> tuple[DeliveryPart, ...]:
    """The digest as messages, each with the articles that it tells. Never empty: no news is told too."""
    clock_zone = load_zone(digest.zone)
    blocks: list[tuple[str, int | None]] = [(digest_head(words, digest, clock_zone), None)]
    if not digest.items:
        blocks.append((escape(words.text("Nothing new since the last digest. See you at the next one.")), None))
    blocks.extend((digest_item(words, item), item.stored.id) for item in digest.items)
    if digest.more:
        more = words.count("{n} more story in /berita", "{n} more stories in /berita", digest.more)
        blocks.append((f"<i>{escape(more)}</i>", None))
    return pack(blocks)


def digest_head(words: Words, digest: Digest, clock_zone: tzinfo) -> str:
    local = digest.due_at.astimezone(clock_zone)
    day = format_date(local.date(), words.text("EEEE, d MMMM y"), locale=words.language)
    head = f"<b>{escape(greeting(words, local.hour))}</b>\n{escape(day)}"
    if digest.is_late:
        due = f"{clock(words, local)} {zone_name(digest.zone)}"
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


def digest_item(words: Words, item: NewsItem) -> str:
    article = item.stored.article
    title = f"<b>{linked(article.url, escape(shortened(article.title)))}</b>"
    told_by = coverage(words, item)
    mark = words.text("excerpt") if article.is_excerpt else None
    source = " · ".join(escape(part) for part in (None if told_by else article.outlet, mark) if part)
    summary = escape(item.summary.text) + (f" <i>({source})</i>" if source else "")
    return "\n".join(line for line in (title, summary, told_by) if line)


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


def length(html: str) -> int:
    """What Telegram counts of the message."""
    return utf16_length(visible_text(html))


def shortened(title: str, limit: int = LONGEST_TITLE) -> str:
    """The title, cut between words where it is absurdly long."""
    return title if len(title) <= limit else title[:limit].rsplit(" ", 1)[0] + "…"
