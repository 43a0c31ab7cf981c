"""Port for sources."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from summaries.model import PollState, Source, StoredSource


class SourceStore(Protocol):
    """Sources and their polling states."""

    async def sync(self, sources: Sequence[Source], *, now: datetime) -> None:
        """Add and update the sources of the catalogue, by key. Idempotent.

        No source is removed, added hosts stay, and a source that was switched off stays off. An operator's source with
        the same key or address stays unchanged.
        """

    async def all(self) -> tuple[StoredSource, ...]:
        """Return all sources, active or not, by key."""

    async def find(self, name: str) -> StoredSource | None:
        """Return the source with that key, or with a feed at that address."""

    async def add(self, source: Source, *, now: datetime) -> tuple[StoredSource, bool]:
        """Add the source, or make the one with a feed at its address due now; return it, and whether it is new.

        A known source is switched on; it keeps its key, outlet and category, and gets the new hosts. If another source
        has the key, a number is appended.
        """

    async def remove(self, key: str) -> bool:
        """Delete an operator's source, or switch off one of the catalogue, which would otherwise be added again.

        Return False if there is no such source.
        """

    async def claim_due(
        self, *, now: datetime, lease_until: datetime, limit: int, latest: datetime | None = None
    ) -> tuple[StoredSource, ...]:
        """Claim the active sources that are due, longest waiting first; they are due again at `lease_until`.

        Those with a next check after `latest` are due, too: the clock was ahead when it was set.
        """

    async def claim_all(self, *, lease_until: datetime) -> tuple[StoredSource, ...]:
        """Claim every active source, due or not, by key; they are due again at `lease_until`."""

    async def record_result(self, source: Source, state: PollState) -> None:
        """Store the state of the source after a check.

        The state may switch the source off, never on: somebody may have removed it meanwhile. A source whose address
        changed meanwhile keeps its state.
        """
