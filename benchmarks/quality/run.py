"""Measure the summaries, and write the sections with figures of docs/measurements/quality.md.

    python -m benchmarks.quality.run --data DIR [--treebank FILE.conllu …] [--other FILE.jsonl …] [--today FILE.jsonl …]
        [--accept]

DIR holds train.jsonl and dev.jsonl of IndoSum. Five-fold cross-validation over both files: each article is summarised
by a forest that was trained on the other folds, as running text through our own cleaning and splitting. `--other` are
articles of other outlets and years with `title` and `text`, and `--today` recent ones; see `other_articles`. Exits
with 1 if a figure falls below floor.json; `--accept` raises the floors to the figures. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality import other_articles
from benchmarks.quality.scores import boundary_f1, rouge
from benchmarks.report import DOCS, describe_machine, table, write_section
from benchmarks.train_ranker import as_article, as_printed, fit, rows_from
from summaries.model import MEDIUM, Length
from summaries.summarizer.document import Document, Sentence, read_document
from summaries.summarizer.features import extract_features
from summaries.summarizer.ranker import predict_shares
from summaries.summarizer.selection import select_sentences, take_top_ranked
from summaries.summarizer.sumy_methods import SUMY_METHODS, rank_with_sumy
from summaries.summarizer.tree_ensemble import Forest, parse_forest
from summaries.text.cleaning import clean, find_own_outlet

PAGE = DOCS / "quality.md"
FLOOR = Path(__file__).with_name("floor.json")
# Figures may fall by this much, in points, before they count as fallen.
FLOOR_MARGIN = 0.05
FOLDS = 5
THREE = Length(sentences=3)
WORDS_SECTION, THREE_SECTION = "About 60 words", "Exactly 3 sentences"
MISSING_SECTION, SENTENCES_SECTION = "When the title or the outlet is not known", "Sentence boundaries"
METHOD = """\
{machine}
Plain ROUGE F1 in percent, without stemming, against editors' summaries of {n:,} articles of IndoSum. *ringkas* is
measured by five-fold cross-validation. The spread is the standard deviation of R1 over the folds; RL is rougeLsum.
"""
MISSING = """\
About 60 words, the same articles and folds. Most texts name their outlet in a dateline or at the end, and that counts
if the outlet is unknown; the last rows are without that, too.
"""
# Rows of the section on missing facts: which of title, outlet, and outlet's name in the text are hidden.
HIDDEN = {
    "without title": frozenset(("title",)),
    "without outlet": frozenset(("outlet",)),
    "without title and outlet": frozenset(("title", "outlet")),
    "without outlet, nor named in the text": frozenset(("outlet", "name")),
    "without title and outlet, nor named in the text": frozenset(("title", "outlet", "name")),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One article: the document to summarise, and the features of both forms to train on.

    `named_outlet` is the outlet that the text itself names.
    """

    fold: int
    named_outlet: str | None
    summary: str
    document: Document
    rows: NDArray[np.float64]
    more_rows: NDArray[np.float64]
    targets: list[float]


@dataclass(frozen=True, slots=True)
class Score:
    """Means in percent, the spread of R1 over the folds, and mean words and sentences."""

    r1: float
    r2: float
    rl: float
    spread: float
    words: float
    sentences: float


Pick = Callable[[Case], Sequence[Sentence]]


