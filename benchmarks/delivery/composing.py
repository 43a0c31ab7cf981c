"""Compose what is due for very many chats, in a process of its own whose memory is measured; prints JSON."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.delivery.fill import remember, subscribe
from benchmarks.ingest.memory import peak_mib
from bot.config import load_settings
from bot.services import open_services

TOLD = 8


async def compose(path: Path, chats: int) -> dict[str, float]:
    settings = load_settings(database_url=f"sqlite:///{path}")
    async with open_services(settings) as services:
        await services.load_samples()
    connection = sqlite3.connect(path)
    ids = [article_id for (article_id,) in connection.execute("SELECT id FROM articles ORDER BY id")]
    # What was told yesterday is not told again, and what that was differs from chat to chat.
    subscribe(connection, range(1, chats + 1), datetime.now(UTC))
    remember(connection, range(1, chats + 1), ids[:TOLD])
    async with open_services(settings) as services:
        began, used = time.perf_counter(), time.process_time()
        count = await services.composing(lambda: None).prepare_due()
        wall_s, cpu_s = time.perf_counter() - began, time.process_time() - used
    (stored,) = connection.execute("SELECT count(*) FROM deliveries WHERE is_composed").fetchone()
    (bodies,) = connection.execute("SELECT count(*) FROM bodies").fetchone()
    (parts,) = connection.execute("SELECT count(*) FROM outbox").fetchone()
    connection.close()
    return {"chats": chats, "count": count, "stored": stored, "bodies": bodies, "parts": parts,
            "wall_s": wall_s, "cpu_s": cpu_s, "peak_mb": peak_mib()}  # fmt: skip


def main() -> None:
    with TemporaryDirectory() as folder:
        print(json.dumps(asyncio.run(compose(Path(folder) / "ringkas.db", int(sys.argv[1])))))


if __name__ == "__main__":
    main()
