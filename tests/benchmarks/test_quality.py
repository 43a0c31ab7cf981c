from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks.quality.headlines import find_defects
from benchmarks.quality.run import hide_facts, read_cases
from summaries.model import Article
from summaries.summarizer.features import NAMES, OUTLETS

if TYPE_CHECKING:
    from pathlib import Path

TITLE = "startup malang bantu petani"
TEXT = "Startup di Malang membantu petani mencatat panen. Seribu petani memakainya."


def test_title_and_outlet_are_hidden(tmp_path: Path) -> None:
    line = {"id": "a", "title": TITLE, "source": "merdeka", "paragraphs": [[TEXT]], "summary": [TEXT]}
    for name in ("train.jsonl", "dev.jsonl"):
        (tmp_path / name).write_text(json.dumps(line) + "\n", encoding="utf-8")
    [case, _] = read_cases(tmp_path)
    for one, outlets, title in ((case, ["merdeka"], 4), (hide_facts(case), [], 0)):
        assert [outlet for outlet in OUTLETS if one.rows[0, NAMES.index(f"outlet_{outlet}")]] == outlets
        assert one.rows[0, NAMES.index("title_count")] == title


NEWS = "Warga Desa Sumur membangun jembatan gantung sepanjang 90 meter di atas sungai."


@pytest.mark.parametrize(
    ("said", "defects"),
    [
        ([NEWS, "Rina Dewi menyebut biayanya murah.", "Rina mengatakan jembatan itu aman."], set()),
        (["Hujan turun pada Senin pagi."], {"avoidable"}),
        ([NEWS, "Kapan jembatan itu dibuka?"], {"question"}),
        ([NEWS, '"Kapan jembatan itu dibuka?"'], set()),
        ([NEWS, "Biaya Jembatan"], {"heading"}),
        ([NEWS, "3. Siapkan tali."], {"heading"}),
        ([NEWS, "Berikut ini rincian biayanya."], {"pointer"}),
        ([NEWS, "Santoso juga menilai jembatan itu aman."], {"name"}),
        ([NEWS, "Polisi menilai jembatan itu aman."], set()),
    ],
)
def test_defects_of_a_summary_are_found(said: list[str], defects: set[str]) -> None:
    article = Article(title="Warga Desa Sumur Bangun Jembatan Gantung 90 Meter", text=NEWS)
    found = find_defects(article, said)
    assert {name for name in ("avoidable", "question", "heading", "pointer", "name") if found[name]} == defects
    assert found["sound"] == (not defects)
