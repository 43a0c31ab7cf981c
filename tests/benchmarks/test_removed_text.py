"""The listing of removed text: every piece has its rule and its surroundings."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "removed_text.py"
TEXT = "Semarang - Warga desa pulang. ADVERTISEMENT Mereka tidur lelap. (abc)"


def test_counts_and_shows_what_was_taken_out(tmp_path: Path) -> None:
    lines = [json.dumps({"outlet": "kabar", "text": TEXT})] * 2
    (tmp_path / "articles.jsonl").write_text("\n".join(lines), encoding="utf-8")
    command = [sys.executable, str(SCRIPT), "--data", str(tmp_path), "--sample", "3", "--longer", "12"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "2 articles, 6 pieces" in done.stdout
    assert "| reporter's or agency's mark | 2 | 5 |" in done.stdout
    shown = [line for line in done.stdout.splitlines() if "[[" in line]
    assert len(shown) == 5
    assert "kabar | INLINE | …Semarang - Warga desa pulang. [[ADVERTISEMENT]] Mereka tidur lelap. (abc)…" in shown
