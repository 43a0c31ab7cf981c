"""Lists of words that ship as data: sections in square brackets, words parted by white space, comments behind #."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def word_list(file: str, section: str) -> frozenset[str]:
    """The words of one section of data/`file`, as written there; the file says what the section means."""
    found: set[str] = set()
    current = ""
    for line in files("summaries.text").joinpath("data", file).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            current = line.strip("[]")
        elif current == section and not line.startswith("#"):
            found.update(line.split())
    return frozenset(found)
