"""Tasks that a worker runs for one bot. Each may run twice, and in any worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from telegram import Update

from bot.app import App
from bot.background.jobs import BackgroundJobs
from bot.conversation.pasted_text import join_pieces
from bot.runtime.shutdown import SENDING_GRACE_S
from bot.transport.update_processor import refusing
from summaries.delivery import DeliveryService


class ServedBot:
    """One bot of this process, after Telegram accepted its token."""

    def __init__(self, bot_id: int, app: App, jobs: BackgroundJobs, delivery: DeliveryService) -> None:
        self.bot_id = bot_id
        self._app = app
        self._jobs = jobs
        self._delivery = delivery

    async def answer(self, bodies: Sequence[Mapping[str, Any]], *, is_refused: bool = False) -> None:
        """Answer `bodies`, which belong together, as one update; with a notice if they are over a limit."""
        update = Update.de_json(merge_updates(bodies), self._app.bot)
        with refusing() if is_refused else nullcontext():
            await self._app.update_processor.process_update(update, self._app.process_update(update))

    async def compose(self) -> int:
        """Compose the due digests and return their number."""
        return await self._delivery.prepare_due()

    async def send(self) -> None:
        """Send composed digests until none is left."""
        await self._jobs.send()

    async def alert(self) -> None:
        await self._jobs.alert()

    async def broadcast(self) -> None:
        await self._jobs.broadcast()

    async def stop(self) -> None:
        """Start no more messages, and finish those in progress."""
        await self._delivery.stop(SENDING_GRACE_S)


def merge_updates(bodies: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the first update of a group with the text of all of them. Formatting of the later ones is lost."""
    first = dict(bodies[0])
    if len(bodies) > 1:
        first["message"] = {**first["message"], "text": join_pieces([body["message"]["text"] for body in bodies])}
    return first
