"""Join the pieces of a pasted text, which Telegram's apps cut where it is longer than a message."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

from telegram import Message

from bot.telegram_text import utf16_length
from bot.transport.update_processor import sender_id

# The apps cut at the end of a line, a sentence or a word, which may be well before the limit of 4096.
MIN_CUT_LENGTH = 3000
# The pieces are sent at once; over a slow network they arrive at most this far apart.
PATIENCE_S = 0.8

_SENTENCE_END = re.compile(r"[.!?…][\"”’)]*\s*$")


@dataclass(slots=True)
class _Collection:
    """The pieces so far, by message id, and an event that signals another piece."""

    pieces: dict[int, str] = field(default_factory=dict)
    has_piece: asyncio.Event = field(default_factory=asyncio.Event)


class PastedTextJoiner:
    """Collects the pieces of texts that may have been cut, for all chats of the bot."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._collections: dict[tuple[int, int], _Collection] = {}

    async def collect(self, message: Message, text: str) -> str:
        """Return the text joined with the pieces that follow it, once no more can be expected."""
        if utf16_length(text) < MIN_CUT_LENGTH:
            return text
        key = identify_sender(message)
        collection = self._collections[key] = _Collection({message.message_id: text})
        try:
            while True:
                collection.has_piece.clear()
                async with asyncio.timeout(self._patience_s):
                    await collection.has_piece.wait()
        except TimeoutError:
            pass
        finally:
            if self._collections.get(key) is collection:
                del self._collections[key]
        return join_pieces([piece for _, piece in sorted(collection.pieces.items())])

    def try_append(self, message: Message) -> bool:
        """Append the message to a text that is being collected; return False if there is none for it."""
        collection = self._collections.get(identify_sender(message))
        if collection is None or not message.text or message.message_id < min(collection.pieces):
            return False
        collection.pieces[message.message_id] = message.text
        collection.has_piece.set()
        return True


def identify_sender(message: Message) -> tuple[int, int]:
    """Return the chat and the sender, whose pieces belong together."""
    return message.chat_id, sender_id(message)


def join_pieces(pieces: list[str]) -> str:
    """Join the pieces with a line break after the end of a sentence, else with a space."""
    text = ""
    for piece in pieces:
        text += ("\n" if _SENTENCE_END.search(text) else " ") * bool(text) + piece
    return text
