"""`--bot`: which of the bots on a database a command is about."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest

from bot.cli import cli
from bot.cli.exit_codes import STORE_UNUSABLE, run_command
from bot.fleet.member import membership
from summaries.model import ChatRef, Subscription
from summaries.storage import open_fleet
from tests.postgres_server import new_database

NOW = datetime.now(UTC)
CHATS = {77: (1, 2), 88: (1,)}


async def fill_database(url: str) -> None:
    """Two bots, each with chats whose digest was due."""
    fleet = await open_fleet(url, membership("worker", more_connections=0), bot_ids=list(CHATS), pool_size=2)
    for bot_id, chats in CHATS.items():
        store = fleet.stores[bot_id]
        for chat_id in chats:
            digest = Subscription(ChatRef(chat_id), (time(7, 0),), "Asia/Jakarta")
            await store.subscriptions.put(digest, next_due_at=NOW, now=NOW)
        await store.deliveries.create_due(now=NOW, limit=9, next_due=lambda _: NOW + timedelta(days=1))
    await fleet.store.close()


@pytest.fixture
def fleet_database(postgres_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The database of the settings is that of two bots."""
    with new_database(postgres_server) as url:
        asyncio.run(fill_database(url))
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("DATABASE_POOL_SIZE", "2")
        yield


@pytest.mark.usefixtures("fleet_database")
def test_command_covers_all_bots_or_one(capsys: pytest.CaptureFixture[str]) -> None:
    def run(*command: str) -> str:
        assert run_command(cli, list(command)) == 0
        return capsys.readouterr().out

    figures = {bot: json.loads(run("stats", "--json", *bot)) for bot in ((), ("--bot", "77"), ("--bot", "88"))}
    assert [found["private_chats"] for found in figures.values()] == [3, 2, 1]
    assert [found["digests_open"] for found in figures.values()] == [3, 2, 1]
    # Chats of two bots may have the same number: each is listed on its own.
    assert [len(run("deliveries", *bot).splitlines()) - 1 for bot in figures] == [2, 2, 1]
    assert run_command(cli, ["deliveries", "--bot", "99"]) == STORE_UNUSABLE
    assert "no bot with the id 99" in capsys.readouterr().err
