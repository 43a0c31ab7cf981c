"""Links over a person's rate limit: they wait, and are read one after another."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
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
    that task sends them back first (see `stop`).

    Each worker of a fleet has its own queue, which drops none of its links. The links of a message stay in order, but
    those of two messages that different workers handle are read at the same time, at the person's shared rate. An edit
    of the message that another worker handles does not remove its links.
    """

    def __init__(self, most: int = MAX_WAITING, most_in_all: int = MAX_WAITING_IN_ALL) -> None:
        self._most = most
        self._most_in_all = most_in_all
        self._waiting: dict[Asker, list[WaitingLink]] = {}
        self._readers: dict[Asker, asyncio.Task[None]] = {}
        self._is_stopping = asyncio.Event()

    def is_waiting(self, asker: Asker) -> bool:
        """Return whether links wait, or one of them is being read."""
        return asker in self._readers

    def add(self, asker: Asker, message: Message, links: Sequence[str]) -> list[str]:
        """Append the links of the message; return those for which there is no room."""
        own = self.all(asker)
        free = min(self._most - len(own), self._most_in_all - sum(map(len, self._waiting.values())))
        count = 0 if self._is_stopping.is_set() else max(0, free)
        if count:
            self._waiting[asker] = own + [WaitingLink(link, message) for link in links[:count]]
        return list(links[count:])

    def first(self, asker: Asker) -> WaitingLink | None:
        """Return the link to read next, which stays in the queue; None if there is none or the bot stops."""
        return None if self._is_stopping.is_set() else next(iter(self.all(asker)), None)

    def all(self, asker: Asker) -> list[WaitingLink]:
        """Return the links that wait, in order."""
        return list(self._waiting.get(asker, ()))

    def remove(self, asker: Asker, done: WaitingLink) -> None:
        """Remove a link that was read."""
        self._waiting[asker] = [waiting for waiting in self.all(asker) if waiting is not done]

    def remove_message(self, asker: Asker, message_id: int) -> None:
        """Remove the links of a message, which has been edited."""
        if asker in self._waiting:
            left = [waiting for waiting in self._waiting[asker] if waiting.message.message_id != message_id]
            self._waiting[asker] = left

    def start(self, asker: Asker, reading: Coroutine[Any, Any, None]) -> None:
        """Run the task that reads the person's links; those that it leaves are dropped."""

        async def read() -> None:
            try:
                await reading
            finally:
                del self._readers[asker], self._waiting[asker]

        self._readers[asker] = asyncio.create_task(read(), name="read waiting links")

    async def sleep(self, wait_s: float) -> None:
        """Wait for this time, or until the bot stops."""
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._is_stopping.wait()

    async def stop(self) -> None:
        """End every `sleep`, accept no more links, and wait for the tasks."""
        self._is_stopping.set()
        await asyncio.gather(*self._readers.values(), return_exceptions=True)
