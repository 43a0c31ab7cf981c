"""Data that comes with Ringkas: the catalogue of news sources, and sample articles written for this project.

The sample articles are fiction: their outlets, people and events are invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable


@dataclass(frozen=True, slots=True)
class SampleArticle:
    """One file of seeds/articles: its name, its topic key (the folder) and what it holds."""

    name: str
    category: str
    text: str


def sources_file() -> Traversable:
    """The catalogue of news sources, a TOML document in UTF-8."""
    return files(__name__) / "sources.toml"


def outlets_file() -> Traversable:
    """The outlets that Ringkas knows, a TOML document in UTF-8."""
    return files(__name__) / "outlets.toml"


def sample_articles() -> Iterator[SampleArticle]:
    """The sample articles, ordered by topic and name."""
    folders = sorted((files(__name__) / "articles").iterdir(), key=lambda folder: folder.name)
    for folder in (folder for folder in folders if folder.is_dir()):
        for file in sorted(folder.iterdir(), key=lambda file: file.name):
            if file.name.endswith(".txt"):
                yield SampleArticle(f"{folder.name}/{file.name}", folder.name, file.read_text(encoding="utf-8"))
