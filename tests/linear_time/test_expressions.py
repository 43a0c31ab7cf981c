"""No regular expression of the program takes more than linear time on any text."""

from __future__ import annotations

import importlib
import re

import pytest

from tests.linear_time.attacks import make_attacks
from tests.linear_time.expressions import (
    PACKAGES,
    Expression,
    find_expressions,
    find_patterns,
    module_name,
    source_files,
)
from tests.linear_time.sweep import find_slowness

# The sweep is split into this many tests, so that workers can share it. Each of them has to find the expressions.
PARTS = 2


def test_every_call_with_a_pattern_is_resolved() -> None:
    """A pattern that is made at run time must follow from the module's constants and from escaped text."""
    assert find_expressions().unknown == ()


def test_every_module_level_pattern_is_found() -> None:
    known = {expression.pattern for expression in find_expressions().expressions}
    for path in source_files():
        values = vars(importlib.import_module(module_name(path)))
        for name, value in values.items():
            home = getattr(value, "__module__", None) or module_name(path)
            if home.partition(".")[0] in PACKAGES:
                assert set(find_patterns(value)) <= known, f"{path}: {name}"


def test_search_finds_at_least_three_hundred_expressions() -> None:
    """A change to the search that loses expressions must not go unnoticed."""
    assert len(find_expressions().expressions) > 300


@pytest.mark.parametrize("part", range(PARTS))
def test_expressions_take_linear_time(part: int) -> None:
    slow = list(filter(None, map(find_slowness, find_expressions().expressions[part::PARTS])))
    assert not slow, "\n".join(slow)


SLOW = {
    "a start at each blank": (r"\s+$", "search"),
    "a start at each blank, in vain": (r"\s*\n", "finditer"),
    "blanks shared by two repeats": (r"a?\s*-?\s*\d", "fullmatch"),
    "blanks shared by three repeats": (r"\s*-?\s*,?\s*\d", "match"),
    "a letter of each of two repeats": (r"[^/]*[a-z]{2}[^/]*-\d", "fullmatch"),
    "labels of a host": (r"(?:(?:m|amp)\.)+(?=(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*$)", "finditer"),
    "alternatives that overlap": (r"(?:a|a)*b", "match"),
    "alternatives that look around": (r"x:(?:[^.]|\.(?=\w)|(?<=[A-Z])\.){1,100};", "match"),
    "a repeat of a repeat": (r"(\w+\s?)*$", "match"),
    "comments that hold comments": (r"(?:<!--.{0,2000}?-->|\s)*<urlset", "match"),
    "an end that does not come": (r"<think>.*?</think>", "finditer"),
    "only behind something else": (r"^[\s:]+|[\s:]+$", "finditer"),
    "only before a slash": (r"sitemap[^/]*$", "search"),
    "only at the end of a line": (r"\.com\b.*$", "finditer"),
    "bounded, and still slow": (r"\[video\]\S{0,200}(?:\s?/\s?\S{1,80}){0,3}\[/video\]", "finditer"),
    "bytes": (rb"\s*<\?xml", "search"),
}


@pytest.mark.parametrize(("pattern", "mode"), SLOW.values(), ids=SLOW)
def test_slow_expressions_are_detected(pattern: str | bytes, mode: str) -> None:
    assert find_slowness(Expression(re.compile(pattern), "here", (mode,))) is not None


LINEAR = {
    "from the start of a run": (r"(?<!\s)\s++$", "search"),
    "that never gives back": (r"\s*+(?:-\s*+)?\d", "fullmatch"),
    "a bound": (r"<a [^>]{0,500}>", "finditer"),
    "words": (r"\w+", "finditer"),
    "from the text's start": (r"\s*-", "match"),
}


@pytest.mark.parametrize(("pattern", "mode"), LINEAR.values(), ids=LINEAR)
def test_linear_expressions_are_not_reported(pattern: str, mode: str) -> None:
    assert find_slowness(Expression(re.compile(pattern), "here", (mode,))) is None


def test_attacks_are_derived_from_the_expression() -> None:
    texts = {attack.text(50) for attack in make_attacks(re.compile(r"(?:Oleh|Editor):\s*[A-Z.]{2,}\)"))}
    assert any(text.startswith("Editor:") and "..." in text for text in texts)
    assert any(text.startswith(("OlehOleh", "Oleh:")) for text in texts)
