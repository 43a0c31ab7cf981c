"""The sentences of a chain's new articles that are new to a chat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.model import ChainReport, Coverage, SummarySentence
from summaries.stories.novelty import MAX_SENTENCES, Update, choose_update, measure_repetition

NOW = datetime.fromisoformat("2026-11-04T08:00:00+07:00")
TITLE = "Bus Cahaya Mandala Masuk Jurang"
KNOWN = (
    TITLE,
    "Bus wisata Cahaya Mandala yang membawa rombongan guru masuk jurang di Turunan Cisentul, Kabupaten Cigaluh.",
    "Empat orang tewas dan 17 penumpang luka-luka.",
)
KNOWN_TWICE = "Di Kabupaten Cigaluh, bus Cahaya Mandala masuk jurang dengan rombongan guru."
BRAKES = "Penyelidik menemukan kampas rem yang aus pada roda bus Cahaya Mandala."
HOSE = "Selang angin disambung dengan karet ban dalam, menurut Bram Situmeang."
DETAINED = "Pemilik perusahaan bus Cahaya Mandala, Gunadi Hartono, ditahan polisi sebagai tersangka."
FIVE = "Lima orang tewas dan 19 penumpang luka-luka setelah bus wisata Cahaya Mandala masuk jurang."
SIX = "Korban tewas kecelakaan bus wisata Cahaya Mandala di Turunan Cisentul bertambah menjadi enam orang."
ELSEWHERE = "Gunung Marapi di Sumatera Barat erupsi setinggi dua kilometer."


def make_report(number: int, *sentences: str, story: int = 1, title: str = "Kabar Bus Cahaya Mandala") -> ChainReport:
    spans, at = [], 0
    for sentence in sentences:
        spans.append(SummarySentence(sentence, at, at + len(sentence)))
        at += len(sentence) + 1
    coverage = Coverage(number, title, f"Media {number}", None, None, NOW + timedelta(hours=number), NOW)
    return ChainReport(coverage, story, tuple(spans))


def list_texts(update: Update) -> list[str]:
    return [sentence.text for one in update.developments for sentence in one.sentences]


@pytest.mark.parametrize(
    ("reports", "expected", "is_urgent"),
    [
        pytest.param([make_report(2, KNOWN[1], KNOWN[2])], [], False, id="the same sentences"),
        pytest.param([make_report(2, KNOWN_TWICE, story=2)], [], False, id="the same in other words"),
        pytest.param([make_report(2, KNOWN_TWICE, HOSE)], [HOSE], False, id="a further detail"),
        pytest.param([make_report(2, BRAKES, HOSE, story=2)], [BRAKES, HOSE], True, id="a new story with its opening"),
        pytest.param([make_report(2, BRAKES)], [], False, id="too many known words in a known story"),
        pytest.param([make_report(2, FIVE)], [FIVE], True, id="a changed number"),
        pytest.param([make_report(2, SIX)], [SIX], True, id="a number that has grown"),
        pytest.param([make_report(2, ELSEWHERE, story=2, title="Gunung Marapi Erupsi")], [], False, id="other affair"),
        pytest.param([make_report(2, ELSEWHERE, story=2)], [], False, id="no known name"),
        pytest.param([make_report(2, story=2)], [], False, id="no sentences"),
        pytest.param(
            [make_report(2, HOSE, DETAINED), make_report(3, DETAINED, HOSE, story=2)],
            [HOSE, DETAINED],
            True,
            id="each sentence once",
        ),
    ],
)
def test_update_has_the_sentences_that_are_new(
    reports: Sequence[ChainReport], expected: list[str], is_urgent: bool
) -> None:
    update = choose_update(KNOWN, {1}, reports)
    assert sorted(list_texts(update)) == sorted(expected)
    assert update.is_urgent is is_urgent


def test_second_outlet_with_the_changed_number_repeats_it() -> None:
    other = "Jumlah korban tewas naik menjadi enam orang, kata Rumah Sakit Cigaluh."
    assert list_texts(choose_update([*KNOWN, SIX], {1}, [make_report(2, other)])) == []


def test_stories_without_room_are_left_for_the_next_update() -> None:
    reports = [
        make_report(2, BRAKES, story=2),
        make_report(3, DETAINED, story=3),
        make_report(4, "Kementerian mencabut izin armada Cahaya Mandala selama setahun penuh.", story=4),
        make_report(5, "Keluarga menggugat pengelola Cahaya Mandala lewat pengadilan negeri pekan depan.", story=5),
    ]
    update = choose_update(KNOWN, {1}, reports)
    assert len(list_texts(update)) == MAX_SENTENCES
    (left,) = update.left
    assert {one.coverage.article_id for one in update.developments} | {left} == {2, 3, 4, 5}


def test_developments_are_in_order_of_time_and_sentences_in_that_of_the_article() -> None:
    update = choose_update(KNOWN, {1}, [make_report(3, DETAINED, story=3), make_report(2, BRAKES, HOSE, story=2)])
    assert list_texts(update) == [BRAKES, HOSE, DETAINED]


def test_repetition_counts_stems_that_were_sent_before() -> None:
    known, count = measure_repetition(["Polisi memeriksa sopir."], ["Sopir diperiksa polisi.", "Keluarga berduka."])
    assert (known, count) == (3, 5)


sentences = st.lists(st.sampled_from([*KNOWN, KNOWN_TWICE, BRAKES, HOSE, DETAINED, FIVE, SIX, ELSEWHERE]), max_size=5)


@given(st.lists(st.tuples(sentences, st.integers(1, 4)), max_size=5))
def test_no_sentence_comes_twice(found: list[tuple[list[str], int]]) -> None:
    known, stories = list(KNOWN), {1}
    sent: list[str] = []
    for number, (texts, story) in enumerate(found, 2):
        update = choose_update(known, stories, [make_report(number, *texts, story=story)])
        sent += list_texts(update)
        known += list_texts(update)
        stories.add(story)
        assert len(list_texts(update)) <= MAX_SENTENCES
    assert len(sent) == len(set(sent))
    assert not set(sent) & set(KNOWN)
