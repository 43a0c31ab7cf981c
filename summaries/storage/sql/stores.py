"""All stores over one database, for either engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from summaries.storage import Store
from summaries.storage.sql.alerts import AlertRows
from summaries.storage.sql.answers import AnswerRows, SavedRows
from summaries.storage.sql.articles import ArticleRows, QueryRows
from summaries.storage.sql.broadcasts import BroadcastRows
from summaries.storage.sql.chat_data import ChatDataRows
from summaries.storage.sql.chats import BlockRows, ChatMembershipRows, ChatRows, QuestionRows
from summaries.storage.sql.deliveries import DeliveryRows
from summaries.storage.sql.figures import AllFigureRows, FigureRows
from summaries.storage.sql.news import NewsRows
from summaries.storage.sql.outbox import OutboxRows
from summaries.storage.sql.retention import RetentionRows
from summaries.storage.sql.session import Sessions
from summaries.storage.sql.sources import SourceRows
from summaries.storage.sql.stories import StoryRows
from summaries.storage.sql.subscriptions import SubscriptionRows
from summaries.storage.sql.watches import WatchRows


def build_stores(database: Sessions, close: Callable[[], Awaitable[None]], *, is_for_all_bots: bool = False) -> Store:
    """Return the stores over an open database. `is_for_all_bots` makes the figures those of all bots on it."""
    return Store(
        articles=ArticleRows(database),
        stories=StoryRows(database),
        news=NewsRows(database),
        queries=QueryRows(database),
        answers=AnswerRows(database),
        saved=SavedRows(database),
        watches=WatchRows(database),
        alerts=AlertRows(database),
        sources=SourceRows(database),
        chats=ChatRows(database),
        chat_data=ChatDataRows(database),
        questions=QuestionRows(database),
        memberships=ChatMembershipRows(database),
        subscriptions=SubscriptionRows(database),
        deliveries=DeliveryRows(database),
        outbox=OutboxRows(database),
        blocks=BlockRows(database),
        broadcasts=BroadcastRows(database),
        figures=AllFigureRows(database) if is_for_all_bots else FigureRows(database),
        upkeep=RetentionRows(database),
        close=close,
    )
