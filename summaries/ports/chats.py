"""Chats in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from summaries.model import AnsweredQuestion, AnswerRef, ChatMembership, ChatSettings, OpenQuestion, SavedPage


class ChatStore(Protocol):
    """What chats chose for themselves."""

    async def find(self, chat_id: int) -> ChatSettings:
        """The chat's settings; those of a chat that chose nothing are empty."""
        ...

    async def put(self, settings: ChatSettings, *, now: datetime) -> None:
        """Add or replace the chat's settings."""
        ...


class QuestionStore(Protocol):
    """Questions that wait for a typed answer, also over a restart. Each lasts for a day."""

    async def ask(self, question: OpenQuestion) -> None: ...

    async def find(self, chat_id: int, message_id: int) -> OpenQuestion | None: ...

    async def latest(self, chat_id: int) -> OpenQuestion | None: ...

    async def close(self, question: OpenQuestion) -> bool:
        """Take the question away. False when somebody answered it meanwhile."""
        ...


class PlaceStore(Protocol):
    """The groups and channels that the bot is in, or was."""

    async def find(self, chat_id: int) -> ChatMembership | None: ...

    async def put(self, place: ChatMembership, *, now: datetime) -> None: ...


class ChatDataStore(Protocol):
    """All that is stored of one chat, whatever it is."""

    async def export(self, chat_id: int) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Every row about the chat, by table, as plain values; tables that hold none are left out."""
        ...

    async def forget(self, chat_id: int) -> int:
        """Delete every row about the chat, and tell how many there were. That it is blocked is not forgotten."""
        ...


class AnswerStore(Protocol):
    """What chats were answered."""

    async def open(self, chat_id: int, article_id: int, *, now: datetime) -> AnswerRef:
        """An answer that tells the article, under an id that nobody can guess. It is kept for some months."""
        ...

    async def find(self, answer_id: int, chat_id: int) -> AnswerRef | None:
        """The answer, if it was given in that chat."""
        ...

    async def remember(self, chat_id: int, question_id: int, answered: AnsweredQuestion, *, now: datetime) -> None:
        """Keep in mind for two days which messages answer the chat's message `question_id`."""
        ...

    async def recall(self, chat_id: int, question_id: int) -> AnsweredQuestion | None: ...


class SavedStore(Protocol):
    """The articles that people keep."""

    async def save(self, user_id: int, article_id: int, *, now: datetime) -> bool:
        """Keep the article for the person. False when it was kept already, or the person keeps as many as one may."""
        ...

    async def remove(self, user_id: int, article_id: int) -> bool:
        """False when it was not there."""
        ...

    async def is_saved(self, user_id: int, article_id: int) -> bool: ...

    async def page(self, user_id: int, *, number: int, size: int) -> SavedPage:
        """`number` past the last page gives the last page."""
        ...
