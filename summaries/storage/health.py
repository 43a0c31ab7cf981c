"""How a database is, whichever it is: what `ringkas doctor` asks of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from summaries.errors import StoreError
    from summaries.model import StoredSource


@dataclass(frozen=True, slots=True)
class Health:
    """What was found. Without a `version` there is none yet, or it can't be read: then `fault` says why.

    What stands in today's tables is told of a database of the newest version only: `sources`, how many articles are
    public and how many can be searched, and the earliest digest that is due. `bots` are the ids of those that share it,
    where there is a list of them.
    """

    version: str | None = None
    is_newest: bool = False
    fault: StoreError | None = None
    size_bytes: int = 0
    is_in_use: bool = False
    backup: Path | None = None
    sources: tuple[StoredSource, ...] = ()
    articles: int = 0
    indexed: int = 0
    next_due_at: datetime | None = None
    bots: tuple[int, ...] = ()
