"""Editions: each bot of a deployment may have news of its own, chosen by sources, topics and regions.

An edition is a table of a TOML file, which EDITIONS names:

    [jatim]
    bots = [123456789]
    regions = ["Jawa Timur"]
    topics = ["ekonomi", "politik"]
    sources = ["Kompas.com", "antara-jatim"]

`bots` are ids, the part of a token before the colon; `regions` are names of provinces, regencies and cities; `topics`
are keys or labels; `sources` are names of outlets or keys of sources. A list that is left out excludes nothing. Bots
in no edition share the news of all sources.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from summaries.errors import InvalidSettings
from summaries.model import Source, SourceOrigin
from summaries.ports.stories import PreparedArticle
from summaries.regions import find_region_by_name
from summaries.topic_model.topics import GENERAL, TOPICS, find_topic

# An edition's name is a part of the names of its tables on PostgreSQL.
NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
LISTS = ("bots", "sources", "topics", "regions")
# Ids of bots are below this.
MAX_BOT_ID = 2**52


@dataclass(frozen=True, slots=True)
class Edition:
    """The news of some bots. `topics` are keys, `regions` codes, `sources` keys and names of outlets in lower case.

    An empty set excludes nothing. The edition without a name is that of bots in no edition.
    """

    name: str = ""
    bots: frozenset[int] = frozenset()
    sources: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()

    def has_source(self, source: Source) -> bool:
        """Return whether articles of the source may belong to the edition. A source that an admin added to it does."""
        if source.origin is SourceOrigin.ADMIN:
            return True
        if self.sources and self.sources.isdisjoint({source.key.casefold(), source.outlet.casefold()}):
            return False
        return not self.topics or source.category in {*self.topics, GENERAL}

    def has_article(self, article: PreparedArticle) -> bool:
        """Return whether the article has one of the topics and is about one of the regions, or a part of one."""
        if self.topics and article.article.category not in self.topics:
            return False
        codes = article.search_terms.regions
        return not self.regions or any(
            code == own or code.startswith(f"{own}.") for code in codes for own in self.regions
        )


EVERYTHING = Edition()


@dataclass(frozen=True, slots=True)
class Editions:
    """The editions of a deployment, by bot."""

    by_bot: Mapping[int, Edition] = field(default_factory=dict)

    def of_bot(self, bot_id: int | None) -> Edition:
        return EVERYTHING if bot_id is None else self.by_bot.get(bot_id, EVERYTHING)


def read_editions(path: Path) -> Editions:
    """Read the editions in the file.

    Raises:
        InvalidSettings: with a sentence for each fault.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidSettings((f"can't be read: {error.strerror}",)) from None
    except UnicodeDecodeError:
        raise InvalidSettings(("is not text in UTF-8",)) from None
    except tomllib.TOMLDecodeError as error:
        raise InvalidSettings((f"is not TOML: {error}",)) from None
    faults: list[str] = []
    editions = [_read_edition(name, table, faults) for name, table in tables.items()]
    by_bot: dict[int, Edition] = {}
    for edition in editions:
        for bot_id in sorted(edition.bots):
            if bot_id in by_bot:
                faults.append(f"gives the bot {bot_id} two editions, {by_bot[bot_id].name} and {edition.name}")
            by_bot[bot_id] = edition
    if faults:
        raise InvalidSettings(tuple(faults))
    return Editions(by_bot)


def _read_edition(name: str, table: Any, faults: list[str]) -> Edition:
    """Return the edition, and append the faults of its table."""
    if not NAME.fullmatch(name):
        faults.append(f"names an edition {name!r}: use lower-case letters, digits and _, at most 31")
    if not isinstance(table, dict):
        faults.append(f"has {name!r} outside of an edition: write [{name}] above its lists")
        return Edition(name)
    if unknown := sorted(table.keys() - set(LISTS)):
        faults.append(f"has {unknown[0]!r} in [{name}]: an edition has {', '.join(LISTS)}")
    lists = {key: table.get(key, []) for key in LISTS}
    for key, values in lists.items():
        kind = int if key == "bots" else str
        if not isinstance(values, list) or not all(type(value) is kind for value in values):
            faults.append(f"needs a list of {'ids' if key == 'bots' else 'names'} for {key} in [{name}]")
            lists[key] = []
    if not lists["bots"] or not all(0 < bot_id < MAX_BOT_ID for bot_id in lists["bots"]):
        faults.append(f"needs the ids of bots in [{name}], such as bots = [123456789]")
    return Edition(
        name,
        frozenset(lists["bots"]),
        frozenset(source.casefold() for source in lists["sources"]),
        frozenset(_find_all(lists["topics"], _find_topic, f"a topic of [{name}]", faults)),
        frozenset(_find_all(lists["regions"], _find_region, f"a region of [{name}]", faults)),
    )


def _find_all(names: Iterable[str], find: Callable[[str], str | None], kind: str, faults: list[str]) -> Iterable[str]:
    for name in names:
        found = find(name)
        if found is None:
            faults.append(f"has {name!r} as {kind}, which is unknown")
        else:
            yield found


def _find_topic(name: str) -> str | None:
    return name if name in TOPICS else find_topic(name)


def _find_region(name: str) -> str | None:
    found = find_region_by_name(name)
    return found.code if found else None
