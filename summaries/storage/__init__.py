"""Where everything is kept. `open_store` picks the store that an address names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from summaries.errors import BadSetting
from summaries.storage.sqlite.admin import SqliteBlockStore, SqliteBroadcastStore, SqliteFigureStore
from summaries.storage.sqlite.answers import SqliteAnswerStore, SqliteSavedStore
from summaries.storage.sqlite.articles import SqliteArticleStore, SqliteQueryStore
from summaries.storage.sqlite.chat_data import SqliteChatDataStore
from summaries.storage.sqlite.chats import SqliteChatStore, SqlitePlaceStore, SqliteQuestionStore
from summaries.storage.sqlite.database import Database
from summaries.storage.sqlite.digests import SqliteDeliveryStore
from summaries.storage.sqlite.news import SqliteNewsStore
from summaries.storage.sqlite.sources import SqliteSourceStore
from summaries.storage.sqlite.stories import SqliteStoryStore
from summaries.storage.sqlite.subscriptions import SqliteSubscriptionStore
from summaries.storage.sqlite.upkeep import SqliteUpkeepStore
from summaries.storage.sqlite.watches import SqliteAlertStore, SqliteWatchStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from summaries.ports import (
        AlertStore,
        AnswerStore,
        ArticleStore,
        BlockStore,
        BroadcastStore,
        ChatDataStore,
        ChatStore,
        DeliveryStore,
        FigureStore,
        NewsStore,
        PlaceStore,
        QueryStore,
        QuestionStore,
        SavedStore,
        SourceStore,
        StoryStore,
        SubscriptionStore,
        UpkeepStore,
        WatchStore,
    )


@dataclass(frozen=True, slots=True)
class Store:
    """The stores over one database. Close it when done."""

    articles: ArticleStore
    stories: StoryStore
    news: NewsStore
    queries: QueryStore
    answers: AnswerStore
    saved: SavedStore
    watches: WatchStore
    alerts: AlertStore
    sources: SourceStore
    chats: ChatStore
    chat_data: ChatDataStore
    questions: QuestionStore
    places: PlaceStore
    subscriptions: SubscriptionStore
    deliveries: DeliveryStore
    blocks: BlockStore
    broadcasts: BroadcastStore
    figures: FigureStore
    upkeep: UpkeepStore
    close: Callable[[], Awaitable[None]]


def sqlite_path(url: str) -> Path:
    """The file that an address such as sqlite:///ringkas.db or sqlite:////var/lib/ringkas.db names.

    Raises:
        BadSetting: it is not such an address.
    """
    scheme, separator, path = url.partition(":///")
    if scheme != "sqlite" or not separator or not path or path.endswith("/"):
        raise BadSetting((f"DATABASE_URL must look like sqlite:///ringkas.db, not {url!r}",))
    return Path(path)


async def open_store(url: str, *, is_bot: bool = False) -> Store:
    """Open the database at the address, creating or upgrading it. Only one bot may have it open.

    Raises:
        BadSetting: the address is not one of a database that Ringkas knows.
        StoreError: it can't be opened; the message says what to do.
    """
    database = await Database.open(sqlite_path(url), is_bot=is_bot)
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
