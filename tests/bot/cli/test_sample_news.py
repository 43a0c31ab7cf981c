"""The sample news: the stories they form with the product's own clustering, and their order, day by day."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from bot.cli.sample_news import (
    CYCLE,
    FIRST_DAY,
    MAX_BACKLOG,
    OWN_FEED,
    SamplePublisher,
    find_due,
    make_article,
    read_page,
    read_samples,
    shift_dates,
)
from bot.config import Settings
from bot.sandbox import SITE
from bot.services import Services, open_services
from summaries.fetch.feeds.feeds import read_feed
from summaries.fetch.html.discovery import find_feeds
from summaries.ingest.own_feeds import ENOUGH_WORDS
from summaries.model import SHORT, NewsRequest, Preferences
from summaries.stories.trends import rank_names

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN = "http://127.0.0.1:8081"
# 07:00 in Jakarta on the second day of the sample week, moved by 22 days.
MOVED = timedelta(days=22)
START = datetime(2026, 11, 2, tzinfo=UTC) + MOVED
DAY = timedelta(days=1)
# The stories with several reports, by their first day.
FLOOD = (
    {
        "banjir-lembah-suri-lima-tewas",
        "banjir-lembah-suri-tanggap-darurat",
        "banjir-lembah-suri-pengungsi",
        "banjir-lembah-suri-delapan-tewas",
    },
    {"banjir-lembah-suri-hari-kedua", "banjir-lembah-suri-bantuan-rumah"},
    {"banjir-lembah-suri-hari-ketiga", "banjir-lembah-suri-peringatan-dini"},
)
STORIES = (
    *FLOOD,
    {"harga-beras-turun-cadangan", "beras-medium-pedagang", "beras-cadangan-timur"},
    {"kapal-cepat-pulau-sera", "pelabuhan-wairana-kapal-cepat"},
    {"final-bulu-tangkis-piala-mentari", "piala-mentari-ganda-putri"},
    {"gempa-teluk-nara", "gempa-teluk-nara-susulan", "gempa-batu-lonceng-warga"},
    {"kebakaran-pasar-cempaka", "pedagang-pasar-cempaka"},
    {"mogok-pelabuhan-wairana", "mogok-pelabuhan-wairana-dampak"},
    {"putusan-pencemaran-sungai", "gugatan-ciranca-dikabulkan"},
    {"satelit-nusa-tiga-mengorbit", "satelit-nusa-tiga-uji"},
    {"konferensi-pulau-pasifik", "dana-pesisir-pasifik-sepakat", "dana-pesisir-pasifik-wawancara"},
    {"mogok-pelabuhan-wairana-berunding", "mogok-wairana-harga-pangan"},
    {"persada-kalahkan-bintang-utara", "persada-teluk-nara-menang"},
    {"vaksin-dengue-palembang", "vaksin-dengue-sekolah"},
    {"mogok-pelabuhan-wairana-selesai", "mogok-pelabuhan-wairana-kesepakatan"},
    {"perda-anggaran-desa", "perda-desa-teluk-nara"},
    {"bus-cahaya-mandala-jurang", "bus-cahaya-mandala-lima-tewas", "bus-cahaya-mandala-enam-tewas"},
    {"bus-cahaya-mandala-rem-aus", "rem-bus-cahaya-mandala"},
    {"bus-cahaya-mandala-tersangka", "garasi-cahaya-mandala-disita"},
)


@dataclass
class Morning:
    """The news at one moment: the digest of a new chat as names of articles by story, and the trends."""

    digest: list[set[str]]
    covered: list[int]
    names: list[str]


@dataclass
class Week:
    """The news at the start, and after one day each."""

    mornings: list[Morning] = field(default_factory=list)
    stories: list[set[str]] = field(default_factory=list)


def name_of(url: str | None) -> str:
    return (url or "").rpartition("/")[2]


async def read_stories(services: Services, since: datetime, now: datetime, count: int) -> list[set[str]]:
    request = NewsRequest(0, since, now, Preferences(count=count))
    (news,) = await services._store.deliveries.open_news().choose([request])
    return [{name_of(report.url) for report in item.coverage} for item in news.items]


async def read_morning(services: Services, now: datetime) -> Morning:
    surveyed = await services.store.news.most_covered(now - DAY, now, length=SHORT, limit=200)
    names = [name.name for name in rank_names(surveyed, 10) if name.stories > 1]
    digest = await read_stories(services, now - DAY, now, 8)
    return Morning(digest, [story.outlet_count for story in surveyed], names)


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Week:
    return asyncio.run(read_week(tmp_path_factory.mktemp("samples") / "ringkas.db"))


async def read_week(database: Path) -> Week:
    publisher, found = SamplePublisher(ORIGIN, START), Week()
    async with open_services(Settings(database_url=f"sqlite:///{database}"), publisher.now) as services:
        for day in range(6):
            now = START + day * DAY
            await publisher.publish(services.load_samples, now.timestamp())
            found.mornings.append(await read_morning(services, now))
        found.stories = await read_stories(services, START - 2 * DAY, START + 6 * DAY, 100)
    return found


def test_reports_of_one_event_are_one_story(week: Week) -> None:
    assert sorted(map(sorted, (story for story in week.stories if len(story) > 1))) == sorted(map(sorted, STORIES))


async def test_stories_do_not_depend_on_the_order_of_arrival(tmp_path: Path) -> None:
    articles = [make_article(sample, MOVED, ORIGIN) for sample in reversed(read_samples())]
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'ringkas.db'}")
    async with open_services(settings, lambda: START + 6 * DAY) as services:
        for start in range(0, len(articles), 11):
            await services.load_samples(articles[start : start + 11])
        stories = await read_stories(services, START - 2 * DAY, START + 6 * DAY, 100)
    assert sorted(map(sorted, (story for story in stories if len(story) > 1))) == sorted(map(sorted, STORIES))


@pytest.mark.parametrize("day", range(3))
def test_digest_begins_with_the_flood(week: Week, day: int) -> None:
    assert week.mornings[day].digest[0] == FLOOD[day]


def test_digest_of_each_day_has_enough_new_stories(week: Week) -> None:
    assert len(week.mornings[0].digest) == 8
    for day in (1, 2, 3):
        added = set(find_due_names(START + (day - 1) * DAY, START + day * DAY))
        assert sum(story <= added for story in week.mornings[day].digest) >= 6


@pytest.mark.parametrize("day", [0, 1, 2])
def test_trends_have_stories_and_names(week: Week, day: int) -> None:
    assert sum(count > 1 for count in week.mornings[day].covered) >= 4
    assert week.mornings[day].names


def find_due_names(after: datetime, until: datetime) -> list[str]:
    return [sample.name for sample, _ in find_due(FIRST_DAY + MOVED, after, until)]


def test_samples_come_once_at_their_hour_and_again_after_six_days() -> None:
    moments = [START - 2 * DAY + timedelta(hours=7 * step) for step in range(50)]
    names = [name for one, two in pairwise(moments) for name in find_due_names(one, two)]
    week = [sample.name for sample in read_samples()]
    assert names[: len(week)] == week
    assert names[len(week) : 2 * len(week)] == week
    assert find_due_names(START - 20 * DAY, START - 2 * DAY) == []
    later = START + 50 * CYCLE
    assert sorted(find_due_names(later - CYCLE, later)) == sorted(week)


async def test_long_jump_adds_only_the_last_days() -> None:
    added: list[str] = []

    async def add(articles: object) -> None:
        assert isinstance(articles, list)
        added.extend(article.url for article in articles)
        assert all(article.published_at <= publisher.now() for article in articles)

    publisher = SamplePublisher(ORIGIN, START)
    later = START + 300 * DAY
    await publisher.publish(add, later.timestamp())
    assert added
    days = {date.fromisoformat(url.split("/")[-2]) for url in added}
    assert later.date() - min(days) <= MAX_BACKLOG
    added.clear()
    await publisher.publish(add, later.timestamp())
    await publisher.publish(add, START.timestamp())
    assert added == []


def test_dates_move_with_their_weekdays() -> None:
    text = "Kabar | Minggu, 01/11/2026 07:10 WIT\nPada Sabtu (31/10) malam, Minggu dini hari, dan Senin siang (2/11)"
    moved = "Kabar | Kamis, 31/12/2026 07:10 WIT\nPada Rabu (30/12) malam, Minggu dini hari, dan Jumat siang (1/1)"
    assert shift_dates(text, timedelta(days=60)) == moved


def test_links_open_a_page_with_a_picture() -> None:
    sample = next(sample for sample in read_samples() if sample.name == "banjir-lembah-suri-lima-tewas")
    article = make_article(sample, MOVED, ORIGIN)
    assert article.url == f"{ORIGIN}{SITE}/2026-11-23/{sample.name}"
    assert article.image_url == f"{article.url}.svg"
    media_type, page = read_page(f"2026-11-23/{sample.name}") or ("", "")
    assert media_type == "text/html"
    assert f"<h1>{article.title}</h1>" in page
    assert "Kabar Timur &middot; Senin, 23/11/2026 07:10 WITA" in page
    assert "Senin (23/11) dini hari" in page
    media_type, picture = read_page(f"2026-11-23/{sample.name}.svg") or ("", "")
    assert media_type == "image/svg+xml"
    assert picture.startswith("<svg ")


def test_a_feed_for_sumbersaya_is_found_from_its_site() -> None:
    site_url = f"{ORIGIN}{SITE}/{OWN_FEED}"
    media_type, site = read_page(OWN_FEED) or ("", "")
    assert media_type == "text/html"
    (found,) = find_feeds(site.encode(), url=site_url)
    assert found.url == f"{ORIGIN}{SITE}/{OWN_FEED}.xml"
    media_type, body = read_page(f"{OWN_FEED}.xml") or ("", "")
    assert media_type == "application/rss+xml"
    feed = read_feed(body.encode(), url=found.url)
    assert (feed.title, len(feed.entries)) == ("Kabar Warga Kampung Randu", 3)
    for entry in feed.entries:
        assert len(entry.summary_text.split()) >= ENOUGH_WORDS
        _, page = read_page(entry.url.removeprefix(f"{ORIGIN}{SITE}/")) or ("", "")
        assert f"<h1>{entry.title}</h1>" in page
    assert read_page(f"{OWN_FEED}/tidak-ada") is None


@pytest.mark.parametrize("day", ["besok", "9999-12-31", "0001-01-01", "2026-02-30", ""])
def test_other_paths_have_no_page(day: str) -> None:
    assert read_page(f"{day}/banjir-lembah-suri-lima-tewas") is None
    assert read_page("2026-11-23/tidak-ada") is None
