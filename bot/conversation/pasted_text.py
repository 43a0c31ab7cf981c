"""Telegram's apps cut a pasted text that is longer than a message; here the pieces become one text again."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.telegram_text import utf16_length
from bot.transport.update_processor import sender_id

if TYPE_CHECKING:
    from telegram import Message

# The apps cut where a line, a sentence or a word ends, which may be well before the limit.
MAYBE_CUT_FROM = 3000
# The pieces are sent at once; over a slow network they come this far apart.
PATIENCE_S = 0.8

_SENTENCE_END = re.compile(r"[.!?…][\"”’)]*\s*$")


@dataclass(slots=True)
class _Growing:
    """The pieces so far, by message id, and a signal that there is one more."""

    pieces: dict[int, str] = field(default_factory=dict)
    has_grown: asyncio.Event = field(default_factory=asyncio.Event)


class TextJoiner:
    """Waits for the rest of texts that may have been cut. One for the whole bot."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._growing: dict[tuple[int, int], _Growing] = {}

    async def whole(self, message: Message, text: str) -> str:
        """The text with the pieces that follow it, as soon as no more can be expected."""
        if utf16_length(text) < MAYBE_CUT_FROM:
            return text
        key = sender(message)
        growing = self._growing[key] = _Growing({message.message_id: text})
        try:
            while True:
                growing.has_grown.clear()
                async with asyncio.timeout(self._patience_s):
                    await growing.has_grown.wait()
        except TimeoutError:
            pass
        finally:
            if self._growing.get(key) is growing:
                del self._growing[key]
        return join([piece for _, piece in sorted(growing.pieces.items())])

    def take(self, message: Message) -> bool:
        """Whether the message continues a text that is waited for; then it belongs to that one's answer."""
        growing = self._growing.get(sender(message))
        if growing is None or not message.text or message.message_id < min(growing.pieces):
            return False
        growing.pieces[message.message_id] = message.text
        growing.has_grown.set()
        return True


def sender(message: Message) -> tuple[int, int]:
    return message.chat_id, sender_id(message)


def join(pieces: list[str]) -> str:
    """The pieces as one text: a new line where a sentence ended at the cut, else a space."""
    text = ""
    for piece in pieces:
        text += ("\n" if _SENTENCE_END.search(text) else " ") * bool(text) + piece
    return text
