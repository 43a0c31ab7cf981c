"""The cost of a summary in calls, because times differ from machine to machine.

benchmarks/summaries.py measures the times.
"""

from __future__ import annotations

import pytest

import seeds
from summaries.fetch.plain.article import read_plain_text
from summaries.model import PARAGRAPH_BREAK, Article
from summaries.summarizer import summarize
from tests.counting import count_calls

pytestmark = pytest.mark.bench


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    return [read_plain_text(sample.text) for sample in seeds.sample_articles()]


def test_summarize_calls_per_sentence_are_bounded(articles: list[Article]) -> None:
    sentences = sum(article.text.count(". ") + 1 for article in articles)
    # 1.1 times the measured number.
    assert count_calls(lambda: [summarize(article) for article in articles]) <= 287 * sentences


def test_summarize_calls_grow_linearly_with_length(articles: list[Article]) -> None:
    text = PARAGRAPH_BREAK.join(article.text for article in articles)
    short, long = (Article(title="", text=PARAGRAPH_BREAK.join([text] * times)) for times in (1, 5))
    assert count_calls(lambda: summarize(long)) <= 5.5 * count_calls(lambda: summarize(short))
