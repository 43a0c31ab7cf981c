"""What the store need not keep for ever."""

from __future__ import annotations

from enum import StrEnum


class Old(StrEnum):
    """Kinds of rows that are forgotten when they are old, in the order in which they go."""

    DIGESTS = "digests"
    TOLD = "stories told"
    TEXTS = "message texts"
    ALERTS = "alerts"
    BROADCASTS = "broadcast copies"
    QUESTIONS = "open questions"
    EXCHANGES = "answered messages"
    QUERIES = "searches"
    ANSWERS = "answers"
    OWN_ARTICLES = "readers' articles"
