# ruff: noqa: E501 - a case reads better on one line
"""An article's topic by its words."""

from __future__ import annotations

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.train_topics import dump_model
from summaries.topic_model import TopicModel, extract_features, guess_topic, load_model, parse_model
from summaries.topic_model.topics import TOPICS

SMALL = TopicModel(
    ("daerah", "hukum", "olahraga", "politik"),
    (0.0, 0.0, 0.0, 0.0),
    {
        "gol": ((2, 8.0),),
        "hakim": ((1, 6.0), (2, -2.0)),
        "desa": ((0, 1.0),),
        "parta": ((0, 3.0), (1, 3.0), (3, 3.0)),
    },
)

CLEAR_ARTICLES = [
    ("olahraga", "Timnas Menang Tiga Gol", "Striker muda mencetak dua gol ke gawang lawan pada pertandingan liga di stadion."),
    ("hukum", "Terdakwa Korupsi Divonis", "Hakim pengadilan menjatuhkan vonis penjara kepada terdakwa kasus suap, kata jaksa KPK."),
    ("ekonomi", "Rupiah Melemah", "Nilai tukar rupiah melemah terhadap dolar, sedangkan harga saham di bursa turun, kata analis bank."),
    ("internasional", "Perdana Menteri Inggris Mundur", "Perdana menteri Inggris mundur setelah parlemen di London menolak rencananya soal Uni Eropa."),
    ("teknologi", "Ponsel Baru Diluncurkan", "Ponsel pintar itu memakai prosesor baru, kamera ganda, dan aplikasi Android dari Google."),
    ("hiburan", "Penyanyi Rilis Album", "Penyanyi itu merilis album dan video klip lagu barunya, lalu menggelar konser musik bersama aktor film."),
]  # fmt: skip


@pytest.mark.parametrize(("topic", "title", "text"), CLEAR_ARTICLES)
def test_clear_article_gets_its_topic(topic: str, title: str, text: str) -> None:
    assert guess_topic(title, text) == topic


@pytest.mark.parametrize(
    ("title", "text"), [("", ""), ("Kabar", "Begitulah."), ("12345", "!!! 67 8"), ("日本", "語 " * 9)]
)
def test_unclear_text_gets_no_topic(title: str, text: str) -> None:
    assert guess_topic(title, text) is None


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("Gol", "gol", "olahraga"),
        ("Hakim", "", "hukum"),
        ("Partai", "", "nasional"),  # surely home news, and nobody can say which
        ("Gol hakim", "", None),
    ],
)
def test_topic_is_chosen_by_probability(title: str, text: str, expected: str | None) -> None:
    assert SMALL.choose(SMALL.probabilities(extract_features(title, text))) == expected


def test_shipped_model_is_small_and_has_known_topics() -> None:
    assert set(load_model().topics) <= set(TOPICS)
    assert len(files("summaries.topic_model").joinpath("data", "weights.txt").read_bytes()) <= 200_000


def test_model_dump_round_trip() -> None:
    assert parse_model("# remark\n" + dump_model(SMALL)) == SMALL
    tiny = TopicModel(("a",), (0.04,), {"x": ((0, 0.04),), "y": ((0, 0.26),)})
    assert parse_model(dump_model(tiny)) == TopicModel(("a",), (0.0,), {"y": ((0, 0.3),)})


@given(st.text(max_size=300), st.text(max_size=3000))
def test_any_text_gets_a_topic_or_none(title: str, text: str) -> None:
    chances = load_model().probabilities(extract_features(title, text))
    assert sum(chances) == pytest.approx(1)
    assert guess_topic(title, text) in {*TOPICS, None}
