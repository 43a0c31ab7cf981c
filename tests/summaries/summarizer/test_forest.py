from __future__ import annotations

from math import log

import numpy as np
import pytest

from summaries.model import Article
from summaries.summarizer.document import read_document
from summaries.summarizer.features import NAMES, OUTLETS, encode_outlet, extract_features, is_direct_speech
from summaries.summarizer.ranker import load_forest, parse_forest

# Two trees of depth two over the features a and b.
TREES = (
    '[{"splits": [[0, 1.5], [1, 0]], "leaves": [1, 2, 3, 4]}, {"splits": [[1, 5], [1, 7]], "leaves": [10, 20, 30, 40]}]'
)


def test_prediction_sums_the_leaves_of_a_row() -> None:
    forest = parse_forest('{"features": ["a", "b"], "bias": 0.5, "trees": ' + TREES + "}")
    # A border itself is not passed; the first question is the lowest bit of the leaf's number.
    rows = np.array([[1.5, 0.0], [1.6, 0.0], [1.5, 0.1], [1.6, 6.0], [1.6, 8.0]])
    assert forest.predict(rows).tolist() == [11.5, 12.5, 13.5, 24.5, 44.5]


def test_batch_prediction_equals_single_predictions() -> None:
    forest = load_forest()
    rows = np.random.default_rng(1).normal(size=(1_200, len(NAMES))) * 10
    assert np.array_equal(forest.predict(rows), np.concatenate([forest.predict(row[None]) for row in rows]))


@pytest.mark.parametrize(
    "tree",
    [
        '{"splits": [[2, 0]], "leaves": [1, 2]}',
        '{"splits": [[-1, 0]], "leaves": [1, 2]}',
        '{"splits": [[0, 0]], "leaves": [1, 2, 3]}',
        '{"splits": [["print()", 0]], "leaves": [1, 2]}',
        '{"splits": [[0, 0], [0]], "leaves": [1, 2, 3, 4]}',
        '{"splits": [[0, 0]], "leaves": [1, 2]}, {"splits": [[0, 0], [1, 0]], "leaves": [1, 2, 3, 4]}',
        '{"splits": [' + ",".join(["[0, 0]"] * 9) + '], "leaves": []}',
    ],
)
def test_invalid_forest_is_refused(tree: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        parse_forest('{"features": ["a", "b"], "bias": 0, "trees": [' + tree + "]}")


def test_forest_without_trees_predicts_zero() -> None:
    assert parse_forest('{"features": ["a"], "bias": 0, "trees": []}').predict(np.array([[1.0]])).tolist() == [0.0]


def test_shipped_forest_has_our_features() -> None:
    assert load_forest().features == NAMES


def test_every_sentence_has_every_feature() -> None:
    document = read_document(Article(title="Satu", text="Satu. Dua tiga!\n\n“Empat,” kata Rina."), "id")
    rows = extract_features(document)
    assert rows.shape == (3, len(NAMES))
    assert np.isfinite(rows).all()
    assert extract_features(read_document(Article(title="", text=""), "id")).shape == (0, len(NAMES))


def extract_feature(name: str, title: str, text: str) -> list[float]:
    rows: list[float] = extract_features(read_document(Article(title=title, text=text), "id"))[
        :, NAMES.index(name)
    ].tolist()
    return rows


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("position", [0, 1, 2]),
        ("words_before", [0, 4, 9]),
        ("words_through", [4, 9, 12]),
        ("title_count", [2, 0, 1]),
        ("title_new", [1, 0, 0]),
        ("title_seen", [0, 1, 1]),
        ("first_person", [0, 1, 0]),
        ("quotes", [0, 2, 0]),
        ("opens_quote", [0, 1, 0]),
        ("is_quote", [0, 1, 0]),
        ("told_before", [0, 1, 1]),
        ("told_left", [1, 1, 0]),
        ("told", [2, 2, 2]),
        ("told_words_before", [0, 4, 4]),
        ("told_words_through", [4, 4, 7]),
        ("told_words", [7, 7, 7]),
        ("previous_size", [-1, 4, 5]),
        ("second_next_speech", [0, -1, -1]),
        ("next_opens_quote", [1, 0, -1]),
        ("like_previous", [0, 0, 0]),
        ("new_capitals", [1, 1, 0]),
        ("speech", [0, 1, 0]),
    ],
)
def test_feature_value_by_name(name: str, values: list[float]) -> None:
    text = 'Banjir melanda kota Solo. "Kami mengungsi," kata Rina cemas. Banjir mulai surut.'
    assert extract_feature(name, "Banjir Solo", text) == values


def test_title_words_are_weighted_by_rarity() -> None:
    # "banjir" is in two sentences of three, "solo" in one, "surut" in none.
    text = "Banjir melanda kota Solo. Warga kota mengungsi. Banjir meluas."
    twice, once, never = log(1 + 3 / 2), log(1 + 3), log(1 + 3)
    whole = twice + once + never
    assert extract_feature("title_weight", "Banjir Solo surut", text) == pytest.approx(
        [(twice + once) / whole, 0, twice / whole]
    )
    assert extract_feature("title_new_weight", "Banjir Solo surut", text) == pytest.approx(
        [(twice + once) / whole, 0, 0]
    )
    assert extract_feature("title_weight", "", text) == [0, 0, 0]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('"Kami pergi," kata Rina.', True),
        ('Rina berkata, "Kami pergi dan tidak akan kembali lagi."', True),
        ('Lagu "Pulang" akan dinyanyikan Rina di Solo pada Senin malam.', False),
    ],
)
def test_direct_speech_is_detected(text: str, answer: bool) -> None:
    assert is_direct_speech(text) is answer


def test_neighbour_similarity_is_computed() -> None:
    text = "Harga cabai melonjak. Harga cabai anjlok. Kereta mogok."
    assert (
        extract_feature("like_previous", "", text)[1]
        == extract_feature("like_next", "", text)[0]
        == pytest.approx(2 / 3)
    )
    assert extract_feature("like_next", "", text)[1:] == [0, 0]


def test_unknown_outlet_is_encoded_as_zeros() -> None:
    assert sum(encode_outlet("Harian Desa")) == sum(encode_outlet(None)) == 0
    assert encode_outlet("CNN Indonesia")[OUTLETS.index("cnnindonesia")] == 1
    assert encode_outlet("Merdeka.com").tolist() == encode_outlet("merdeka").tolist()
