"""Words that chats wait for, and the messages that tell of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from summaries.model.digests import ChatRef, OutboxMessage
    from summaries.model.news import NewsItem
    from summaries.model.preferences import QuietHours


@dataclass(frozen=True, slots=True)
class Watch:
    """Words that a chat waits for; words in double quotes stand together.

    What is found for a folded one comes with the chat's digest rather than at once.
    """

    id: int
    chat: ChatRef
    words: str
    is_folded: bool = False


@dataclass(frozen=True, slots=True)
class FreshArticle:
    """A public article that came in lately: the stems of its title and text as the search index has them."""

    article_id: int
    title_stems: str
    text_stems: str


@dataclass(frozen=True, slots=True)
class FreshNews:
    """Articles that were not looked through yet; the last of them, by the moment when it came in and its id."""

    articles: tuple[FreshArticle, ...]
    added_at: datetime
    article_id: int


@dataclass(frozen=True, slots=True)
class AlertBatch:
    """Stories that one watch found, for one message. `language`, `zone` and `quiet` hours are the chat's, if chosen."""

    watch: Watch
    items: tuple[NewsItem, ...]
    message: OutboxMessage
    language: str | None = None
    zone: str | None = None
    quiet: QuietHours | None = None
