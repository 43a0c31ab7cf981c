"""The people and chats that the bot does not answer."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.conversation.user_limits import Blocklist
from tests.bot.grants import operator_access

NOW = datetime(2026, 11, 24, tzinfo=UTC)


class FakeBlocks:
    """Fulfils ports.BlockStore, and counts how often all are asked for."""

    def __init__(self) -> None:
        self.blocked: set[int] = set()
        self.asked = 0

    async def all(self) -> frozenset[int]:
        self.asked += 1
        return frozenset(self.blocked)

    async def block(self, chat_id: int, *, now: datetime) -> bool:
        self.blocked.add(chat_id)
        return True

    async def unblock(self, chat_id: int) -> bool:
        self.blocked.discard(chat_id)
        return True


async def test_blocklist_is_cached_until_it_changes() -> None:
    store = FakeBlocks()
    blocklist = Blocklist(store)
    for _ in range(3):
        assert await blocklist.all() == frozenset()
    assert store.asked == 1
    await blocklist.block(operator_access(9), 7, now=NOW)
    assert await blocklist.all() == {7}
    await blocklist.unblock(operator_access(9), 7)
    assert await blocklist.all() == frozenset()
