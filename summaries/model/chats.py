"""What a chat chose for itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """A chat's own settings; None where it chose nothing. `language` is the code of a catalogue ("en")."""

    chat_id: int
    language: str | None = None
