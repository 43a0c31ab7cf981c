"""Sentence boundaries against a treebank in CoNLL-U.

Paragraphs are five consecutive sentences that end in an end mark or a closing quote after one, joined by a space.
A boundary is the offset, white space removed, at which a sentence ends; a paragraph's last one does not count.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from summaries.text.sentences import split_sentences

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_ENDS = re.compile(r"[.!?…][\"'”’)\]]*$")
_EACH = 5


def boundary_f1(path: Path) -> float:
    """F1 of our boundaries, from 0 to 1."""
    lines = path.read_text(encoding="utf-8").splitlines()
    texts = [line.removeprefix("# text = ").strip() for line in lines if line.startswith("# text = ")]
    texts = [text for text in texts if _ENDS.search(text)]
    hit = found = wanted = 0
    for at in range(0, len(texts) - _EACH + 1, _EACH):
        gold = texts[at : at + _EACH]
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
