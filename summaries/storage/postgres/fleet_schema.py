"""The tables that the processes of a fleet share: ours in the schema `fleet`, Procrastinate's in `jobs`.

The first process of a fleet creates them; a bot that runs alone has none of them.
"""

from __future__ import annotations

from typing import Any

from procrastinate.schema import SchemaManager, migrations_path
from psycopg import AsyncConnection

from summaries.storage.postgres.connect import explain_missing_privilege
from summaries.storage.postgres.schema import LOCK
from summaries.storage.sql.schema import refuse_unknown_steps

JOBS = "jobs"
# The inbox. An answered update keeps its row without a body, so that it is recognised when Telegram sends it again.
# Unanswered updates are counted by sender and by chat before another one is accepted.
UPDATES = """
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
    sender_id bigint,
    chat_id bigint,
    is_refused boolean NOT NULL DEFAULT false,
    UNIQUE (bot_id, update_id)
);
CREATE INDEX updates_growing ON fleet.updates (bot_id, sender) WHERE is_growing;
CREATE INDEX updates_by_group ON fleet.updates (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX updates_left ON fleet.updates (received_at) WHERE answered_at IS NULL;
CREATE INDEX updates_by_date ON fleet.updates (received_at);
CREATE INDEX updates_pending_by_sender ON fleet.updates (bot_id, sender_id) WHERE answered_at IS NULL;
CREATE INDEX updates_pending_by_chat ON fleet.updates (bot_id, chat_id) WHERE answered_at IS NULL;
"""

# The running processes, and the newest job format that any of them has written; see `fleet`. `bots` names the
# schemas of each bot's chats and of its edition's news; see `schema`.
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
CREATE TABLE fleet.bots (
    bot_id bigint PRIMARY KEY,
    place text NOT NULL UNIQUE,
    news text NOT NULL,
    edition text NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now()
);
"""

# Rate limits. UNLOGGED: fast, and lost if the server crashes.
RATE_LIMITS = """
CREATE UNLOGGED TABLE fleet.bot_quotas (
    bot_id bigint PRIMARY KEY,
    next_at timestamptz NOT NULL
);
CREATE UNLOGGED TABLE fleet.chat_quotas (
    bot_id bigint NOT NULL,
    chat text NOT NULL,
    kind text NOT NULL,
    next_at timestamptz NOT NULL,
    taken interval NOT NULL,
    PRIMARY KEY (bot_id, chat, kind)
) WITH (fillfactor = 70);
CREATE UNLOGGED TABLE fleet.user_quotas (
    bot_id bigint NOT NULL,
    user_id bigint NOT NULL,
    level float8 NOT NULL,
    at timestamptz NOT NULL,
    refused integer NOT NULL DEFAULT 0,
    PRIMARY KEY (bot_id, user_id)
) WITH (fillfactor = 70);
"""

# When each tick last ended in any process.
TICKS = """
CREATE TABLE fleet.ticks (
    name text PRIMARY KEY,
    ended_at timestamptz NOT NULL
);
"""

# A step that was released is never edited: add another.
STEPS: tuple[tuple[str, str], ...] = (("f001_tables", UPDATES + MEMBERS + RATE_LIMITS), ("f002_ticks", TICKS))
FIRST = "CREATE SCHEMA IF NOT EXISTS fleet; CREATE TABLE IF NOT EXISTS fleet.steps (name text PRIMARY KEY)"


async def prepare_fleet(connection: AsyncConnection[Any], shown: str) -> None:
    """Create or upgrade the tables in one transaction. Processes that start at once wait for each other.

    Raises:
        StoreTooNew: a newer version of Ringkas or of Procrastinate has changed the database.
        StoreError: the tables cannot be created.
    """
    with explain_missing_privilege("schemas", shown):
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            await connection.execute(FIRST)
            cursor = await connection.execute("SELECT name FROM fleet.steps")
            applied = {name for (name,) in await cursor.fetchall()}
            wanted = {**dict(STEPS), **jobs_steps(is_new=not applied)}
            refuse_unknown_steps(sorted(applied), list(wanted), shown)
            for name, script in wanted.items():
                if name not in applied:
                    await connection.execute(script.encode())
                    await connection.execute("INSERT INTO fleet.steps (name) VALUES (%s)", [name])
            await connection.execute("SET LOCAL search_path TO DEFAULT")


def jobs_steps(*, is_new: bool) -> dict[str, str]:
    """Return Procrastinate's migrations by name. A new database gets the whole schema with the last of them."""
    files = sorted(migrations_path.glob("*.sql"))
    into = f"SET LOCAL search_path = {JOBS};\n"
    if not is_new:
        return {f"procrastinate {file.stem}": into + file.read_text(encoding="utf-8") for file in files}
    whole = f"CREATE SCHEMA {JOBS};\n{into}{SchemaManager.get_schema()}"
    return {f"procrastinate {file.stem}": whole if file == files[-1] else "" for file in files}
