"""How fast digests go out, beside bare python-telegram-bot against the same sandbox in the same run; prints JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import httpx
from telegram.ext import ApplicationBuilder

from benchmarks.delivery.fill import subscribe
from bot.app import build_application
from bot.config import load_settings
from bot.running import delivery_of
from bot.sandbox.limits import Limits
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.server import SandboxServer
from bot.services import open_services
from summaries.delivery import SENDERS

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

FIRST_CHAT = 50_000


def serve(pipe: Connection, *, is_limited: bool) -> None:
    with SandboxServer(Sandbox(limits=Limits(is_on=is_limited))) as server:
        pipe.send((server.url, server.token))
        pipe.recv()


async def bare(url: str, token: str, chats: int, senders: int, text: str) -> float:
    """Messages a second of python-telegram-bot alone."""
    app = ApplicationBuilder().token(token).base_url(f"{url}/bot").connection_pool_size(256).build()
    line = iter(range(FIRST_CHAT, FIRST_CHAT + chats))

    async def send() -> None:
        for chat_id in line:
            await app.bot.send_message(chat_id, text, parse_mode="HTML")

    async with app.bot:
        began = time.perf_counter()
        await asyncio.gather(*(send() for _ in range(senders)))
        return chats / (time.perf_counter() - began)


async def ours(url: str, token: str, path: Path, chats: int, **settings: Any) -> float:
    """Messages a second of digests that are composed already."""
    chosen = load_settings(telegram_bot_token=token, telegram_api_url=url, database_url=f"sqlite:///{path}", **settings)
    async with open_services(chosen) as services:
        app = build_application(services, token)
        await app.initialize()
        delivery = delivery_of(app)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("DELETE FROM subscriptions")
            subscribe(connection, range(FIRST_CHAT, FIRST_CHAT + chats), datetime.now(UTC))
        await delivery.prepare_due()
        began = time.perf_counter()
        count = await delivery.send_due()
        took_s = time.perf_counter() - began
        await app.shutdown()
    return count / took_s


async def measure(url: str, token: str, chats: int, rounds: int, *, is_limited: bool) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        for chat_id in range(FIRST_CHAT, FIRST_CHAT + chats):
            await http.post("/sim/chats", json={"type": "private", "chat_id": chat_id})
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ringkas.db"
        async with open_services(load_settings(database_url=f"sqlite:///{path}")) as services:
            await services.load_samples()
        if is_limited:
            return {"chats": chats, "per_s": await ours(url, token, path, chats)}
        fast: dict[str, Any] = {"messages_per_second": 10_000, "chat_messages_per_second": 1_000}
        pairs = []
        for _ in range(rounds):
            mine = await ours(url, token, path, chats, **fast)
            with closing(sqlite3.connect(path)) as connection:
                (text,) = connection.execute("SELECT html FROM bodies ORDER BY length(html) DESC LIMIT 1").fetchone()
                # The next round's digests tell the same news.
                connection.execute("DELETE FROM delivery_parts")
                connection.execute("DELETE FROM deliveries")
                connection.execute("DELETE FROM told_articles")
                connection.commit()
            pairs.append((mine, await bare(url, token, chats, SENDERS, text)))
    return {"chats": chats, "ours_and_bare_per_s": pairs, "ratios": [mine / other for mine, other in pairs]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--chats", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limited", action="store_true", help="with Telegram's limits")
    arguments = parser.parse_args()
    ours_end, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=serve, args=(theirs,), kwargs={"is_limited": arguments.limited}, daemon=True
    )
    process.start()
    url, token = ours_end.recv()
    found = measure(url, token, arguments.chats, arguments.rounds, is_limited=arguments.limited)
    print(json.dumps(asyncio.run(found)))
    ours_end.send("stop")
    process.join(10)


if __name__ == "__main__":
    main()
