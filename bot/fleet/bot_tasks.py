"""What a worker does for one of its bots: each is safe to be done twice, and by whichever worker."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from telegram import Update

from bot.conversation.pasted_text import join_pieces
from bot.runtime.shutdown import SENDING_GRACE_S
from bot.transport.update_processor import refusing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.app import App
    from bot.background.jobs import Duties
    from summaries.delivery import DeliveryService


class Served:
    """One bot, which Telegram knows, in this process."""

    def __init__(self, bot_id: int, app: App, duties: Duties, delivery: DeliveryService) -> None:
        self.bot_id = bot_id
        self._app = app
        self._duties = duties
        self._delivery = delivery

    async def answer(self, bodies: Sequence[Mapping[str, Any]], *, is_refused: bool = False) -> None:
        """Answer the updates, which belong together; with a notice if they are over a limit."""
        update = Update.de_json(joined(bodies), self._app.bot)
        with refusing() if is_refused else nullcontext():
            await self._app.update_processor.process_update(update, self._app.process_update(update))

    async def compose(self) -> int:
        """Compose the digests that are due; tell how many there were."""
        return await self._delivery.prepare_due()

    async def send(self) -> None:
        """Send digests until none is left."""
        await self._duties.send()

    async def alert(self) -> None:
        await self._duties.alert()

    async def broadcast(self) -> None:
        await self._duties.broadcast()

    async def stop(self) -> None:
        """Begin no more messages, and finish those under way."""
        await self._delivery.stop(SENDING_GRACE_S)


def joined(bodies: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One update of a group: the first, with the whole text (pure). What is bold in the other pieces is forgotten."""
    first = dict(bodies[0])
    if len(bodies) > 1:
        first["message"] = {**first["message"], "text": join_pieces([body["message"]["text"] for body in bodies])}
    return first
