"""Stop words, shipped as data with the licence of their source."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def load_stop_words(language: str) -> frozenset[str]:
    """Load the lower-case words that carry no topic; empty for a language without a list."""
    path = files("summaries.text").joinpath("data", f"stopwords-{language}.txt")
    if language not in ("id", "en"):
        return frozenset()
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
