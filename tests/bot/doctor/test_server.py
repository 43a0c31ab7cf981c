"""A PostgreSQL database is looked over without a table made or a row changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from bot.config import Settings
from bot.doctor import database_findings
from bot.doctor.checks import State
from summaries.errors import StoreError, StoreTooNew, StoreUnreachable
from summaries.model import Membership, Source
from summaries.storage import open_fleet, open_store
from summaries.storage.health import Health
from summaries.storage.postgres import schema
from summaries.storage.postgres.health import examine_server
from summaries.storage.sql.schema import Step
from tests.postgres_server import new_database, with_name

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def run_sql(url: str, sql: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.encode())


def refuse(url: str, path: str) -> tuple[int, dict[str, Any]]:
    """Fakes the request to a process that does not run."""
    raise ConnectionRefusedError(f"{url}{path}")


async def find_states(url: str) -> dict[str, tuple[State, str]]:
    settings = Settings(database_url=url, database_pool_size=2)
    return {found.subject: (found.state, found.what) for found in await database_findings(settings, NOW, refuse)}


async def test_examination_leaves_the_server_database_unchanged(
    postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with new_database(postgres_server) as url:
        assert await examine_server(url, pool_size=2) == Health()
        assert (await examine_server(url, pool_size=2)).version is None
        bot = await open_store(url, is_bot=True, pool_size=2)
        await bot.sources.add(Source("desa", "Kabar Desa", "daerah", "https://desa.example/rss"), now=NOW)
        health = await examine_server(url, pool_size=2)
        assert (health.version, health.is_newest, health.fault) == (schema.STEPS[-1].name, True, None)
        assert (health.is_in_use, health.articles, health.indexed, health.next_due_at) == (True, 0, 0, None)
        assert [stored.source.key for stored in health.sources] == ["desa"]
        assert health.size_bytes > 1024 * 1024
        found = await find_states(url)
        assert {state for state, _ in found.values()} == {State.OK}
        assert set(found) == {"database", "version", "search", "digests", "sources"}
        await bot.close()
        assert not (await examine_server(url, pool_size=2)).is_in_use
        first = schema.STEPS[-1].name
        monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, Step("m999_later", "", "")))
        older = await examine_server(url, pool_size=2)
        assert (older.version, older.is_newest, older.sources) == (first, False, ())
        assert (await find_states(url))["version"][0] is State.WARNING


async def test_unusable_server_is_a_fault(postgres_server: str) -> None:
    secret = "postgresql://ringkas:rahasia@127.0.0.1:9/ringkas"
    assert isinstance((await examine_server(secret, pool_size=2)).fault, StoreUnreachable)
    state, what = (await find_states(secret))["database"]
    assert state is State.FAULT
    assert "rahasia" not in what
    assert isinstance((await examine_server(with_name(postgres_server, "tiada"), pool_size=2)).fault, StoreUnreachable)
    with new_database(postgres_server) as url:
        assert "DATABASE_POOL_SIZE" in str((await examine_server(url, pool_size=100_000)).fault)
        await (await open_store(url, pool_size=2)).close()
        run_sql(url, "ALTER TABLE articles RENAME TO elsewhere")
        assert isinstance((await examine_server(url, pool_size=2)).fault, StoreError)
        run_sql(url, "INSERT INTO ringkas_steps (name) VALUES ('m999_dreams')")
        assert isinstance((await examine_server(url, pool_size=2)).fault, StoreTooNew)


async def test_bot_without_a_token_is_reported(postgres_server: str) -> None:
    tokens = tuple(SecretStr(f"{number}:{'A' * 35}") for number in (77, 88))
    with new_database(postgres_server) as url:
        fleet = await open_fleet(url, Membership("worker", "1.0", 1), bot_ids=[77, 88], pool_size=2)
        await fleet.store.close()
        findings = {}
        for named in (tokens, tokens[:1], ()):
            settings = Settings(database_url=url, database_pool_size=2, telegram_bot_tokens=named)
            (findings[len(named)],) = [f for f in await database_findings(settings, NOW, refuse) if f.subject == "bots"]
    assert (findings[2].state, findings[2].what) == (State.OK, "77, 88 share the database")
    assert (findings[1].state, findings[1].what.endswith("no token for 88")) == (State.WARNING, True)
    assert findings[0].what.endswith("no token for 77, 88")
