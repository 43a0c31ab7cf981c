"""Compare the forest that ships with the lead, on articles outside the training data and of today.

They have no editors' summaries. The reference is either the headline, which the summariser is then not shown, or
the first sentence, which is then cut from the article, as in outlets that print a summary above a text without it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from benchmarks.quality.scores import rouge
from benchmarks.report import table
from summaries.errors import NothingToSummarize
from summaries.model import LONG, MEDIUM, SHORT, Article, Length
from summaries.summarizer import summarize
from summaries.summarizer.document import read_document
from summaries.text.cleaning import clean

SECTION = "Articles outside the training data"
INTRODUCTION = """\
Articles of other outlets and years, by the forest that ships, outlet unknown. In the first rows the reference is the
article's first sentence, which is cut from the article; in the last rows it is the headline, which the summariser is
not shown. This measures whether a summary has the words of the news' core, not whether an editor would keep the same
sentences. The lead has an advantage in the last rows, because headlines are written from it.
"""
TODAY_SECTION = "Today's news"
TODAY = "Articles of 2019 to 2026, outlet unknown. The summariser is shown the headline, the reference.\n"
TWO = Length(sentences=2)
LENGTHS = (SHORT, MEDIUM, LONG)
# A shorter article, cut, leaves nothing to choose from.
MIN_SENTENCES = 6


@dataclass(frozen=True, slots=True)
class Comparison:
    """Ours beside the lead: mean ROUGE-1 F1 of both, and mean and standard error of the differences.

    `recalls` and `words` are means of ours and of the lead.
    """

    key: str
    name: str
    articles: int
    ringkas: float
    lead: float
    difference: float
    error: float
    recalls: tuple[float, float]
    words: tuple[float, float]


def measure(paths: Sequence[Path]) -> list[Comparison]:
    """Compare on the articles in JSONL files with `title` and `text`."""
    articles = _read_articles(paths)
    headlines = [(one.title, replace(one, title="")) for one in articles]
    openings = [pair for one in articles for pair in _cut_first_sentence(one)]
    untitled = [(opening, replace(rest, title="")) for opening, rest in openings]
    return [
        _compare("opening_two", "first sentence cut off, two sentences", openings, TWO),
        _compare("opening_words", "first sentence cut off, 60 words", openings, MEDIUM),
        _compare("untitled_two", "the same without the title, two sentences", untitled, TWO),
        _compare("headline_two", "headline, two sentences", headlines, TWO),
        _compare("headline_words", "headline, 60 words", headlines, MEDIUM),
    ]


def _read_articles(paths: Sequence[Path]) -> list[Article]:
    rows: list[dict[str, Any]] = [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()]
    return [Article(title=row["title"], text=clean(row["text"]).text) for row in rows if row.get("text")]


def _cut_first_sentence(article: Article) -> list[tuple[str, Article]]:
    """Return the first sentence and the article without it, or nothing for a short article."""
    sentences = read_document(article, "id").sentences
    if len(sentences) < MIN_SENTENCES:
        return []
    return [(sentences[0].text, replace(article, text=article.text[sentences[1].start :]))]


def _compare(key: str, name: str, pairs: Sequence[tuple[str, Article]], length: Length) -> Comparison:
    rows = []
    for reference, article in pairs:
        try:
            summaries = [summarize(article, length, method=method) for method in ("ringkas", "lead")]
        except NothingToSummarize:
            continue
        row = []
        for summary in summaries:
            text = "\n".join(sentence.text for sentence in summary.sentences)
            [(recall, f1)] = rouge(reference, text, "rouge1")
            row.append((100 * f1, 100 * recall, len(text.split())))
        rows.append(row)
    (r1, lead_r1), recalls, words = (
        (fmean(row[0][figure] for row in rows), fmean(row[1][figure] for row in rows)) for figure in range(3)
    )
    error = stdev([row[0][0] - row[1][0] for row in rows]) / len(rows) ** 0.5
    return Comparison(key, name, len(rows), r1, lead_r1, r1 - lead_r1, error, recalls, words)


def measure_today(paths: Sequence[Path]) -> list[Comparison]:
    """Compare on recent articles; the summariser is shown the headline."""
    pairs = [(article.title, article) for article in _read_articles(paths)]
    return [_compare(f"today_{length.code}", f"headline, {length.words} words", pairs, length) for length in LENGTHS]


def render(rows: Sequence[Comparison], introduction: str) -> str:
    heads = (
        "reference and length",
        "articles",
        "R1",
        "of the lead",
        "difference",
        "recall",
        "of the lead",
        "words",
        "of the lead",
    )
    cells = []
    for one in rows:
        difference = f"{one.difference:+.2f} ± {one.error:.2f}"
        means = [f"{value:.1f}" for value in (*one.recalls, *one.words)]
        cells.append((one.name, one.articles, f"{one.ringkas:.2f}", f"{one.lead:.2f}", difference, *means))
    return f"{introduction}\n{table(heads, cells)}"
