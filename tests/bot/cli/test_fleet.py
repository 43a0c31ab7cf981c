"""A member of a fleet that cannot start prints one line, which names the remedy."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import psycopg
import pytest

from bot.cli import cli
from bot.cli.exit_codes import STORE_UNUSABLE, WRONG_USAGE, run_command
from bot.fleet.member import JOB_FORMAT, membership
from summaries.storage import open_fleet, open_store
from summaries.storage.postgres import connect as starting
from summaries.storage.postgres import schema
from summaries.storage.postgres.advisory_lock import ALIVE, ALIVE_CLASS
from summaries.storage.sql.schema import Step
from tests.postgres_server import new_database, with_name

TOKEN = "123456789:" + "A" * 35
OTHER_TOKEN = "987654321:" + "B" * 35
Copied = Callable[..., AbstractContextManager[str]]
JOIN = "INSERT INTO fleet.members (owner, kind, version, job_format, queues) VALUES (%s, 'worker', %s, %s, '{}')"

pytestmark = pytest.mark.usefixtures("restored_logging")


@pytest.fixture(scope="module")
def template(postgres_server: str) -> Iterator[str]:
    """A database that a fleet has been on."""

    async def found() -> None:
        opened = await open_fleet(url, membership("web", more_connections=0), pool_size=2)
        await opened.store.close()

    with new_database(postgres_server) as url:
        asyncio.run(found())
        yield url


@pytest.fixture
def copy_template(postgres_server: str, template: str) -> Copied:
    """A copy of it, made with these options."""
    return lambda options="": new_database(postgres_server, f"TEMPLATE {urlsplit(template).path[1:]} {options}")


COMMANDS = ["worker", "web"]
UNREACHABLE = "postgresql://ringkas:rahasia-benar@127.0.0.1:9/ringkas"


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        ({"DATABASE_URL": UNREACHABLE}, STORE_UNUSABLE, ("cannot connect to", "check DATABASE_URL")),
        ({"DATABASE_URL": "sqlite:///ringkas.db"}, WRONG_USAGE, ("must name a PostgreSQL database", "`ringkas run`")),
        ({"DATABASE_URL": "mysql://127.0.0.1/ringkas"}, WRONG_USAGE, ("DATABASE_URL must look like",)),
        ({"DATABASE_POOL_SIZE": "1"}, WRONG_USAGE, ("needs two connections or more",)),
        ({"DATABASE_POOL_SIZE": "999"}, STORE_UNUSABLE, ("lower DATABASE_POOL_SIZE",)),
    ],
)
def test_invalid_setting_refuses_start_with_one_line(
    command: str,
    settings: dict[str, str],
    code: int,
    words: tuple[str, ...],
    template: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("bot.run.MAX_CHECKS_AWAY", 0)
    line = run_refused(command, template, settings, code, monkeypatch, capsys, tmp_path)
    assert [word for word in words if word not in line] == []
    assert "rahasia" not in line


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("INSERT INTO ringkas_steps (name) VALUES ('m999_dreams')", ("newer version", "update Ringkas")),
        ("INSERT INTO fleet.steps (name) VALUES ('f999_dreams')", ("newer version", "update Ringkas")),
        (
            "UPDATE fleet.job_format SET number = number + 1, version = '9.9'",
            ("of Ringkas 9.9", f"this is {version('ringkas')}", "update this process"),
        ),
    ],
)
def test_newer_database_is_refused(
    statement: str,
    words: tuple[str, ...],
    copy_template: Copied,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    with copy_template() as url:
        with psycopg.connect(url) as server:
            server.execute(statement.encode())
        for command in COMMANDS:
            line = run_refused(command, url, {}, STORE_UNUSABLE, monkeypatch, capsys, tmp_path)
            assert [word for word in words if word not in line] == []


def test_single_bot_ignores_newer_jobs_but_not_newer_tables(
    copy_template: Copied, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    async def opened() -> None:
        await (await open_store(url, is_bot=True, pool_size=2)).close()

    with copy_template() as url:
        with psycopg.connect(url) as server:
            server.execute("UPDATE fleet.job_format SET number = number + 1, version = '9.9'")
        asyncio.run(opened())
        with psycopg.connect(url) as server:
            server.execute("INSERT INTO ringkas_steps (name) VALUES ('m999_dreams')")
        assert "newer version" in run_refused("run", url, {}, STORE_UNUSABLE, monkeypatch, capsys, tmp_path)


@pytest.mark.parametrize("command", ["run", "stats"])
def test_command_outside_a_fleet_changes_no_member_table(
    command: str,
    copy_template: Copied,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    words = {
        "run": ("workers or receivers work on", "(mesin-a:1:ab)", "stop them all first"),
        "stats": ("of Ringkas 0.0.9", "start a worker or receiver of this version first"),
    }
    with copy_template() as url, psycopg.connect(url, autocommit=True) as other:
        other.execute(JOIN, ["mesin-a:1:ab", "0.0.9", JOB_FORMAT])
        other.execute(ALIVE, [ALIVE_CLASS, "mesin-a:1:ab"])
        # As long as the tables are those of its version, it may look.
        if command == "stats":
            assert run_in_process(command, url, monkeypatch, tmp_path) == 0
            capsys.readouterr()
        monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, Step("m999_breaks", "DROP TABLE queries", "")))
        line = run_refused(command, url, {}, STORE_UNUSABLE, monkeypatch, capsys, tmp_path)
        assert other.execute("SELECT count(*) FROM queries").fetchone() == (0,)
    assert [word for word in words[command] if word not in line] == []


def test_missing_database_is_named(
    template: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    line = run_refused("worker", with_name(template, "tiada"), {}, STORE_UNUSABLE, monkeypatch, capsys, tmp_path)
    assert 'database "tiada" does not exist' in line
    assert "check DATABASE_URL" in line


@pytest.mark.parametrize("command", ["worker", "web"])
def test_worker_without_its_token_does_not_start(
    command: str, template: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    line = run_refused(command, template, {"TELEGRAM_BOT_TOKEN": ""}, WRONG_USAGE, monkeypatch, capsys, tmp_path)
    assert "TELEGRAM_BOT_TOKEN is missing" in line


@pytest.mark.parametrize(
    ("command", "tokens", "words"),
    [
        ("run", OTHER_TOKEN, "`ringkas run` serves the one bot of TELEGRAM_BOT_TOKEN"),
        ("web", TOKEN, "TELEGRAM_BOT_TOKENS names the bot 123456789 twice"),
        ("worker", f"{OTHER_TOKEN},987654321:{'C' * 35}", "TELEGRAM_BOT_TOKENS names the bot 987654321 twice"),
        ("worker", f"{OTHER_TOKEN},rahasia", "TELEGRAM_BOT_TOKENS is not a bot token"),
    ],
)
def test_invalid_tokens_print_one_line(
    command: str,
    tokens: str,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    settings = {"TELEGRAM_BOT_TOKENS": tokens}
    line = run_refused(command, UNREACHABLE, settings, WRONG_USAGE, monkeypatch, capsys, tmp_path)
    assert words in line
    assert not any(secret in line for secret in ("AAA", "BBB", "CCC", "rahasia"))


def run_refused(
    command: str,
    url: str,
    settings: dict[str, str],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    folder: Path,
) -> str:
    """Return the output of the command."""
    assert run_in_process(command, url, monkeypatch, folder, settings) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("ringkas: ")
    assert TOKEN not in line
    return str(line)


def run_in_process(
    command: str, url: str, monkeypatch: pytest.MonkeyPatch, folder: Path, settings: dict[str, str] | None = None
) -> int:
    """The command's exit code."""
    monkeypatch.chdir(folder)
    usual = {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_URL": "http://127.0.0.1:9",
        "WEBHOOK_URL": "http://127.0.0.1:9/telegram",
        "DATABASE_URL": url,
        "DATABASE_POOL_SIZE": "2",
    }
    for name, value in (usual | (settings or {})).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b'{"id": 1}\n')))
    return run_command(cli, command.split())


