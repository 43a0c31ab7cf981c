"""Reads the articles that the story model is made from and measured on; none of them is part of the project."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from summaries.stories.signature import Signature, make_signature
from summaries.text.cleaning import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WIB = timezone(timedelta(hours=7))


@dataclass(frozen=True, slots=True)
class Article:
    """An article as it lies in the data; `story` and `is_doubtful` only where somebody labelled it."""

    id: str
    outlet: str
    title: str
    text: str
    published_at: datetime | None
    story: str | None = None
    is_doubtful: bool = False

    @property
    def month(self) -> str | None:
        return self.published_at.strftime("%Y-%m") if self.published_at else None

    def sign(self) -> Signature:
        return make_signature(self.id, self.title, self.text, outlet=self.outlet, published_at=self.published_at)


def read_articles(path: Path) -> list[Article]:
    """Lines with id, outlet, date, title, text, and story and doubt where labelled; texts are cleaned."""
    return [_article(fields) for fields in _lines(path)]


def read_indosum(path: Path) -> Iterator[Article]:
    """The background's other half."""
    for fields in _lines(path):
        text = "\n\n".join(" ".join(sentences) for sentences in fields["paragraphs"])
        yield Article(fields["id"], fields["source"], fields["title"] or "", clean(text).text, None)


def _article(fields: dict[str, Any]) -> Article:
    moment = datetime.fromisoformat(fields["date"]) if fields.get("date") else None
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=WIB)
    return Article(
        fields["id"],
        fields["outlet"],
        fields["title"],
        clean(fields["text"]).text,
        moment,
        fields.get("story"),
        bool(fields.get("doubt")),
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)
