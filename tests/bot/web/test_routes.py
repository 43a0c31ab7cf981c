"""The addresses that the running bot serves, by its settings."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from telegram import Bot

from bot.config import Listen, Settings
from bot.runtime.clock import utc_now
from bot.runtime.metrics import Telemetry
from bot.transport.update_processor import MAX_UPDATES
from bot.transport.webhook import derive_secret, webhook_config
from bot.web.metrics import PrometheusMetrics
from bot.web.routes import create_telemetry, create_telemetry_sites, create_webhook_site
from bot.web.webhook import SECRET_HEADER

TOKEN = "123456789:" + "A" * 35
SERVICES: Any = SimpleNamespace(store=SimpleNamespace(figures=None), now=utc_now)
ALL = ["/health/live", "/health/ready", "/metrics"]
CLOCK_URL = "http://127.0.0.1:1/sim/clock"


def make_settings(**more: Any) -> Settings:
    return Settings(telegram_bot_token=SecretStr(TOKEN), webhook_url="https://bot.example.org/telegram", **more)


async def test_update_is_refused_unless_the_bot_runs_and_has_capacity() -> None:
    app: Any = SimpleNamespace(
        bot=Bot(TOKEN),
        running=False,
        update_queue=asyncio.Queue(),
        update_processor=SimpleNamespace(current_concurrent_updates=0),
    )
    stop = asyncio.Event()
    hook = webhook_config(make_settings(), SecretStr(TOKEN))
    ((listen, route),) = create_webhook_site(make_settings(), hook, app, Telemetry(), stop)
    assert listen == Listen("127.0.0.1", 8080)
    transport = httpx.ASGITransport(Starlette(routes=[route]))
    headers = {SECRET_HEADER: derive_secret(TOKEN)}
    async with httpx.AsyncClient(transport=transport, base_url="http://bot.example", headers=headers) as http:

        async def status(update_id: int) -> int:
            return (await http.post("/telegram", json={"update_id": update_id})).status_code

        assert await status(1) == 503
        app.running = True
        assert await status(1) == 200
        app.update_processor.current_concurrent_updates = MAX_UPDATES
        assert await status(2) == 503
        app.update_processor.current_concurrent_updates -= 1
        assert await status(2) == 200
        stop.set()
        assert await status(3) == 503
    assert [app.update_queue.get_nowait().update_id for _ in range(2)] == [1, 2]
    assert app.update_queue.empty()


@pytest.mark.parametrize(
    ("more", "paths"),
    [
        ({}, ALL),
        ({"webhook_listen": Listen("10.1.2.3", 80)}, []),
        ({"webhook_listen": Listen("10.1.2.3", 80), "http_listen": Listen("127.0.0.1", 81)}, ALL),
        # The sandbox is on this machine, so the settings for Telegram do not count.
        ({"sandbox_clock_url": CLOCK_URL}, []),
    ],
)
def test_metrics_are_served_on_the_given_address(more: dict[str, Any], paths: list[str]) -> None:
    found = make_settings(**more)
    telemetry = create_telemetry(found.watched_at)
    sites = create_telemetry_sites(SERVICES, telemetry, found.watched_at)
    assert [getattr(route, "path", None) for _, route in sites] == paths
    assert isinstance(telemetry.metrics, PrometheusMetrics) == bool(paths)
    assert {listen for listen, _ in sites} <= {found.watched_at}


def test_worker_does_not_serve_the_webhook_address() -> None:
    # Both read the same .env.
    found = make_settings()
    assert found.watched_at == found.webhook_listen
    telemetry = create_telemetry(found.http_listen)
    assert create_telemetry_sites(SERVICES, telemetry, found.http_listen) == []
    assert not isinstance(telemetry.metrics, PrometheusMetrics)