def test_old_server_version_is_refused(
    template: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(starting, "MIN_VERSION", 990_000)
    line = run_refused("worker", template, {}, STORE_UNUSABLE, monkeypatch, capsys, tmp_path)
    assert "Ringkas needs 99 or newer: update the server" in line


def test_connection_limit_counts_all_pools_of_the_process(
    copy_template: Copied, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    # Two of the pool, one for the lock, four for jobs and two that listen for them.
    with copy_template("CONNECTION LIMIT 8") as url:
        line = run_refused("worker", url, {}, STORE_UNUSABLE, monkeypatch, capsys, tmp_path)
    assert "lets this user have 8 connections, and this process needs 9, of them 2 by DATABASE_POOL_SIZE" in line


def test_older_job_format_members_must_stop_first(
    copy_template: Copied, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with copy_template() as url, psycopg.connect(url, autocommit=True) as other:
        other.execute(JOIN, ["mesin-a:1:ab", "0.0.9", JOB_FORMAT - 1])
        other.execute(JOIN, ["mesin-b:2:cd", "0.0.8", JOB_FORMAT - 1])
        other.execute(ALIVE, [ALIVE_CLASS, "mesin-a:1:ab"])
        line = run_refused("web", url, {}, STORE_UNUSABLE, monkeypatch, capsys, tmp_path)
    # The other one lives no more.
    assert "1 of the workers and receivers" in line
    assert "Ringkas 0.0.9" in line
    assert "stop them all first (mesin-a:1:ab), then start this one" in line


def test_no_postgres_extension_is_needed(template: str) -> None:
    with psycopg.connect(template) as server:
        found = server.execute("SELECT extname FROM pg_extension").fetchall()
    assert found == [("plpgsql",)]
    root = Path(__file__).parents[3]
    for page in ("docs/how-to/postgresql.md", ".env.example"):
        assert "no extension is needed" in " ".join((root / page).read_text(encoding="utf-8").split()).lower()
