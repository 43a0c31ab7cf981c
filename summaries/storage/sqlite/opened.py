"""The stores over one SQLite file, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.storage import Store
from summaries.storage.sqlite.admin import SqliteBlockStore, SqliteFigureStore
from summaries.storage.sqlite.alerts import SqliteAlertStore
from summaries.storage.sqlite.answers import SqliteAnswerStore, SqliteSavedStore
from summaries.storage.sqlite.articles import SqliteArticleStore, SqliteQueryStore
from summaries.storage.sqlite.broadcasts import SqliteBroadcastStore
from summaries.storage.sqlite.chat_data import SqliteChatDataStore
from summaries.storage.sqlite.chats import SqliteChatStore, SqlitePlaceStore, SqliteQuestionStore
from summaries.storage.sqlite.database import Database
from summaries.storage.sqlite.digests import SqliteDeliveryStore
from summaries.storage.sqlite.news import SqliteNewsStore
from summaries.storage.sqlite.sources import SqliteSourceStore
from summaries.storage.sqlite.stories import SqliteStoryStore
from summaries.storage.sqlite.subscriptions import SqliteSubscriptionStore
from summaries.storage.sqlite.upkeep import SqliteUpkeepStore
from summaries.storage.sqlite.watches import SqliteWatchStore

if TYPE_CHECKING:
    from pathlib import Path


async def open_sqlite(path: Path, *, is_bot: bool) -> Store:
    """Open the file, or create it, and bring it to the newest version; see `Database.open`."""
    database = await Database.open(path, is_bot=is_bot)
    return Store(
        articles=SqliteArticleStore(database),
        stories=SqliteStoryStore(database),
        news=SqliteNewsStore(database),
        queries=SqliteQueryStore(database),
        answers=SqliteAnswerStore(database),
        saved=SqliteSavedStore(database),
        watches=SqliteWatchStore(database),
        alerts=SqliteAlertStore(database),
        sources=SqliteSourceStore(database),
        chats=SqliteChatStore(database),
        chat_data=SqliteChatDataStore(database),
        questions=SqliteQuestionStore(database),
        places=SqlitePlaceStore(database),
        subscriptions=SqliteSubscriptionStore(database),
        deliveries=SqliteDeliveryStore(database),
        blocks=SqliteBlockStore(database),
        broadcasts=SqliteBroadcastStore(database),
        figures=SqliteFigureStore(database),
        upkeep=SqliteUpkeepStore(database),
        close=database.close,
    )
