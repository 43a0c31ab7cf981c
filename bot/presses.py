"""Presses of buttons that are being answered: the same press twice at once does its work once."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Presses:
    """Knows which presses are at work. A button's work must also be harmless when it is done again later."""

    def __init__(self) -> None:
        self._at_work: set[str] = set()

    @asynccontextmanager
    async def once(self, key: str) -> AsyncIterator[bool]:
        """Whether nobody else is at work on `key`; while the block runs, others are told that somebody is."""
        is_first = key not in self._at_work
        self._at_work.add(key)
        try:
            yield is_first
        finally:
            if is_first:
                self._at_work.discard(key)
