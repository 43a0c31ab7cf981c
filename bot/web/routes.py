"""The HTTP routes of a process, by its settings: webhook, health, metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING

from bot.app import App
from bot.config import Listen, Settings
from bot.runtime.health import ALONE, HealthMonitor, HeartbeatCheck
from bot.runtime.metrics import Telemetry
from bot.services import Services
from bot.transport.update_processor import MAX_UPDATES
from bot.transport.webhook import LocalReceiver, WebhookConfig

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    Sites = list[tuple[Listen, BaseRoute]]


def create_telemetry(listen: Listen | None) -> Telemetry:
    """Return the telemetry of a process, with Prometheus metrics if it serves them at `listen`."""
    if listen is None:
        return Telemetry()
    from bot.web.metrics import PrometheusMetrics

    return Telemetry(PrometheusMetrics())


def serve_sites(sites: Sites) -> AbstractAsyncContextManager[None]:
    """Serve each route at its address during the block."""
    if not sites:
        return nullcontext()
    from bot.web.server import serve

    return serve(sites)


def create_webhook_site(
    settings: Settings, hook: WebhookConfig | None, app: App, telemetry: Telemetry, stop: asyncio.Event
) -> Sites:
    """Return the route of the bot's webhook, or none without one. Once `stop` is set no more updates are taken."""
    if hook is None:
        return []
    from bot.web.webhook import webhook_route

    def has_room() -> bool:
        return app.running and not stop.is_set() and app.update_processor.current_concurrent_updates < MAX_UPDATES

    accept = LocalReceiver(app.bot, app.update_queue.put_nowait, has_room)
    return [(settings.webhook_listen, webhook_route(hook.path, hook.secret, accept, telemetry.metrics.webhook_request))]


def create_telemetry_sites(
    services: Services,
    telemetry: Telemetry,
    listen: Listen | None,
    signs: Sequence[HeartbeatCheck] = ALONE,
    queue: Callable[[], Awaitable[None]] | None = None,
    tick_ages_s: Callable[[], Awaitable[Mapping[str, float]]] | None = None,
    late_s: Mapping[str, float] | None = None,
) -> Sites:
    """Return the routes of health and metrics at `listen`, or none without an address. `signs`, `queue`, `tick_ages_s`
    and `late_s` are those of `HealthMonitor`."""
    if listen is None:
        return []
    from bot.web.metrics import PrometheusMetrics, telemetry_routes

    if not isinstance(telemetry.metrics, PrometheusMetrics):
        raise TypeError("the metrics of this process were created without an address to serve them at")
    monitor = HealthMonitor(
        services.store.figures, services.now, telemetry.heartbeats, signs, queue, tick_ages_s, late_s or {}
    )
    return [(listen, route) for route in telemetry_routes(listen, telemetry.metrics, monitor)]
