"""Stories of one affair are linked over days, stories of one topic are not."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from summaries.stories import Signature, make_signature
from summaries.stories.chains import (
    JOIN_AT,
    MAX_POSTINGS,
    MAX_TERMS,
    MEMORY,
    ChainBuilder,
    ChainIndex,
    LinkedStory,
    build_chains,
    choose_chain,
    choose_terms,
    find_candidates,
)

START = datetime(2026, 11, 2, 3, tzinfo=UTC)
DAY = timedelta(days=1)
# Invented affairs: their names and things, and courses of events. Two share a minister, two are about ferries.
AFFAIRS = {
    "ferry": ("Feri Surya Bahari di Selat Wairana", "kapal karam penumpang nakhoda muatan"),
    "other ferry": ("Tongkang Teluk Melati di Danau Sagara", "kapal terbakar kamar mesin penumpang dermaga"),
    "bribe": ("Bupati Rantau Kuning Hardiwan Sastra", "suap proyek bendungan gratifikasi penyidik"),
    "levy": ("Menteri Wirasaba soal retribusi garam", "retribusi garam petambak tarif gudang"),
    "school": ("Menteri Wirasaba soal asrama Lubuk Tirta", "asrama siswa keracunan dapur katering"),
}
STEPS = (
    "Kabar pertama {0} menyebut {1} {2}. Warga {3} mendengar berita tentang {4} itu pada pagi hari.",
    "Polisi memeriksa saksi {1} {0} dan {3}. Dugaan awal menyangkut {2} serta {4}.",
    "Keluarga korban {0} menuntut keterangan {4}. Mereka menyebut {1}, {3} dan {2}.",
    "Sidang perdana {0} membahas {2} dan {3}. Jaksa menyebut {1} {4}.",
)


def make_report(affair: str, step: int) -> Signature:
    name, things = AFFAIRS[affair]
    words = things.split()
    text = f"Berita dari lapangan. {STEPS[step].format(name, *words)} Laporan tentang {name} berlanjut."
    title = f"{name}: {words[step]} {words[step + 1]}"
    return make_signature(f"{affair}-{step}", title, text, outlet="Kabar", published_at=START + 4 * step * DAY)


def make_reports() -> list[Signature]:
    return [make_report(affair, step) for affair in AFFAIRS for step in range(len(STEPS))]


def find_affairs(chains: dict[str, str]) -> set[frozenset[str]]:
    return {frozenset(one for one in chains if chains[one] == chain) for chain in chains.values()}


EXPECTED = {frozenset(f"{affair}-{step}" for step in range(len(STEPS))) for affair in AFFAIRS}


def test_stories_of_an_affair_are_one_chain() -> None:
    stories, chains = build_chains((one, 30) for one in make_reports())
    assert len(set(stories.values())) == len(stories)
    assert find_affairs(chains) == EXPECTED
    assert chains["bribe-3"] == "bribe-0"


@pytest.mark.parametrize("seed", range(6))
def test_order_of_arrival_hardly_matters(seed: int) -> None:
    reports = make_reports()
    random.Random(seed).shuffle(reports)
    builder = ChainBuilder()
    for report in reports:
        builder.add([(report, 30)])
    assert find_affairs(builder.chains()) == EXPECTED


def test_regrouped_stories_are_linked_again() -> None:
    """A text that changes moves an article into the story, and so into the chain, that it now belongs to."""
    builder = ChainBuilder()
    for report in make_reports():
        builder.add([(report, 30)])
    twin = make_report("ferry", 3)
    before = builder.chains()
    draft = make_report("bribe", 3)
    for source in (draft, twin):
        moved = Signature(**{name: getattr(source, name) for name in Signature.__dataclass_fields__} | {"id": "moved"})
        builder.add([(moved, 30)])
        assert builder.chains()["moved"] == before[source.id]
    assert find_affairs({one: chain for one, chain in builder.chains().items() if one != "moved"}) == EXPECTED


def test_story_that_leaves_its_chain_begins_one_with_another_number() -> None:
    index = ChainIndex()
    terms = choose_terms(make_report("ferry", 0))
    assert [index.link(number, terms, START, new_chain=number) for number in (1, 2)] == [1, 1]
    index.unlink(1, terms)
    assert index.link(1, choose_terms(make_report("levy", 0)), START, new_chain=-1) == -1
    assert index.link(3, terms, START, new_chain=3) == 1


def test_order_of_undated_articles_is_that_of_the_input() -> None:
    first, second = make_report("ferry", 0), make_report("ferry", 1)
    undated = Signature(**{name: getattr(second, name) for name in Signature.__dataclass_fields__}
                        | {"published_at": None})  # fmt: skip
    _, chains = build_chains([(first, 30), (undated, 30)])
    assert set(chains.values()) == {first.id}
    late = make_signature("late", "Panen padi", "Petani memanen padi.", published_at=START + 2 * MEMORY)
    _, chains = build_chains([(first, 30), (late, 30), (undated, 30)])
    assert len(set(chains.values())) == 3


def test_terms_are_the_most_informative_ones() -> None:
    words = "fuzhaltar brimkesa " + " ".join(f"kata{chr(97 + n)}{chr(97 + k)}" for n in range(6) for k in range(6))
    terms = choose_terms(make_signature("a", "Fuzhaltar Brimkesa", f"Polisi dan warga. {words}"))
    assert len(terms) == MAX_TERMS
    assert {"fuzhaltar", "brimkesa"} <= terms.keys()
    assert sum(weight**2 for weight in terms.values()) == pytest.approx(1, abs=0.01)
    assert choose_terms(make_signature("a", "", "")) == {}


def test_strongest_shared_term_does_not_count() -> None:
    postings = {"menteri": [(1, 0.8), (2, 0.8)], "garam": [(2, 0.5)], "own": [(3, 1.0)]}
    terms = {"menteri": 0.8, "garam": 0.5, "own": 0.3}
    assert find_candidates(terms, postings, excluding=3) == {2: pytest.approx(0.25)}


def test_newest_stories_of_a_term_are_examined() -> None:
    stories = [(number, 1.0) for number in range(100)]
    found = find_candidates({"a": 0.7, "b": 0.7}, {"a": stories, "b": stories}, excluding=-1)
    assert found == dict.fromkeys(range(100 - MAX_POSTINGS, 100), 0.7)


OLD = START - 27 * DAY


@pytest.mark.parametrize(
    ("candidates", "chain"),
    [
        ({}, None),
        ({1: JOIN_AT}, 7),
        ({1: JOIN_AT - 0.01}, None),
        # The other chain is nearer on average, though not at its best.
        ({1: 0.20, 2: 0.01, 3: 0.18}, 9),
        # A month halves the affinity, and ends it.
        ({4: 0.27}, None),
        ({4: 0.29}, 8),
        ({5: 1.0}, None),
        # Nothing is known about a story that is not linked.
        ({6: 1.0}, None),
        # The older chain wins a tie.
        ({1: 0.2, 3: 0.2}, 7),
    ],
    ids=str,
)
def test_chain_is_chosen_by_its_nearest_stories(candidates: dict[int, float], chain: int | None) -> None:
    linked = {
        1: LinkedStory(7, START), 2: LinkedStory(7, START), 3: LinkedStory(9, START),
        4: LinkedStory(8, OLD), 5: LinkedStory(8, START - MEMORY - DAY),
    }  # fmt: skip
    assert choose_chain(candidates, linked, START) == chain
