from __future__ import annotations

import pytest
from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence

from summaries.model import Article
from summaries.summarizer.document import read_document
from summaries.summarizer.sumy_methods import SUMY_METHODS, RingkasSummarizer, Tokenizer, rank_with_sumy

TEXT = (
    "Wali kota membuka pasar baru di tepi sungai pada Senin pagi. Pedagang pasar lama pindah ke pasar baru itu. "
    "Biaya gedung pasar dua belas miliar rupiah. Kucing tidur."
)


@pytest.mark.parametrize("method", SUMY_METHODS)
def test_every_sentence_has_a_distinct_rank(method: str) -> None:
    ranks = rank_with_sumy(method, read_document(Article(title="", text=TEXT), "id"))
    assert sorted(ranks) == [-3, -2, -1, 0]


def test_text_of_stop_words_is_ranked() -> None:
    document = read_document(Article(title="", text="Itu ini dan yang. Dia di sana."), "id")
    for method in SUMY_METHODS:
        assert len(rank_with_sumy(method, document)) == 2


def test_ringkas_summarizer_follows_the_sumy_interface() -> None:
    tokenizer = Tokenizer("id")
    sentences = [Sentence(text, tokenizer) for text in tokenizer.to_sentences(TEXT)]
    chosen = RingkasSummarizer()(ObjectDocumentModel([Paragraph(sentences)]), 2)
    assert str(chosen[0]).startswith("Wali kota")
    assert len(chosen) == 2
    assert RingkasSummarizer()(ObjectDocumentModel([]), 2) == ()
