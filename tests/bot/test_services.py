"""Everything that comes from outside is parsed in worker processes, whichever use case reads it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.config import Settings
from bot.services import open_services
from summaries.workers.pools import WorkerPool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.services import Services


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    async with open_services(Settings(database_url=f"sqlite:///{tmp_path / 'ringkas.db'}")) as opened:
        yield opened


async def test_each_reader_of_outside_input_uses_worker_processes(services: Services) -> None:
    pool = services.workers
    assert isinstance(pool, WorkerPool)
    assert services.reading._offload == pool.urgent
    assert services.sourcing._offload == pool.urgent
    assert services.refresh._offload is pool
    assert services.refresh._entries._offload is pool


async def test_pasted_text_is_read_in_a_worker_process(services: Services) -> None:
    text = "Harga Beras Naik\n\n" + "Pedagang menaikkan harga beras karena pasokan berkurang sejak pekan lalu. " * 9
    reading = await services.reading.read_text(text, chat_id=5)
    assert reading.stored.article.title == "Harga Beras Naik"
    assert services.workers._pool is not None
