"""A summary of a fact-check begins with its verdict and does not repeat the claim as news."""

from __future__ import annotations

from typing import Any

import pytest

from summaries.model import LONG, MEDIUM, SHORT, Article, FactCheck, Length, Verdict
from summaries.summarizer import summarize, summarize_each
from tests.summaries.fact_checks.cases import FACT_CHECKS, make_article

LENGTHS = (SHORT, MEDIUM, LONG, Length(sentences=1), Length(sentences=3), Length(words=400))


@pytest.mark.parametrize("row", FACT_CHECKS)
def test_verdict_comes_first_and_the_hoax_never(row: dict[str, Any]) -> None:
    article = make_article(row)
    for summary in (*summarize_each(article, LENGTHS), summarize(article, LONG, method="lead")):
        assert all(article.text[s.start : s.end] == s.text for s in summary.sentences)
        assert not [words for words in row["never"] if words.lower() in summary.text.lower()]
        if "sentence" in row:
            assert summary.sentences[0].text.startswith(row["sentence"])
            assert summary.length.sentences is None or len(summary.sentences) <= summary.length.sentences


def test_short_fact_check_has_a_summary() -> None:
    article = Article(title="[HOAKS] Bulan Terbelah Dua", text="Beredar video bulan terbelah dua. Narasi itu hoaks.")
    assert summarize(article).text == "Narasi itu hoaks. Beredar video bulan terbelah dua."


def test_text_that_only_states_the_claim_gives_no_sentence() -> None:
    article = Article(
        title="[HOAKS] Bulan Terbelah Dua", text="Bulan terbelah dua tadi malam di Solo. Klik bulan.site/a"
    )
    assert summarize(article).sentences == ()


def test_true_claim_may_be_shown_as_news() -> None:
    text = "Bulan tampak merah di Solo tadi malam. Faktanya, kabar tentang gerhana itu benar adanya."
    summary = summarize(Article(title="Cek Fakta: Bulan Merah di Solo", text=text))
    assert summary.text == "Faktanya, kabar tentang gerhana itu benar adanya. Bulan tampak merah di Solo tadi malam."


def test_english_fact_check_keeps_the_usual_summary() -> None:
    text = "The video does not show the moon over Solo, and the agency that filmed it says it is an animation. " * 3
    checked = FactCheck(Verdict.FALSE, "The moon split over Solo")
    assert summarize(Article(title="Moon over Solo", text=text.strip(), fact_check=checked)).sentences
