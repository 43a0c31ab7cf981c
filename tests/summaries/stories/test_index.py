"""The index over a sliding window: arrivals, edits, expiry, and coming back from a store."""

from __future__ import annotations

import gc
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.stories import WINDOW, Entry, Signature, StoryIndex, cluster, index, make_signature, window
from summaries.stories import pair_model as pairs
from summaries.stories.pair_model import Density, Scorer, Similarity, load_scorer
from summaries.stories.vectors import load_background

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def find_pairs(stories: Mapping[str, object]) -> set[tuple[str, str]]:
    return {(a, b) for a in stories for b in stories if a < b and stories[a] == stories[b]}


def list_members(stories: StoryIndex, number: int) -> set[str]:
    return {article_id for article_id, story in stories.stories().items() if story == number}


@pytest.mark.parametrize("seed", range(4))
def test_incremental_adds_give_the_stories_of_the_batch(signatures: tuple[Signature, ...], seed: int) -> None:
    arrivals = list(signatures)
    random.Random(seed).shuffle(arrivals)
    stories = StoryIndex()
    for signature in arrivals:
        stories.add([signature])
    assert find_pairs(stories.stories()) == find_pairs(cluster(signatures))


def test_add_returns_new_and_moved_articles(signatures: tuple[Signature, ...]) -> None:
    by_id = {signature.id: signature for signature in signatures}
    stories = StoryIndex(next_story=40)
    assert stories.add([by_id["api-1"]]) == {"api-1": 40}
    assert stories.add([by_id["api-2"], by_id["ayu-1"]]) == {"api-2": 40, "ayu-1": 41}
    assert list_members(stories, 40) == {"api-1", "api-2"}
    assert stories.next_story == 42


def test_edited_article_leaves_its_story(signatures: tuple[Signature, ...]) -> None:
    by_id = {signature.id: signature for signature in signatures}
    stories = StoryIndex()
    stories.add([by_id["api-1"], by_id["api-2"], by_id["ayu-1"]])
    before = stories.stories()
    edited = replace(by_id["ayu-2"], id="api-2")
    changed = stories.add([edited])
    assert changed == {"api-2": before["ayu-1"]}
    assert list_members(stories, before["api-1"]) == {"api-1"}


def test_adding_the_same_article_changes_nothing(signatures: tuple[Signature, ...]) -> None:
    stories = StoryIndex()
    stories.add(signatures)
    before = stories.stories()
    assert stories.add(signatures[:3]) == {}
    assert stories.add([signatures[0], signatures[0]]) == {}
    assert stories.stories() == before


def test_expired_articles_are_dropped_and_their_story_number_is_kept(signatures: tuple[Signature, ...]) -> None:
    stories = StoryIndex()
    stories.add(signatures)
    undated = replace(signatures[-1], id="undated", published_at=None)
    stories.add([undated])
    number = stories.stories()["api-3"]
    moment = next(s.published_at for s in signatures if s.id == "api-3")
    assert moment is not None
    assert sorted(stories.expire(moment)) == ["api-1", "api-2"]
    assert "api-1" not in stories
    assert list_members(stories, number) == {"api-3"}
    assert "undated" in stories
    stories.expire(moment + WINDOW * 10)
    assert stories.stories().keys() == {"undated"}
    stories.discard(["undated", "never seen"])
    assert len(stories) == 0
    assert stories.stories() == {}


def test_story_number_is_never_reused(signatures: tuple[Signature, ...]) -> None:
    stories = StoryIndex()
    stories.add(signatures)
    used = set(stories.stories().values())
    stories.discard(signature.id for signature in signatures)
    stories.add(signatures)
    assert used.isdisjoint(stories.stories().values())


def test_index_is_restored_from_bytes(signatures: tuple[Signature, ...]) -> None:
    """As a store would keep it; the next article finds its story as if nothing had happened."""
    first, last = signatures[:-1], signatures[-1]
    stories = StoryIndex()
    stories.add(first)
    stored = [(entry.signature.to_bytes(), entry.story) for entry in map(stories.entry, stories.stories())]
    entries = [Entry(Signature.from_bytes(signature), story) for signature, story in stored]
    again = StoryIndex(entries, next_story=stories.next_story)
    assert again.stories() == stories.stories()
    assert again.add([last]) == stories.add([last])
    assert again.next_story == stories.next_story


