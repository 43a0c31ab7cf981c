"""Which of a source's addresses are tried, and which feeds count as silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.fetch.feeds.feed_entries import FeedEntry
from summaries.ingest.failover import FAILOVER_AFTER, RETURN_AFTER, STALE_AFTER, choose_addresses, explain_silence
from summaries.model import PollState, Source

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
SOURCE = Source(
    "desa",
    "Kabar Desa",
    "umum",
    "https://a.example/1",
    alternatives=("https://a.example/2",),
    index_url="https://a.example/",
)


@pytest.mark.parametrize(
    ("state", "order"),
    [
        (PollState(), (0,)),
        (PollState(failures_in_a_row=1), (0, 1, 2)),
        (PollState(address=1, returned_at=NOW), (1,)),
        (PollState(address=1, returned_at=NOW, failures_in_a_row=1), (1, 0, 2)),
        (PollState(address=2, returned_at=NOW - RETURN_AFTER), (0, 1, 2)),
        (PollState(address=1), (0, 1)),
        # The catalogue has fewer addresses than before.
        (PollState(address=9, returned_at=NOW), (2,)),
    ],
)
def test_choose_addresses(state: PollState, order: tuple[int, ...]) -> None:
    assert choose_addresses(SOURCE, state, now=NOW) == order


def test_single_address_is_always_tried() -> None:
    lonely = Source("desa", "Kabar Desa", "umum", "https://a.example/1")
    assert choose_addresses(lonely, PollState(failures_in_a_row=40), now=NOW) == (0,)


@given(
    st.integers(0, 3),
    st.booleans(),
    st.integers(0, 6),
    st.integers(0, 60),
    st.none() | st.timedeltas(timedelta(), timedelta(days=3)),
)
def test_every_address_gets_its_turn(
    feeds: int, has_index: bool, used: int, failures: int, ago: timedelta | None
) -> None:
    source = replace(
        SOURCE,
        alternatives=tuple(f"https://a.example/{n}" for n in range(2, 2 + feeds)),
        index_url="https://a.example/" if has_index else None,
    )
    state = PollState(address=used, failures_in_a_row=failures, returned_at=None if ago is None else NOW - ago)
    chosen = choose_addresses(source, state, now=NOW)
    every, last = set(range(len(source.addresses))), len(source.addresses) - 1
    assert len(set(chosen)) == len(chosen)
    assert min(used, last) in chosen
    if failures + 1 >= FAILOVER_AFTER:
        assert set(chosen) == every
    elif ago is None or ago >= RETURN_AFTER:
        # The best come first.
        assert chosen == tuple(range(min(used, last) + 1))
    else:
        assert chosen == (min(used, last),)


def entry(age: timedelta | None) -> FeedEntry:
    return FeedEntry("https://a.example/berita", "Berita", None if age is None else NOW - age)


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ((), "it lists no entries"),
        ((entry(timedelta(hours=1)),), None),
        ((entry(STALE_AFTER + timedelta(days=1)), entry(timedelta(days=400))), "its newest entry is of 2026-11-08"),
        ((entry(timedelta(days=400)), entry(STALE_AFTER)), None),
        # Without a date, an entry may be new.
        ((entry(timedelta(days=400)), entry(None)), None),
    ],
)
def test_explain_silence(entries: tuple[FeedEntry, ...], reason: str | None) -> None:
    assert explain_silence([entry.published_at for entry in entries], now=NOW) == reason
