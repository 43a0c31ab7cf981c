"""Links over a person's rate limit: they wait, and are read one after another."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from telegram import Message

# Links of one person in a chat: at the default rate the last one waits for a minute.
MAX_WAITING = 10
# Links of all people, which bounds memory.
MAX_WAITING_IN_ALL = 2_000

# The chat and the person.
Asker = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class WaitingLink:
    """A link, and the message that the reply to it answers."""

    link: str
    message: Message


class LinkQueue:
    """The waiting links of each person in a chat, in order, and the task that reads them. A restart loses them unless
    that task sends them back first (see `stop`)."""

    def __init__(self, most: int = MAX_WAITING, most_in_all: int = MAX_WAITING_IN_ALL) -> None:
        self._most = most
        self._most_in_all = most_in_all
        self._waiting: dict[Asker, list[WaitingLink]] = {}
        self._readers: set[asyncio.Task[None]] = set()
        self._is_stopping = asyncio.Event()

    def is_waiting(self, asker: Asker) -> bool:
        """Return whether links wait, or the last of them is being read."""
        return asker in self._waiting

    def add(self, asker: Asker, message: Message, links: Sequence[str]) -> list[str]:
        """Append the links of the message; return those for which there is no room."""
        own = self._waiting.get(asker, [])
        free = min(self._most - len(own), self._most_in_all - sum(map(len, self._waiting.values())))
        count = 0 if self._is_stopping.is_set() else max(0, free)
        if taken := links[:count]:
            self._waiting[asker] = own + [WaitingLink(link, message) for link in taken]
        return list(links[count:])

    def all(self, asker: Asker) -> list[WaitingLink]:
        """Return the links that wait, in order."""
        return list(self._waiting.get(asker, ()))

    def remove(self, asker: Asker, done: Iterable[WaitingLink]) -> None:
        """Remove the links from the queue."""
        left = [waiting for waiting in self.all(asker) if waiting not in done]
        if left:
            self._waiting[asker] = left
        else:
            self._waiting.pop(asker, None)

    def remove_message(self, asker: Asker, message_id: int) -> None:
        """Remove the links of a message, which has been edited."""
        self.remove(asker, [waiting for waiting in self.all(asker) if waiting.message.message_id == message_id])

    def start(self, reading: Coroutine[Any, Any, None]) -> None:
        """Run the task that reads one person's links."""
        task = asyncio.create_task(reading, name="read waiting links")
        self._readers.add(task)
        task.add_done_callback(self._readers.discard)

    async def sleep(self, wait_s: float) -> bool:
        """Wait; return False as soon as the bot stops."""
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._is_stopping.wait()
        return not self._is_stopping.is_set()

    async def stop(self) -> None:
        """End every `sleep`, accept no more links, and wait for the tasks."""
        self._is_stopping.set()
        await asyncio.gather(*self._readers, return_exceptions=True)
