"""The news of the sandbox: the sample articles, dated from its start and repeated after six days, and their pages."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from html import escape
from zlib import crc32

import seeds
from bot.sandbox import SITE
from summaries.fetch.plain.article import read_plain_text
from summaries.model import Article
from summaries.text.dates import JAKARTA, parse_date

# The first of the days of the sample articles; the second is the day of the sandbox's start.
FIRST_DAY = date(2026, 11, 1)
# A story and its repetition are further apart than the reports of one story can be.
CYCLE = timedelta(days=6)
# After a long jump of the clock, only the articles of these days are added.
MAX_BACKLOG = timedelta(days=3)
CHECK_EVERY_S = 20.0
# The name of the feed's table, and of its site below that of the sample articles.
OWN_FEED = "warga"
# Far enough for any clock, and no date overflows.
FURTHEST = timedelta(days=36_500)

Add = Callable[[Sequence[Article]], Awaitable[object]]

WEEKDAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
# "Senin, 02/11/2026" above an article, "Senin (2/11)" in its text.
_DATE = re.compile(
    rf"(?:{'|'.join(WEEKDAYS)})(?P<comma>, |(?: \w+)? \()(?P<day>\d\d?)/(?P<month>\d\d?)(?P<year>/\d{{4}})?"
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample article as it is in its file, and the moment when it is published."""

    name: str
    topic: str
    text: str
    published_at: datetime

    @property
    def day(self) -> date:
        return self.published_at.astimezone(JAKARTA).date()


@cache
def read_samples() -> Sequence[Sample]:
    """Return the sample articles, the oldest first."""
    found = []
    for file in seeds.sample_articles():
        moment = parse_date(file.text.split("\n", 3)[2])
        if moment is None:
            raise ValueError(f"{file.name} has no date line")
        name = file.name.rpartition("/")[2].removesuffix(".txt")
        found.append(Sample(name, file.category, file.text, moment))
    return sorted(found, key=lambda sample: sample.published_at)


def shift_dates(text: str, by: timedelta) -> str:
    """Return the text with every date moved, and its weekday with it."""

    def shift(match: re.Match[str]) -> str:
        day = date(FIRST_DAY.year, int(match["month"]), int(match["day"])) + by
        shown = f"{day:%d/%m/%Y}" if match["year"] else f"{day.day}/{day.month}"
        return f"{WEEKDAYS[day.weekday()]}{match['comma']}{shown}"

    return _DATE.sub(shift, text)


def find_due(first_day: date, after: datetime, until: datetime) -> Iterator[tuple[Sample, timedelta]]:
    """Yield the samples published after `after`, at the latest at `until`, each with the time to shift it by, where the
    first cycle starts on `first_day`."""
    shift = timedelta(days=(first_day - FIRST_DAY).days)
    cycles = max(0, (after - shift - read_samples()[-1].published_at) // CYCLE)
    shift += cycles * CYCLE
    while read_samples()[0].published_at + shift <= until:
        yield from ((sample, shift) for sample in read_samples() if after < sample.published_at + shift <= until)
        shift += CYCLE


def make_article(sample: Sample, shift: timedelta, origin: str) -> Article:
    """Return the sample as an article on the sandbox's site at `origin`."""
    article = read_plain_text(shift_dates(sample.text, shift), category=sample.topic)
    url = f"{origin}{SITE}/{sample.day + shift}/{sample.name}"
    return replace(article, url=url, image_url=f"{url}.svg")


class SamplePublisher:
    """Adds the samples to the sandbox's news once they are due."""

    def __init__(self, origin: str, started_at: datetime) -> None:
        self._origin = origin
        self._first_day = started_at.astimezone(JAKARTA).date() - timedelta(days=1)
        self._until = self._published_at = started_at - MAX_BACKLOG
        self._lock = asyncio.Lock()

    def now(self) -> datetime:
        """Return when the latest sample was published, the clock of those that add them.

        After a jump of the clock to a digest, its news are older than the digest, and not also news for the next one.
        """
        return self._published_at

    async def publish(self, add: Add, until_s: float) -> None:
        """Add the samples that are due until a moment in Unix seconds, which may be ahead of the sandbox's clock."""
        async with self._lock:
            until = datetime.fromtimestamp(until_s, UTC)
            due = list(find_due(self._first_day, max(self._until, until - MAX_BACKLOG), until))
            self._until = max(self._until, until)
            if due:
                self._published_at = max(sample.published_at + shift for sample, shift in due)
                await add([make_article(sample, shift, self._origin) for sample, shift in due])

    async def follow(self, add: Add, clock: Callable[[], float]) -> None:
        """Add the samples as time passes, until cancelled."""
        while True:
            await asyncio.sleep(CHECK_EVERY_S)
            await self.publish(add, clock())


def read_page(path: str) -> tuple[str, str] | None:
    """Return the media type and content of the page at "day/name", or of its picture; of the feed for /sumbersaya, its
    site or one of its pages; None for other paths."""
    day, _, name = path.partition("/")
    if day.partition(".")[0] == OWN_FEED:
        return read_own_feed(path)
    found = [sample for sample in read_samples() if sample.name == name.removesuffix(".svg")]
    try:
        shift = date.fromisoformat(day) - found[0].day
    except (IndexError, ValueError):
        return None
    if abs(shift) > FURTHEST:
        return None
    if name.endswith(".svg"):
        return "image/svg+xml", draw_picture(found[0])
    return "text/html", render_page(found[0], shift)


def read_own_feed(path: str) -> tuple[str, str] | None:
    """Return the media type and content of the feed ("warga.xml"), its site ("warga"), or an entry's page."""
    table = seeds.read_table(OWN_FEED)
    title = escape(table["title"])
    if path == OWN_FEED:
        link = f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{OWN_FEED}.xml">'
        return "text/html", f'<!DOCTYPE html>\n<html lang="id">\n<title>{title}</title>\n{link}\n<h1>{title}</h1>\n'
    if path == f"{OWN_FEED}.xml":
        items = "".join(
            f"<item><title>{escape(entry['title'])}</title><link>{OWN_FEED}/{entry['name']}</link>"
            f"<description>{escape(entry['text'].strip())}</description></item>\n"
            for entry in table["entries"]
        )
        feed = f'<rss version="2.0"><channel><title>{title}</title>\n{items}</channel></rss>\n'
        return "application/rss+xml", f'<?xml version="1.0" encoding="utf-8"?>\n{feed}'
    entry = next((entry for entry in table["entries"] if path == f"{OWN_FEED}/{entry['name']}"), None)
    if entry is None:
        return None
    return (
        "text/html",
        f"<!DOCTYPE html>\n<title>{title}</title>\n<h1>{escape(entry['title'])}</h1>\n<p>{escape(entry['text'])}\n",
    )


def render_page(sample: Sample, shift: timedelta) -> str:
    article = make_article(sample, shift, "")
    return seeds.read_template("article.html").substitute(
        title=escape(article.title),
        outlet=escape(article.outlet or ""),
        day=shift_dates(sample.text.split("\n", 3)[2], shift).partition(" | ")[2],
        name=sample.name,
        text="\n".join(f"<p>{escape(paragraph)}" for paragraph in article.paragraphs),
    )


def draw_picture(sample: Sample) -> str:
    """Return a picture whose colours and shapes depend on the sample's name."""
    number = crc32(sample.name.encode())
    values = {
        "hue": 185 + number % 75,
        "warm": 15 + number % 35,
        "sun": 80 + number % 480,
        "high": 90 + number % 70,
        "low": 150 + number % 60,
    }
    return seeds.read_template("picture.svg").substitute(values)
