"""Where everything is kept. `open_store` picks the store that an address names."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from summaries.errors import InvalidSettings
from summaries.storage.url import check_address, is_postgres, shown_address, sqlite_path

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from summaries.model import Membership
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
        InboxStore,
        MemberStore,
        NewsStore,
        OutboxStore,
        PlaceStore,
        QueryStore,
        QuestionStore,
        RateLimitStore,
        SavedStore,
        SourceStore,
        StoryStore,
        SubscriptionStore,
        UpkeepStore,
        WatchStore,
    )

__all__ = [
    "POOL_SIZE",
    "Fleet",
    "Store",
    "check_address",
    "check_fleet_address",
    "is_postgres",
    "open_fleet",
    "open_store",
    "queue_connection",
    "shown_address",
    "sqlite_path",
    "with_driver",
]

# Connections to PostgreSQL that a process may hold; each serves one read or write at a time.
POOL_SIZE = 10


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
    outbox: OutboxStore
    blocks: BlockStore
    broadcasts: BroadcastStore
    figures: FigureStore
    upkeep: UpkeepStore
    close: Callable[[], Awaitable[None]]


async def open_store(url: str, *, is_bot: bool = False, pool_size: int = POOL_SIZE, bot_id: int | None = None) -> Store:
    """Open the database at the address, creating or upgrading its tables. Only one bot may have it open.

    `pool_size` counts connections to PostgreSQL; SQLite has one. Where several bots share a PostgreSQL database, the
    chats are those of `bot_id`; without it, or where one bot alone is on it, those that stand beside the news, and
    figures are those of all bots.

    Raises:
        InvalidSettings: the address is not one of a database that Ringkas knows.
        StoreError: it can't be opened; the message says what to do.
    """
    check_address(url)
    if not is_postgres(url):
        if bot_id is not None and not is_bot:
            raise InvalidSettings(("one bot alone is on the SQLite database in DATABASE_URL: leave --bot away",))
        from summaries.storage.sqlite.stores import open_sqlite

        return await open_sqlite(sqlite_path(url), is_bot=is_bot)
    with with_driver():
        from summaries.storage.postgres.stores import open_postgres
    return await open_postgres(url, is_bot=is_bot, pool_size=pool_size, bot_id=bot_id)


@dataclass(frozen=True, slots=True)
class Fleet:
    """What one of several processes works with. Close its store when done.

    `stores` are those of each bot, over the same connections and the same news. `store` is the first's, but for its
    figures, which are those of all bots.
    """

    store: Store
    stores: Mapping[int, Store]
    inbox: InboxStore
    members: MemberStore
    rate_limits: RateLimitStore


def check_fleet_address(url: str) -> None:
    """Raises:
    InvalidSettings: several processes can't share what the address names.
    """
    if not is_postgres(url):
        fault = (
            "DATABASE_URL must name a PostgreSQL database (postgresql://user:password@host:5432/ringkas) for workers"
            " and receivers; with SQLite, `ringkas run` does all in one process"
        )
        raise InvalidSettings((fault,))


async def open_fleet(url: str, member: Membership, *, pool_size: int = POOL_SIZE, bot_ids: Sequence[int] = ()) -> Fleet:
    """Open the PostgreSQL database at the address for one of several processes, which is as `member` tells and works
    for these bots; a bot that runs alone may not be on it, nor members that this one does not understand, or that don't
    understand this one. The first bot that comes has its chats where a bot alone had them.

    Raises:
        InvalidSettings: see `check_fleet_address`.
        StoreError: it can't be opened; the message says what to do.
    """
    check_fleet_address(url)
    with with_driver():
        from summaries.storage.postgres.stores import open_postgres_fleet
    return await open_postgres_fleet(url, member, pool_size=pool_size, bot_ids=bot_ids)


def queue_connection(url: str) -> dict[str, Any]:
    """Return psycopg's arguments for a connection that sees the tables of Procrastinate, in their own schema.

    Raises:
        InvalidSettings: the address cannot be understood.
    """
    from summaries.storage.postgres.connect import connection_values
    from summaries.storage.postgres.fleet_schema import JOBS

    values = connection_values(url)
    return {**values, "options": f"{values.get('options', '')} -c search_path={JOBS}"}


@contextmanager
def with_driver() -> Iterator[None]:
    """What is imported needs packages that only PostgreSQL does.

    Raises:
        InvalidSettings: they are not there.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise InvalidSettings(
            (f"DATABASE_URL names PostgreSQL, which needs {error.name}: pip install 'ringkas[postgres]'",)
        ) from error
