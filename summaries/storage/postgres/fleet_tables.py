"""The tables that processes on several machines share: ours in the schema `fleet`, Procrastinate's in `jobs`.

They are made when the first of these processes starts; a bot that runs alone has none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from procrastinate.schema import SchemaManager, migrations_path
from psycopg import errors as postgres_errors

from summaries.errors import StoreError, StoreTooNew
from summaries.storage.postgres.migrations import LOCK
from summaries.storage.postgres.tenants import LIST

if TYPE_CHECKING:
    from psycopg import AsyncConnection

JOBS = "jobs"
# What is answered keeps its number alone, so that it is known when it comes again.
TABLES = """
CREATE TABLE fleet.updates (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bot_id bigint NOT NULL,
    update_id bigint NOT NULL,
    group_id bigint REFERENCES fleet.updates (id) ON DELETE CASCADE,
    sender text,
    is_growing boolean NOT NULL DEFAULT false,
    body jsonb,
    received_at timestamptz NOT NULL,
    grown_at timestamptz NOT NULL,
    opened_at timestamptz,
    answered_at timestamptz,
    UNIQUE (bot_id, update_id)
);
CREATE INDEX updates_growing ON fleet.updates (bot_id, sender) WHERE is_growing;
CREATE INDEX updates_by_group ON fleet.updates (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX updates_left ON fleet.updates (received_at) WHERE answered_at IS NULL;
CREATE INDEX updates_by_date ON fleet.updates (received_at);
CREATE TABLE fleet.turns (
    bot_id bigint PRIMARY KEY,
    next_at timestamptz NOT NULL
);
"""

# Who works here, and the newest format of jobs that anybody wrote; see `members`.
MEMBERS = """
CREATE TABLE fleet.members (
    owner text PRIMARY KEY,
    kind text NOT NULL,
    version text NOT NULL,
    job_format integer NOT NULL,
    queues text[] NOT NULL,
    joined_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE fleet.job_format (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    number integer NOT NULL,
    version text NOT NULL
);
"""

# Pace outlives no crash of the server, and costs no wait for the disk.
PACE = """
ALTER TABLE fleet.turns SET UNLOGGED;
CREATE UNLOGGED TABLE fleet.chat_turns (
    bot_id bigint NOT NULL,
    chat text NOT NULL,
    kind text NOT NULL,
    next_at timestamptz NOT NULL,
    taken interval NOT NULL,
    PRIMARY KEY (bot_id, chat, kind)
) WITH (fillfactor = 70);
CREATE UNLOGGED TABLE fleet.askers (
    bot_id bigint NOT NULL,
    user_id bigint NOT NULL,
    level float8 NOT NULL,
    at timestamptz NOT NULL,
    refused integer NOT NULL DEFAULT 0,
    PRIMARY KEY (bot_id, user_id)
) WITH (fillfactor = 70);
"""

# Unanswered updates are counted by sender and by chat before another one is accepted.
PENDING = """
ALTER TABLE fleet.updates
    ADD COLUMN sender_id bigint,
    ADD COLUMN chat_id bigint,
    ADD COLUMN is_refused boolean NOT NULL DEFAULT false;
CREATE INDEX updates_pending_by_sender ON fleet.updates (bot_id, sender_id) WHERE answered_at IS NULL;
CREATE INDEX updates_pending_by_chat ON fleet.updates (bot_id, chat_id) WHERE answered_at IS NULL;
"""

# Numbered as those of the other tables, and never edited: add another.
STEPS: tuple[tuple[str, str], ...] = (
    ("f001_updates_and_turns", TABLES),
    ("f002_members", MEMBERS),
    ("f004_bots", LIST),
    ("f005_pace", PACE),
    ("f006_pending", PENDING),
)
FIRST = "CREATE SCHEMA IF NOT EXISTS fleet; CREATE TABLE IF NOT EXISTS fleet.steps (name text PRIMARY KEY)"


async def prepare_fleet(connection: AsyncConnection[Any], shown: str) -> None:
    """Make or upgrade the tables: all of it, or nothing. Several that start at once wait for each other.

    Raises:
        StoreTooNew: a newer version of Ringkas, or of Procrastinate, has been here.
        StoreError: the tables can't be made.
    """
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            await connection.execute(FIRST)
            cursor = await connection.execute("SELECT name FROM fleet.steps")
            applied = {name for (name,) in await cursor.fetchall()}
            wanted = {**dict(STEPS), **jobs_steps(is_new=not applied)}
            if unknown := sorted(applied - wanted.keys()):
                raise StoreTooNew(
                    f"another process of a newer version has been on {shown} (it has {unknown[0]}): update this one"
                )
            for name, script in wanted.items():
                if name not in applied:
                    await connection.execute(script.encode())
                    await connection.execute("INSERT INTO fleet.steps (name) VALUES (%s)", [name])
            await connection.execute("SET LOCAL search_path TO DEFAULT")
    except postgres_errors.InsufficientPrivilege as error:
        raise StoreError(
            f"the user of DATABASE_URL may not make schemas in {shown}: let it own the database"
            " (ALTER DATABASE … OWNER TO …)"
        ) from error


def jobs_steps(*, is_new: bool) -> dict[str, str]:
    """Procrastinate's steps by name. A new database gets its whole schema at once, and none of the steps to it."""
    files = sorted(migrations_path.glob("*.sql"))
    into = f"SET LOCAL search_path = {JOBS};\n"
    if not is_new:
        return {f"procrastinate {file.stem}": into + file.read_text(encoding="utf-8") for file in files}
    whole = f"CREATE SCHEMA {JOBS};\n{into}{SchemaManager.get_schema()}"
    return {f"procrastinate {file.stem}": whole if file == files[-1] else "" for file in files}
