"""The check of spans: it accepts articles with boilerplate, and finds wrong spans."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import seeds
from summaries.model import Article
from summaries.summarizer import summarize
from summaries.text.cleaning import Piece, clean

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "spans.py"
SPANS: dict[str, Any] = runpy.run_path(str(SCRIPT))
BODIES = tuple(sample.text.split("\n", 3)[3] for sample in seeds.sample_articles())
FURNITURE = (
    " ADVERTISEMENT SCROLL TO CONTINUE WITH CONTENT ",
    "\nBaca juga: Harga Cabai di Pasar Induk Mulai Turun\n",
    " [Gambas:Video 20detik] ",
    "&nbsp;&nbsp;",
    "\u200e \u00ad",
    "\r\n\r\n",
    "\n(Foto: Antara)\n",
)


@given(body=st.sampled_from(BODIES), joints=st.lists(st.sampled_from((*FURNITURE, " ", "\n")), min_size=3, max_size=8))
def test_spans_hold_whatever_stands_between_the_paragraphs(body: str, joints: list[str]) -> None:
    paragraphs = body.split("\n\n")
    original = "".join(part for i, text in enumerate(paragraphs) for part in (text, joints[i % len(joints)]))
    sentences, wrong = SPANS["check"](original)
    assert wrong == []
    assert sentences > 0


def test_a_wrong_map_is_seen() -> None:
    original = BODIES[0] + " ADVERTISEMENT " + BODIES[1]
    cleaned = clean(original)
    assert SPANS["wrong_pieces"](original, cleaned) == []
    first, *others = cleaned.pieces
    moved = Piece(first.start, first.end, first.source + 1)
    assert SPANS["wrong_pieces"](original, replace(cleaned, pieces=(moved, *others)))
    assert SPANS["wrong_pieces"](original, replace(cleaned, pieces=tuple(others)))
    assert SPANS["wrong_pieces"](original, replace(cleaned, pieces=tuple(reversed(cleaned.pieces))))


def test_a_wrong_sentence_is_seen() -> None:
    cleaned = clean(BODIES[0])
    summary = summarize(Article(title="", text=cleaned.text))
    assert SPANS["wrong_sentences"](BODIES[0], cleaned, summary) == []
    told = summary.sentences[0]
    for other in (replace(told, text=told.text + "!"), replace(told, start=told.start + 1)):
        assert SPANS["wrong_sentences"](BODIES[0], cleaned, replace(summary, sentences=(other,)))
    assert SPANS["wrong_sentences"](BODIES[0].swapcase(), cleaned, summary)


@pytest.mark.parametrize("missing", ["", "stories/dev.jsonl"])
def test_the_script_counts_what_it_checked(tmp_path: Path, missing: str) -> None:
    paragraphs = [[line] for line in BODIES[0].split("\n\n")]
    indosum = json.dumps({"id": "a", "title": None, "source": "x", "paragraphs": paragraphs}) + "\n"
    plain = json.dumps({"id": "b", "title": "B", "outlet": "y", "text": BODIES[1]}) + "\n"
    for name in SPANS["FILES"]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        if name != missing:
            path.write_text(indosum if name.startswith("indosum") else plain, encoding="utf-8")
    command = [sys.executable, str(SCRIPT), "--data", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if missing:
        assert (done.returncode, done.stderr) == (1, f"not in {tmp_path}: {missing}\n")
    else:
        assert "6 articles, " in done.stdout
        assert done.stdout.endswith(" 0 articles with a wrong span\n")
        assert done.returncode == 0
