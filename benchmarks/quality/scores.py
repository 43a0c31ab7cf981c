"""Scores of texts: ROUGE of summaries, and F1 of sentence boundaries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from summaries.text.sentences import split_sentences

_TOKEN = re.compile(r"[a-z0-9]+")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*$")
_PARAGRAPH_SENTENCES = 5


def tokens(text: str) -> list[str]:
    """Return lower-case runs of ASCII letters and digits, as the package rouge-score tokenises."""
    return _TOKEN.findall(text.lower())


def rouge(reference: str, summary: str, *kinds: str) -> list[float]:
    """Return F1 of each kind, such as "rouge2", from 0 to 1, without stemming; one sentence per line."""
    from rouge_score.rouge_scorer import RougeScorer

    scores = RougeScorer(kinds).score(reference, summary)
    return [scores[kind].fmeasure for kind in kinds]


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
