"""Word lists shipped as data: stop words, abbreviations and kinds of words.

A file has sections in square brackets, words separated by white space, and comments after #.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def load_word_list(file: str, section: str) -> frozenset[str]:
    """Load one section of data/`file`, verbatim; the file explains its sections."""
    found: set[str] = set()
    current = ""
    for line in files("summaries.text").joinpath("data", file).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            current = line.strip("[]")
        elif current == section and not line.startswith("#"):
            found.update(line.split())
    return frozenset(found)


@cache
def load_stop_words(language: str) -> frozenset[str]:
    """Load the lower-case words that carry no topic; empty for a language without a list."""
    path = files("summaries.text").joinpath("data", f"stopwords-{language}.txt")
    if language not in ("id", "en"):
        return frozenset()
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
