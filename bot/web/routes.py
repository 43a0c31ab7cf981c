"""The HTTP routes of a process, by its settings: webhook, health, metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from bot.app import App
from bot.config import Listen, Settings
from bot.runtime.health import ALONE, HeartbeatCheck, probe, shared
from bot.runtime.metrics import Telemetry
from bot.services import Services
from bot.transport.receiver import LocalReceiver
from bot.transport.update_processor import MAX_UPDATES
from bot.transport.webhook import main_webhook_config
from summaries.errors import InvalidSettings
from summaries.ports import Clock, FigureStore

if TYPE_CHECKING:
    from starlette.routing import BaseRoute


def create_telemetry(settings: Settings, listen: Listen | None) -> Telemetry:
    """Return the telemetry of a process, with Prometheus metrics if it serves them at `listen`."""
    if listen is None:
        return Telemetry()
    with packages_required(settings):
        from bot.web.metrics import PrometheusMetrics
    return Telemetry(PrometheusMetrics())


def serve_web(
    services: Services, app: App, telemetry: Telemetry, stop: asyncio.Event
) -> AbstractAsyncContextManager[None]:
    """Serve the routes of the settings during the block. Once `stop` is set no more updates are taken."""
    settings = services.settings
    if settings.watched_at is None and settings.webhook is None:
        return nullcontext()
    served = import_serve(settings)
    watched = create_telemetry_sites(services.store.figures, services.now, telemetry, settings.watched_at)
    return served([*create_webhook_site(settings, app, telemetry, stop), *watched])


def import_serve(
    settings: Settings,
) -> Callable[[Iterable[tuple[Listen, BaseRoute]]], AbstractAsyncContextManager[None]]:
    """Return `bot.web.server.serve`."""
    with packages_required(settings):
        from bot.web.server import serve
    return serve


def create_webhook_site(
    settings: Settings, app: App, telemetry: Telemetry, stop: asyncio.Event
) -> list[tuple[Listen, BaseRoute]]:
    from bot.web.webhook import webhook_route

    hook = main_webhook_config(settings)
    if hook is None:
        return []

    def has_room() -> bool:
        return app.running and not stop.is_set() and app.update_processor.current_concurrent_updates < MAX_UPDATES

    accept = LocalReceiver(app.bot, app.update_queue.put_nowait, has_room)
    return [(settings.webhook_listen, webhook_route(hook.path, hook.secret, accept, telemetry.metrics.webhook_request))]


def create_telemetry_sites(
    figures: FigureStore,
    clock: Clock,
    telemetry: Telemetry,
    listen: Listen | None,
    signs: Sequence[HeartbeatCheck] = ALONE,
    queue: Callable[[], Awaitable[None]] | None = None,
) -> list[tuple[Listen, BaseRoute]]:
    """Return the routes of health and metrics at `listen`, or none without an address. The process is ready if the
    heartbeats of `signs` are recent and `queue`, if given, does not raise."""
    if listen is None:
        return []
    from bot.web.metrics import PrometheusMetrics, health_routes, metrics_route

    ask = shared(partial(probe, figures, clock, queue))
    routes = health_routes(listen, ask, telemetry.heartbeats, signs)
    if isinstance(telemetry.metrics, PrometheusMetrics):
        routes.append(metrics_route(listen, telemetry.metrics, ask, telemetry.heartbeats, signs))
    return [(listen, route) for route in routes]


@contextmanager
def packages_required(settings: Settings) -> Iterator[None]:
    """Raise InvalidSettings if the block imports a package that is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        name = "WEBHOOK_URL" if settings.webhook_url is not None else "HTTP_LISTEN"
        fault = f"{name} needs packages that are missing ({error.name}): pip install 'ringkas[web]'"
        raise InvalidSettings((fault,)) from error
