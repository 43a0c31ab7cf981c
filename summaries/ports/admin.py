"""Ports for operators: blocked chats, figures, broadcasts and retention."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from summaries.model import Backlog, Broadcast, Figures, Forgotten, Old, Position


class BlockStore(Protocol):
    """Chats and people that the bot ignores."""

    async def all(self) -> frozenset[int]: ...

    async def block(self, chat_id: int, *, now: datetime) -> bool:
        """Block the chat and stop its digest; return False if it was blocked already."""

    async def unblock(self, chat_id: int) -> bool:
        """Unblock the chat; return False if it was not blocked."""


class FigureStore(Protocol):
    """Row counts."""

    async def count(self, *, now: datetime) -> Figures: ...

    async def backlog(self, *, now: datetime, late_from: datetime) -> Backlog:
        """Return the due digests; those that were due at `late_from` or before are late.

        It runs every few seconds, so its cost must not grow with the database.
        """


class BroadcastStore(Protocol):
    """Broadcasts to chats with an active digest, and to chats with watches that never had a digest."""

    async def draft(self, html: str, chat_id: int, *, now: datetime) -> Broadcast:
        """Store the text of a broadcast that is not confirmed yet."""

    async def find(self, broadcast_id: int) -> Broadcast | None: ...

    async def find_sending(self) -> tuple[Broadcast, ...]:
        """Return the broadcasts that are being sent."""

    async def audience(self) -> int:
        """Return how many chats would receive a broadcast now."""

    async def begin(self, broadcast_id: int, message_id: int) -> Broadcast | None:
        """Address the draft to the present audience; a broadcast that was begun or cancelled stays unchanged."""

    async def cancel(self, broadcast_id: int) -> Broadcast | None:
        """Send no more messages of it. A broadcast that is done stays done."""

    async def end_finished(self) -> tuple[Broadcast, ...]:
        """End the broadcasts without an open message; return them."""


class UpkeepStore(Protocol):
    """Deletion of old rows.

    Open digests, alerts and broadcasts are never old, nor texts of messages that stay, nor readers' articles that
    somebody saved or that a remaining reply shows. News is deleted by story: not while a chat of any bot saved or
    follows one of its articles, or while a reply, an alert or the record of a delivery that stays refers to one, nor a
    fact-check or a hidden story. `before` has a time for every kind that is deleted. `pause_factor` is the length of
    the pause that should follow a step, as a multiple of the step's length.
    """

    @property
    def pause_factor(self) -> float: ...

    async def count_old(self, before: Mapping[Old, datetime]) -> Mapping[Old, int]:
        """Return how many rows of each kind `forget_old` would delete if it ran for each kind in order."""

    async def forget_old(
        self, kind: Old, before: Mapping[Old, datetime], *, limit: int, after: Position = ()
    ) -> Forgotten:
        """Examine at most `limit` rows of the kind, from the position on that the last step returned. Delete those that
        are old and the rows that refer to them, in one short transaction.

        Of news, `limit` is the number of articles. A larger story loses its articles in several steps; it stays, with
        those that are left, if it gets a new article or somebody saves one meanwhile.
        """
