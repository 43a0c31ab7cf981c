"""How the ranker bears what it does not know: no title, no outlet, an outlet or a kind of article never seen."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

from benchmarks.rouge_text import recall, rouge_1_2
from summaries.errors import NothingToSummarize
from summaries.model import MEDIUM, Article, Length
from summaries.summarizer import summarize
from summaries.summarizer.document import read_document
from summaries.summarizer.features import extract_features
from summaries.summarizer.ranker import predict_shares
from summaries.summarizer.selection import select_sentences
from summaries.text.cleaning import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from benchmarks.quality import Case, Score
    from summaries.summarizer.document import Sentence
    from summaries.summarizer.tree_ensemble import Forest

    Pick = Callable[[Case], Sequence[Sentence]]

TWO = Length(sentences=2)
# What is not known, by the names of rows: whether the title is, and whether the text may name its outlet.
UNKNOWN = {
    "without title": frozenset(("title",)),
    "without outlet": frozenset(("outlet",)),
    "without title and outlet": frozenset(("title", "outlet")),
    "without outlet, nor named in the text": frozenset(("outlet", "name")),
    "without title and outlet, nor named in the text": frozenset(("title", "outlet", "name")),
}
# A shorter article, cut, leaves nothing to choose from.
FEWEST_SENTENCES = 6


@dataclass(frozen=True, slots=True)
class Beside:
    """Ours beside the lead on one task: mean ROUGE-1 F1 of both, and of the differences mean and standard error.

    `recalls` and `words` are those of ours and of the lead.
    """

    key: str
    name: str
    n: int
    ringkas: float
    lead: float
    difference: float
    error: float
    recalls: tuple[float, float]
    words: tuple[float, float]
    is_floor: bool = False


def without(cases: Sequence[Case], hidden: frozenset[str]) -> list[Case]:
    """The same articles with what is `hidden` missing.

    Without "outlet" it is what the text itself names, as it is for whoever gives the text alone; without "name" too it
    is not known at all.
    """
    blind = []
    for case in cases:
        document = case.document
        if "title" in hidden:
            document = replace(document, title_terms=frozenset())
        if "outlet" in hidden:
            document = replace(document, outlet=None if "name" in hidden else case.named)
        blind.append(replace(case, document=document, rows=extract_features(document)))
    return blind


def of_unseen_outlets(
    cases: Sequence[Case],
    train: Callable[[list[Case]], Forest],
    score: Callable[[Sequence[Case], Pick], Score],
    lead: Pick,
) -> dict[str, Score]:
    """Each outlet's articles by a forest that saw none of that outlet and is not told it, beside the lead."""
    outlets = sorted({case.outlet for case in cases})
    forests = {outlet: train([case for case in cases if case.outlet != outlet]) for outlet in outlets}
    unknown = without(cases, UNKNOWN["without outlet, nor named in the text"])

    def pick(case: Case) -> Sequence[Sentence]:
        return select_sentences(
            case.document.sentences, predict_shares(forests[case.outlet], case.rows).tolist(), MEDIUM
        )

    table = {"all": score(unknown, pick), "all: lead": score(unknown, lead)}
    for outlet in outlets:
        own = [case for case in unknown if case.outlet == outlet]
        table[outlet] = score(own, pick)
        table[f"{outlet}: lead"] = score(own, lead)
    return table


def other_articles(paths: Sequence[Path]) -> list[Beside]:
    """Articles of other outlets and years, by the forest that ships, without their outlets.

    Nobody wrote summaries of them. The headline stands for one, which the summariser is then not shown; and so does the
    first sentence, which is then cut from the article, as outlets print a summary above a text that does not repeat it.
    """
    articles = list(_read(paths))
    if not articles:
        return []
    headlines = [(a.title, replace(a, title="", outlet=None)) for a in articles]
    openings = [pair for a in articles for pair in _beheaded(a)]
    untitled = [(opening, replace(rest, title="")) for opening, rest in openings]
    return [
        _beside("opening_two", "first sentence cut off, two sentences", openings, TWO, is_floor=True),
        _beside("opening_words", "first sentence cut off, 60 words", openings, MEDIUM),
        _beside("untitled_two", "the same without the title, two sentences", untitled, TWO),
        _beside("headline_two", "headline, two sentences", headlines, TWO),
        _beside("headline_words", "headline, 60 words", headlines, MEDIUM),
    ]


def _read(paths: Sequence[Path]) -> Iterator[Article]:
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            raw: dict[str, Any] = json.loads(line)
            yield Article(title=raw["title"], text=clean(raw["text"]).text)


def _beheaded(article: Article) -> list[tuple[str, Article]]:
    """The first sentence, and the article without it; nothing for a short one."""
    sentences = read_document(article, "id").sentences
    if len(sentences) < FEWEST_SENTENCES:
        return []
    return [(sentences[0].text, replace(article, text=article.text[sentences[1].start :]))]


def _beside(
    key: str, name: str, pairs: Sequence[tuple[str, Article]], length: Length, *, is_floor: bool = False
) -> Beside:
    rows = []
    for reference, article in pairs:
        try:
            ours, lead = (
                "\n".join(s.text for s in summarize(article, length, method=m).sentences) for m in ("ringkas", "lead")
            )
        except NothingToSummarize:
            continue
        rows.append(
            [(100 * rouge_1_2(reference, s)[0], 100 * recall(reference, s), len(s.split())) for s in (ours, lead)]
        )
    means = [[fmean(row[who][k] for row in rows) for who in (0, 1)] for k in (0, 1, 2)]
    differences = [row[0][0] - row[1][0] for row in rows]
    return Beside(
        key, name, len(rows), means[0][0], means[0][1], fmean(differences), stdev(differences) / len(rows) ** 0.5,
        (means[1][0], means[1][1]), (means[2][0], means[2][1]), is_floor,
    )  # fmt: skip
