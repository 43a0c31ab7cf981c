"""All simulated methods, by their names in the Bot API."""

from bot.sandbox.methods import account, chats, messages, queries, updates
from bot.sandbox.methods.checks import METHODS

# Each module registers its methods.
__all__ = ["METHODS", "account", "chats", "messages", "queries", "updates"]
