"""Stories of a batch, on short articles of our own."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from summaries.stories import cluster, index, make_signature
from summaries.stories.signature import Signature

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class HasStory:
    signature: Signature
    story: str


def collect_groups(stories: Mapping[str, str]) -> set[frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for article_id, story in stories.items():
        found[story].add(article_id)
    return {frozenset(ids) for ids in found.values()}


def expected_groups(labelled: Iterable[HasStory]) -> set[frozenset[str]]:
    return collect_groups({one.signature.id: one.story for one in labelled})


def test_clusters_match_the_labels(labelled: tuple[HasStory, ...]) -> None:
    assert collect_groups(cluster([one.signature for one in labelled])) == expected_groups(labelled)


@pytest.mark.parametrize("seed", range(5))
def test_order_does_not_matter(signatures: tuple[Signature, ...], seed: int) -> None:
    shuffled = list(signatures)
    random.Random(seed).shuffle(shuffled)
    assert cluster(shuffled) == cluster(signatures)


def test_story_is_named_after_its_first_article(signatures: tuple[Signature, ...]) -> None:
    stories = cluster(signatures)
    assert stories["api-3"] == "api-1"
    late = [replace(s, published_at=None) if s.id == "api-1" else s for s in signatures]
    assert cluster(late)["api-1"] == "api-2"  # an unknown moment comes last


def test_missing_outlets_and_times_give_the_same_stories(labelled: tuple[HasStory, ...]) -> None:
    bare = [replace(one.signature, outlet=None, published_at=None) for one in labelled]
    assert collect_groups(cluster(bare)) == expected_groups(labelled)


def test_articles_more_than_three_days_apart_are_not_grouped(signatures: tuple[Signature, ...]) -> None:
    first = signatures[0]
    assert first.published_at is not None
    for hours, story in ((71, first.id), (73, "again")):
        moment = first.published_at + timedelta(hours=hours)
        again = replace(first, id="again", outlet="Lain", published_at=moment)
        assert cluster([first, again])["again"] == story


def test_large_batch_is_clustered_day_by_day(labelled: tuple[HasStory, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "MAX_BATCH", 3)
    articles = [one.signature for one in labelled]
    undated = [replace(s, published_at=None) if s.id in ("api-2", "jalan-2") else s for s in articles]
    assert collect_groups(cluster(undated)) == expected_groups(labelled)


def test_large_batch_without_dates_is_clustered(
    labelled: tuple[HasStory, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "MAX_BATCH", 3)
    bare = [replace(one.signature, published_at=None) for one in labelled]
    assert collect_groups(cluster(bare)) == expected_groups(labelled)


@pytest.mark.parametrize("text", ["", "   ", "!?", "dan di yang", "123 456", "\u200b\u202e", "🙂" * 50])
def test_articles_without_words_are_not_grouped(text: str) -> None:
    empty = [make_signature(str(i), text, text, outlet=f"o{i}") for i in range(4)]
    assert cluster(empty) == {str(i): str(i) for i in range(4)}


def test_empty_batch_gives_no_clusters() -> None:
    assert cluster([]) == {}
