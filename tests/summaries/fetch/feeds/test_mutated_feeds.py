"""A hundred mutated feeds: no uncaught error, and no entry that costs the others. `make hostile` has more."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from tests.summaries.fetch.feeds.healthy_feeds import healthy_feeds
from tests.summaries.fetch.feeds.mutated_feeds import report, survey
from tests.summaries.fetch.feeds.mutations import CHANGES, WHOLE_CHANGES, entry_spans, mutate, mutate_entry

NOW = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
FEEDS = healthy_feeds()


@pytest.mark.parametrize("name", FEEDS)
def test_mutated_feeds_are_read_or_refused(name: str) -> None:
    tally = survey({name: FEEDS[name]}, count=20, seed=5, now=NOW)
    assert tally.uncaught == []
    assert (tally.mutated, tally.read + sum(tally.refused.values())) == (20, 20)
    assert tally.lost[0] >= 0.9 * tally.one_entry == 0.9 * 10
    assert sorted(tally.kept)[10] >= 11 / 12
    assert "| mutated | 20 |" in report(tally, origin="one")


@pytest.mark.parametrize("name", FEEDS)
def test_entry_spans_cover_each_entry(name: str) -> None:
    spans = entry_spans(FEEDS[name])
    assert len(spans) == 12
    for number, (start, end) in enumerate(spans, start=1):
        assert f"panen-raya-ke-{number}".encode() in FEEDS[name][start:end]


def test_same_seed_gives_the_same_mutants() -> None:
    one, other = (mutate(FEEDS["Atom"], random.Random(3)) for _ in range(2))
    assert one == other


@pytest.mark.parametrize("name", [*CHANGES, *WHOLE_CHANGES])
def test_every_mutation_changes_the_feed(name: str) -> None:
    body = FEEDS["RSS 2.0 in CDATA"]
    change = {**CHANGES, **WHOLE_CHANGES}[name]
    assert len({change(body, random.Random(seed)) for seed in range(20)} - {body}) >= 1


def test_entry_mutation_leaves_other_entries_unchanged() -> None:
    body = FEEDS["RSS 2.0"]
    for seed in range(30):
        mutant, number = mutate_entry(body, random.Random(seed))
        start, end = entry_spans(body)[number]
        assert mutant.body.startswith(body[:start])
        assert mutant.body.endswith(body[end:])
