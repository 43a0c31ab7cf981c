from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.model import Article
from summaries.summarizer.document import read_document
from summaries.summarizer.features import NAMES, OUTLETS, extract_features
from summaries.summarizer.ranker import Forest, load_forest, parse_forest, predict_shares, rank

MOST_BYTES = 1_000_000
TEXT = "Banjir melanda kota Solo. Warga kota mengungsi ke masjid. Hujan turun sejak pagi."


def make_one_tree_forest(name: str, border: float, low: float, high: float) -> Forest:
    """A forest that asks one thing of a sentence."""
    tree = f'{{"splits": [[{NAMES.index(name)}, {border}]], "leaves": [{low}, {high}]}}'
    names = ", ".join(f'"{feature}"' for feature in NAMES)
    return parse_forest(f'{{"features": [{names}], "bias": 0.1, "trees": [{tree}]}}')


def test_model_file_is_small() -> None:
    size = len(files("summaries.summarizer").joinpath("model", "ranker.json").read_bytes())
    assert 0 < size < MOST_BYTES


def test_feature_names_are_unique_and_end_with_outlets() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert NAMES[-len(OUTLETS) :] == tuple(f"outlet_{outlet}" for outlet in OUTLETS)


def test_known_outlet_uses_the_forest_alone() -> None:
    rows = extract_features(read_document(Article(title="Banjir Solo", text=TEXT, outlet="Merdeka.com"), "id"))
    assert predict_shares(make_one_tree_forest("position", 0.5, 0.7, 0.2), rows).tolist() == pytest.approx(
        [0.8, 0.3, 0.3]
    )


def test_an_unknown_outlet_leans_to_the_centre() -> None:
    rows = extract_features(read_document(Article(title="Banjir Solo", text=TEXT), "id"))
    found = predict_shares(make_one_tree_forest("position", 0.5, 0.7, 0.2), rows)
    common = 0.2 * rows[:, NAMES.index("centroid")]
    assert found.tolist() == pytest.approx(np.array([0.8, 0.3, 0.3]) + common - common.mean())
    # Around their mean: an unknown outlet does not make all sentences worth more.
    assert found.sum() == pytest.approx(1.4)
    assert found[0] > 0.8


def test_empty_document_has_no_ranks() -> None:
    assert predict_shares(load_forest(), np.empty((0, len(NAMES)))).tolist() == []
    assert rank(read_document(Article(title="", text=""), "id")) == []


@given(
    st.lists(st.sampled_from(TEXT.split(". ")), min_size=1, max_size=12), st.sampled_from([None, "antara", "Kompas"])
)
def test_every_sentence_has_a_finite_share(texts: list[str], outlet: str | None) -> None:
    document = read_document(Article(title="Banjir", text=". ".join(texts) + ".", outlet=outlet), "id")
    found = rank(document)
    assert len(found) == len(document.sentences)
    assert np.isfinite(found).all()


def test_lead_of_plain_news_ranks_first() -> None:
    text = (
        "Wali Kota Solo membuka jembatan baru di atas Bengawan Solo pada Senin pagi setelah dua tahun dibangun. "
        '"Kami senang sekali," kata Rina, seorang pedagang. "Dulu kami harus memutar jauh." '
        "Beberapa anak bermain layang-layang di tepi sungai."
    )
    found = rank(read_document(Article(title="Jembatan baru Bengawan Solo dibuka", text=text), "id"))
    assert found[0] == max(found)
