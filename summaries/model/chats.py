"""What a chat chose for itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """A chat's own settings; None where it chose nothing. `language` is the code of a catalogue ("en")."""

    chat_id: int
    language: str | None = None
    has_dark_charts: bool = False


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """Something that the bot asked in its message `message_id`; an answer is about the digest of the chat `target_id`,
    and changes the message `panel_id` too, if there is one."""

    chat_id: int
    message_id: int
    kind: str
    target_id: int
    panel_id: int | None
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class ChatMembership:
    """A group or channel that the bot was put into, as Telegram last told of it; `kind` is Telegram's word."""

    chat_id: int
    kind: str
    title: str | None
    is_member: bool
