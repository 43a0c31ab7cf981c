"""What a chat chose for itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from summaries.model.articles import StoredArticle


@dataclass(frozen=True, slots=True)
class ChatRef:
    """Where to send: a chat and, in a forum, the topic's thread."""

    chat_id: int
    thread_id: int | None = None


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


@dataclass(frozen=True, slots=True)
class AnswerRef:
    """An article that a chat was told, with buttons under it. Nobody can guess its `id`."""

    id: int
    chat_id: int
    article_id: int


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A message that was answered: a digest of what it said, and the messages of the answer, in order."""

    digest: str
    message_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SavedArticle:
    """An article that a person keeps, and since when."""

    stored: StoredArticle
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class SavedPage:
    """One page of a person's saved articles, the one saved last first. `number` counts from 0."""

    items: tuple[SavedArticle, ...]
    number: int
    total: int
    size: int

    @property
    def count(self) -> int:
        """How many pages there are, at least 1."""
        return max(1, -(-self.total // self.size))
