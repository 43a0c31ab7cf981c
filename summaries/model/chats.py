"""Chats: settings, open questions and answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ChatRef:
    """A chat and, in a forum, the thread of a topic."""

    chat_id: int
    thread_id: int | None = None


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """A chat's own settings; None for the default. `language` is the code of a catalogue ("en")."""

    chat_id: int
    language: str | None = None
    has_dark_charts: bool = False


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that the bot asked in its message `message_id`.

    The reply changes the digest of the chat `target_id`, and the message `panel_id`, if there is one.
    """

    chat_id: int
    message_id: int
    kind: str
    target_id: int
    panel_id: int | None
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class ChatMembership:
    """The bot's membership in a group or channel, as Telegram last reported it; `kind` is Telegram's chat type."""

    chat_id: int
    kind: str
    title: str | None
    is_member: bool


@dataclass(frozen=True, slots=True)
class AnswerRef:
    """The article behind the buttons of a reply. Its `id` cannot be guessed."""

    id: int
    chat_id: int
    article_id: int


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A message that the bot replied to: a hash of its text, and the messages of the reply, in order."""

    digest: str
    message_ids: tuple[int, ...]
