"""The contract of ports.SourceStore."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from summaries.model import Source
from summaries.storage import Store

ANTARA = Source("antara", "ANTARA", "umum", "https://antara.example/rss.xml")
TEMPO = Source("tempo", "Tempo", "politik", "https://tempo.example/rss")


async def test_syncing_twice_changes_nothing(store: Store, now: datetime) -> None:
    await store.sources.sync([TEMPO, ANTARA], now=now)
    await store.sources.sync([TEMPO, ANTARA], now=now)
    assert await store.sources.all() == (ANTARA, TEMPO)


async def test_validators_last_until_the_address_changes(store: Store, now: datetime) -> None:
    await store.sources.sync([ANTARA, TEMPO], now=now)
    assert await store.sources.validators("antara") == (None, None)
    assert await store.sources.validators("unknown") == (None, None)
    await store.sources.record_success("antara", etag='"1"', last_modified="Mon", now=now)
    await store.sources.record_failure("antara", error="503", now=now)
    await store.sources.sync([replace(ANTARA, category="politik")], now=now)
    assert await store.sources.validators("antara") == ('"1"', "Mon")
    moved = replace(ANTARA, url="https://antara.example/baru.xml")
    await store.sources.sync([moved], now=now)
    assert await store.sources.validators("antara") == (None, None)
    assert await store.sources.all() == (moved, TEMPO)
