"""The page of the benchmarks: each benchmark replaces its own part, and no other."""

from __future__ import annotations

from pathlib import Path

from benchmarks import page


def test_a_part_is_replaced_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    page.write_part("One", "first", path)
    page.write_part("Two", "second", path)
    page.write_part("One", "third", path)
    assert path.read_text(encoding="utf-8") == page.HEAD + "\n## One\n\nthird\n\n## Two\n\nsecond\n"
