"""How fast digests go out, beside bare python-telegram-bot and bare httpx against the same sandbox; prints JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from telegram.error import NetworkError
from telegram.ext import ApplicationBuilder

from benchmarks.delivery.fill import subscribe
from benchmarks.delivery.stand_in import sandbox_process
from bot.app import build_application
from bot.config import load_settings
from bot.services import open_services
from summaries.delivery import SENDERS

FIRST_CHAT = 50_000
# The more connections, the dearer each call of the library's: it is measured with few, too, and its better counts.
BARE_SENDERS = (6, SENDERS)


@dataclass(frozen=True, slots=True)
class Rate:
    """Messages a second, and what one costs its process on one core."""

    per_s: float
    processor_ms: float


def rate_of(messages: int, took_s: float, used_s: float) -> Rate:
    return Rate(messages / took_s, 1000 * used_s / messages)


async def bare(url: str, token: str, chats: int, senders: int, text: str) -> Rate:
    """python-telegram-bot alone, with as many senders."""
    app = ApplicationBuilder().token(token).base_url(f"{url}/bot").connection_pool_size(256).read_timeout(60).build()
    line = iter(range(FIRST_CHAT, FIRST_CHAT + chats))

    async def send() -> None:
        for chat_id in line:
            # On a busy machine a kept connection may end under a request.
            while True:
                with suppress(NetworkError):
                    await app.bot.send_message(chat_id, text, parse_mode="HTML")
                    break

    async with app.bot:
        began, used = time.perf_counter(), time.process_time()
        await asyncio.gather(*(send() for _ in range(senders)))
        return rate_of(chats, time.perf_counter() - began, time.process_time() - used)


async def http_alone(url: str, token: str, chats: int, senders: int, text: str) -> Rate:
    """httpx alone, with as many senders: the call and nothing around it."""
    line = iter(range(FIRST_CHAT, FIRST_CHAT + chats))
    limits = httpx.Limits(max_connections=256)

    async def send(http: httpx.AsyncClient) -> None:
        for chat_id in line:
            while True:
                with suppress(httpx.TransportError):
                    fields = {"chat_id": str(chat_id), "text": text, "parse_mode": "HTML"}
                    (await http.post(f"{url}/bot{token}/sendMessage", data=fields)).raise_for_status()
                    break

    async with httpx.AsyncClient(limits=limits, trust_env=False, timeout=60) as http:
        began, used = time.perf_counter(), time.process_time()
        await asyncio.gather(*(send(http) for _ in range(senders)))
        return rate_of(chats, time.perf_counter() - began, time.process_time() - used)


async def ours(url: str, token: str, path: Path, chats: int, **settings: Any) -> Rate:
    """Digests that are composed already."""
    chosen = load_settings(telegram_bot_token=token, telegram_api_url=url, database_url=f"sqlite:///{path}", **settings)
    async with open_services(chosen) as services:
        bot = build_application(services, token)
        await bot.app.initialize()
        delivery = bot.senders.digests
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("DELETE FROM subscriptions")
            subscribe(connection, range(FIRST_CHAT, FIRST_CHAT + chats), datetime.now(UTC))
        await delivery.prepare_due()
        began, used = time.perf_counter(), time.process_time()
        count = await delivery.send_due()
        rate = rate_of(count, time.perf_counter() - began, time.process_time() - used)
        await bot.app.shutdown()
    return rate


async def measure(url: str, token: str, chats: int, rounds: int) -> list[tuple[Rate, Rate, Rate]]:
    """Ours, the library's alone and its client's alone, in turn."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http:
        made = await http.post("/sim/chats", json={"type": "private", "chat_id": FIRST_CHAT, "count": chats})
        made.raise_for_status()
    fast: dict[str, Any] = {"messages_per_second": 10_000, "chat_messages_per_second": 1_000}
    found = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ringkas.db"
        async with open_services(load_settings(database_url=f"sqlite:///{path}")) as services:
            await services.load_samples()
        for _ in range(rounds):
            mine = await ours(url, token, path, chats, **fast)
            with closing(sqlite3.connect(path)) as connection:
                (text,) = connection.execute("SELECT html FROM bodies ORDER BY length(html) DESC LIMIT 1").fetchone()
                # The next round's digests tell the same news.
                connection.execute("DELETE FROM outbox")
                connection.execute("DELETE FROM deliveries")
                connection.execute("DELETE FROM told_articles")
                connection.commit()
            others = [
                [await alone(url, token, chats, senders, text) for senders in BARE_SENDERS]
                for alone in (bare, http_alone)
            ]
            library, client = (max(rates, key=lambda rate: rate.per_s) for rates in others)
            found.append((mine, library, client))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--chats", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with sandbox_process(is_limited=False) as (url, token):
        rounds = asyncio.run(measure(url, token, asked.chats, asked.rounds))
    print(json.dumps([[asdict(rate) for rate in sides] for sides in rounds]))


if __name__ == "__main__":
    main()
