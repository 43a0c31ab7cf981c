"""All simulated methods, by their names in the Bot API."""

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
