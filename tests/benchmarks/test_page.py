"""The page of the benchmarks: each benchmark replaces its own part, and no other."""

from __future__ import annotations

import importlib.util
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_a_part_is_replaced_and_the_others_stay(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("page", BENCHMARKS / "page.py")
    assert spec is not None
    assert spec.loader is not None
    page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(page)
    path = tmp_path / "benchmarks.md"
    page.write_part("One", "first", path)
    page.write_part("Two", "second", path)
    page.write_part("One", "third", path)
    assert path.read_text(encoding="utf-8") == page.HEAD + "\n## One\n\nthird\n\n## Two\n\nsecond\n"
