"""Abbreviations that end in a full stop, by what the stop may mean for a sentence."""

from __future__ import annotations

from summaries.text.word_lists import word_list


def abbreviations(kind: str) -> frozenset[str]:
    """The abbreviations of one section of data/abbreviations.txt, in lower case, without their last stop.

    `kind` is "before a name", "before a number" or "may end"; the file says what each means.
    """
    return word_list("abbreviations.txt", kind)
