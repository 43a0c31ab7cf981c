"""The cost of a summary in calls, because times differ from machine to machine.

benchmarks/summaries.py measures the times.
"""

from __future__ import annotations

import pytest

import seeds
from summaries.fetch.plain.article import read_plain_text
from summaries.model import PARAGRAPH_BREAK, Article
from summaries.summarizer import summarize
from tests.counting import calls_of

pytestmark = pytest.mark.bench

ARTICLES = [read_plain_text(sample.text) for sample in seeds.sample_articles()]


def test_a_summary_takes_few_calls_a_sentence() -> None:
    sentences = sum(article.text.count(". ") + 1 for article in ARTICLES)
    # 220 when this was written.
    assert calls_of(lambda: [summarize(article) for article in ARTICLES]) <= 242 * sentences


def test_cost_is_in_proportion_to_length() -> None:
    text = PARAGRAPH_BREAK.join(article.text for article in ARTICLES)
    short, long = (Article(title="", text=PARAGRAPH_BREAK.join([text] * times)) for times in (1, 5))
    assert calls_of(lambda: summarize(long)) <= 5.5 * calls_of(lambda: summarize(short))
