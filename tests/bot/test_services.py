"""Services get the settings that they need, and everything from outside is parsed in worker processes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.config import Settings
from bot.services import open_services
from summaries.digests.compose import NEWS_PATIENCE
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


@pytest.mark.parametrize(("refresh_minutes", "patience"), [(5, NEWS_PATIENCE), (0, timedelta())])
async def test_late_digests_wait_for_sources_only_if_these_are_checked(
    tmp_path: Path, refresh_minutes: int, patience: timedelta
) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'ringkas.db'}", refresh_minutes=refresh_minutes)
    async with open_services(settings) as services:
        assert services.composing(lambda: None)._patience == patience
