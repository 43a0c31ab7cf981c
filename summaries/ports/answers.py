"""Answers and saved articles in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from summaries.model import AnsweredQuestion, AnswerRef, SavedPage


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
