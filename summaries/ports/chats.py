"""Ports for chats, their replies and saved articles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from summaries.model import AnsweredQuestion, AnswerRef, ChatMembership, ChatSettings, OpenQuestion, SavedPage


class ChatStore(Protocol):
    """Settings of chats."""

    async def find(self, chat_id: int) -> ChatSettings:
        """Return the chat's settings, which are empty by default."""

    async def put(self, settings: ChatSettings, *, now: datetime) -> None:
        """Add or replace the chat's settings."""


class QuestionStore(Protocol):
    """Questions that wait for a typed reply, also across a restart. Each lasts for a day."""

    async def ask(self, question: OpenQuestion) -> None: ...

    async def find(self, chat_id: int, message_id: int) -> OpenQuestion | None: ...

    async def latest(self, chat_id: int) -> OpenQuestion | None: ...

    async def close(self, question: OpenQuestion) -> bool:
        """Delete the question; return False if somebody answered it meanwhile."""


class ChatMembershipStore(Protocol):
    """The bot's memberships in groups and channels, present and past."""

    async def find(self, chat_id: int) -> ChatMembership | None: ...

    async def put(self, membership: ChatMembership, *, now: datetime) -> None: ...


class ChatDataStore(Protocol):
    """Everything that is stored about one chat."""

    async def export(self, chat_id: int) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Return every row about the chat as plain values, by table, without empty tables."""

    async def forget(self, chat_id: int) -> int:
        """Delete every row about the chat except that it is blocked; return how many there were."""


class AnswerStore(Protocol):
    """Replies with buttons, and the messages they answer."""

    async def open(self, chat_id: int, article_id: int, *, now: datetime) -> AnswerRef:
        """Store that a reply shows the article; return it with an id that cannot be guessed. It lasts some months."""

    async def find(self, answer_id: int, chat_id: int) -> AnswerRef | None:
        """Return the reply if it was sent in that chat."""

    async def remember(self, chat_id: int, question_id: int, answered: AnsweredQuestion, *, now: datetime) -> None:
        """Remember for two days the messages that answer the chat's message `question_id`."""

    async def recall(self, chat_id: int, question_id: int) -> AnsweredQuestion | None: ...


class SavedStore(Protocol):
    """Articles that people saved."""

    async def save(self, user_id: int, article_id: int, *, now: datetime) -> bool:
        """Save the article; return False if it was saved already, or the person has reached the limit."""

    async def remove(self, user_id: int, article_id: int) -> bool:
        """Remove the article; return False if it was not saved."""

    async def is_saved(self, user_id: int, article_id: int) -> bool: ...

    async def page(self, user_id: int, *, number: int, size: int) -> SavedPage:
        """Return a page, or the last one if `number` is past it."""
