"""Bots in a worker, over PostgreSQL and the sandbox: the trouble of one is its own, and its Stars are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, time
from http import HTTPStatus
from pathlib import Path
from time import monotonic

import httpx
import psycopg
import pytest
from pydantic import SecretStr
from structlog.contextvars import get_contextvars

from bot.config import Settings, load_settings
from bot.fleet.member import FleetBot, membership, open_member
from bot.fleet.queue import QUEUES
from bot.fleet.run import start_working
from bot.fleet.tasks import FleetTasks
from bot.runtime.metrics import Telemetry
from bot.sandbox.limits import Limiter, Limits
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.server import SandboxServer
from summaries.model import ChatRef, DeliveryRecord, Outcome, Subscription
from tests.bot.grants import member_access
from tests.postgres_server import new_database

CHAT, MANY = 2001, 80
FIRST, SECOND = (f"{number}:{'SANDBOX_' * 4}BOT" for number in (71, 72))
ARTICLE = """Harga Beras Turun Setelah Panen Raya

Makassar -- Harga beras medium turun menjadi Rp11.800 per kilogram pada Senin, setelah panen raya di tiga kecamatan \
menambah pasokan gabah petani.

Kepala pasar, Sitti Rahma, mengatakan harga sempat menyentuh Rp13.500 pada awal Oktober karena stok pedagang menipis.

Dinas Perdagangan memperkirakan harga akan bertahan hingga akhir bulan. Warga menyambut baik penurunan itu.
"""
Trouble = Callable[[Sandbox], None]


def revoke_token(sandbox: Sandbox) -> None:
    del sandbox.worlds[FIRST]


def limit_rate(sandbox: Sandbox) -> None:
    sandbox.worlds[FIRST].limiter = Limiter(Limits(overall_per_s=0.001))


class BotNames(logging.Handler):
    """Keeps which bot each warning was about."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.bots: list[object] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.bots.append(get_contextvars().get("bot"))


@pytest.fixture
def bot_names() -> Iterator[BotNames]:
    handler = BotNames()
    logging.getLogger("summaries").addHandler(handler)
    yield handler
    logging.getLogger("summaries").removeHandler(handler)


@pytest.fixture
def url(postgres_server: str) -> Iterator[str]:
    with new_database(postgres_server) as made:
        yield made


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    """A sandbox of two bots, and people who write to both."""
    # Its clock is fixed, so that its refusals do not depend on the machine.
    with SandboxServer(Sandbox((FIRST, SECOND), clock=lambda: 1_800_000_000.0)) as made:
        for token in (FIRST, SECOND):
            chat = {"type": "private", "chat_id": CHAT, "count": MANY}
            query = {"bot": token.partition(":")[0]}
            answer = httpx.post(f"{made.url}/sim/chats", params=query, json=chat, trust_env=False)
            assert answer.status_code == httpx.codes.OK
        yield made


async def find_last_delivery(bot: FleetBot) -> DeliveryRecord:
    (record,) = await bot.services.store.deliveries.history(member_access(CHAT), limit=9)
    return record


