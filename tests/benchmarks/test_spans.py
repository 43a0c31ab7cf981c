"""The check of spans accepts articles with boilerplate, and reports wrong spans."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import seeds
from benchmarks.quality import spans
from summaries.model import Article
from summaries.summarizer import summarize
from summaries.text.clean_text import Piece
from summaries.text.cleaning import clean

ROOT = Path(__file__).parents[2]
BODIES = tuple(sample.text.split("\n", 3)[3] for sample in seeds.sample_articles())
BOILERPLATE = (
    " ADVERTISEMENT SCROLL TO CONTINUE WITH CONTENT ",
    "\nBaca juga: Harga Cabai di Pasar Induk Mulai Turun\n",
    " [Gambas:Video 20detik] ",
    "&nbsp;&nbsp;",
    "\u200e \u00ad",
    "\r\n\r\n",
    "\n(Foto: Antara)\n",
)


@given(
    body=st.sampled_from(BODIES), joints=st.lists(st.sampled_from((*BOILERPLATE, " ", "\n")), min_size=3, max_size=8)
)
def test_check_accepts_boilerplate_between_paragraphs(body: str, joints: list[str]) -> None:
    paragraphs = body.split("\n\n")
    original = "".join(part for i, text in enumerate(paragraphs) for part in (text, joints[i % len(joints)]))
    sentences, wrong = spans.check(original)
    assert wrong == []
    assert sentences > 0


def test_wrong_pieces_reports_a_wrong_map() -> None:
    original = BODIES[0] + " ADVERTISEMENT " + BODIES[1]
    cleaned = clean(original)
    assert spans.wrong_pieces(original, cleaned) == []
    first, *others = cleaned.pieces
    moved = Piece(first.start, first.end, first.source + 1)
    assert spans.wrong_pieces(original, replace(cleaned, pieces=(moved, *others)))
    assert spans.wrong_pieces(original, replace(cleaned, pieces=tuple(others)))
    assert spans.wrong_pieces(original, replace(cleaned, pieces=tuple(reversed(cleaned.pieces))))


def test_wrong_sentences_reports_a_wrong_span() -> None:
    cleaned = clean(BODIES[0])
    summary = summarize(Article(title="", text=cleaned.text))
    assert spans.wrong_sentences(BODIES[0], cleaned, summary) == []
    sentence = summary.sentences[0]
    for other in (replace(sentence, text=sentence.text + "!"), replace(sentence, start=sentence.start + 1)):
        assert spans.wrong_sentences(BODIES[0], cleaned, replace(summary, sentences=(other,)))
    assert spans.wrong_sentences(BODIES[0].swapcase(), cleaned, summary)


@pytest.mark.parametrize("missing", ["", "stories/dev.jsonl"])
def test_main_counts_articles_and_sentences(tmp_path: Path, missing: str) -> None:
    paragraphs = [[line] for line in BODIES[0].split("\n\n")]
    indosum = json.dumps({"id": "a", "title": None, "source": "x", "paragraphs": paragraphs}) + "\n"
    plain = json.dumps({"id": "b", "title": "B", "outlet": "y", "text": BODIES[1]}) + "\n"
    for name in spans.FILES:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        if name != missing:
            path.write_text(indosum if name.startswith("indosum") else plain, encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.quality.spans", "--data", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=ROOT)
    if missing:
        assert (done.returncode, done.stderr) == (1, f"not in {tmp_path}: {missing}\n")
    else:
        assert "6 articles, " in done.stdout
        assert done.stdout.endswith(" 0 articles with a wrong span\n")
        assert done.returncode == 0
