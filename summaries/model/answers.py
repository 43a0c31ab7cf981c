"""What chats were answered, so that an answer can be changed later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from summaries.model.articles import StoredArticle


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