def read_cases(folder: Path) -> list[Case]:
    cases = []
    for name in ("train.jsonl", "dev.jsonl"):
        for row in (folder / name).read_text(encoding="utf-8").splitlines():
            line: dict[str, Any] = json.loads(row)
            (rows, more_rows), targets = rows_from(line)
            text = as_printed(line, is_flat=True)
            cases.append(
                Case(
                    fold=int(hashlib.sha1(line["id"].encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS,
                    named_outlet=find_own_outlet(text, clean(text)),
                    summary="\n".join(line["summary"]),
                    document=read_document(as_article(line, is_flat=True), "id"),
                    rows=rows,
                    more_rows=more_rows,
                    targets=targets,
                )
            )
    return cases


def train_on(cases: Sequence[Case]) -> Forest:
    rows = np.vstack([rows for case in cases for rows in (case.rows, case.more_rows)])
    return parse_forest(json.dumps(fit(rows, [target for case in cases for target in case.targets])))


def hide(cases: Sequence[Case], hidden: frozenset[str]) -> list[Case]:
    """Return the articles without the hidden facts ("title", "outlet", "name").

    With "outlet" the outlet is the one that the text names; with "name" too it is unknown.
    """
    changed = []
    for case in cases:
        document = case.document
        if "title" in hidden:
            document = replace(document, title_terms=frozenset(), title_stop_words=frozenset())
        if "outlet" in hidden:
            document = replace(document, outlet=None if "name" in hidden else case.named_outlet)
        changed.append(replace(case, document=document, rows=extract_features(document)))
    return changed


def score(cases: Sequence[Case], pick: Pick) -> Score:
    """Score the sentences that `pick` chooses from each article."""
    rows = []
    for case in cases:
        chosen = pick(case)
        scores = rouge(case.summary, "\n".join(sentence.text for sentence in chosen), "rouge1", "rouge2", "rougeLsum")
        rows.append((case.fold, *(f1 for _, f1 in scores), sum(sentence.size for sentence in chosen), len(chosen)))
    folds = [fmean(100 * row[1] for row in rows if row[0] == fold) for fold in sorted({row[0] for row in rows})]
    r1, r2, rl, words, sentences = (fmean(row[i] for row in rows) for i in range(1, 6))
    return Score(100 * r1, 100 * r2, 100 * rl, pstdev(folds), words, sentences)


def pick_learned(forests: Mapping[int, Forest], length: Length) -> Pick:
    def pick(case: Case) -> Sequence[Sentence]:
        return select_sentences(case.document, predict_shares(forests[case.fold], case.rows).tolist(), length)

    return pick


def pick_lead(length: Length) -> Pick:
    def pick(case: Case) -> Sequence[Sentence]:
        return take_top_ranked(case.document.sentences, [-one.position for one in case.document.sentences], length)

    return pick


def score_stock_method(cases: Sequence[Case], method: str) -> tuple[Score, Score]:
    """Score one of sumy's methods at about 60 words and at three sentences; each article is ranked once."""
    ranks = {id(case): rank_with_sumy(method, case.document) for case in cases}

    def pick_up_to(length: Length) -> Pick:
        return lambda case: take_top_ranked(case.document.sentences, ranks[id(case)], length)

    return score(cases, pick_up_to(MEDIUM)), score(cases, pick_up_to(THREE))


def render(scores: Mapping[str, Score]) -> str:
    rows = (
        (name, *(f"{value:.2f}" for value in (s.r1, s.spread, s.r2, s.rl)), f"{s.words:.1f}", f"{s.sentences:.2f}")
        for name, s in scores.items()
    )
    return table(("", "R1", "spread", "R2", "RL", "words", "sentences"), rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--treebank", type=Path, nargs="*", default=[])
    parser.add_argument("--other", type=Path, nargs="*", default=[])
    parser.add_argument("--today", type=Path, nargs="*", default=[])
    parser.add_argument("--accept", action="store_true")
    options = parser.parse_args()
    started = time.monotonic()

    def report_progress(step: str) -> None:
        print(f"{step}: {time.monotonic() - started:.0f} s", file=sys.stderr)

    cases = read_cases(options.data)
    forests = {fold: train_on([case for case in cases if case.fold != fold]) for fold in range(FOLDS)}
    words = {"ringkas": score(cases, pick_learned(forests, MEDIUM)), "lead": score(cases, pick_lead(MEDIUM))}
    three = {"ringkas": score(cases, pick_learned(forests, THREE)), "lead": score(cases, pick_lead(THREE))}
    report_progress("ringkas and lead")
    for method in SUMY_METHODS:
        words[method], three[method] = score_stock_method(cases, method)
    report_progress("stock methods")
    missing = {"title and outlet known": words["ringkas"]}
    missing |= {name: score(hide(cases, facts), pick_learned(forests, MEDIUM)) for name, facts in HIDDEN.items()}
    missing["lead"] = words["lead"]
    sentences = {path.stem: boundary_f1(path) for path in options.treebank}
    others = other_articles.measure(options.other) if options.other else []
    today = other_articles.measure_today(options.today) if options.today else []
    report_progress(f"{len(cases)} articles")
    method = METHOD.format(machine=describe_machine("sumy", "nltk", "numpy", "catboost"), n=len(cases))
    write_section(WORDS_SECTION, f"{method}\n{render(words)}", PAGE)
    write_section(THREE_SECTION, render(three), PAGE)
    write_section(MISSING_SECTION, f"{MISSING}\n{render(missing)}", PAGE)
    if others:
        write_section(other_articles.SECTION, other_articles.render(others, other_articles.INTRODUCTION), PAGE)
    if today:
        write_section(other_articles.TODAY_SECTION, other_articles.render(today, other_articles.TODAY), PAGE)
    if sentences:
        boundaries = table(("treebank", "F1"), ((name, f"{100 * f1:.2f}") for name, f1 in sentences.items()))
        head = "F1 in percent on paragraphs of five sentences of Indonesian treebanks."
        write_section(SENTENCES_SECTION, f"{head}\n\n{boundaries}", PAGE)
    return check_floor(
        {
            "r1_60_words": words["ringkas"].r1,
            "r2_60_words": words["ringkas"].r2,
            "r1_3_sentences": three["ringkas"].r1,
            "r1_60_words_without_title_and_outlet": missing["without title and outlet"].r1,
            "r1_60_words_nothing_known": missing["without title and outlet, nor named in the text"].r1,
            **{f"r1_other_{row.key}": row.ringkas for row in others[:1]},
            **{f"recall_{row.key}": row.recalls[0] for row in today},
            **{f"sentences_{name}": 100 * value for name, value in sentences.items()},
        },
        is_accepted=options.accept,
    )


def check_floor(figures: Mapping[str, float], *, is_accepted: bool) -> int:
    """Return 1 if a figure is below its floor. If `is_accepted` and none is, raise the floors to the figures."""
    floor: dict[str, float] = json.loads(FLOOR.read_text(encoding="utf-8"))
    fallen = {name: value for name, value in figures.items() if value < floor.get(name, 0.0) - FLOOR_MARGIN}
    for name, value in fallen.items():
        print(f"{name} fell to {value:.2f}; its floor is {floor[name]:.2f}", file=sys.stderr)
    if is_accepted and not fallen:
        raised = {name: round(max(value, floor.get(name, 0.0)), 2) for name, value in figures.items()}
        FLOOR.write_text(json.dumps({**floor, **raised}, indent=2) + "\n", encoding="utf-8")
    return bool(fallen)


if __name__ == "__main__":
    sys.exit(main())
