"""Thousands of feeds with something wrong in them: what is read of each, and what that costs the other entries.

The feeds are real ones where there are any (never committed), otherwise those of `healthy_feeds`.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import statistics
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from typing import TYPE_CHECKING

from benchmarks.hostile.mutations import Mutant, mutate, mutate_entry
from bot.locale import load_translations
from bot.views.html import render_published
from summaries.errors import NothingToSummarize, RingkasError
from summaries.ingest.entries import UNDATED, make_listing, prepare_excerpt
from summaries.ingest.poll_schedule import measure_rate
from summaries.ingest.sources import describe_source, read_source
from summaries.urls import make_url_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from summaries.fetch.feeds.feeds import Feed

SITE = "https://outlet.example"
ENTRIES = 12
CHUNK = 250
# The chats at both ends of the clock, where moments of the first and the last year overflow.
ZONES = ("Etc/GMT+12", "Pacific/Kiritimati")
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST_AHEAD = timedelta(days=2)


@dataclass(slots=True)
class Tally:
    """The results of reading mutated feeds.

    `kept` has the share of the healthy feed's entries that each gave; `lost` counts changes within one entry by how
    many other entries they cost.
    """

    mutated: int = 0
    read: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    kept: list[float] = field(default_factory=list)
    one_entry: int = 0
    lost: Counter[int] = field(default_factory=Counter)
    uncaught: list[str] = field(default_factory=list)
    slowest_s: float = 0.0

    def add(self, other: Tally) -> None:
        self.mutated += other.mutated
        self.read += other.read
        self.refused += other.refused
        self.kept += other.kept
        self.one_entry += other.one_entry
        self.lost += other.lost
        self.uncaught += other.uncaught
        self.slowest_s = max(self.slowest_s, other.slowest_s)


def survey_all(feeds: Mapping[str, bytes], *, count: int, seed: int, now: datetime) -> Tally:
    """As `survey`, by as many processes as there are processors; the same for the same seed on any machine."""
    counts = [min(CHUNK, count - start) for start in range(0, count, CHUNK)]
    tally = Tally()
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("fork")) as pool:
        parts = [
            pool.submit(survey, feeds, count=chunk, seed=seed + number, now=now) for number, chunk in enumerate(counts)
        ]
        for part in parts:
            tally.add(part.result())
    return tally


def survey(feeds: Mapping[str, bytes], *, count: int, seed: int, now: datetime) -> Tally:
    """Read `count` mutated feeds, one half of them with all changes within one entry."""
    rng = random.Random(seed)
    names = list(feeds)
    healthy = {name: [entry.url for entry in read(Mutant(body, None, ()), now).entries] for name, body in feeds.items()}
    tally = Tally()
    for number in range(count):
        name = names[number % len(names)]
        if number // len(names) % 2:
            mutant, changed = mutate_entry(feeds[name], rng)
        else:
            mutant, changed = mutate(feeds[name], rng), None
        tally.mutated += 1
        tally.one_entry += changed is not None
        start = time.process_time()
        try:
            feed = read(mutant, now)
        except RingkasError as error:
            tally.refused[f"{type(error).__name__}: {str(error).partition(' is ')[2] or error}"] += 1
            urls: set[str] = set()
        except Exception as error:  # noqa: BLE001 - the report tells it
            tally.uncaught.append(f"{name}, {', '.join(mutant.changes)}, seed {seed}, number {number}: {error!r}")
            urls = set()
        else:
            tally.read += 1
            urls = {entry.url for entry in feed.entries}
        tally.slowest_s = max(tally.slowest_s, time.process_time() - start)
        expected = healthy[name]
        tally.kept.append(len(urls.intersection(expected)) / len(expected))
        if changed is not None:
            others = set(expected[:changed] + expected[changed + 1 :])
            tally.lost[len(others - urls)] += 1
    return tally


def read(mutant: Mutant, now: datetime) -> Feed:
    """The feed, taken as far as what it says can reach: keys, stories, JSON, and what a chat is shown."""
    _, feed = read_source(mutant.body, f"{SITE}/rss", mutant.charset, now)
    source = describe_source(f"{SITE}/rss", feed.title)
    source.key.encode("ascii")
    measure_rate((entry.published_at for entry in feed.entries), now=now)
    for entry in sorted(feed.entries, key=lambda entry: entry.published_at or UNDATED):
        listing = make_listing(entry)
        json.dumps([asdict(entry), asdict(listing), make_url_key(entry.url)], default=str, ensure_ascii=False).encode()
        if "\0" in f"{entry.title}{entry.summary_text}{entry.url}{entry.guid}":
            raise AssertionError("a NUL in an entry")
        if entry.published_at is not None:
            if not EARLIEST <= entry.published_at <= now + LATEST_AHEAD:
                raise AssertionError(f"{entry.published_at} is not believable")
            for zone in ZONES:
                render_published(load_translations(), entry.published_at, zone)
    for entry in feed.entries[:1]:
        try:
            json.dumps(prepare_excerpt(source, entry).signature.to_plain(), ensure_ascii=False).encode()
        except NothingToSummarize:
            continue
    return feed


def report(tally: Tally, *, origin: str) -> str:
    """The tally as lines of the page."""
    refused = ", ".join(f"{reason} {count:,}" for reason, count in tally.refused.most_common()) or "none"
    within = sum(count for lost, count in tally.lost.items() if lost == 0)
    quantiles = statistics.quantiles(tally.kept, n=20)
    rows = (
        ("feeds", origin),
        ("mutated", f"{tally.mutated:,}"),
        ("read", f"{tally.read:,}"),
        ("refused, by type", refused),
        (
            "entries kept, of those of the healthy feed",
            f"median {quantiles[9]:.0%}, of the worst twentieth {quantiles[0]:.0%} or less",
        ),
        (
            "changes within one entry",
            f"{tally.one_entry:,}; {within / max(1, tally.one_entry):.1%} cost no other entry",
        ),
        ("errors that nobody caught", f"{len(tally.uncaught):,}"),
        ("slowest, s of processor time", f"{tally.slowest_s:.2f}"),
    )
    return "| | |\n|---|---|\n" + "".join(f"| {name} | {value} |\n" for name, value in rows)


def real_feeds(data: Path) -> dict[str, bytes]:
    """The feeds in the folders of feeds under `data`, by their names; none where it has none."""
    return {path.name: path.read_bytes() for path in sorted(data.glob("**/feeds/*.xml"))}


def healthy_feeds(entries: int = ENTRIES) -> dict[str, bytes]:
    """A feed of each format, written for this project; all have the same entries."""
    numbers = range(1, entries + 1)
    return {
        "RSS 2.0": _rss(map(_rss_item, numbers)),
        "RSS 2.0 in CDATA": _rss(map(_cdata_item, numbers)),
        "Atom": _atom(map(_atom_entry, numbers)),
        "RDF": _rdf(map(_rdf_item, numbers)),
        "JSON Feed": _json_feed(map(_json_item, numbers)),
        "news sitemap": _sitemap(map(_sitemap_url, numbers)),
    }


_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def _rss(items: Iterable[str]) -> bytes:
    return (
        f'{_XML}<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" '
        'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<channel><title>Kabar Timur - Ekonomi</title><link>{SITE}/</link><atom:link href="{SITE}/rss" rel="self"/>\n'
        f"<language>id</language><image><url>{SITE}/logo.png</url><title>Kabar</title><link>{SITE}</link></image>\n"
        f"{''.join(items)}</channel>\n</rss>\n"
    ).encode()


def _rss_item(n: int) -> str:
    return (
        f"<item><title>{escape(_title(n))}</title><link>{_url(n)}</link>"
        f'<guid isPermaLink="false">kt-{n}</guid><pubDate>{_moment(n):%a, %d %b %Y %H:%M:%S +0700}</pubDate>'
        f"<category>Ekonomi</category><description>{escape(_text(n))}</description>"
        f'<enclosure url="{SITE}/foto/{n}.jpg" length="1" type="image/jpeg"/></item>\n'
    )


def _cdata_item(n: int) -> str:
    return (
        f"<item>\n<title><![CDATA[{_title(n)}]]></title>\n<link><![CDATA[{_url(n)}]]></link>\n"
        f"<guid>{_url(n)}</guid><dc:date>{_moment(n).isoformat()}</dc:date><dc:creator>Ayu &amp; Budi</dc:creator>\n"
        f'<description><![CDATA[<img src="{SITE}/foto/{n}.jpg" /><p>{_text(n)}</p>]]></description>\n'
        f"<content:encoded><![CDATA[<p>{_text(n)}</p><p>{_text(n + 1)}</p>]]></content:encoded>\n"
        f'<media:content url="{SITE}/foto/{n}.jpg" medium="image"><media:title>Foto</media:title></media:content>'
        "\n</item>\n"
    )


def _atom(entries: Iterable[str]) -> bytes:
    head = f"<title>Kabar Timur</title><id>{SITE}/</id><updated>2026-11-24T01:00:00Z</updated>"
    return f'{_XML}<feed xmlns="http://www.w3.org/2005/Atom">{head}\n{"".join(entries)}</feed>'.encode()


def _atom_entry(n: int) -> str:
    return (
        f'<entry><id>tag:outlet.example,2026:{n}</id><title type="html">{escape(_title(n))}</title>'
        f'<link rel="alternate" type="text/html" href="{_url(n)}"/><published>{_moment(n).isoformat()}</published>'
        f'<author><name>Ayu</name><email>ayu@outlet.example</email></author><category term="ekonomi"/>'
        f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{escape(_text(n))}</p></div></content></entry>\n'
    )


def _rdf(items: Iterable[str]) -> bytes:
    return (
        f'{_XML}<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<channel rdf:about="{SITE}/"><title>Kabar Timur</title></channel>\n'
        f"{''.join(items)}</rdf:RDF>"
    ).encode()


def _rdf_item(n: int) -> str:
    return (
        f'<item rdf:about="{_url(n)}"><title>{escape(_title(n))}</title><link>{_url(n)}</link>'
        f"<description>{escape(_text(n))}</description><dc:date>{_moment(n).isoformat()}</dc:date></item>\n"
    )


def _json_feed(items: Iterable[dict[str, object]]) -> bytes:
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Kabar Timur", "items": list(items)}
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def _json_item(n: int) -> dict[str, object]:
    return {
        "id": str(n),
        "url": _url(n),
        "title": _title(n),
        "content_html": f"<p>{_text(n)}</p>",
        "date_published": _moment(n).isoformat(),
        "image": f"{SITE}/foto/{n}.jpg",
        "tags": ["ekonomi", "panen"],
        "authors": [{"name": "Ayu", "url": f"{SITE}/ayu"}],
        "attachments": [{"url": f"{SITE}/audio/{n}.mp3", "mime_type": "audio/mpeg"}],
    }


def _sitemap(urls: Iterable[str]) -> bytes:
    return (
        f'{_XML}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
        f'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">\n{"".join(urls)}</urlset>'
    ).encode()


def _sitemap_url(n: int) -> str:
    return (
        f"<url><loc>{_url(n)}</loc><news:news><news:publication><news:name>Kabar Timur</news:name>"
        f"<news:language>id</news:language></news:publication>"
        f"<news:publication_date>{_moment(n).isoformat()}</news:publication_date><news:title>{escape(_title(n))}</news:title>"
        f"<news:keywords>panen, padi</news:keywords></news:news>"
        f"<image:image><image:loc>{SITE}/foto/{n}.jpg</image:loc></image:image></url>\n"
    )


def _url(n: int) -> str:
    return f"{SITE}/berita/{700_000 + n}/panen-raya-ke-{n}"


def _title(n: int) -> str:
    return f"Panen Raya ke-{n} di Kediri: Harga Beras & Gula “Turun” {n}%"


def _text(n: int) -> str:
    return (
        f"Petani di Desa Sumber {n} mulai memanen padi pada Selasa pagi. Bupati menyebut hasilnya naik {n} persen dari "
        "tahun lalu berkat irigasi yang diperbaiki warga. Harga gabah di tingkat petani bertahan di atas acuan "
        "pemerintah, kata ketua kelompok tani setempat. Pedagang berharap pasokan lancar sampai akhir tahun."
    )


def _moment(n: int) -> datetime:
    return datetime(2026, 11, 24, 1, 0, tzinfo=UTC) - timedelta(hours=n)
