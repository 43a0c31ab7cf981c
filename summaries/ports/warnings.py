"""Ports for BMKG's events and for the warnings that chats want."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from summaries import model

Decide: TypeAlias = Callable[[Sequence[model.Hazard]], Sequence[model.Hazard]]
"""Returns the hazards to store, given those that are known: new ones with the id 0, and changed ones."""


class HazardStore(Protocol):
    """BMKG's documents and the events in them, shared by all bots."""

    async def claim_due(
        self, keys: Collection[str], *, now: datetime, lease_until: datetime, latest: datetime
    ) -> tuple[model.HazardSource, ...]:
        """Return those of the documents that are due, which are due again at `lease_until`.

        A document that is due after `latest` was scheduled while the clock was ahead: it is due now.
        """

    async def record_check(self, source: model.HazardSource) -> None:
        """Store the state of a document."""

    async def sources(self) -> tuple[model.HazardSource, ...]:
        """Return the state of every document."""

    async def find_unread(self, messages: Mapping[str, str]) -> frozenset[str]:
        """Return those of the listed messages, fingerprints by identifier, that were never recorded with this
        fingerprint."""

    async def revise(
        self,
        kind: model.HazardKind,
        decide: Decide,
        *,
        since: datetime,
        now: datetime,
        identifiers: Collection[str] = (),
        read: Mapping[str, str] | None = None,
    ) -> int:
        """Store the hazards that `decide` returns, and the messages that were `read`; return how many hazards.

        In one transaction, `decide` gets the hazards of the kind that were stored since a time and have a message with
        one of the `identifiers`; for earthquakes, which have none, all since that time.
        """

    async def current(self, *, now: datetime) -> tuple[model.Hazard, ...]:
        """Return the weather warnings in effect or ahead, newest first."""


class WarningStore(Protocol):
    """The warnings that chats want, and the hazards for which messages were stored."""

    async def find(self, chat_id: int) -> model.WarningSettings | None: ...

    async def change(
        self,
        chat_id: int,
        change: Callable[[model.WarningSettings], model.WarningSettings],
        *,
        now: datetime,
    ) -> model.WarningSettings:
        """Replace the chat's settings, or the usual ones, with the result of `change`, in one transaction; return them.

        Its warnings resume if they were suspended.
        """

    async def remove(self, chat_id: int) -> bool:
        """Remove the chat's settings and places, and drop the messages that wait; return False if it had none."""

    async def repair_after_clock_rollback(self, *, now: datetime) -> int:
        """Let chats that asked for warnings while the clock was ahead have those from now on; return how many."""

    async def has_listeners(self) -> bool:
        """Return whether a chat wants warnings."""

    async def find_unmatched(self, *, now: datetime) -> tuple[model.Hazard, ...]:
        """Return the hazards whose newest version was not matched with the chats of this bot, oldest first.

        Those that have expired are left out, unless they were matched in an older version.
        """

    async def listeners(self, box: model.Box, *, after: int, limit: int) -> tuple[model.WarningSettings, ...]:
        """Return the settings of the next chats after this id with a place in the box, by id: not those of chats that
        are suspended or blocked."""

    async def put_matches(
        self, hazard: model.Hazard, chats: Sequence[model.ChatRef], *, now: datetime, is_last: bool
    ) -> int:
        """Store a message for each chat that has none about the hazard yet; return how many.

        With `is_last` the version counts as matched, messages that were sent are to be edited, and those that wait for
        the end of quiet hours are considered again.
        """
