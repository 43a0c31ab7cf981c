"""Word lists shipped as data: stop words, abbreviations and kinds of words.

Lines that start with # are comments. Some files have sections in square brackets, with words separated by white space.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


def read_data_lines(package: str, file: str) -> list[str]:
    """Read the lines of data/`file` in the package, without comments and blank lines."""
    lines = files(package).joinpath("data", file).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


@cache
def load_word_list(file: str, section: str) -> frozenset[str]:
    """Load one section of data/`file`, verbatim; the file explains its sections."""
    found: set[str] = set()
    current = ""
    for line in read_data_lines("summaries.text", file):
        if line.startswith("["):
            current = line.strip("[]")
        elif current == section:
            found.update(line.split())
    return frozenset(found)


@cache
def load_stop_words(language: str) -> frozenset[str]:
    """Load the lower-case words that carry no topic; empty for a language without a list."""
    if language not in ("id", "en"):
        return frozenset()
    return frozenset(read_data_lines("summaries.text", f"stopwords-{language}.txt"))
