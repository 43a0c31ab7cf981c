"""Scores of texts: ROUGE of summaries, and F1 of sentence boundaries."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from summaries.text.sentences import split_sentences

_TOKEN = re.compile(r"[a-z0-9]+")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*$")
_PARAGRAPH_SENTENCES = 5


def tokens(text: str) -> list[str]:
    """Return lower-case runs of ASCII letters and digits, as the package rouge-score tokenises."""
    return _TOKEN.findall(text.lower())


def bigrams(words: Sequence[str]) -> list[tuple[str, str]]:
    return list(pairwise(words))


def rouge(reference: str, summary: str) -> tuple[float, float, float]:
    """Return F1 of ROUGE-1, ROUGE-2 and ROUGE-Lsum from 0 to 1, without stemming; one sentence per line."""
    from rouge_score.rouge_scorer import RougeScorer

    lsum: float = RougeScorer(["rougeLsum"], use_stemmer=False).score(reference, summary)["rougeLsum"].fmeasure
    return *rouge_1_2(reference, summary), lsum


def rouge_1_2(reference: str, summary: str) -> tuple[float, float]:
    """Return F1 of ROUGE-1 and ROUGE-2, which are cheap."""
    want, have = tokens(reference), tokens(summary)
    return _f1(want, have), _f1(bigrams(want), bigrams(have))


def recall(reference: str, summary: str) -> float:
    """Return the share of the reference's words that the summary contains."""
    want = tokens(reference)
    return sum((Counter(want) & Counter(tokens(summary))).values()) / max(1, len(want))


def _f1(want: Sequence[Hashable], have: Sequence[Hashable]) -> float:
    common: Counter[Any] = Counter(want) & Counter(have)
    matched = sum(common.values())
    return 2 * matched / (len(want) + len(have)) if matched else 0.0


def boundary_f1(path: Path) -> float:
    """Return F1 of our sentence boundaries against a treebank in CoNLL-U, from 0 to 1.

    Five consecutive sentences that end in an end mark form a paragraph. A boundary is the offset, without white space,
    at which a sentence ends; the last of a paragraph does not count.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    texts = [line.removeprefix("# text = ").strip() for line in lines if line.startswith("# text = ")]
    texts = [text for text in texts if _SENTENCE_END.search(text)]
    hit = found = wanted = 0
    for at in range(0, len(texts) - _PARAGRAPH_SENTENCES + 1, _PARAGRAPH_SENTENCES):
        gold = texts[at : at + _PARAGRAPH_SENTENCES]
        want, have = _boundaries(gold), _boundaries(split_sentences(" ".join(gold)))
        hit, found, wanted = hit + len(want & have), found + len(have), wanted + len(want)
    return 2 * hit / (found + wanted) if hit else 0.0


def _boundaries(sentences: Sequence[str]) -> set[int]:
    ends: set[int] = set()
    at = 0
    for sentence in sentences:
        at += len("".join(sentence.split()))
        ends.add(at)
    return ends - {at}
