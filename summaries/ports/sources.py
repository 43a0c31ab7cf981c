"""Sources in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from summaries.model import PollState, Source, StoredSource


class SourceStore(Protocol):
    """The feeds that Ringkas reads, and what became of its checks of them."""

    async def sync(self, sources: Sequence[Source], *, now: datetime) -> None:
        """Bring the sources of the catalogue up to date: add what is new, change what changed, by key. Idempotent.

        Nothing is removed, hosts that were added stay, and what was switched off stays off. A source of the admin's
        with the same key or address stays as it is.
        """
        ...

    async def all(self) -> tuple[StoredSource, ...]:
        """Every source, switched off or not, by key."""
        ...

    async def failing_outlets(self) -> tuple[str, ...]:
        """The outlets none of whose active sources could be read at its last check, by name."""
        ...

    async def find(self, name: str) -> StoredSource | None:
        """The source with that key or that address."""
        ...

    async def add(self, source: Source, *, now: datetime) -> tuple[StoredSource, bool]:
        """Add the source, and tell that it is new; or switch on the one that has its address.

        A source is its address: a known one keeps its key, outlet and category, and gets the hosts that are new. A key
        that another source has gets a number behind it.
        """
        ...

    async def switch_on(self, key: str, *, now: datetime) -> bool:
        """Make the source due now, its failures forgotten. False when there is no such source."""
        ...

    async def remove(self, key: str) -> bool:
        """Delete a source of the admin's; switch off one of the catalogue, which would else come back with it.

        False when there is no such source.
        """
        ...

    async def claim_due(
        self, *, now: datetime, lease_until: datetime, limit: int, latest: datetime | None = None
    ) -> tuple[StoredSource, ...]:
        """The active sources that are due, longest waiting first; they are due again at `lease_until`.

        So are those with a next check after `latest`: the clock was ahead when that was set.
        """
        ...

    async def claim_all(self, *, lease_until: datetime) -> tuple[StoredSource, ...]:
        """Every active source, due or not, by key; they are due again at `lease_until`."""
        ...

    async def record_result(self, source: Source, state: PollState) -> None:
        """Store what a check of the source made of its state.

        The state may switch the source off, never on: somebody may have removed it meanwhile. A source whose address
        changed meanwhile keeps its state.
        """
        ...
