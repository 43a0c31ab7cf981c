"""The translation of the shared SQL for SQLite, as a table."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest

from summaries.storage.sql.session import assignments, insertion, to_json
from summaries.storage.sqlite.dialect import UntranslatedSql, dialect
from summaries.storage.sqlite.session import drive, encode

TRANSLATIONS = [
    ("SELECT 1 FROM chats WHERE id = %s", "SELECT 1 FROM chats WHERE id = ?"),
    ("UPDATE a SET b = %(b)s, c = %(b)s", "UPDATE a SET b = :b, c = :b"),
    ("id = ANY(%(ids)s::bigint[])", "id IN (SELECT value FROM json_each(:ids))"),
    ("id = ANY (%s)", "id IN (SELECT value FROM json_each(?))"),
    ("id <> ALL(%(ids)s::bigint[])", "id NOT IN (SELECT value FROM json_each(:ids))"),
    ("sum(cardinality(b.article_ids))", "sum(json_array_length(b.article_ids))"),
    ("s.id = ANY (b.article_ids)", "s.id IN (SELECT value FROM json_each(b.article_ids))"),
    (
        "SELECT (value ->> 0)::bigint FROM json_array_elements(%(rows)s::json)",
        "SELECT (value ->> 0) FROM json_each(:rows)",
    ),
    ("SELECT 1 FROM a FOR UPDATE", "SELECT 1 FROM a "),
    ("SELECT 1 FROM a FOR UPDATE OF a SKIP LOCKED", "SELECT 1 FROM a "),
    ("SELECT 1 FROM a FOR KEY SHARE", "SELECT 1 FROM a "),
    ("SELECT %(now)s::timestamptz", "SELECT :now"),
    ("SELECT 1 UNION ALL SELECT 2", "SELECT 1 UNION ALL SELECT 2"),
]


@pytest.mark.parametrize(("shared", "sqlite"), TRANSLATIONS)
def test_dialect_known_construct_is_translated(shared: str, sqlite: str) -> None:
    assert dialect(shared) == sqlite


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT %b",
        "SELECT %d",
        "SELECT a %% 2",
        "SELECT least(a, b)",
        "SELECT greatest(a, b)",
        "SELECT EXISTS (SELECT FROM a)",
        "SELECT DISTINCT ON (a) b FROM c",
        "SELECT 1 FROM a WHERE ctid = 1",
        "SELECT unnest(%(ids)s::bigint[])",
        "SELECT ARRAY[1]",
        "SELECT 1 FROM a, LATERAL (SELECT 2) b",
        "SELECT 1 FROM a WHERE b ILIKE 'c'",
        "SELECT 1 FROM a WHERE terms @@ %s",
        "SELECT now()",
        "UPDATE a SET b = '-infinity'",
        "SELECT 1 WHERE a = ANY(SELECT 1)",
    ],
)
def test_dialect_unknown_construct_raises(sql: str) -> None:
    with pytest.raises(UntranslatedSql):
        dialect(sql)


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (True, 1),
        (None, None),
        ("kata", "kata"),
        ([1, 2], "[1, 2]"),
        (("é",), '["é"]'),
        (datetime(2026, 5, 1, 7, tzinfo=timezone(timedelta(hours=7))), "2026-05-01T00:00:00.000000+00:00"),
    ],
)
def test_encode_converts_values_for_sqlite(value: object, stored: object) -> None:
    assert encode(value) == stored


def test_json_rows_are_read_back_by_column() -> None:
    rows = [(1, "a'\"", None), (2, datetime(2026, 5, 1, tzinfo=UTC), 3)]
    sql = "SELECT (value ->> 0)::bigint, value ->> 1, (value ->> 2)::int FROM json_array_elements(?::json)"

    with closing(sqlite3.connect(":memory:")) as connection:
        found = connection.execute(dialect(sql), [to_json(rows)]).fetchall()

    assert found == [(1, "a'\"", None), (2, "2026-05-01T00:00:00.000000+00:00", 3)]


def test_to_json_unknown_value_raises() -> None:
    with pytest.raises(TypeError):
        to_json([(object(),)])


def test_insertion_and_assignments_name_each_column() -> None:
    assert insertion("a", ["b", "c"]) == "INSERT INTO a (b, c) VALUES (%(b)s, %(c)s)"
    assert assignments(["b", "c"]) == "b = %(b)s, c = %(c)s"


def test_drive_raises_when_work_suspends() -> None:
    class Never:
        def __await__(self) -> object:
            yield

    async def work() -> None:
        await Never()  # type: ignore[misc]  # it only yields

    with pytest.raises(RuntimeError, match="never waits"):
        drive(work())
