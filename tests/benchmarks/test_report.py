from __future__ import annotations

import platform
import sqlite3
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from benchmarks import report


def test_write_section_replaces_only_the_section_with_that_title(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    report.write_section("Rate", "long", path)
    report.write_section("Rate, in brief", r"short \1", path)
    report.write_section("Rate", "longer", path)
    assert path.read_text(encoding="utf-8") == report.HEAD + "\n## Rate\n\nlonger\n\n## Rate, in brief\n\nshort \\1\n"


@pytest.mark.parametrize("page", report.HEADS)
def test_pages_of_benchmarks_begin_with_their_heads(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text[: text.index("\n## ")] == report.HEADS[page]


def test_table_formats_cells_of_any_type() -> None:
    assert report.table(("", "n"), [("a", 1), ("b", 2.5)]) == "|  | n |\n|---|---|\n| a | 1 |\n| b | 2.5 |"


def test_describe_machine_names_the_versions() -> None:
    text = report.describe_machine("sumy", "SQLite")
    assert text.startswith("Measured on 20")
    assert f"Python {platform.python_version()}, sumy {version('sumy')}, SQLite {sqlite3.sqlite_version}, load " in text


def test_describe_machine_missing_library_raises() -> None:
    with pytest.raises(PackageNotFoundError):
        report.describe_machine("no-such-library")


@pytest.mark.parametrize(
    ("cpuinfo", "expected"),
    [
        ("processor\t: 0\nmodel name\t: AMD EPYC 7B13 \ncache size\t: 512 KB\n", "AMD EPYC 7B13"),
        ("processor\t: 0\nmodel name\t: \nBogoMIPS\t: 108.00\n", None),
        ("processor\t: 0\nBogoMIPS\t: 108.00\n", None),
        (None, None),
    ],
    ids=["named", "nameless", "without the line", "no such file"],
)
def test_processor_name_is_read_from_cpuinfo(cpuinfo: str | None, expected: str | None, tmp_path: Path) -> None:
    path = tmp_path / "cpuinfo"
    if cpuinfo is not None:
        path.write_text(cpuinfo, encoding="utf-8")
    assert report.processor_name(path) == expected
