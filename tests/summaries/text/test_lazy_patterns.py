from __future__ import annotations

import re
from typing import Any

import pytest

from summaries.text.lazy_patterns import LazyPattern, lazy_regex


def test_pattern_is_compiled_when_it_is_first_used() -> None:
    pattern = lazy_regex("(")
    with pytest.raises(re.error):
        pattern.search("(")


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("findall", ["Ada apa dengan adaptasi?"]),
        ("fullmatch", ["ADA"]),
        ("match", ["adakah", 1]),
        ("search", ["tidak ada"]),
        ("split", ["kini ada lagi"]),
        ("sub", [r"<\g<word>>", "ada dan Ada"]),
        ("subn", ["", "ada"]),
    ],
)
def test_methods_are_those_of_the_compiled_pattern(method: str, arguments: list[Any]) -> None:
    source, flags = r"(?P<word>ada)\b", re.IGNORECASE
    pattern, compiled = lazy_regex(source, flags), re.compile(source, flags)
    for _ in range(2):
        found, expected = getattr(pattern, method)(*arguments), getattr(compiled, method)(*arguments)
        assert repr(found) == repr(expected)
    assert [match.span() for match in pattern.finditer("ada ADA")] == [(0, 3), (4, 7)]


def test_pattern_shows_its_source_and_flags() -> None:
    pattern: Any = lazy_regex("ada", re.IGNORECASE)
    assert isinstance(pattern, LazyPattern)
    assert (pattern.pattern, bool(pattern.flags & re.IGNORECASE)) == ("ada", True)
    assert pattern.compile() == re.compile("ada", re.IGNORECASE)
