"""What a command's message holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telegram import Message


def argument(message: Message) -> str:
    """What follows the command, on its own line and all that follow."""
    text = message.text or message.caption or ""
    words = text.split(maxsplit=1)
    return words[1].strip() if len(words) > 1 else ""
