"""What a row of each table costs in PostgreSQL, its part of the indexes included."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg

from summaries.storage import open_store

if TYPE_CHECKING:
    from collections.abc import Mapping

ROWS = 100_000
TOLD_EACH = 5
# As the bot writes them: articles that are told, a chat with a language and a wish, a digest of one message that came.
FILLS = """
INSERT INTO articles (key, title, text, origin, is_public, dated_at, added_at, updated_at)
    SELECT 'k' || n, 'Judul', '', 'feed', true, now(), now(), now() FROM generate_series(1, {told}) n;
INSERT INTO chat_settings (chat_id, language, created_at, updated_at)
    SELECT n, 'id', now(), now() FROM generate_series(1, {rows}) n;
INSERT INTO subscriptions (chat_id, times, zone, is_active, next_due_at, created_at, updated_at, topics)
    SELECT n, '06:30', 'Asia/Jakarta', true, now(), now(), now(), ARRAY['ekonomi']
    FROM generate_series(1, {rows}) n;
INSERT INTO bodies (hash, html, article_ids, created_at) VALUES ('\\x00', 'Kabar', ARRAY[]::bigint[], now());
INSERT INTO deliveries (chat_id, zone, due_at, is_composed, outcome, created_at, finished_at)
    SELECT n, 'Asia/Jakarta', now(), true, 'sent', now(), now() FROM generate_series(1, {rows}) n;
INSERT INTO outbox
    (kind, chat_id, delivery_id, body_id, state, attempts, possible_copies, created_at, message_id, sent_at)
    SELECT 'digest', chat_id, id, (SELECT min(id) FROM bodies), 'sent', 1, 1, now(), id, now() FROM deliveries;
INSERT INTO told_articles (chat_id, article_id, delivery_id, told_at)
    SELECT d.chat_id, a.id, d.id, now() FROM deliveries d, articles a
"""
TABLES = ("chat_settings", "subscriptions", "deliveries", "outbox", "told_articles")


def bytes_of_rows(url: str, rows: int = ROWS) -> Mapping[str, float]:
    """Bytes of a row by table, in the empty database at `url`."""

    async def make_tables() -> None:
        await (await open_store(url)).close()

    asyncio.run(make_tables())
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(FILLS.format(rows=rows, told=TOLD_EACH).encode())
        db.execute("VACUUM ANALYZE")
        return {table: size_of(db, table) for table in TABLES}


def size_of(db: psycopg.Connection[tuple[object, ...]], table: str) -> float:
    row = db.execute(f"SELECT pg_total_relation_size(%s)::float8 / count(*) FROM {table}".encode(), [table]).fetchone()  # noqa: S608
    if row is None or not isinstance(row[0], float):
        raise RuntimeError(f"{table} has no rows")
    return row[0]
