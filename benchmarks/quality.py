"""Measure the summaries and write docs/measurements/quality.md.

    python -m benchmarks.quality --data DIR [--treebank FILE.conllu …] [--other FILE.jsonl …] [--accept]

DIR holds train.jsonl and dev.jsonl of IndoSum (its README names the form). Everything is measured by 5-fold
cross-validation over both files together: each article is summarised by a forest that never saw it, and with constants
of the choice that were picked on the other folds, as running text through our own cleaning and splitting. Articles of
other outlets and years, which nothing was learned from, come from the files behind `--other`. Exits with 1 when a
figure fell below benchmarks/quality_floor.json; `--accept` raises the floors to what was measured and never lowers one.
Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, pstdev
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import quality_page
from benchmarks.quality_published import expected
from benchmarks.quality_robust import UNKNOWN, of_unseen_outlets, other_articles, without
from benchmarks.quality_taste import picked_tastes
from benchmarks.rouge_text import rouge
from benchmarks.train_ranker import as_article, fit, printed, rows_of
from benchmarks.treebank import boundary_f1
from summaries.model import MEDIUM, Length
from summaries.summarizer.document import Document, read_document
from summaries.summarizer.features import NAMES
from summaries.summarizer.ranker import predict_shares
from summaries.summarizer.selection import DEFAULT_WEIGHTS, SelectionWeights, select_sentences, take_top_ranked
from summaries.summarizer.tree_ensemble import Forest, parse_forest
from summaries.text.cleaning import clean, find_own_outlet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from summaries.summarizer.document import Sentence

HERE = Path(__file__).parent
FLOOR = HERE / "quality_floor.json"
FOLDS = 5
THREE = Length(sentences=3)
GROUPS = {
    "position and length": (
        "position", "relative", "from_end", "words_", "article_words", "sentences", "size", "first_size", "mean_size",
        "told",
    ),
    "words outside direct speech": ("told",),
    "title": ("title", "next_title", "previous_title", "second_next_title", "first_title"),
    "centrality and novelty": ("frequency", "centroid", "recurs", "novelty", "rare", "like_"),
    "neighbours": ("next_", "previous_", "second_next_", "first_"),
    "outlet": ("outlet_",),
    "quotes and speech": (
        "quotes", "opens_quote", "is_quote", "speech", "first_person", "all_quotes", "all_speech", "all_first_person",
        "told",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One article, read once: as it is judged (flat), and the rows to train on. `named` is the outlet in its text,
    `sentences` are those of the corpus."""

    fold: int
    outlet: str
    named: str | None
    summary: str
    document: Document
    rows: NDArray[np.float64]
    more_rows: NDArray[np.float64]
    targets: list[float]
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Means in percent (RL is rougeLsum), R1's spread over the folds, and mean words and sentences."""

    r1: float
    r2: float
    rl: float
    spread: float
    words: float
    sentences: float


