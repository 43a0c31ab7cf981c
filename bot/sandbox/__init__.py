"""A local stand-in for Telegram's Bot API and its users, at least as strict as Telegram. It imports nothing of the bot.

README.md in this folder lists its addresses.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
