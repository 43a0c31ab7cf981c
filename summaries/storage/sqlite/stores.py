"""The stores over one SQLite file, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.storage import Store
from summaries.storage.sql.alerts import AlertRows
from summaries.storage.sql.answers import AnswerRows, SavedRows
from summaries.storage.sql.articles import ArticleRows, QueryRows
from summaries.storage.sql.broadcasts import BroadcastRows
from summaries.storage.sql.chat_data import ChatDataRows
from summaries.storage.sql.chats import BlockRows, ChatRows, PlaceRows, QuestionRows
from summaries.storage.sql.deliveries import DeliveryRows
from summaries.storage.sql.figures import FigureRows
from summaries.storage.sql.news import NewsRows
from summaries.storage.sql.outbox import OutboxRows
from summaries.storage.sql.sources import SourceRows
from summaries.storage.sql.stories import StoryRows
from summaries.storage.sql.subscriptions import SubscriptionRows
from summaries.storage.sql.watches import WatchRows
from summaries.storage.sqlite.database import Database
from summaries.storage.sqlite.session import SqliteSessions
from summaries.storage.sqlite.upkeep import SqliteUpkeepStore

if TYPE_CHECKING:
    from pathlib import Path


async def open_sqlite(path: Path, *, is_bot: bool) -> Store:
    """Open the file, or create it, and bring it to the newest version; see `Database.open`."""
    database = await Database.open(path, is_bot=is_bot)
    shared = SqliteSessions(database)
    return Store(
        articles=ArticleRows(shared),
        stories=StoryRows(shared),
        news=NewsRows(shared),
        queries=QueryRows(shared),
        answers=AnswerRows(shared),
        saved=SavedRows(shared),
        watches=WatchRows(shared),
        alerts=AlertRows(shared),
        sources=SourceRows(shared),
        chats=ChatRows(shared),
        chat_data=ChatDataRows(shared),
        questions=QuestionRows(shared),
        places=PlaceRows(shared),
        subscriptions=SubscriptionRows(shared),
        deliveries=DeliveryRows(shared),
        outbox=OutboxRows(shared),
        blocks=BlockRows(shared),
        broadcasts=BroadcastRows(shared),
        figures=FigureRows(shared),
        upkeep=SqliteUpkeepStore(database),
        close=database.close,
    )