def read_cases(folder: Path) -> list[Case]:
    cases = []
    for name in ("train.jsonl", "dev.jsonl"):
        for row in (folder / name).read_text(encoding="utf-8").splitlines():
            line: dict[str, Any] = json.loads(row)
            flat = as_article(line, is_flat=True)
            document = read_document(flat, "id")
            rows, targets = rows_of(line, flat)
            other, more_targets = rows_of(
                line, as_article(line, is_flat=False, has_outlet=sum(map(ord, line["id"])) % 4 != 0)
            )
            fold = int(hashlib.sha1(line["id"].encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS
            text = printed(line, is_flat=True)
            named = find_own_outlet(text, clean(text))
            summary = "\n".join(line["summary"])
            own = tuple(sentence for paragraph in line["paragraphs"] for sentence in paragraph)
            cases.append(Case(fold, line["source"], named, summary, document, rows, other, targets + more_targets, own))
    return cases


def train_on(cases: Sequence[Case], hidden: frozenset[int] = frozenset()) -> Forest:
    """A forest from these cases; features in `hidden` are blanked."""
    rows = np.vstack([rows for case in cases for rows in (case.rows, case.more_rows)])
    targets = [target for case in cases for target in case.targets]
    return parse_forest(json.dumps(fit(blank(rows, hidden), targets)))


def blank(rows: NDArray[np.float64], hidden: frozenset[int]) -> NDArray[np.float64]:
    shown = rows.copy()
    shown[:, sorted(hidden)] = 0.0
    return shown


def score(cases: Sequence[Case], pick: Callable[[Case], Sequence[Sentence]]) -> Score:
    rows = []
    for case in cases:
        chosen = pick(case)
        found = rouge(case.summary, "\n".join(s.text for s in chosen))
        rows.append((case.fold, *found, sum(s.size for s in chosen), len(chosen)))
    folds = [fmean(100 * row[1] for row in rows if row[0] == k) for k in sorted({row[0] for row in rows})]
    r1, r2, rl, words, sentences = (fmean(row[i] for row in rows) for i in range(1, 6))
    return Score(100 * r1, 100 * r2, 100 * rl, pstdev(folds), words, sentences)


def learned(
    forests: dict[int, Forest],
    length: Length,
    hidden: frozenset[int] = frozenset(),
    taste: dict[int, SelectionWeights] | None = None,
) -> Callable[[Case], Any]:
    def pick(case: Case) -> Sequence[Sentence]:
        found = predict_shares(forests[case.fold], blank(case.rows, hidden)).tolist()
        return select_sentences(
            case.document.sentences, found, length, weights=taste[case.fold] if taste else DEFAULT_WEIGHTS
        )

    return pick


def by_sumy(cases: Sequence[Case], method: str) -> dict[str, Score]:
    """Both lengths of one stock method, each article ranked once."""
    from summaries.summarizer.sumy_methods import rank_with_sumy

    ranks = {id(case): rank_with_sumy(method, case.document) for case in cases}
    return {
        name: score(
            cases, lambda case, length=length: take_top_ranked(case.document.sentences, ranks[id(case)], length)
        )
        for name, length in (("words", MEDIUM), ("three", THREE))
    }


def lead(length: Length) -> Callable[[Case], Any]:
    return lambda case: take_top_ranked(case.document.sentences, [-s.position for s in case.document.sentences], length)


def cross_validated(cases: Sequence[Case]) -> dict[int, Forest]:
    return {k: train_on([case for case in cases if case.fold != k]) for k in range(FOLDS)}


def ablation(cases: Sequence[Case]) -> dict[str, Score]:
    """R1 on one fold without each group of features, trained on the other folds."""
    train, held = [c for c in cases if c.fold], [c for c in cases if not c.fold]
    table = {"all features": score(held, learned({0: train_on(train)}, MEDIUM))}
    for name, starts in GROUPS.items():
        hidden = frozenset(i for i, feature in enumerate(NAMES) if feature.startswith(starts))
        table[f"without {name}"] = score(held, learned({0: train_on(train, hidden)}, MEDIUM, hidden))
    return table


def learning_curve(cases: Sequence[Case]) -> dict[str, Score]:
    """R1 on one fold after training on a part of the others."""
    train, held = [c for c in cases if c.fold], [c for c in cases if not c.fold]
    return {
        str(n): score(held, learned({0: train_on(train[:n])}, MEDIUM))
        for n in (125, 250, 500, 1_000, len(train))
        if n <= len(train)
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the summaries and write docs/measurements/quality.md.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--treebank", type=Path, nargs="*", default=[])
    parser.add_argument("--other", type=Path, nargs="*", default=[])
    parser.add_argument("--accept", action="store_true")
    arguments = parser.parse_args()
    started = time.monotonic()
    cases = read_cases(arguments.data)
    forests = cross_validated(cases)
    tastes = picked_tastes(cases, lambda taste: learned(forests, MEDIUM, taste=dict.fromkeys(range(FOLDS), taste)))
    tables: dict[str, dict[str, Score]] = {
        name: {"ringkas": score(cases, learned(forests, length, taste=tastes)), "lead": score(cases, lead(length))}
        for name, length in (("words", MEDIUM), ("three", THREE))
    }
    from summaries.summarizer.sumy_methods import SUMY_METHODS

    for method in SUMY_METHODS:
        for name, found in by_sumy(cases, method).items():
            tables[name][method] = found
    progress(started, "stock methods")
    published = expected(cases, learned(forests, MEDIUM, taste=tastes), learned(forests, THREE, taste=tastes))
    tables["missing"] = {
        "title and outlet known": tables["words"]["ringkas"],
        **{
            name: score(without(cases, hidden), learned(forests, MEDIUM, taste=tastes))
            for name, hidden in UNKNOWN.items()
        },
        "lead": tables["words"]["lead"],
    }
    tables["outlets"] = of_unseen_outlets(cases, train_on, score, lead(MEDIUM))
    progress(started, "robustness")
    tables["ablation"] = ablation(cases)
    tables["curve"] = learning_curve(cases)
    progress(started, "ablation and curve")
    sentences = {path.stem: boundary_f1(path) for path in arguments.treebank}
    others = other_articles(arguments.other)
    quality_page.write(
        HERE.parent / "docs/measurements/quality.md", tables, sentences, others, tastes, published, len(cases)
    )
    progress(started, f"{len(cases)} articles")
    return check_floor(
        {
            "r1_60_words": tables["words"]["ringkas"].r1,
            "r2_60_words": tables["words"]["ringkas"].r2,
            "r1_3_sentences": tables["three"]["ringkas"].r1,
            "r1_60_words_without_title_and_outlet": tables["missing"]["without title and outlet"].r1,
            "r1_60_words_nothing_known": tables["missing"]["without title and outlet, nor named in the text"].r1,
            **{f"r1_other_{row.key}": row.ringkas for row in others if row.is_floor},
            **{f"sentences_{name}": 100 * value for name, value in sentences.items()},
        },
        accepts=arguments.accept,
    )


def progress(started: float, what: str) -> None:
    print(f"{what}: {time.monotonic() - started:.0f} s", file=sys.stderr)


def check_floor(measured: dict[str, float], *, accepts: bool) -> int:
    """1 when a figure fell below its floor by more than rounding."""
    floor: dict[str, float] = json.loads(FLOOR.read_text(encoding="utf-8")) if FLOOR.exists() else {}
    fallen = {name: value for name, value in measured.items() if value < floor.get(name, 0.0) - 0.05}
    for name, value in fallen.items():
        print(f"{name} fell to {value:.2f}; its floor is {floor[name]:.2f}", file=sys.stderr)
    if accepts and not fallen:
        raised = {name: round(max(value, floor.get(name, 0.0)), 2) for name, value in measured.items()}
        FLOOR.write_text(json.dumps({**floor, **raised}, indent=2) + "\n", encoding="utf-8")
    return bool(fallen)


if __name__ == "__main__":
    sys.exit(main())
