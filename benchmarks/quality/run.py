"""Measure the summaries, and write the sections with figures of quality.md and language-model.md in docs/measurements.

    python -m benchmarks.quality.run --data DIR [--treebank FILE.conllu …] [--other FILE.jsonl …] [--today FILE.jsonl …]
        [--accept]

DIR holds train.jsonl and dev.jsonl of IndoSum. Five-fold cross-validation over both files: each article is summarised
by a forest that was trained on the other folds, as running text through our own cleaning and splitting. `--other` are
articles of other outlets and years with `title` and `text`, and `--today` recent ones; see `headlines`. Exits with 1 if
a figure falls below floor.json; `--accept` raises the floors to the figures. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality import faithfulness, headlines
from benchmarks.quality.scores import boundary_f1, rouge
from benchmarks.report import DOCS, describe_machine, table, write_section
from benchmarks.train_ranker import as_article, fit, rows_from
from summaries.model import MEDIUM, Length
from summaries.summarizer.document import Document, Sentence, read_document
from summaries.summarizer.features import extract_features
from summaries.summarizer.ranker import Forest, parse_forest, predict_shares
from summaries.summarizer.selection import select_sentences, take_top_ranked
from summaries.summarizer.sumy_methods import SUMY_METHODS, rank_with_sumy

PAGE = DOCS / "quality.md"
FLOOR = Path(__file__).with_name("floor.json")
# Figures may fall by this much, in points, before they count as fallen.
FLOOR_MARGIN = 0.05
FOLDS = 5
# Development articles for the faithfulness check.
CHECKED = 400
THREE = Length(sentences=3)
UNKNOWN = "ringkas, title and outlet unknown"
METHOD = """\
{machine}
Plain ROUGE F1 in percent, without stemming, against editors' summaries of {n:,} articles of IndoSum. *ringkas* is
measured by five-fold cross-validation. The spread is the standard deviation of R1 over the folds; RL is rougeLsum.
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One article: the document to summarise, and the features of both forms to train on."""

    fold: int
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
            cases.append(
                Case(
                    fold=int(hashlib.sha1(line["id"].encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS,
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


def hide_facts(case: Case) -> Case:
    """Return the article without its title and outlet."""
    document = replace(case.document, title_terms=frozenset(), title_stop_words=frozenset(), outlet=None)
    return replace(case, document=document, rows=extract_features(document))


def score(cases: Sequence[Case], pick: Pick) -> Score:
    """Score the sentences that `pick` chooses from each article."""
    rows = []
    for case in cases:
        chosen = pick(case)
        scores = rouge(case.summary, "\n".join(sentence.text for sentence in chosen), "rouge1", "rouge2", "rougeLsum")
        rows.append((case.fold, *scores, sum(sentence.size for sentence in chosen), len(chosen)))
    folds = [fmean(100 * row[1] for row in rows if row[0] == fold) for fold in sorted({row[0] for row in rows})]
    r1, r2, rl, words, sentences = (fmean(row[i] for row in rows) for i in range(1, 6))
    return Score(100 * r1, 100 * r2, 100 * rl, pstdev(folds), words, sentences)


def pick_learned(forests: Mapping[int, Forest], length: Length) -> Pick:
    def pick(case: Case) -> Sequence[Sentence]:
        return select_sentences(case.document, predict_shares(forests[case.fold], case.rows).tolist(), length)

    return pick


def score_method(cases: Sequence[Case], method: str) -> tuple[Score, Score]:
    """Score the lead, or one of sumy's methods, at about 60 words and at three sentences."""
    ranks = {
        id(case): [-one.position for one in case.document.sentences]
        if method == "lead"
        else rank_with_sumy(method, case.document)
        for case in cases
    }

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
    cases = read_cases(options.data)
    forests = {fold: train_on([case for case in cases if case.fold != fold]) for fold in range(FOLDS)}
    words, three = {}, {}
    for name, known in (("ringkas", cases), (UNKNOWN, list(map(hide_facts, cases)))):
        words[name] = score(known, pick_learned(forests, MEDIUM))
        three[name] = score(known, pick_learned(forests, THREE))
    for method in ("lead", *SUMY_METHODS):
        words[method], three[method] = score_method(cases, method)
    sentences = {path.stem: 100 * boundary_f1(path) for path in options.treebank}
    corpora = {"2019-26": options.today, "other years and outlets": options.other}
    defects = {name: headlines.measure(paths) for name, paths in corpora.items() if paths}
    method = METHOD.format(machine=describe_machine("sumy", "nltk", "numpy", "catboost"), n=len(cases))
    sections = {"About 60 words": f"{method}\n{render(words)}", "Exactly 3 sentences": render(three)}
    if defects:
        sections["Today's news"] = headlines.render(defects)
    if sentences:
        boundaries = table(("treebank", "F1"), ((name, f"{f1:.2f}") for name, f1 in sentences.items()))
        head = "F1 in percent on paragraphs of five sentences of Indonesian treebanks."
        sections["Sentence boundaries"] = f"{head}\n\n{boundaries}"
    with (options.data / "dev.jsonl").open(encoding="utf-8") as lines:
        check = faithfulness.describe_check([json.loads(line) for line in islice(lines, CHECKED)])
    write_section("Figures", check, DOCS / "language-model.md")
    for title, text in sections.items():
        write_section(title, text, PAGE)
    return check_floor(
        {
            "r1_60_words": words["ringkas"].r1,
            "r2_60_words": words["ringkas"].r2,
            "r1_3_sentences": three["ringkas"].r1,
            "r1_60_words_nothing_known": words[UNKNOWN].r1,
            **{f"headline_{name}": row["ringkas"]["headline"] for name, row in defects.items()},
            **{f"sound_{name}": row["ringkas"]["sound"] for name, row in defects.items()},
            **{f"sentences_{name}": f1 for name, f1 in sentences.items()},
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
