"""Chats in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from summaries.model import ChatSettings


class ChatStore(Protocol):
    """What chats chose for themselves."""

    async def find(self, chat_id: int) -> ChatSettings:
        """The chat's settings; those of a chat that chose nothing are empty."""
        ...

    async def put(self, settings: ChatSettings, *, now: datetime) -> None:
        """Add or replace the chat's settings."""
        ...
