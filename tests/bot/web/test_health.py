"""/health/live and /health/ready, and access to them."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from bot.config import Listen
from bot.runtime.clock import utc_now
from bot.runtime.health import TICKS_LATE_S, HealthMonitor
from bot.runtime.metrics import TELEGRAM, Heartbeats
from bot.web.metrics import PrometheusMetrics, telemetry_routes
from summaries.errors import StoreBusy
from summaries.model import Backlog

BACKLOG = Backlog(due=0, late=0, unknown=0, delay_s=0.0, sources=9, sources_failing=1, sources_off=0)
LOOPBACK, EVERYWHERE = Listen("127.0.0.1", 8080), Listen("0.0.0.0", 8080)  # noqa: S104


def make_client(listen: Listen, heartbeats: Heartbeats, backlog: Backlog | None = BACKLOG) -> httpx.AsyncClient:
    class Figures:
        async def backlog(self, **_: object) -> Backlog:
            if backlog is None:
                raise StoreBusy("locked")
            return backlog

    monitor = HealthMonitor(Figures(), utc_now, heartbeats)  # type: ignore[arg-type]
    app = Starlette(routes=telemetry_routes(listen, PrometheusMetrics(), monitor))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8080")


async def test_live_while_running_and_ready_when_checks_pass() -> None:
    heartbeats = Heartbeats()
    http = make_client(LOOPBACK, heartbeats)
    live = await http.get("/health/live")
    assert (live.status_code, live.json()) == (200, {"status": "live"})
    early = await http.get("/health/ready")
    assert (early.status_code, early.json()["status"]) == (503, "not ready")
    heartbeats.beat(TELEGRAM)
    for name in TICKS_LATE_S:
        heartbeats.beat(name)
    ready = await http.get("/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert ready.headers["cache-control"] == "no-store"
    broken = await make_client(LOOPBACK, heartbeats, None).get("/health/ready")
    assert (broken.status_code, broken.json()["checks"]["database"]["ok"]) == (503, False)
    assert (await http.post("/health/live")).status_code == 405


@pytest.mark.parametrize(
    ("listen", "host", "status"),
    [
        (LOOPBACK, "localhost:8080", 200),
        (LOOPBACK, "[::1]:8080", 200),
        (LOOPBACK, "bot.example.org", 403),
        (LOOPBACK, "[", 403),
        (EVERYWHERE, "bot.example.org", 200),
        (Listen("10.1.2.3", 80), "bot.example.org", 200),
    ],
)
async def test_loopback_requires_a_loopback_host_header(listen: Listen, host: str, status: int) -> None:
    answer = await make_client(listen, Heartbeats()).get("/health/live", headers={"Host": host})
    assert answer.status_code == status
