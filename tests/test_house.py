"""The English of comments and docstrings, and the layers, only get better."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house import PATTERNS, PRODUCT, ROOT, SCRIPTS, count_cycles, find_modules, measure_layers, read_prose

# Matches of each pattern of tests/house.py in the comments and docstrings of Python, JavaScript and CSS. A number may
# only fall.
OCCURRENCES = {"headless clauses": 0, "told": 1, "stands": 1}
FOLDERS = (*PRODUCT, "tests", "benchmarks", "docs")


def test_translated_english_does_not_increase() -> None:
    # Only a file with one of these words can match: splitting a file into tokens takes longer than all the rest.
    words = re.compile(r"\b(?:what|who|tell|told|stand|stood)(?:ever|m|s|ing)?\b", re.IGNORECASE)
    found = [
        (name, f"{path.relative_to(ROOT)}: {text[:80]}")
        for path in find_modules(ROOT, FOLDERS, (".py", *SCRIPTS))
        if words.search(path.read_text(encoding="utf-8"))
        for text in read_prose(path)
        for name, pattern in PATTERNS.items()
        for _ in pattern.findall(text)
    ]
    assert {name: sum(name == other for other, _ in found) for name in PATTERNS} == OCCURRENCES, found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("What is due is sent.", "headless clauses"),
        ("Sends whatever is due", "headless clauses"),
        ("The name of who asks", "headless clauses"),
        ("It is told about it", "told"),
        ("The row stands there", "stands"),
    ],
)
def test_pattern_finds_its_phrase(text: str, name: str) -> None:
    assert PATTERNS[name].findall(text)


@pytest.mark.parametrize("text", ["A reader who asks", "The somewhat late reply", "Standard output", "The teller"])
def test_plain_english_matches_no_pattern(text: str) -> None:
    assert not any(pattern.findall(text) for pattern in PATTERNS.values())


def test_read_prose_yields_docstrings_and_joined_comments(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        '"""One."""\n# two\n# three\n\nx = "# four"  # five\n\n\ndef f():\n    """Six."""\n', encoding="utf-8"
    )
    assert sorted(read_prose(module)) == ["One.", "Six.", "five", "two three"]


def test_read_prose_yields_comments_of_scripts(tmp_path: Path) -> None:
    script = tmp_path / "script.js"
    script.write_text(
        '// one\n// two\nf("http://three.test"); // four\n\n/** five\n * six */\ng(); /* seven */\n', encoding="utf-8"
    )
    assert list(read_prose(script)) == ["one two", "four", "five six", "seven"]


def test_count_cycles_counts_each_circle_once() -> None:
    assert count_cycles(set("abcde"), {("a", "b"), ("b", "c"), ("c", "a"), ("d", "e"), ("e", "d"), ("a", "e")}) == 2


def test_layers_have_no_upward_import() -> None:
    figures = {figure.name: figure.value for figure in measure_layers(ROOT)}
    assert figures["upward imports"] == 0
