"""Data that comes with Ringkas: the catalogue of news sources, and sample articles written for this project.

The sample articles are fiction: their outlets, people and events are invented.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from string import Template
from typing import Any


@dataclass(frozen=True, slots=True)
class SampleArticle:
    """One file of seeds/articles: its name, its topic key (the folder) and its text."""

    name: str
    category: str
    text: str


def read_table(name: str) -> dict[str, Any]:
    """Return the content of a table: "sources" (the catalogue), "outlets", or "warga" (a feed for the sandbox)."""
    return tomllib.loads((files(__name__) / f"{name}.toml").read_text(encoding="utf-8"))


def read_template(name: str) -> Template:
    """Return the template of the page of a sample article ("article.html"), or of its picture ("picture.svg")."""
    return Template((files(__name__) / name).read_text(encoding="utf-8"))


def sample_articles() -> Iterator[SampleArticle]:
    """The sample articles, ordered by topic and name."""
    folders = sorted((files(__name__) / "articles").iterdir(), key=lambda folder: folder.name)
    for folder in (folder for folder in folders if folder.is_dir()):
        for file in sorted(folder.iterdir(), key=lambda file: file.name):
            if file.name.endswith(".txt"):
                yield SampleArticle(f"{folder.name}/{file.name}", folder.name, file.read_text(encoding="utf-8"))
