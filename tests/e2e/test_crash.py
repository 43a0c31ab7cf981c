"""A refresh that is killed leaves whole articles only, and the next one continues with the rest."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from summaries.articles.prepare import STORED_LENGTHS
from tests.bot_forks import BotProcess, ForkServer

Until = Callable[..., None]
Publish = Callable[..., str]

ENTRIES, SHOWN_AT_FIRST = 30, 12
NAMES = ("Sukamaju", "Telaga Biru", "Karang Asem", "Muara Enim", "Batu Layar")
CROPS = ("padi", "jagung", "kedelai", "cabai", "kopi", "cengkih")


def make_page(number: int) -> str:
    place, crop = NAMES[number % len(NAMES)], CROPS[number // len(NAMES)]
    body = "".join(
        f"<p>{sentence}</p>"
        for sentence in (
            f"Warga {place} memanen {crop} lebih awal pada Senin pagi karena hujan turun sejak pekan lalu.",
            f"Kepala desa {place} mengatakan hasil panen {crop} naik {number + 3} persen dari tahun lalu di daerahnya.",
            f"Pemerintah kabupaten akan membangun {number + 2} lumbung {crop} baru supaya tidak semuanya dijual.",
            "Para petani berharap jalan menuju sawah diperbaiki sebelum musim tanam berikutnya agar pupuk cepat tiba.",
        )
    )
    title = f"Panen {crop.title()} di {place} Naik {number + 3} Persen"
    return f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>"


def make_feed(urls: Sequence[str]) -> str:
    items = "".join(
        f"<item><title>Panen {n}</title><link>{url}</link>"
        f"<pubDate>{format_datetime(datetime.now(UTC) - timedelta(minutes=n + 1))}</pubDate></item>"
        for n, url in enumerate(urls)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Kabar</title>{items}</channel></rss>'


def count_rows(database: Path) -> dict[str, float]:
    """How many articles the database has, and how many of each thing that comes with one."""
    queries = {
        "articles": "SELECT count(*) FROM articles",
        "summaries": "SELECT count(*) FROM summaries",
        "found by a search": "SELECT count(*) FROM article_search_docsize",
        "in a story that is there": "SELECT count(*) FROM story_articles WHERE story_id IN (SELECT id FROM stories)",
        "signatures": "SELECT count(*) FROM signatures",
        "listings": "SELECT count(*) FROM listings",
    }
    with closing(sqlite3.connect(database, timeout=10)) as db:
        found = {name: db.execute(query).fetchone()[0] for name, query in queries.items()}
    return found | {"summaries": found["summaries"] / len(STORED_LENGTHS)}


def test_killed_refresh_leaves_complete_articles_and_resumes(
    tmp_path: Path, site: Publish, until: Until, forks: ForkServer
) -> None:
    is_open = threading.Event()
    urls = [
        site(f"/berita/panen-raya-desa-{n}", make_page(n), is_open=is_open if n >= SHOWN_AT_FIRST else None)
        for n in range(ENTRIES)
    ]
    feed_url = site("/rss", make_feed(urls), "application/rss+xml")
    database = tmp_path / "ringkas.db"
    environment = os.environ | {"ALLOW_PRIVATE_ADDRESSES": "true", "DATABASE_URL": f"sqlite:///{database}"}

    def start(*arguments: str) -> BotProcess:
        log = tmp_path / "log"
        return forks.start(*arguments, environment=environment, folder=tmp_path, stdout=log, stderr=log)

    assert start("sources", "add", feed_url).wait(60) == 0
    with closing(sqlite3.connect(database, timeout=10)) as db, db:
        db.execute("UPDATE sources SET is_active = 0 WHERE origin = 'catalogue'")
    refresh = start("refresh")
    until(lambda: count_rows(database)["articles"] > 0)
    refresh.kill()
    refresh.wait()
    left = count_rows(database)
    assert 0 < left["articles"] < ENTRIES
    assert set(left.values()) == {left["articles"]}
    is_open.set()
    assert start("refresh").wait(60) == 0
    assert set(count_rows(database).values()) == {ENTRIES}