def test_numbers_continue_after_the_highest_known(signatures: tuple[Signature, ...]) -> None:
    assert StoryIndex([Entry(signatures[0], 7)]).next_story == 8


def test_merged_story_keeps_the_number_of_the_larger_one(signatures: tuple[Signature, ...]) -> None:
    by_id = {signature.id: signature for signature in signatures}
    entries = [Entry(by_id["api-1"], 3), Entry(by_id["api-3"], 5), Entry(replace(by_id["api-3"], id="api-4"), 5)]
    stories = StoryIndex(entries)
    assert stories.add([by_id["api-2"]]) == {"api-1": 5, "api-2": 5}


def make_busy_day(count: int, *, seed: int = 1) -> list[Signature]:
    """A busy day: everyone writes about the same few people, each article with words of its own."""
    rng = random.Random(seed)
    shared = ["gubernur", "anggaran", "jembatan", "sidang", "banjir", "pelabuhan", "kementerian", "festival"]
    return [
        make_signature(
            str(i),
            " ".join(["Presiden", *rng.sample(shared, 2), f"kata{rng.randrange(count)}"]),
            " ".join(["presiden", *rng.choices(shared, k=20), *(f"kata{rng.randrange(count)}" for _ in range(40))]),
            outlet=f"outlet {i % 9}",
        )
        for i in range(count)
    ]


def test_comparisons_per_article_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory grows with the window, the work for one more article does not."""
    articles = make_busy_day(700)
    stories = StoryIndex()
    stories.add(articles[:-100])
    linked: list[tuple[str, str]] = []
    plain_link = window.Window._link

    def link(here: window.Window, a: window._Member, b: window._Member, cosine: float) -> None:
        linked.append((a.article.base.id, b.article.base.id))
        plain_link(here, a, b, cosine)

    monkeypatch.setattr(window.Window, "_link", link)
    for article in articles[-100:]:
        stories.add([article])
    # Each candidate at most twice: by its cosine, and by its features if they are needed.
    assert 0 < len(linked) <= 2 * 100 * window.MAX_CANDIDATES


def make_words(count: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    return ["".join(rng.choice("bdgklmnprst") + rng.choice("aiueo") for _ in range(4)) for _ in range(count)]


def make_chain(count: int, *, seed: int = 1) -> list[Signature]:
    """Articles of forty made-up words each, of which each shares all but four with the next."""
    words = make_words(4 * count + 40, seed)
    return [
        make_signature(
            f"{i:04}", " ".join(words[4 * i : 4 * i + 6]), " ".join(words[4 * i : 4 * i + 40]), outlet=f"o{i % 9}"
        )
        for i in range(count)
    ]


def make_copies(count: int) -> list[Signature]:
    text = "Kapal feri Samudra Jaya kandas di Selat Bangka. Penumpang dievakuasi nelayan setempat."
    return [
        make_signature(f"{i:04}", "Feri Samudra Jaya Kandas di Selat Bangka", text, outlet=f"o{i}")
        for i in range(count)
    ]


def make_star(count: int, *, seed: int = 1) -> list[Signature]:
    """One article of many words, and many others that share six of them with it and nothing with each other."""
    words = make_words(20 * count + 240, seed)
    shared, own = words[:240], words[240:]
    parts = [(shared[6 * (i % 40) :][:6], own[20 * i :][:20]) for i in range(count - 1)]
    return [
        make_signature("hub", " ".join(shared[:6]), " ".join(shared)),
        *(
            make_signature(f"{i:04}", " ".join(six), " ".join([*six, *rest]), outlet=f"o{i}")
            for i, (six, rest) in enumerate(parts)
        ),
    ]


@dataclass(frozen=True)
class CountingScorer(Scorer):
    scored: list[None] = field(default_factory=list)

    def log_odds(self, likeness: Similarity, a: Density, b: Density) -> float:
        self.scored.append(None)
        return Scorer.log_odds(self, likeness, a, b)


@pytest.mark.parametrize(
    ("make_articles", "count"),
    [(make_chain, 90), (make_copies, 90), (make_star, 120)],
    ids=["chain", "copies", "around one"],
)
def test_cost_of_adding_does_not_grow_with_similar_articles(
    make_articles: Callable[[int], list[Signature]], count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such articles were compared with all others before them, and all pairs of the others were scored again."""
    # Low limits, because the test takes quadratic time in them.
    monkeypatch.setattr(index, "MAX_NEIGHBOURHOOD", 20)
    monkeypatch.setattr(window, "MAX_CANDIDATES", 10)
    monkeypatch.setattr(window, "MAX_MEASURED", 40)
    monkeypatch.setattr(window, "MAX_NEIGHBOURS", 60)
    articles = make_articles(count)
    compared: list[None] = []
    plain_compare = pairs.compare

    def compare(*pair: Any) -> Similarity:
        compared.append(None)
        return plain_compare(*pair)

    monkeypatch.setattr(window, "compare", compare)
    plain = load_scorer()
    scorer = CountingScorer(plain.bias, plain.weights, plain.join_at)
    stories, work = StoryIndex(scorer=scorer), []
    for article in articles:
        before = len(compared), len(scorer.scored)
        stories.add([article])
        work.append((len(compared) - before[0], len(scorer.scored) - before[1]))
    all_pairs = index.MAX_NEIGHBOURHOOD * (index.MAX_NEIGHBOURHOOD - 1) // 2
    most_scored = index.MAX_NEIGHBOURHOOD * window.MAX_CANDIDATES + all_pairs
    assert max(scored for _, scored in work) <= most_scored
    # Comparing comes in bursts, when many articles are weighed again; it is the mean that must not grow.
    half = len(work) // 2
    assert sum(compares for compares, _ in work[half:]) / half <= most_scored / 10
    assert max(len(member.neighbours) for member in stories._window._members.values()) <= window.MAX_NEIGHBOURS


