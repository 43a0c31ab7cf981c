"""The contract of ports.SourceStore."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from summaries.model import PollState, Source, SourceKind, SourceOrigin, StoredSource
from summaries.storage import Store

ANTARA = Source("antara", "ANTARA", "umum", "https://antara.example/rss.xml")
TEMPO = Source("tempo", "Tempo", "politik", "https://tempo.example/rss")
DESA = Source("desa", "Kabar Desa", "daerah", "https://desa.example/map", SourceKind.SITEMAP, SourceOrigin.ADMIN)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


async def list_sources(store: Store) -> list[Source]:
    return [stored.source for stored in await store.sources.all()]


async def get_state(store: Store, name: str) -> PollState:
    stored = await store.sources.find(name)
    assert stored is not None
    return stored.state


async def test_sync_is_idempotent(store: Store, now: datetime) -> None:
    await store.sources.sync([TEMPO, ANTARA], now=now)
    await store.sources.sync([TEMPO, ANTARA], now=now + MINUTE)
    assert await store.sources.all() == (StoredSource(ANTARA, PollState()), StoredSource(TEMPO, PollState()))


async def test_poll_state_is_kept_until_the_address_changes(store: Store, now: datetime) -> None:
    await store.sources.sync([ANTARA, TEMPO], now=now)
    state = PollState(
        next_check_at=now + MINUTE,
        etag='"1"',
        last_modified="Mon",
        last_success_at=now,
        last_failure_at=now - MINUTE,
        last_error="503",
        last_fault="status 503",
        failures_in_a_row=3,
        newest_entry_at=now - 2 * MINUTE,
        recent_since=now - 9 * MINUTE,
        recent_count=4,
        body_hash="5f",
    )
    await store.sources.record_result(ANTARA, state)
    renamed = replace(ANTARA, outlet="Antara News", category="politik")
    await store.sources.sync([renamed], now=now)
    assert await store.sources.find("antara") == StoredSource(renamed, state)
    moved = replace(ANTARA, url="https://antara.example/baru.xml")
    await store.sources.sync([moved], now=now)
    assert await store.sources.find("antara") == StoredSource(moved, PollState())
    # A check of the old address that ends only now says nothing of the new one.
    await store.sources.record_result(ANTARA, state)
    assert await get_state(store, "antara") == PollState()
    assert await get_state(store, "tempo") == PollState()


async def test_sources_are_found_by_key_and_by_address(store: Store, now: datetime) -> None:
    await store.sources.sync([ANTARA, TEMPO], now=now)
    for name in (TEMPO.key, TEMPO.url):
        assert await store.sources.find(name) == StoredSource(TEMPO, PollState())
    assert await store.sources.find("lain") is None


async def test_adding_a_known_source_switches_it_on(store: Store, now: datetime) -> None:
    await store.sources.sync([ANTARA], now=now)
    added, is_new = await store.sources.add(DESA, now=now)
    assert (added, is_new) == (StoredSource(DESA, PollState()), True)
    off = PollState(is_active=False, failures_in_a_row=50, last_error="away", next_check_at=now + 99 * MINUTE, etag="1")
    await store.sources.record_result(ANTARA, off)
    again, is_new = await store.sources.add(replace(DESA, url=ANTARA.url), now=now + MINUTE)
    assert (again.source, is_new) == (ANTARA, False)
    assert again.state == replace(off, is_active=True, failures_in_a_row=0, next_check_at=now + MINUTE)


async def test_duplicate_key_gets_a_number(store: Store, now: datetime) -> None:
    keys = []
    for n in range(3):
        added, _ = await store.sources.add(replace(DESA, url=f"https://desa.example/{n}"), now=now)
        keys.append(added.source.key)
    assert keys == ["desa", "desa-2", "desa-3"]


async def test_catalogue_sync_keeps_the_admins_sources(store: Store, now: datetime) -> None:
    await store.sources.add(DESA, now=now)
    same_key = replace(DESA, url="https://lain.example/", origin=SourceOrigin.CATALOGUE)
    same_url = replace(DESA, key="desa-resmi", origin=SourceOrigin.CATALOGUE)
    await store.sources.sync([same_key, same_url, TEMPO], now=now)
    assert await list_sources(store) == [DESA, TEMPO]


async def test_removed_catalogue_source_is_not_added_again_by_sync(store: Store, now: datetime) -> None:
    await store.sources.sync([ANTARA], now=now)
    await store.sources.add(DESA, now=now)
    assert [await store.sources.remove(key) for key in ("antara", "desa", "desa", "lain")] == [True, True, False, False]
    await store.sources.sync([ANTARA], now=now)
    await store.sources.sync([replace(ANTARA, url="https://antara.example/baru.xml")], now=now)
    (kept,) = await store.sources.all()
    assert (kept.source.key, kept.state.is_active) == ("antara", False)
    assert await store.sources.claim_all(lease_until=now) == ()
    assert not (await store.sources.add(kept.source, now=now))[1]
    assert (await get_state(store, "antara")).is_active


async def test_check_in_progress_does_not_restore_a_removed_source(store: Store, now: datetime) -> None:
    await store.sources.sync([ANTARA], now=now)
    await store.sources.add(DESA, now=now)
    for key in ("antara", "desa"):
        await store.sources.remove(key)
    for source in (ANTARA, DESA):
        await store.sources.record_result(source, PollState(etag='"1"'))
    assert await store.sources.all() == (StoredSource(ANTARA, PollState(is_active=False, etag='"1"')),)


@pytest.mark.parametrize("limit", [2, 99])
async def test_due_sources_are_claimed_oldest_first(store: Store, now: datetime, limit: int) -> None:
    waits = {"a": None, "b": -2 * MINUTE, "c": -3 * MINUTE, "d": MINUTE, "e": timedelta()}
    await store.sources.sync([replace(ANTARA, key=key, url=f"https://x.example/{key}") for key in waits], now=now)
    for stored in await store.sources.all():
        wait = waits[stored.source.key]
        await store.sources.record_result(stored.source, PollState(next_check_at=None if wait is None else now + wait))

    async def claim(at: datetime) -> list[str]:
        claimed = await store.sources.claim_due(now=at, lease_until=at + 15 * MINUTE, limit=limit, latest=at + DAY)
        return [stored.source.key for stored in claimed]

    assert await claim(now) == ["a", "c", "b", "e"][:limit]
    if limit == 99:
        assert await claim(now) == []
        assert await claim(now + MINUTE) == ["d"]
        # The clock was set back by more than any lease, so the claims are in the future.
        assert await claim(now - 2 * DAY) == ["a", "b", "c", "e", "d"]
        assert await claim(now - 2 * DAY) == []
        assert await claim(now - 2 * DAY + 15 * MINUTE) == ["a", "b", "c", "d", "e"]
        assert await claim(now - MINUTE) == ["a", "b", "c", "d", "e"]
        assert await claim(now + MINUTE) == []
        # The process that claimed them never came back.
        assert await claim(now + 15 * MINUTE) == ["a", "b", "c", "d", "e"]


async def test_source_is_claimed_by_one_caller(store: Store, now: datetime) -> None:
    await store.sources.sync([ANTARA, TEMPO], now=now)
    claims = await asyncio.gather(
        *(store.sources.claim_due(now=now, lease_until=now + MINUTE, limit=1) for _ in range(4))
    )
    assert sorted(stored.source.key for claimed in claims for stored in claimed) == ["antara", "tempo"]


async def test_claim_all_includes_sources_not_due(store: Store, now: datetime) -> None:
    await store.sources.sync([ANTARA, TEMPO], now=now)
    await store.sources.record_result(TEMPO, PollState(next_check_at=now + 99 * MINUTE, etag='"1"'))
    claimed = await store.sources.claim_all(lease_until=now + MINUTE)
    assert [(stored.source.key, stored.state.etag) for stored in claimed] == [("antara", None), ("tempo", '"1"')]
    assert {stored.state.next_check_at for stored in await store.sources.all()} == {now + MINUTE}
