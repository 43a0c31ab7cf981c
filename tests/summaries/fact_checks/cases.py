"""Invented fact-checks, their lookalikes, and messages that spread their claims."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from math import sqrt
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from summaries.articles.read import CLAIMS_COMPARED
from summaries.fact_checks import mark_fact_check
from summaries.model import Article, Origin, StoredArticle
from summaries.stories.claims import find_resembling, index_claim, weigh_claim_terms
from summaries.text.cleaning import clean


def load_rows(name: str, table: str = "article") -> list[dict[str, Any]]:
    """Return the rows of the file."""
    rows: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name(name).read_text("utf-8"))[table]
    return rows


def load_cases(name: str) -> list[Any]:
    """Return the articles of the file as parameters of a test, named by their titles."""
    return [pytest.param(row, id=row["title"]) for row in load_rows(name)]


def make_article(row: dict[str, Any]) -> Article:
    return Article(title=row["title"], text=clean(row["text"].strip()).text, url=row["url"])


FACT_CHECKS = load_cases("fact_checks.toml")
LOOKALIKES = load_cases("lookalikes.toml")
MESSAGES = load_rows("messages.toml", "message")
# The message of the readers' guide.
SHOWN_MESSAGE = """*BANTUAN MODAL CAIR!* Kementerian Koperasi bagi-bagi Rp2,4 juta utk pemilik warung. Daftar sebelum
kuota habis: https://modal-warung.example/daftar 🙏 Bagikan ke 10 grup ya!"""
PADDING: list[str] = tomllib.loads(Path(__file__).with_name("padding.toml").read_text("utf-8"))["sentence"]


def surround(text: str, size: int, place: int) -> str:
    """Return a forwarded message of at most `size` characters with the text at its start (0), middle (1) or end (2)."""
    own = text.encode()
    pool = sorted(PADDING, key=lambda line: crc32(own + line.encode()))
    lines: list[str] = []
    while sum(map(len, lines)) + len(lines) + len(text) + len(line := pool[len(lines) % len(pool)]) < size:
        lines.append(line)
    at = (0, len(lines) // 2, len(lines))[place]
    return "\n".join([*lines[:at], *filter(None, [text]), *lines[at:]])


def look_up(text: str, checks: Mapping[StoredArticle, Collection[str]]) -> StoredArticle | None:
    """Return the fact-check whose claim the text repeats; `checks` have the terms by which each is found."""
    wanted = weigh_claim_terms(text)
    shared = {
        stored: sum(wanted.get(term, 0.0) for term in terms) / sqrt(len(terms)) for stored, terms in checks.items()
    }
    ranked = sorted((stored for stored in shared if shared[stored]), key=lambda stored: -shared[stored])
    return find_resembling(text, ranked[:CLAIMS_COMPARED])


def store_checks(articles: Iterable[Article]) -> dict[StoredArticle, Collection[str]]:
    """Return the fact-checks among the articles, with the terms by which each is found."""
    found: dict[StoredArticle, Collection[str]] = {}
    for number, article in enumerate(map(mark_fact_check, articles)):
        if terms := index_claim(article):
            found[StoredArticle(number, str(number), article, Origin.FEED, datetime(2025, 7, 1, tzinfo=UTC))] = (
                frozenset(terms)
            )
    return found
