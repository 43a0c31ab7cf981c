from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks.quality import read_cases
from benchmarks.quality_robust import UNKNOWN, without
from summaries.summarizer.features import NAMES, OUTLETS

if TYPE_CHECKING:
    from pathlib import Path

TITLE = "startup malang bantu petani"
TEXT = "Startup di Malang membantu petani mencatat panen. Seribu petani memakainya."
PARTING = "Kamu bisa menjadi member komunitas startup dan inovasi DailySocial.id, mengunduh laporan riset gratis."


def outlets_told(folder: Path, text: str, row: str) -> tuple[list[str], float]:
    """Which outlets the ranker sees, and how much of the title, when an article of Merdeka is read without `row`."""
    line = {"id": "a", "title": TITLE, "source": "merdeka", "paragraphs": [text.split("|")], "summary": [TEXT]}
    for name in ("train.jsonl", "dev.jsonl"):
        (folder / name).write_text(json.dumps(line) + "\n", encoding="utf-8")
    [case, _] = without(read_cases(folder), UNKNOWN[row])
    told = [outlet for outlet in OUTLETS if case.rows[0, NAMES.index(f"outlet_{outlet}")]]
    return told, case.rows[0, NAMES.index("title_count")]


@pytest.mark.parametrize(
    ("row", "text", "told", "title"),
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
def test_what_is_not_told_is_what_the_text_names(
    tmp_path: Path, row: str, text: str, told: list[str], title: float
) -> None:
    assert outlets_told(tmp_path, text, row) == (told, title)
