"""The contracts of ports.HazardStore and ports.WarningStore, and of the outbox's warnings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from summaries.model import (
    Box,
    ChatRef,
    Earthquake,
    Hazard,
    HazardKind,
    Place,
    WarningSettings,
)
from summaries.storage import Store
from tests.summaries.storage.conftest import make_warning

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
MALANG = Place("Kota Malang", (-8.0, 112.625), 10.0, "35.73")
SLEMAN = Place("dekat Kabupaten Sleman", (-7.75, 110.25), 5.0)


def make_quake(now: datetime) -> Hazard:
    content = Earthquake(now, (-8.75, 112.5), 5.25, 10.0, "laut", "Tidak", "III Malang", (("autogempa", "ab"),))
    return Hazard(0, 1, content, now, now + 12 * HOUR)


async def put(store: Store, hazard: Hazard, now: datetime) -> Hazard:
    """Store the hazard, and return it with its id."""
    await store.hazards.revise(hazard.kind, lambda _: [hazard], since=now, now=now)
    found: list[Hazard] = []

    def look(known: Sequence[Hazard]) -> list[Hazard]:
        found.extend(known)
        return []

    content = hazard.content
    identifiers = () if isinstance(content, Earthquake) else content.identifiers
    await store.hazards.revise(hazard.kind, look, since=now - HOUR, now=now, identifiers=identifiers)
    return found[-1]


async def listen(store: Store, chat_id: int, now: datetime, *places: Place) -> WarningSettings:
    chat = ChatRef(chat_id, 42)
    return await store.warnings.change(chat_id, lambda usual: replace(usual, chat=chat, places=places), now=now)


async def test_hazards_are_read_as_they_were_stored(store: Store, now: datetime) -> None:
    for hazard in (make_quake(now), make_warning(now)):
        stored = await put(store, hazard, now)
        assert replace(stored, id=0) == hazard
        assert stored.id > 0
        cancelled = replace(stored, version=2, is_cancelled=True)
        assert await put(store, cancelled, now) == cancelled
    assert await store.hazards.current(now=now) == ()
    (other,) = [await put(store, make_warning(now, 2), now)]
    assert await store.hazards.current(now=now) == (other,)
    assert await store.hazards.current(now=other.expires_at) == ()


async def test_document_is_claimed_once_until_its_lease_ends(store: Store, now: datetime) -> None:
    keys = ["autogempa", "nowcast"]
    latest = now + HOUR
    claimed = await store.hazards.claim_due(keys, now=now, lease_until=now + MINUTE, latest=latest)
    assert [source.key for source in claimed] == keys
    assert await store.hazards.claim_due(keys, now=now, lease_until=now + MINUTE, latest=latest) == ()
    checked = replace(claimed[0], etag='"1"', next_check_at=now + 2 * MINUTE, last_success_at=now)
    await store.hazards.record_check(checked)
    assert checked in await store.hazards.sources()
    again = await store.hazards.claim_due(keys, now=now + MINUTE, lease_until=now + 2 * MINUTE, latest=latest)
    assert [source.key for source in again] == ["nowcast"]
    # The clock was ahead: documents that are due too far in the future are due now.
    behind = await store.hazards.claim_due(keys, now=now - 2 * HOUR, lease_until=now, latest=now - HOUR)
    assert [source.key for source in behind] == keys


async def test_message_is_unread_until_it_is_recorded_and_again_when_it_changes(store: Store, now: datetime) -> None:
    listed = {"https://bmkg/1": "a", "https://bmkg/2": "b"}
    assert await store.hazards.find_unread(listed) == set(listed)
    await store.hazards.revise(HazardKind.WEATHER, lambda _: [], since=now, now=now, read={"https://bmkg/1": "a"})
    assert await store.hazards.find_unread(listed) == {"https://bmkg/2"}
    assert await store.hazards.find_unread({"https://bmkg/1": "c"}) == {"https://bmkg/1"}
    assert await store.hazards.find_unread({}) == set()


async def test_listeners_are_the_chats_with_a_place_in_the_box(store: Store, now: datetime) -> None:
    assert not await store.warnings.has_listeners()
    both = await listen(store, 7, now, MALANG, SLEMAN)
    assert await store.warnings.find(7) == both
    assert both.listens_since == now
    sleman = await listen(store, 8, now, SLEMAN)
    await listen(store, 9, now, MALANG)
    await store.blocks.block(9, now=now)
    await listen(store, 10, now, MALANG)
    await store.subscriptions.suspend(10, now=now)
    assert await store.warnings.has_listeners()
    near, wide = Box(-8.1, 112.0, -7.9, 113.0), Box(-8.1, 110.0, -7.7, 113.0)
    assert await store.warnings.listeners(near, after=0, limit=9) == (both,)
    assert await store.warnings.listeners(wide, after=0, limit=9) == (both, sleman)
    assert await store.warnings.listeners(wide, after=0, limit=1) == (both,)
    assert await store.warnings.listeners(wide, after=7, limit=1) == (sleman,)
    assert await store.warnings.listeners(Box(0.0, 110.0, 1.0, 113.0), after=0, limit=9) == ()
    later = now + HOUR
    await store.subscriptions.resume(10, next_due=lambda _: None, now=later)
    (_, resumed) = await store.warnings.listeners(near, after=0, limit=9)
    assert (resumed.chat.chat_id, resumed.listens_since) == (10, later)
    # A change keeps the time since which the chat listens.
    assert (await listen(store, 7, later, MALANG)).listens_since == now


async def test_chat_has_one_message_for_each_hazard(store: Store, now: datetime) -> None:
    hazard = await put(store, make_quake(now), now)
    assert await store.warnings.find_unmatched(now=now) == (hazard,)
    chats = [ChatRef(7), ChatRef(8, 42)]
    assert await store.warnings.put_matches(hazard, chats[:1], now=now, is_last=False) == 1
    # The process died before the last chunk.
    assert await store.warnings.find_unmatched(now=now) == (hazard,)
    assert await store.warnings.put_matches(hazard, chats, now=now, is_last=True) == 1
    assert await store.warnings.find_unmatched(now=now) == ()
    # An expired one is matched only if it was before.
    await put(store, make_warning(now), now)
    assert await store.warnings.find_unmatched(now=now + 3 * HOUR) == ()
    revised = await put(store, replace(hazard, version=2), now)
    assert await store.warnings.find_unmatched(now=now + 13 * HOUR) == (revised,)


async def test_waiting_message_about_a_revised_event_is_due_at_once(store: Store, now: datetime) -> None:
    """It was revised while a process decided that the message waits for the end of quiet hours."""
    await listen(store, 7, now, MALANG)
    hazard = await put(store, make_quake(now), now)
    await store.warnings.put_matches(hazard, [ChatRef(7)], now=now, is_last=True)
    (claimed,) = await store.outbox.claim_warnings(now=now, lease_until=now + MINUTE, limit=9)
    revised = await put(store, replace(hazard, version=2), now)
    await store.warnings.put_matches(revised, [], now=now, is_last=True)
    await store.outbox.postpone(claimed.message.ids, now + 6 * HOUR)
    (again,) = await store.outbox.claim_warnings(now=now, lease_until=now + MINUTE, limit=9)
    assert again.hazard == revised
    await store.outbox.postpone(again.message.ids, now + 6 * HOUR)
    assert await store.outbox.claim_warnings(now=now, lease_until=now + MINUTE, limit=9) == ()


async def test_suspended_chat_gets_neither_messages_nor_edits(store: Store, now: datetime) -> None:
    await listen(store, 7, now, MALANG)
    hazard = await put(store, make_quake(now), now)
    await store.warnings.put_matches(hazard, [ChatRef(7)], now=now, is_last=True)
    assert await store.subscriptions.suspend(7, now=now)
    assert await store.outbox.claim_warnings(now=now, lease_until=now + MINUTE, limit=9) == ()
    assert not await store.warnings.has_listeners()


async def test_group_that_moves_takes_its_warnings_along(store: Store, now: datetime) -> None:
    await listen(store, -7, now, MALANG)
    hazard = await put(store, make_quake(now), now)
    await store.warnings.put_matches(hazard, [ChatRef(-7)], now=now, is_last=True)
    await store.subscriptions.move_chat(-7, -1007)
    moved = await store.warnings.find(-1007)
    assert moved is not None
    assert moved.places == (MALANG,)
    (claimed,) = await store.outbox.claim_warnings(now=now, lease_until=now + MINUTE, limit=9)
    assert (claimed.message.chat, claimed.settings) == (ChatRef(-1007, 42), moved)
    await store.subscriptions.leave_thread(-1007, 42)
    assert await store.warnings.find(-1007) == replace(moved, chat=ChatRef(-1007))
