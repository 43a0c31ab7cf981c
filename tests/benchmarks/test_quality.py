from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks.quality.run import HIDDEN, hide, read_cases
from summaries.summarizer.features import NAMES, OUTLETS

if TYPE_CHECKING:
    from pathlib import Path

TITLE = "startup malang bantu petani"
TEXT = "Startup di Malang membantu petani mencatat panen. Seribu petani memakainya."
PARTING = "Kamu bisa menjadi member komunitas startup dan inovasi DailySocial.id, mengunduh laporan riset gratis."


def read_hidden(folder: Path, text: str, row: str) -> tuple[list[str], float]:
    """Return the outlets and title words that the ranker sees of an article of Merdeka, without the facts of `row`."""
    line = {"id": "a", "title": TITLE, "source": "merdeka", "paragraphs": [text.split("|")], "summary": [TEXT]}
    for name in ("train.jsonl", "dev.jsonl"):
        (folder / name).write_text(json.dumps(line) + "\n", encoding="utf-8")
    [case, _] = hide(read_cases(folder), HIDDEN[row])
    outlets = [outlet for outlet in OUTLETS if case.rows[0, NAMES.index(f"outlet_{outlet}")]]
    return outlets, case.rows[0, NAMES.index("title_count")]


@pytest.mark.parametrize(
    ("row", "text", "outlets", "title"),
    [
        ("without title", TEXT, ["merdeka"], 0),
        ("without outlet", TEXT, [], 4),
        ("without outlet", f"{TEXT}|{PARTING}", ["dailysocial"], 4),
        ("without outlet", f"Malang, CNN Indonesia -- {TEXT}", ["cnnindonesia"], 4),
        ("without title and outlet", f"{TEXT}|{PARTING}", ["dailysocial"], 0),
        ("without outlet, nor named in the text", f"{TEXT}|{PARTING}", [], 4),
        ("without title and outlet, nor named in the text", f"{TEXT}|{PARTING}", [], 0),
    ],
)
def test_hide_keeps_the_outlet_that_the_text_names(
    tmp_path: Path, row: str, text: str, outlets: list[str], title: float
) -> None:
    assert read_hidden(tmp_path, text, row) == (outlets, title)
