"""Every method that has behaviour here, by the Bot API's name."""

from __future__ import annotations

from bot.sandbox.methods import account, chats, messages, queries, updates
from bot.sandbox.methods.checks import Simulated

METHODS: dict[str, Simulated] = {
    **updates.METHODS,
    **account.METHODS,
    **messages.METHODS,
    **queries.METHODS,
    **chats.METHODS,
}
