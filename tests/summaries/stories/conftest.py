"""Fifteen short articles written for these tests: events reported two or three times, and lookalikes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from summaries.stories import Signature, make_signature


@dataclass(frozen=True)
class LabelledArticle:
    signature: Signature
    story: str


@pytest.fixture(scope="session")
def labelled() -> tuple[LabelledArticle, ...]:
    records = json.loads(Path(__file__).with_name("mini_stories.json").read_text(encoding="utf-8"))
    return tuple(
        LabelledArticle(
            make_signature(
                record["id"],
                record["title"],
                record["text"],
                outlet=record["outlet"],
                published_at=datetime.fromisoformat(record["date"]),
            ),
            record["story"],
        )
        for record in records
    )


@pytest.fixture(scope="session")
def signatures(labelled: tuple[LabelledArticle, ...]) -> tuple[Signature, ...]:
    return tuple(one.signature for one in labelled)
