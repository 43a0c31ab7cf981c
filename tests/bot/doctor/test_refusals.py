"""`ringkas doctor` reports every setting with which `ringkas run` would not start."""

from __future__ import annotations

import ast
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import bot
import summaries
from bot.config import load_settings
from bot.doctor import Finding, State, examine
from bot.run import run_bot
from bot.runtime.sockets import bind
from summaries.errors import InvalidSettings

TOKEN, OTHER = f"123456789:{'A' * 35}", f"987654321:{'B' * 35}"
# Each module in which `run` can raise InvalidSettings, with the test below or the doctor's check that covers it.
OF_RUN = {
    "bot/config.py": "load_settings: the cases below",
    "bot/run.py": "several tokens and none: the cases below",
    "bot/runtime/sockets.py": "a taken port: below",
    "bot/transport/request.py": "an unknown token: check_bot",
    "bot/transport/webhook.py": "Telegram refuses the address: check_webhook, because only setting it would show that",
    "summaries/digests/schedule.py": "DEFAULT_TIMEZONE: load_settings",
    "summaries/ingest/editions.py": "EDITIONS: load_settings",
    "summaries/storage/__init__.py": "DATABASE_URL: load_settings; a missing driver: database_findings",
    "summaries/storage/postgres/connect.py": "DATABASE_URL: load_settings",
}
OF_OTHERS = {
    "bot/api/serve.py", "bot/background/backups.py", "bot/cli/doctor.py", "bot/cli/init.py",
    "bot/cli/summarize_batch.py", "bot/fleet/member.py", "bot/fleet/run.py", "summaries/publishing/folder.py",
}  # fmt: skip


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TELEGRAM_BOT_TOKEN", raising=False)


def ask_nobody(_url: str, _path: str) -> tuple[int, Mapping[str, Any]]:
    raise OSError("no bot runs")


async def find_faults() -> list[Finding]:
    found = await examine(lambda: datetime.now(UTC), ask_nobody, is_offline=True)
    return [finding for finding in found if finding.state is State.FAULT]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (None, ""),
        ("TELEGRAM_BOT_TOKEN", "salah"),
        ("TELEGRAM_BOT_TOKENS", OTHER),
        ("TELEGRAM_BOT_TOKENS", TOKEN),
        ("TELEGRAM_API_URL", "api.telegram.org"),
        ("TELEGRAM_TEST_ENVIRONMENT", "mungkin"),
        ("ADMIN_IDS", "saya"),
        ("DATABASE_URL", "mysql:///x"),
        ("DATABASE_URL", "postgresql://user@host:port/ringkas"),
        ("DATABASE_POOL_SIZE", "1"),
        ("DEFAULT_TIMEZONE", "Mars"),
        ("REFRESH_MINUTES", "1441"),
        ("MESSAGES_PER_SECOND", "31"),
        ("USER_AGENT", "é"),
        ("KEEP_NEWS_DAYS", "29"),
        ("BACKUP_KEEP", "0"),
        ("LANGUAGE_MODEL", "kecil"),
        ("WEBHOOK_URL", "http://bot.example.org/x"),
        ("WEBHOOK_SECRET", "pendek"),
        ("WEBHOOK_LISTEN", "bot.example.org:8080"),
        ("HTTP_LISTEN", "8080"),
        ("EDITIONS", "tiada.toml"),
        ("LOG_LEVEL", "LOUD"),
        ("SANDBOX_CLOCK_URL", "http://clock.example/sim/clock"),
    ],
)
async def test_refused_setting_is_a_fault(monkeypatch: pytest.MonkeyPatch, name: str | None, value: str) -> None:
    if name is not None:
        monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
        monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSettings) as refused:
        await run_bot(load_settings())
    faults = await find_faults()
    assert faults
    if name is None:
        assert [finding.subject for finding in faults] == ["token"]
        assert "TELEGRAM_BOT_TOKEN" in faults[0].todo
    else:
        assert [finding.what for finding in faults] == list(refused.value.faults)
        assert all(finding.todo for finding in faults)


@pytest.mark.parametrize(
    ("name", "more"),
    [("HTTP_LISTEN", {}), ("WEBHOOK_LISTEN", {"WEBHOOK_URL": "https://bot.example.org/x"})],
)
async def test_taken_port_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, name: str, more: dict[str, str], taken_port: int
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    for setting, value in {name: f"127.0.0.1:{taken_port}", **more}.items():
        monkeypatch.setenv(setting, value)
    settings = load_settings()
    assert settings.watched_at is not None
    with pytest.raises(InvalidSettings) as refused:
        bind(settings.watched_at)
    assert [finding.what for finding in await find_faults()] == [str(refused.value)]


@pytest.fixture
def taken_port() -> Iterator[int]:
    """The port of a socket that listens until the test ends."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        yield taken.getsockname()[1]


async def test_several_tokens_are_no_fault_on_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKENS", f"{TOKEN},{OTHER}")
    # Nothing listens there.
    monkeypatch.setenv("DATABASE_URL", "postgresql://ringkas@127.0.0.1:1/ringkas")
    assert {finding.subject for finding in await find_faults()} == {"database"}


def test_every_refusal_is_known_here() -> None:
    """A module that begins to refuse settings needs a case above, or a check in the doctor."""
    raisers = set()
    for package in (bot, summaries):
        root = Path(next(iter(package.__path__)))
        for path in root.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.Raise(exc=ast.Call(func=ast.Name(id="InvalidSettings"))):
                        raisers.add(path.relative_to(root.parent).as_posix())
    assert raisers == OF_RUN.keys() | OF_OTHERS
