"""Whom the bot does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.access.guarded_store import operated

if TYPE_CHECKING:
    from datetime import datetime

    from bot.access.chat_admins import OperatorAccess
    from summaries.ports import BlockStore


class Blocklist:
    """The stored list: asked at every update, and remembered unless the bot `is_shared` by several processes."""

    def __init__(self, store: BlockStore, *, is_shared: bool = False) -> None:
        self._store = store
        self._is_shared = is_shared
        self._known: frozenset[int] | None = None

    async def all(self) -> frozenset[int]:
        if self._known is None or self._is_shared:
            self._known = await self._store.all()
        return self._known

    async def block(self, operator: OperatorAccess, chat_id: int, *, now: datetime) -> None:
        operated(operator)
        await self._store.block(chat_id, now=now)
        self._known = None

    async def unblock(self, operator: OperatorAccess, chat_id: int) -> None:
        operated(operator)
        await self._store.unblock(chat_id)
        self._known = None
