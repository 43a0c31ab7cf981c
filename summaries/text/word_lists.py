"""Word lists shipped as data: sections in square brackets, words separated by white space, comments after #."""

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
