"""Tastes: the subjects of a story, the stories to which tastes apply, and their effect on a digest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.digests.importance import choose_mix, rank_stories, sort_by_leaning
from summaries.digests.select import Candidate, Member, choose_newest, prefer_by_taste
from summaries.digests.tastes import Subject, TasteIndex, find_names, find_subjects, find_taste, put_taste
from summaries.model import MAX_TASTE_CHARS, Article, Report, Taste, TasteKind

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TOPIC, OUTLET, NAME = TasteKind


def make_report(article_id: int, title: str = "Panen Raya", outlet: str | None = "Antara", topic: str | None = "daerah",
                opening: str = "") -> Report:  # fmt: skip
    return Report(article_id, title, outlet, topic, NOW - timedelta(hours=article_id % 20), opening)


@pytest.mark.parametrize(
    ("title", "text", "names"),
    [
        # Of a long name, the words in the headline; an office is no part of it.
        (
            "Prabowo Resmikan Waduk",
            "Waduk itu diresmikan Presiden Prabowo Subianto. Kata Prabowo Subianto, air akan cukup.",
            ["Prabowo"],
        ),
        # A word that is a name only at the start of sentences is none; nor are days, and one mention is not enough.
        ("Harga Cabai Naik", "Pedagang mengeluh pada Senin. Pedagang menjual cabai dari Garut.", []),
        ("Harga Cabai Naik", "Cabai datang dari Garut. Petani di Garut, kata Ujang, rugi.", ["Garut"]),
        # An acronym is a name beside another, and the outlet's own name is left out.
        ("Timnas Menang", "Kata Ketua Umum PSSI Erick Thohir, PSSI bangga. Itu kata Erick Thohir kepada Kabar Desa.",
         ["PSSI", "Erick Thohir"]),
        ("", "", []),
        ("A" * 300, "kata " + "Ab" * 200 + " lagi", []),
    ],
)  # fmt: skip
def test_names_that_identify_a_story(title: str, text: str, names: list[str]) -> None:
    assert list(find_names(title, text, "Kabar Desa")) == names


def test_subjects_of_a_story() -> None:
    article = Article("Gempa di Palu", "Warga di Palu berlarian.", outlet="Antara", category="daerah")
    assert find_subjects(article) == ((TOPIC, "daerah"), (OUTLET, "Antara"), (NAME, "Palu"))
    assert find_subjects(Article("Gempa", "", outlet="A" * (MAX_TASTE_CHARS + 1))) == ((TOPIC, "umum"),)


def test_one_taste_for_each_subject() -> None:
    persib, sport = Subject(NAME, "Persib"), Subject(TOPIC, "olahraga")
    tastes = put_taste(put_taste((), persib, is_more=True), sport, is_more=False)
    assert tastes == put_taste(put_taste((), sport, is_more=False), persib, is_more=True)
    changed = put_taste(tastes, Subject(NAME, "PERSIB"), is_more=False)
    assert len(changed) == 2
    assert find_taste(changed, persib) == Taste(NAME, "PERSIB", is_more=False)
    # The outlet of that name is another subject.
    assert find_taste(changed, Subject(OUTLET, "Persib")) is None
    assert put_taste(changed, persib, is_more=None) == put_taste((), sport, is_more=False)


STORY = (
    make_report(1, "Persib Menang", "Antara", "olahraga"),
    make_report(2, "Bobotoh Rayakan Gol", "Tempo", "daerah", "Pemain Persib, Beckham Putra, mencetak gol."),
    make_report(3, "Persib-Persija Imbang", None, None),
)


@pytest.mark.parametrize(
    ("kind", "name", "more", "less"),
    [
        # More applies if one report has the subject, less if most have it.
        (TOPIC, "olahraga", True, False),
        (TOPIC, "umum", True, False),
        (TOPIC, "politik", False, False),
        (OUTLET, "ANTARA ", True, False),
        (OUTLET, "Kompas", False, False),
        (NAME, "persib", True, True),
        (NAME, "Beckham Putra", True, False),
        # A name is not found inside a word, nor over other words.
        (NAME, "Persi", False, False),
        (NAME, "Persib Putra", False, False),
    ],
)
def test_tastes_apply_to_stories(kind: TasteKind, name: str, more: bool, less: bool) -> None:
    index = TasteIndex({7: STORY[:2]} if kind is NAME else {7: STORY})
    if kind is NAME and less:
        assert 7 in index.extend({8: STORY[:1]}).find(Taste(kind, name, is_more=False))
    assert (7 in index.find(Taste(kind, name, is_more=True))) is more
    assert (7 in index.find(Taste(kind, name, is_more=False))) is less


# Headlines without a word in common, so that no two stories are of one affair.
SYLLABLES = (("ka", "lo", "mi", "tu"), ("ra", "ne", "so", "wi"))
THINGS = [f"{first}{second} {second}{first}" for first in SYLLABLES[0] for second in SYLLABLES[1]]
TOPICS = ("daerah", "olahraga", "hiburan")
SUBJECTS = [
    *(Subject(TOPIC, topic) for topic in TOPICS),
    *(Subject(OUTLET, outlet) for outlet in "ABCD"),
    *(Subject(NAME, name) for name in ("Persib", "Palu")),
]
Reports = dict[int, list[Report]]


@st.composite
def draw_stories(draw: st.DrawFn) -> Reports:
    """Draw stories of different affairs, with some outlets, topics and names in common."""
    found: Reports = {}
    for story_id in range(1, draw(st.integers(1, len(THINGS))) + 1):
        outlets = draw(st.sets(st.sampled_from("ABCD"), min_size=1))
        topic, name = draw(st.sampled_from(TOPICS)), draw(st.sampled_from(("", "Persib", "Palu")))
        found[story_id] = [
            make_report(10 * story_id + place, THINGS[story_id - 1], outlet, topic, name)
            for place, outlet in enumerate(sorted(outlets))
        ]
    return found


TASTES = st.dictionaries(st.sampled_from(SUBJECTS), st.booleans(), max_size=5).map(
    lambda chosen: tuple(sorted(Taste(*subject, is_more) for subject, is_more in chosen.items()))
)
COUNTS = st.integers(1, 8)


def choose(stories: Reports, count: int, tastes: Sequence[Taste]) -> list[int]:
    """Return the ids of the most important stories for a chat with these tastes."""
    leaning = TasteIndex(stories).weigh(tastes)
    return [story_id for story_id, _ in choose_mix(rank_stories(stories, NOW), count, leaning=leaning)]


@given(draw_stories(), COUNTS, TASTES, st.dictionaries(st.integers(1, 16), st.just("35"), max_size=6))
def test_top_story_always_stays(
    stories: Reports, count: int, tastes: Sequence[Taste], regional: dict[int, str]
) -> None:
    ranking = rank_stories(stories, NOW)
    leaning = TasteIndex(stories).weigh(tastes)
    chosen = [story_id for story_id, _ in choose_mix(ranking, count, (), (), regional, leaning)]
    assert ranking.stories[0].id in chosen
    assert len(set(chosen)) == len(chosen) == min(count, len(stories))


@given(draw_stories(), COUNTS, TASTES, st.sampled_from(SUBJECTS))
def test_more_of_a_subject_never_lowers_it(
    stories: Reports, count: int, tastes: Sequence[Taste], subject: Subject
) -> None:
    ranking, index = rank_stories(stories, NOW), TasteIndex(stories)
    more = put_taste(tastes, subject, is_more=True)
    wanted = index.find(Taste(*subject, is_more=True))
    without = put_taste(tastes, subject, is_more=None)
    places = [
        {story.id: place for place, story in enumerate(sort_by_leaning(ranking, index.weigh(some).scores))}
        for some in (without, more)
    ]
    assert all(places[1][story_id] <= places[0][story_id] for story_id in wanted)
    before, after = (len(set(choose(stories, count, some)) & set(wanted)) for some in (without, more))
    assert after >= before


@given(st.permutations(SUBJECTS[:4]), st.lists(st.booleans(), min_size=4, max_size=4))
def test_tastes_do_not_depend_on_the_order_of_choice(order: Sequence[Subject], more: list[bool]) -> None:
    wishes = dict(zip(SUBJECTS[:4], more, strict=True))
    made: tuple[Taste, ...] = ()
    for subject in order:
        made = put_taste(made, subject, is_more=wishes[subject])
    assert made == tuple(sorted(Taste(*subject, wishes[subject]) for subject in wishes))


def test_story_is_shown_by_the_outlet_that_the_chat_wants_more_of() -> None:
    stories = {1: [make_report(1, "Panen Raya", "A"), make_report(2, "Panen Raya Tiba", "B")]}
    for name, is_more, shown in (("A", True, 1), ("B", True, 2), ("A", False, 2), ("B", False, 1)):
        leaning = TasteIndex(stories).weigh([Taste(OUTLET, name, is_more)])
        assert choose_mix(rank_stories(stories, NOW), 1, leaning=leaning) == ((1, shown),)


def take_newest(stories: Reports, count: int, tastes: Sequence[Taste]) -> tuple[list[int], list[int]]:
    """Return the ids of the newest stories, as they would be without tastes and with them."""
    candidates = [
        Candidate(
            story_id,
            reports[0].article_id,
            tuple(Member(one.article_id, one.outlet, one.topic, one.published_at) for one in reports),
        )
        for story_id, reports in stories.items()
    ]
    usual = choose_newest(candidates, count)
    leaning = TasteIndex(stories).weigh(tastes)
    return [one for one, _ in usual], [one for one, _ in prefer_by_taste(usual, candidates, leaning)]


def test_more_of_an_outlet_leaves_the_places_of_other_tastes() -> None:
    """Story 4 is wanted for its outlet then, and story 3 still comes for its topic."""
    stories = {
        1: [make_report(10, outlet="A")],
        2: [make_report(20, outlet="A", topic="olahraga")],
        3: [make_report(30, outlet="A", topic="olahraga"), make_report(31, outlet="B", topic="olahraga")],
        4: [make_report(40, outlet="A"), make_report(41, outlet="B")],
    }
    for tastes in ([Taste(TOPIC, "olahraga", True)], [Taste(TOPIC, "olahraga", True), Taste(OUTLET, "B", True)]):
        usual, chosen = take_newest(stories, 3, tastes)
        assert (set(usual), set(chosen)) == ({1, 2, 4}, {2, 3, 4})


@given(draw_stories(), COUNTS, TASTES, st.sampled_from(SUBJECTS))
def test_newest_stories_with_tastes(stories: Reports, count: int, tastes: Sequence[Taste], subject: Subject) -> None:
    usual, before = take_newest(stories, count, put_taste(tastes, subject, is_more=None))
    _, after = take_newest(stories, count, put_taste(tastes, subject, is_more=True))
    wanted = set(TasteIndex(stories).find(Taste(*subject, is_more=True)))
    assert len(after) == len(set(after)) == len(usual)
    assert len(wanted & set(after)) >= len(wanted & set(before))
    # The one of most publishers stays.
    assert max(usual, key=lambda one: len(stories[one])) in after
    assert take_newest(stories, count, ()) == (usual, usual)
