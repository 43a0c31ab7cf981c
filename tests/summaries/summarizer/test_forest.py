from __future__ import annotations

import pytest

from summaries.model import Article
from summaries.summarizer.document import read_document
from summaries.summarizer.features import NAMES, OUTLETS, features, outlet_row
from summaries.summarizer.forest import load_forest, parse_forest


def test_adds_the_leaves_of_its_trees() -> None:
    forest = parse_forest('{"features": ["a", "b"], "trees": [[0, 1.5, 0.25, [1, 0, 1, 2]], 10]}')
    assert forest.predict([1.5, 9]) == 10.25
    assert forest.predict([1.6, 0]) == 11
    assert forest.predict([1.6, 0.1]) == 12


@pytest.mark.parametrize("tree", ["[2, 0, 1, 2]", "[-1, 0, 1, 2]", '["__import__", 0, 1, 2]', '"print()"', "[0, 1]"])
def test_a_file_of_anything_else_is_refused(tree: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        parse_forest('{"features": ["a", "b"], "trees": [' + tree + "]}")


def test_no_trees_say_nothing() -> None:
    assert parse_forest('{"features": ["a"], "trees": []}').predict([1.0]) == 0.0


def test_the_shipped_forest_reads_our_features() -> None:
    assert load_forest().features == NAMES


def test_every_sentence_has_every_feature() -> None:
    document = read_document(Article(title="Satu", text="Satu. Dua tiga!\n\n“Empat,” kata Rina."), "id")
    rows = features(document)
    assert [len(row) for row in rows] == [len(NAMES)] * 3
    assert features(read_document(Article(title="", text=""), "id")) == []


def test_an_unknown_outlet_is_none_of_the_known() -> None:
    assert sum(outlet_row("Harian Desa")) == sum(outlet_row(None)) == 0
    assert outlet_row("CNN Indonesia")[OUTLETS.index("cnnindonesia")] == 1
    assert outlet_row("Merdeka.com") == outlet_row("merdeka")
