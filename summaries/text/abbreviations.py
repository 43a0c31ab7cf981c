"""Abbreviations that end in a full stop, by what the stop may mean for a sentence."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def abbreviations(kind: str) -> frozenset[str]:
    """The abbreviations of one section of data/abbreviations.txt, in lower case, without their last stop.

    `kind` is "before a name", "before a number" or "may end"; the file says what each means.
    """
    found: set[str] = set()
    section = ""
    for line in files("summaries.text").joinpath("data", "abbreviations.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif section == kind and not line.startswith("#"):
            found.update(line.split())
    return frozenset(found)
