"""Abbreviations that end in a full stop, grouped by whether the stop can end a sentence."""

from __future__ import annotations

from summaries.text.word_lists import load_word_list


def load_abbreviations(kind: str) -> frozenset[str]:
    """Load one section of data/abbreviations.txt: lower case, without the last full stop.

    `kind` is "before a name", "before a number" or "may end"; the file explains each section.
    """
    return load_word_list("abbreviations.txt", kind)
