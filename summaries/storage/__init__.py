"""Storage in SQLite or PostgreSQL. `open_store` opens the database that an address names.

The address, DATABASE_URL, may contain a password, which no error shows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from summaries.errors import InvalidSettings, describe_extra

if TYPE_CHECKING:
    from summaries import ports
    from summaries.model import Membership

__all__ = [
    "POOL_SIZE",
    "Fleet",
    "PublicStore",
    "ServerState",
    "Store",
    "check_address",
    "check_fleet_address",
    "find_server_state",
    "is_postgres",
    "open_fleet",
    "open_public_store",
    "open_store",
    "queue_connection",
    "shown_address",
    "sqlite_path",
    "with_driver",
]

SQLITE = "sqlite"
POSTGRES = ("postgresql", "postgres")
MUST_BE = "DATABASE_URL must look like sqlite:///ringkas.db or postgresql://user:password@host:5432/ringkas"
# Connections to PostgreSQL that a process may hold; each serves one read or write at a time.
POOL_SIZE = 10


class ServerState(StrEnum):
    """Whether a database server takes connections: it does, or refuses for a lasting reason; it starts up, stops or
    recovers; nothing listens there."""

    READY = "ready"
    RECOVERING = "recovering"
    AWAY = "away"


def is_postgres(url: str) -> bool:
    return url.partition("://")[0] in POSTGRES


def check_address(url: str) -> None:
    """Raise unless the address names a database that Ringkas supports.

    Raises:
        InvalidSettings: it does not.
    """
    shown_address(url)


def sqlite_path(url: str) -> Path:
    """Return the file that an address such as sqlite:///ringkas.db or sqlite:////var/lib/ringkas.db names.

    Raises:
        InvalidSettings: it is not such an address.
    """
    scheme, separator, path = url.partition(":///")
    if scheme != SQLITE or not separator or not path or path.endswith("/"):
        raise InvalidSettings((MUST_BE,))
    return Path(path)


def shown_address(url: str) -> str:
    """Return the path of a SQLite database, or the address of a PostgreSQL database without user, password and options.

    Raises:
        InvalidSettings: it is not such an address.
    """
    if not is_postgres(url):
        return str(sqlite_path(url))
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise InvalidSettings((MUST_BE,)) from None
    name = unquote(parts.path.lstrip("/"))
    if "/" in name:
        raise InvalidSettings((MUST_BE,))
    return f"postgresql://{parts.hostname or ''}{port}/{name}"


@dataclass(frozen=True, slots=True)
class Store:
    """The stores over one database. Close it when done."""

    articles: ports.ArticleStore
    stories: ports.StoryStore
    story_edits: ports.StoryEditStore
    studies: ports.StudyStore
    news: ports.NewsStore
    public_news: ports.PublicNews
    queries: ports.QueryStore
    answers: ports.AnswerStore
    saved: ports.SavedStore
    watches: ports.WatchStore
    alerts: ports.AlertStore
    sources: ports.SourceStore
    own_feeds: ports.OwnFeedStore
    hazards: ports.HazardStore
    warnings: ports.WarningStore
    chats: ports.ChatStore
    chat_data: ports.ChatDataStore
    questions: ports.QuestionStore
    memberships: ports.ChatMembershipStore
    subscriptions: ports.SubscriptionStore
    deliveries: ports.DeliveryStore
    outbox: ports.OutboxStore
    blocks: ports.BlockStore
    broadcasts: ports.BroadcastStore
    figures: ports.FigureStore
    upkeep: ports.UpkeepStore
    close: Callable[[], Awaitable[None]]


async def open_store(
    url: str, *, is_bot: bool = False, pool_size: int = POOL_SIZE, bot_id: int | None = None, edition: str = ""
) -> Store:
    """Open the database at the address, and create or upgrade its tables. Only one bot may have it open.

    `pool_size` is the number of connections to PostgreSQL; SQLite has two. If several bots share a PostgreSQL database,
    the chats are those of `bot_id`; without it they are the first bot's, and the figures those of all bots. A bot that
    runs has the news of its `edition`.

    Raises:
        InvalidSettings: the address is not one of a database that Ringkas knows.
        StoreError: it cannot be opened; the message says how to fix that.
    """
    from summaries.storage.sql.stores import build_stores

    check_address(url)
    if not is_postgres(url):
        if bot_id is not None and not is_bot:
            raise InvalidSettings(("one bot alone is on the SQLite database in DATABASE_URL: leave --bot away",))
        from summaries.storage.sqlite.database import Database as SqliteDatabase

        file = await SqliteDatabase.open(sqlite_path(url), is_bot=is_bot)
        return build_stores(file, file.close)
    with with_driver():
        from summaries.storage.postgres.database import Database
    bot_ids = () if bot_id is None else (bot_id,)
    editions = dict.fromkeys(bot_ids, edition)
    database = await Database.open(url, is_bot=is_bot, pool_size=pool_size, bot_ids=bot_ids, editions=editions)
    return build_stores(database, database.close, is_for_all_bots=not is_bot and bot_id is None)


@dataclass(frozen=True, slots=True)
class PublicStore:
    """The public news over one database, which nothing can change through it. Close it when done."""

    news: ports.PublicReader
    close: Callable[[], Awaitable[None]]


async def open_public_store(url: str, *, pool_size: int = POOL_SIZE, bot_id: int | None = None) -> PublicStore:
    """Open the database at the address to read its news, also while bots use it: those of the edition of `bot_id`.

    Raises:
        InvalidSettings: the address is not one of a database that Ringkas knows.
        StoreError: it cannot be read; the message says how to fix that.
    """
    from summaries.storage.sql.public_news import PublicReaderRows

    check_address(url)
    if not is_postgres(url):
        from summaries.storage.sqlite.database import Database as SqliteDatabase

        file = await SqliteDatabase.open_reader(sqlite_path(url))
        return PublicStore(PublicReaderRows(file), file.close)
    with with_driver():
        from summaries.storage.postgres.database import Database
    bot_ids = () if bot_id is None else (bot_id,)
    database = await Database.open(url, pool_size=pool_size, bot_ids=bot_ids, is_read_only=True)
    return PublicStore(PublicReaderRows(database), database.close)


@dataclass(frozen=True, slots=True)
class Fleet:
    """The stores of one process of a fleet. Close `store` when done.

    `stores` has those of each bot, over the same connections; bots of one edition have the same news. `store` is the
    first bot's, with the figures of all bots.
    """

    store: Store
    stores: Mapping[int, Store]
    inbox: ports.InboxStore
    members: ports.MemberStore
    rate_limits: ports.RateLimitStore


def check_fleet_address(url: str) -> None:
    """Raise unless several processes can share the database at the address.

    Raises:
        InvalidSettings: it is not a PostgreSQL database.
    """
    if not is_postgres(url):
        fault = (
            "DATABASE_URL must name a PostgreSQL database (postgresql://user:password@host:5432/ringkas) for workers"
            " and receivers; with SQLite, `ringkas run` does all in one process"
        )
        raise InvalidSettings((fault,))


async def open_fleet(
    url: str,
    member: Membership,
    *,
    pool_size: int = POOL_SIZE,
    bot_ids: Sequence[int] = (),
    editions: Mapping[int, str] | None = None,
) -> Fleet:
    """Open the PostgreSQL database at the address for the process `member` of a fleet, which serves these bots.

    The first bot ever to be served gets the chats and the news of the bot that ran alone before. `editions` names the
    editions of bots that have one.

    Raises:
        InvalidSettings: see `check_fleet_address`.
        StoreError: it cannot be opened: a bot runs alone on it, say, or members with another job format. The message
            says how to fix that.
    """
    check_fleet_address(url)
    with with_driver():
        from summaries.storage.postgres.database import Database
        from summaries.storage.postgres.fleet import PostgresInboxStore, PostgresMemberStore
        from summaries.storage.postgres.rate_limits import PostgresRateLimitStore
    from summaries.storage.sql.stores import build_stores

    database = await Database.open(url, member=member, pool_size=pool_size, bot_ids=bot_ids, editions=editions or {})
    return Fleet(
        store=build_stores(database, database.close, is_for_all_bots=True),
        stores={bot_id: build_stores(database.of_bot(bot_id), database.close) for bot_id in bot_ids},
        inbox=PostgresInboxStore(database),
        members=PostgresMemberStore(database),
        rate_limits=PostgresRateLimitStore(database),
    )


async def find_server_state(url: str) -> ServerState:
    """Return whether the PostgreSQL server of the database takes connections. A file is always READY.

    Raises:
        InvalidSettings: the address is not one of a database that Ringkas knows.
    """
    check_address(url)
    if not is_postgres(url):
        return ServerState.READY
    with with_driver():
        from summaries.storage.postgres import connect
    return await connect.find_state(url)


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
    """Wrap an import of modules that need the packages for PostgreSQL.

    Raises:
        InvalidSettings: the packages are not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise InvalidSettings(
            (f"DATABASE_URL names PostgreSQL, which needs {error.name}: {describe_extra('postgres')}",)
        ) from error
