"""What the jobs do: each is safe to be done twice, and by whichever worker."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from telegram import Update

from bot.jobs.corpus import UNWANTED_FOR
from bot.joining import PATIENCE_S, join

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.app import App
    from bot.duties import Duties
    from bot.jobs.queue import Queue
    from summaries.delivery import DeliveryService
    from summaries.ports import Clock, CorpusStore, InboxStore, MemberStore

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=PATIENCE_S)
# So long a text waits for one that it may belong to and that it overtook.
BRIEF = timedelta(seconds=0.15)
# An update without an answer is looked after when a job for it should have ended long ago, and left when nobody waits
# for its answer any more.
LEFT_AFTER, LEFT_FOR = timedelta(seconds=90), timedelta(minutes=15)
KNOWN_FOR = timedelta(days=2)
"""So long Telegram may send an update again; it keeps them for a day."""
# Digests under way for which one more worker is called, up to so many.
EACH_SENDER, MOST_SENDERS = 100, 32
REFRESHERS = 4


class Work:
    """The jobs of one bot, in this process."""

    def __init__(
        self,
        *,
        app: App,
        duties: Duties,
        delivery: DeliveryService,
        inbox: InboxStore,
        members: MemberStore,
        corpus: CorpusStore,
        queue: Queue,
        clock: Clock,
    ) -> None:
        self._app = app
        self._duties = duties
        self._delivery = delivery
        self._inbox = inbox
        self._members = members
        self._corpus = corpus
        self._gone: frozenset[str] = frozenset()
        self._queue = queue
        self._clock = clock
        self._is_sending = False
        self._is_refreshing = False

    async def answer(self, group_id: int) -> None:
        """Answer the updates of the group, once no more of them can be expected."""
        waiting = await self._inbox.open(group_id, patience=PATIENCE, brief=BRIEF, now=self._clock())
        while waiting.wait_s > 0:
            await asyncio.sleep(waiting.wait_s)
            waiting = await self._inbox.open(group_id, patience=PATIENCE, brief=BRIEF, now=self._clock())
        if not waiting.bodies:
            # Answered before, or a piece of another's group, whose answer needs it.
            return
        update = Update.de_json(joined(waiting.bodies), self._app.bot)
        await self._app.update_processor.process_update(update, self._app.process_update(update))
        await self._inbox.done(group_id, now=self._clock())

    async def compose(self) -> None:
        """Compose the digests that are due, and call as many workers to send them as is worth it."""
        composed = await self._delivery.prepare_due()
        for number in range(min(MOST_SENDERS, 1 + composed // EACH_SENDER)):
            await self._queue.send(number)

    async def send(self) -> None:
        """Send digests until none is left; one such job does in a process."""
        if self._is_sending:
            return
        self._is_sending = True
        try:
            await self._duties.send()
        finally:
            self._is_sending = False

    async def alert(self) -> None:
        await self._duties.alert()

    async def broadcast(self) -> None:
        await self._duties.broadcast()

    async def refresh_due(self) -> None:
        """Call some workers to check sources that are due."""
        if self._duties.refresh is not None:
            for number in range(REFRESHERS):
                await self._queue.refresh(number)

    async def refresh(self) -> None:
        """Check sources that are due; one such job does in a process."""
        if self._duties.refresh is None or self._is_refreshing:
            return
        self._is_refreshing = True
        try:
            await self._duties.refresh()
        finally:
            self._is_refreshing = False

    async def forget(self) -> None:
        await self._duties.forget()
        await self._inbox.forget(before=self._clock() - KNOWN_FOR)

    async def look_after(self) -> None:
        """Take over what dead workers were at, and updates that no job is for."""
        if taken_over := await self._queue.take_over():
            log.warning("%d jobs of workers that died go on", taken_over)
        now = self._clock()
        gone = await self._members.gone()
        # Twice in a row: after a restart of the server every member needs a moment to show that it lives.
        if (still := gone & self._gone) and (released := await self._members.release(still, now=now)):
            log.warning("%d digests of workers that died go on", released)
        self._gone = gone
        if forgotten := await self._corpus.forget(unwanted_for=UNWANTED_FOR):
            log.warning("files whose readers died, which are summarised no further: %d", forgotten)
        for group_id in await self._inbox.left(before=now - LEFT_AFTER, after=now - LEFT_FOR):
            await self._queue.answer(group_id)


def joined(bodies: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One update of a group: the first, with the whole text (pure). What is bold in the other pieces is forgotten."""
    first = dict(bodies[0])
    if len(bodies) > 1:
        first["message"] = {**first["message"], "text": join([body["message"]["text"] for body in bodies])}
    return first
