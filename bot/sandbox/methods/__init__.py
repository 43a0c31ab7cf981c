"""Every method that has behaviour here, by the Bot API's name."""

from __future__ import annotations

from bot.sandbox.methods import account, answering, chats, editing, media, receiving, sending
from bot.sandbox.methods.registry import Simulated

METHODS: dict[str, Simulated] = {
    **receiving.METHODS,
    **account.METHODS,
    **sending.METHODS,
    **media.METHODS,
    **editing.METHODS,
    **answering.METHODS,
    **chats.METHODS,
}
