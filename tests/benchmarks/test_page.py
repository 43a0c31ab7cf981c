"""The page of the benchmarks: each benchmark replaces its own part, and no other."""

from __future__ import annotations

import platform
import re
import sqlite3
from contextlib import nullcontext
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from benchmarks import page
from benchmarks.postgres_version import machine_with_postgres


def test_a_part_is_replaced_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    page.write_part("One", "first", path)
    page.write_part("Two", "second", path)
    page.write_part("One", "third", path)
    assert path.read_text(encoding="utf-8") == page.HEAD + "\n## One\n\nthird\n\n## Two\n\nsecond\n"


def test_the_page_begins_with_how_it_is_measured() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    assert text[: text.index("\n## ")] == page.HEAD


def test_what_is_compared_stands_beside_the_machine_with_its_version() -> None:
    told = page.machine("sumy", "SQLite", PostgreSQL="18.4")
    assert told.startswith("Measured on 20")
    assert f"Python {platform.python_version()}, sumy {version('sumy')}, SQLite {sqlite3.sqlite_version}" in told
    assert told.endswith(", PostgreSQL 18.4.")


def test_the_server_that_is_measured_tells_its_version(postgres_server: str) -> None:
    told = machine_with_postgres("psycopg", server=lambda _: nullcontext(postgres_server))
    assert re.search(rf", psycopg {re.escape(version('psycopg'))}, PostgreSQL \d+[.\d]+\.$", told)


def test_a_library_that_is_not_there_has_no_version() -> None:
    with pytest.raises(PackageNotFoundError):
        page.machine("no-such-library")


@pytest.mark.parametrize(
    ("cpuinfo", "expected"),
    [
        ("processor\t: 0\nmodel name\t: AMD EPYC 7B13 \ncache size\t: 512 KB\n", "AMD EPYC 7B13"),
        ("processor\t: 0\nmodel name\t: \nBogoMIPS\t: 108.00\n", None),
        ("processor\t: 0\nBogoMIPS\t: 108.00\n", None),
        (None, None),
    ],
    ids=["named", "nameless", "not told", "no such file"],
)
def test_a_processor_has_a_name_where_linux_knows_one(
    cpuinfo: str | None, expected: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "cpuinfo"
    if cpuinfo is not None:
        path.write_text(cpuinfo, encoding="utf-8")
    assert page.processor(path) == expected


def test_figures_are_kept_beside_those_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "measured.json"
    assert page.measured(path) == {}
    page.record(path, article_ms=1.23456, chat_bytes=10)
    page.record(path, article_ms=2)
    assert page.measured(path) == {"article_ms": 2.0, "chat_bytes": 10.0}


def test_a_title_that_begins_like_another_is_another(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    page.write_part("Pace", "long", path)
    page.write_part("Pace, in brief", r"short \1", path)
    page.write_part("Pace", "longer", path)
    assert path.read_text(encoding="utf-8") == page.HEAD + "\n## Pace\n\nlonger\n\n## Pace, in brief\n\nshort \\1\n"
