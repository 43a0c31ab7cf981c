"""Lookups in pieces give the same result as whole texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.model import Article
from summaries.summarizer.anaphora import classify_opening
from summaries.summarizer.document import MARKS, TokenCache, read_document
from summaries.text.words import load_stop_words, split_words, stem_all

TEXT = 'Namun, itu hal ini tersebut. "Kami pergi," kata Rina KPK 2,5 persen – dan/atau undang-undang (akan) “Ya”? tak'
PIECES = st.sampled_from(TEXT.split())
SENTENCES = st.lists(PIECES | st.text(st.characters(exclude_categories=("Z", "C")), min_size=1), min_size=1)


@given(SENTENCES, st.sampled_from(["id", "en"]))
def test_sentence_tokens_match_its_words(pieces: list[str], language: str) -> None:
    for sentence in read_document(Article(title="", text=" ".join(pieces)), language).sentences:
        found = split_words(sentence.text)
        lower = [word.lower() for word in found]
        stems = stem_all([word for word in lower if word not in load_stop_words(language)], language)
        assert sentence.words == tuple(found)
        assert sentence.lower == tuple(lower)
        assert sentence.terms == frozenset(stems)
        assert sentence.term_count == len(stems)
        assert sentence.names == tuple(word for word in found if "A" <= word[0] <= "Z")
        assert sentence.opening == classify_opening(sentence.text, language)
        counted = {name: sentence.marks.count(MARKS[name]) for name in MARKS}
        assert len(found) == sentence.size + counted["more_words"] - counted["no_word"]
        assert counted["commas"] == sentence.text.count(",")
        assert counted["numbers"] == sum(word[0] in "0123456789" for word in found)


@pytest.mark.parametrize(
    ("piece", "known"),
    [
        ("yang", ""),
        ("memperbaiki", "baik"),
        ("persen,", ("persen", "", MARKS["commas"] + MARKS["amounts"], ())),
        ("KPK", ("kpk", "KPK", MARKS["acronyms"], ())),
        ("–", ("", "", MARKS["no_word"], ())),
        ("Solo/Jakarta", ("solo", "Solo", MARKS["more_words"], (("jakarta", "Jakarta"),))),
        ("yang/Solo", ("", "", MARKS["more_words"], (("solo", "Solo"),))),
    ],
)
def test_token_cache_value_of_a_piece(piece: str, known: object) -> None:
    assert TokenCache("id")[piece] == known


def test_token_cache_size_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("summaries.summarizer.document._MAX_CACHED", 8)
    known = TokenCache("id")
    for number in range(100):
        assert known[f"{number}kali"]
        assert len(known) <= 8
    assert known["9" * 61]
    assert "9" * 61 not in known