@pytest.mark.parametrize("trouble", [revoke_token, limit_rate])
async def test_failing_bot_does_not_affect_others(
    url: str, server: SandboxServer, trouble: Trouble, bot_names: BotNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Sends that began are awaited, however slow the machine is.
    monkeypatch.setattr("bot.fleet.tasks.TICK_S", 60)
    worlds = dict(server.sandbox.worlds)
    settings = Settings(
        telegram_bot_token=SecretStr(FIRST),
        telegram_bot_tokens=(SecretStr(SECOND),),
        telegram_api_url=server.url,
        database_url=url,
        database_pool_size=4,
        refresh_minutes=0,
    )
    joins = membership("worker", ("digests",), more_connections=5)
    async with open_member(settings, Telemetry(), joins) as member, AsyncExitStack() as stack:
        work = FleetTasks(member, monotonic)
        await member.services.load_files([("beras.txt", ARTICLE.encode(), "ekonomi")])
        for bot in member.bots:
            await start_working(bot, work, ["digests"], asyncio.Event())
            stack.push_async_callback(bot.app.shutdown)
            now = datetime.now(UTC)
            digest = Subscription(ChatRef(CHAT), (time(7, 0),), "Asia/Jakarta")
            await bot.services._store.subscriptions.put(digest, next_due_at=now, now=now)
        trouble(server.sandbox)
        await work.compose()
        await work.send()
        first, second = [await find_last_delivery(bot) for bot in member.bots]
        assert (first.outcome, second.outcome) == (None, Outcome.SENT)
        assert bot_names.bots
        assert set(bot_names.bots) == {71}
        # Nothing is lost: it waits for its bot.
        server.sandbox.worlds |= worlds
        worlds[FIRST].limiter = Limiter(Limits())
        with psycopg.connect(url) as database:
            database.execute("UPDATE public.outbox SET not_before = now() WHERE not_before IS NOT NULL")
        await work.send()
        assert (await find_last_delivery(member.bots[0])).outcome is Outcome.SENT
        await work.stop()


@pytest.mark.parametrize(("is_paid", "sent", "stars"), [(True, MANY, 0.1 * (MANY - 30)), (False, 30, 0)])
async def test_paid_digests_exceed_the_free_rate(
    url: str, server: SandboxServer, is_paid: bool, sent: int, stars: float
) -> None:
    settings = Settings(
        telegram_bot_token=SecretStr(FIRST),
        telegram_api_url=server.url,
        database_url=url,
        database_pool_size=4,
        refresh_minutes=0,
        messages_per_second=500,
        allow_paid_broadcast=is_paid,
    )
    joins = membership("worker", ("digests",), more_connections=5)
    async with open_member(settings, Telemetry(), joins) as member, AsyncExitStack() as stack:
        work = FleetTasks(member, monotonic)
        (bot,) = member.bots
        await start_working(bot, work, ["digests"], asyncio.Event())
        stack.push_async_callback(bot.app.shutdown)
        now = datetime.now(UTC)
        for number in range(MANY):
            digest = Subscription(ChatRef(CHAT + number), (time(7, 0),), "Asia/Jakarta")
            await bot.services._store.subscriptions.put(digest, next_due_at=now, now=now)
        await work.compose()
        await work.send()
        figures = await bot.services.store.figures.count(now=now)
        calls = server.sandbox.log.find("sendMessage")
        # A digest may be tried several times, because only Telegram's clock is fixed.
        refused = {c["parameters"]["chat_id"] for c in calls if c["status"] == HTTPStatus.TOO_MANY_REQUESTS}
        assert (figures.digests_sent, len(refused)) == (sent, MANY - sent)
        assert server.sandbox.worlds[FIRST].limiter.spent == pytest.approx(stars)
        await work.stop()


async def test_bots_of_two_editions_have_their_own_news(url: str, server: SandboxServer, tmp_path: Path) -> None:
    file = tmp_path / "editions.toml"
    file.write_text('[bola]\nbots = [72]\ntopics = ["olahraga"]\nsources = ["cnn-olahraga"]\n', encoding="utf-8")
    settings = load_settings(
        _env_file=None,
        telegram_bot_token=SecretStr(FIRST),
        telegram_bot_tokens=(SecretStr(SECOND),),
        telegram_api_url=server.url,
        database_url=url,
        database_pool_size=4,
        editions=str(file),
    )
    joins = membership("worker", QUEUES, more_connections=5)
    async with open_member(settings, Telemetry(), joins) as member:
        first, second = (bot.services for bot in member.bots)
        assert first.writer is not second.writer
        assert first.workers is second.workers
        for services in (first, second):
            await services.load_sources()
        assert {stored.source.key for stored in await second._store.sources.all()} == {"cnn-olahraga"}
        assert len(await first._store.sources.all()) > 100
        await first.load_files([("beras.txt", ARTICLE.encode(), "ekonomi")])
        work = FleetTasks(member, monotonic)
        await work.study()
        await work.forget()
        counted = [await services.store.figures.count(now=datetime.now(UTC)) for services in (first, second)]
        assert [figures.articles for figures in counted] == [1, 0]
        assert len((await first._store.studies.list_stale(limit=9)).stories) == 0
        await work.stop()
