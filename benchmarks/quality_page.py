"""docs/measurements/quality.md from what `quality.py` measured."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.page import versions
from benchmarks.quality_published import ARTICLES
from benchmarks.quality_taste import TASTES
from summaries.summarizer.selection import DEFAULT_WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.quality_published import Expected
    from benchmarks.quality_robust import Beside
    from summaries.summarizer.selection import SelectionWeights

# What a person saw in ten summaries: written by hand, kept when the figures are measured anew.
READING = Path(__file__).with_name("quality_reading.md")
_TOP = """\
# How good the summaries are

Written by `benchmarks/quality.py` (`make quality`); do not edit by hand. Plain ROUGE F1 in percent, without stemming,
against editors' summaries of {n:,} articles of IndoSum (CC BY-SA 4.0, arXiv:1810.05334). The articles were read as
running text through Ringkas's own cleaning and splitting. *ringkas* is measured by 5-fold cross-validation: no article
was summarised by a forest that had seen it, and each fold with those constants of the choice (wanted length, penalty
for missing it, most sentences) out of {tastes} that were best on the other four. The spread is the standard deviation
of R1 over the folds; RL is rougeLsum.

Picked on the other folds: {picked}.
The product uses {shipped}.

What such figures are worth: over {n:,} articles a mean has a standard error of about 0.4, so a thousand others of the
same corpus may well lie one point higher or lower. The bars, R1 74.5 and R2 67.8 at about 60 words and R1 71 for
three sentences, are meant for 1,000 such others, which we do not have; **on these articles they are not reached**.
These are the harder ones: with the corpus's own sentences and datelines left in, Lead-3 is at 65.58 here and the lead
to 60 words at 68.38, where the figures published for the others are 66.46 and 69.55 (and 73.98 for a ranker over 53
features). Weighted so that the lead scores as it does there, these articles say what can be expected there, give or
take a standard error:

| | as measured here | weighted | standard error of {articles:,} articles |
|---|---|---|---|
{published}

Beside ours: {beside}, with our sentences and words.
"""
_HEADS = {
    "words": "## About 60 words",
    "three": "## Exactly 3 sentences",
    "missing": (
        "## When the title or the outlet is not known\n\nAbout 60 words, the same articles and folds. Most texts name"
        " their outlet before they are cleaned of it, in a\ndateline or in parting words, and that counts where nobody"
        " told the outlet; the last rows are without that, too."
    ),
    "outlets": (
        "## Outlets never seen\n\nAbout 60 words. Each outlet's articles by a forest that was trained on those of all"
        " others and is not\ntold the outlet, beside the lead to 60 words."
    ),
    "ablation": "## What the features are worth\n\nOne fold, about 60 words, trained on the other four.",
    "curve": "## What more training data would bring\n\nOne fold, about 60 words, trained on so many articles.",
}
_OTHERS = """\
## Other articles, which nothing was learned from

Articles of other outlets and years (2008 to 2026; Kompas, Detik, Tempo, Liputan6 and others), by the forest that ships,
outlet unknown. Nobody wrote summaries of them. In the first rows the article's first sentence stands for one and is cut
from the article, which comes nearest to outlets that print a summary above a text that does not repeat it; in the last
the headline does, and the summariser is not shown it. What this measures: whether a summary has the words of the news'
core. What it does not: whether an editor would have kept the same sentences. The lead has an edge in the last rows, for
the headline is made of it; F1 there rewards above all that its sentences are shorter. No forest learned from these
articles, but how much more title and centre count for an unknown outlet was chosen while looking at the first rows.

| reference and length | articles | R1 | R1 of the lead | difference | recall | of the lead | words | of the lead |
|---|---|---|---|---|---|---|---|---|
{rows}
"""


def write(
    path: Path,
    tables: Mapping[str, Mapping[str, Any]],
    sentences: Mapping[str, float],
    others: Sequence[Beside],
    tastes: Mapping[int, SelectionWeights],
    published: Sequence[Expected],
    n: int,
) -> None:
    picked = Counter(map(_taste, tastes.values()))
    parts = [
        _TOP.format(
            n=n,
            articles=ARTICLES,
            published="\n".join(
                f"| {row.name} | {row.measured:.2f} | {row.weighted:.2f} | {row.error:.2f} |" for row in published
            ),
            beside=", ".join(versions("sumy", "nltk", "numpy")),
            tastes=len(TASTES),
            picked="; ".join(f"{text} ({times} of {len(tastes)})" for text, times in picked.most_common()),
            shipped=_taste(DEFAULT_WEIGHTS),
        )
    ]
    for key, head in _HEADS.items():
        parts.append(f"{head}\n\n{_table(tables[key])}")
    if others:
        parts.append(_OTHERS.format(rows="\n".join(map(_beside, others))))
    if sentences:
        rows = "\n".join(f"| {name} | {100 * value:.2f} |" for name, value in sentences.items())
        parts.append(
            "## Sentence boundaries\n\nF1 in percent on paragraphs of five sentences of Indonesian treebanks.\n\n"
            f"| treebank | F1 |\n|---|---|\n{rows}\n"
        )
    parts.append(READING.read_text(encoding="utf-8"))
    path.write_text("\n".join(parts), encoding="utf-8")


def _taste(taste: SelectionWeights) -> str:
    return f"length {taste.aim:g}, penalty {taste.penalty:g}, {taste.short} words a sentence at least"


def _beside(row: Beside) -> str:
    return (
        f"| {row.name} | {row.n} | {row.ringkas:.2f} | {row.lead:.2f} | {row.difference:+.2f} ± {row.error:.2f} "
        f"| {row.recalls[0]:.1f} | {row.recalls[1]:.1f} | {row.words[0]:.1f} | {row.words[1]:.1f} |"
    )


def _table(rows: Mapping[str, Any]) -> str:
    lines = ["| | R1 | spread | R2 | RL | words | sentences |", "|---|---|---|---|---|---|---|"]
    lines += [
        f"| {name} | {s.r1:.2f} | {s.spread:.2f} | {s.r2:.2f} | {s.rl:.2f} | {s.words:.1f} | {s.sentences:.2f} |"
        for name, s in rows.items()
    ]
    return "\n".join(lines) + "\n"
