"""The bot on PostgreSQL, from a SQLite database that moves there to a digest that comes from there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING

import psycopg
import pytest

from bot.cli import cli
from bot.cli.exit_codes import run_command
from tests.postgres_server import new_database

if TYPE_CHECKING:
    from tests.e2e.conftest import World

DIGESTS = ("Kabar Pagi", "Kabar Siang", "Kabar Sore", "Kabar Malam")


@pytest.fixture
def url(postgres_server: str) -> Iterator[str]:
    with new_database(postgres_server) as made:
        yield made


def test_database_is_moved_to_postgresql_and_served(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = world.command("import", str(files("seeds") / "articles" / "ekonomi"))
    assert done.returncode == 0, done.stderr
    state = str(world.database.with_name("state.zip"))
    for moved in (world.command("export", state), world.command("import-state", state, DATABASE_URL=url)):
        assert moved.returncode == 0, moved.stderr
    reader = world.person()
    with world.bot(DATABASE_URL=url, DATABASE_POOL_SIZE="4"):
        (listed,) = reader.say("/berita ekonomi")
        assert "1. " in listed
        reader.say("/langganan")
        event = int(reader.screen()["event"])
        with psycopg.connect(url) as server:
            due = "UPDATE subscriptions SET next_due_at = %s WHERE chat_id = %s"
            server.execute(due, [datetime.now(UTC), reader.chat_id])
        (digest,) = reader.feed(event)
        assert digest["text"].startswith(DIGESTS)
        # A server that ends all connections, as by a restart, is asked again.
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        (again,) = reader.say("/berita ekonomi")
        assert "1. " in again
    monkeypatch.setenv("DATABASE_URL", url)
    assert run_command(cli, ["deliveries", "--chat", str(reader.chat_id)]) == 0
    assert capsys.readouterr().out.count(" sent ") == 1
