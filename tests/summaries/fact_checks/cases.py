"""Invented fact-checks and their lookalikes."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from summaries.model import Article
from summaries.text.cleaning import clean


def load_cases(name: str) -> list[Any]:
    """Return the articles of the file as parameters of a test, named by their titles."""
    rows = tomllib.loads(Path(__file__).with_name(name).read_text("utf-8"))["article"]
    return [pytest.param(row, id=row["title"]) for row in rows]


def make_article(row: dict[str, Any]) -> Article:
    return Article(title=row["title"], text=clean(row["text"].strip()).text, url=row["url"])


FACT_CHECKS = load_cases("fact_checks.toml")
LOOKALIKES = load_cases("lookalikes.toml")