def test_chain_does_not_become_one_story() -> None:
    """However long it is: the stories are at most twice as large as those of the whole chain at once."""
    articles = make_chain(120)
    stories = StoryIndex()
    for article in articles:
        stories.add([article])
    sizes = Counter(stories.stories().values())
    at_once = Counter(cluster(articles).values())
    assert 1 < max(sizes.values()) <= 2 * max(at_once.values())


def test_edited_article_leaves_a_large_story(signatures: tuple[Signature, ...]) -> None:
    stories = StoryIndex()
    stories.add(make_copies(index.MAX_NEIGHBOURHOOD))
    (before,) = set(stories.stories().values())
    stories.add([replace(signatures[0], id="0003")])
    assert stories.stories()["0003"] != before
    assert len(list_members(stories, before)) == index.MAX_NEIGHBOURHOOD - 1


def test_hundreds_of_copies_are_one_story(monkeypatch: pytest.MonkeyPatch) -> None:
    """Although each of their words is in more articles than are looked at."""
    monkeypatch.setattr(window, "MAX_POSTINGS", 50)
    stories = StoryIndex()
    for copy in make_copies(80):
        stories.add([copy])
    assert len(set(stories.stories().values())) == 1


def test_discarded_article_is_removed_from_all_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each article knows the articles that refer to it, so none refers to a deleted one."""
    monkeypatch.setattr(window, "MAX_NEIGHBOURS", 5)
    # Their ids overlap: some articles come in again as others.
    articles = [*make_copies(20), *make_star(20), *make_busy_day(20)]
    for seed in range(3):
        stories = StoryIndex()
        for article in articles:
            stories.add([article])
            assert_neighbours_are_mutual(stories)
        gone = list(stories.stories())
        random.Random(seed).shuffle(gone)
        for article_id in gone:
            stories.discard([article_id])
            assert_neighbours_are_mutual(stories)
        assert len(stories) == 0


def assert_neighbours_are_mutual(stories: StoryIndex) -> None:
    members = stories._window._members
    for article_id, member in members.items():
        assert member.neighbours.keys() | member.followers <= members.keys()
        for other in member.neighbours:
            assert article_id in members[other].neighbours.keys() | members[other].followers
        for follower in member.followers:
            assert article_id in members[follower].neighbours


def test_large_neighbourhood_is_regrouped_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "MAX_NEIGHBOURHOOD", 10)
    stories = StoryIndex()
    for copy in make_copies(60):
        stories.add([copy])
    assert len(set(stories.stories().values())) == 1


EPOCH = datetime(2025, 3, 4, tzinfo=UTC)
WORDS = ("banjir", "gempa", "menteri", "kapal", "sidang", "juara", "Bandung", "Maumere", "Rahmat", "ditangkap", "naik")
words = st.sampled_from(WORDS)
texts = st.lists(words, max_size=12).map(" ".join)
arrivals = st.lists(
    st.tuples(st.integers(0, 12), texts, texts, st.sampled_from([None, "A", "B"]), st.integers(0, 200)), max_size=25
)


@settings(max_examples=60, deadline=None)
@given(arrivals)
def test_every_article_of_the_window_has_one_story(given_arrivals: list[tuple[int, str, str, str | None, int]]) -> None:
    stories = StoryIndex()
    expected: dict[str, int] = {}
    for identity, title, text, outlet, hours in given_arrivals:
        moment = EPOCH + timedelta(hours=hours)
        expected |= stories.add([make_signature(str(identity), title, text, outlet=outlet, published_at=moment)])
        for gone in stories.expire(EPOCH + timedelta(hours=hours) - WINDOW):
            del expected[gone]
        assert expected == stories.stories()
        assert all(i in list_members(stories, story) for i, story in expected.items())
        assert max(expected.values(), default=0) < stories.next_story


def test_term_weights_follow_later_arrivals() -> None:
    """An article that came in early is compared as if it had come in with all that write about the same since."""
    rng = random.Random(5)
    verbs = [f"kata{i}" for i in range(40)]
    burst = [
        make_signature(
            f"{i:02}", f"Zarkundi {' '.join(rng.sample(verbs, 3))}", f"Zarkundi {' '.join(rng.choices(verbs, k=20))}"
        )
        for i in range(40)
    ]
    others = make_busy_day(300)
    at_once, online, unrefreshed = (window.Window(load_background(), load_scorer()) for _ in range(3))
    at_once.insert([*others, *burst])
    online.insert(others)
    unrefreshed.insert(others)
    for signature in burst:
        online.insert([signature])
        online.refresh(signature.id)
        unrefreshed.insert([signature])
        unrefreshed.neighbours(signature.id)

    def alike(here: window.Window) -> float:
        return here.neighbours("00")["01"]

    assert alike(online) == pytest.approx(alike(at_once), abs=0.03)
    assert alike(unrefreshed) > alike(at_once) + 0.1


def count_reachable(root: object) -> int:
    """Count the objects that the root refers to at any depth, without shared ones."""
    shared = (type, ModuleType, FunctionType)
    seen, waiting = {id(root)}, [root]
    for held in waiting:
        for one in gc.get_referents(held):
            if id(one) not in seen and not isinstance(one, shared):
                seen.add(id(one))
                waiting.append(one)
    return len(seen)


def test_memory_is_constant_once_the_window_is_full(signatures: tuple[Signature, ...]) -> None:
    """Editions of news, half a day apart, of which each has articles and words of its own."""
    stories, held = StoryIndex(), []
    for edition in range(26):
        at = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=12) * edition
        stories.add([
            replace(
                signature,
                id=f"{edition} {signature.id}",
                published_at=at,
                weights={f"{term} {edition}": weight for term, weight in signature.weights.items()},
                names=frozenset(f"{name} {edition}" for name in signature.names),
                numbers=frozenset(f"{number} {edition}" for number in signature.numbers),
                title=tuple(f"{term} {edition}" for term in signature.title),
            )
            for signature in signatures
        ])  # fmt: skip
        stories.expire(at - WINDOW)
        held.append(count_reachable(stories))
    kept = WINDOW // timedelta(hours=12) + 1
    assert len(stories) == kept * len(signatures)
    full = held[kept + 2 :]
    assert held[1] < held[kept - 1] / 2
    # They differ by the articles that are kept unpacked.
    assert max(full[-8:]) <= 1.1 * max(full[:8])
