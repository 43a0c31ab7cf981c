"""The stores over one SQLite file, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.storage import Store
from summaries.storage.sql.alerts import AlertRows
from summaries.storage.sql.answers import AnswerRows, SavedRows
from summaries.storage.sql.broadcasts import BroadcastRows
from summaries.storage.sql.chats import BlockRows, ChatRows, PlaceRows, QuestionRows
from summaries.storage.sql.deliveries import DeliveryRows
from summaries.storage.sql.outbox import OutboxRows
from summaries.storage.sql.subscriptions import SubscriptionRows
from summaries.storage.sql.watches import WatchRows
from summaries.storage.sqlite.admin import SqliteFigureStore
from summaries.storage.sqlite.articles import SqliteArticleStore, SqliteQueryStore
from summaries.storage.sqlite.chat_data import SqliteChatDataStore
from summaries.storage.sqlite.database import Database
from summaries.storage.sqlite.news import SqliteNewsStore
from summaries.storage.sqlite.session import SqliteSessions
from summaries.storage.sqlite.sources import SqliteSourceStore
from summaries.storage.sqlite.stories import SqliteStoryStore
from summaries.storage.sqlite.upkeep import SqliteUpkeepStore

if TYPE_CHECKING:
    from pathlib import Path


async def open_sqlite(path: Path, *, is_bot: bool) -> Store:
    """Open the file, or create it, and bring it to the newest version; see `Database.open`."""
    database = await Database.open(path, is_bot=is_bot)
    shared = SqliteSessions(database)
    return Store(
        articles=SqliteArticleStore(database),
        stories=SqliteStoryStore(database),
        news=SqliteNewsStore(database),
        queries=SqliteQueryStore(database),
        answers=AnswerRows(shared),
        saved=SavedRows(shared),
        watches=WatchRows(shared),
        alerts=AlertRows(shared),
        sources=SqliteSourceStore(database),
        chats=ChatRows(shared),
        chat_data=SqliteChatDataStore(database),
        questions=QuestionRows(shared),
        places=PlaceRows(shared),
        subscriptions=SubscriptionRows(shared),
        deliveries=DeliveryRows(shared),
        outbox=OutboxRows(shared),
        blocks=BlockRows(shared),
        broadcasts=BroadcastRows(shared),
        figures=SqliteFigureStore(database),
        upkeep=SqliteUpkeepStore(database),
        close=database.close,
    )
