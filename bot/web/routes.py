"""What a process of the bot serves over HTTP, by its settings: the webhook, its health, its metrics."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

from bot.runtime.health import ALONE, probe, shared
from bot.runtime.metrics import Watch
from bot.transport.receiver import Accepting
from bot.transport.update_processor import MAX_UPDATES
from bot.transport.webhook import hook_of
from summaries.errors import InvalidSettings

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from contextlib import AbstractAsyncContextManager

    from starlette.routing import BaseRoute

    from bot.app import App
    from bot.config import Listen, Settings
    from bot.runtime.health import Sign
    from bot.services import Services
    from summaries.ports import Clock, FigureStore


def make_watch(settings: Settings, listen: Listen | None) -> Watch:
    """Those who watch the process, which serves at the address if there is one: Prometheus, where it is served.

    Raises:
        InvalidSettings: the packages for it are missing.
    """
    if listen is None:
        return Watch()
    try:
        from bot.web.metrics import PrometheusMeter
    except ModuleNotFoundError as error:
        raise packages_missing(settings, error) from error
    return Watch(PrometheusMeter())


def web_side(services: Services, app: App, watch: Watch, stop: asyncio.Event) -> AbstractAsyncContextManager[None]:
    """Serve what the settings ask for while the block runs; once `stop` is set no more updates are taken.

    Raises:
        InvalidSettings: an address can't be listened on, or packages are missing.
    """
    settings = services.settings
    if settings.watched_at is None and settings.webhook is None:
        return nullcontext()
    served = serving(settings)
    watched = watching_sites(services.store.figures, services.now, watch, settings.watched_at)
    return served([*webhook_site(settings, app, watch, stop), *watched])


def serving(settings: Settings) -> Callable[[Iterable[tuple[Listen, BaseRoute]]], AbstractAsyncContextManager[None]]:
    """`bot.web.server.serve`.

    Raises:
        InvalidSettings: its packages are missing.
    """
    try:
        from bot.web.server import serve
    except ModuleNotFoundError as error:
        raise packages_missing(settings, error) from error
    return serve


def webhook_site(settings: Settings, app: App, watch: Watch, stop: asyncio.Event) -> list[tuple[Listen, BaseRoute]]:
    from bot.web.webhook import webhook_route

    hook = hook_of(settings)
    if hook is None:
        return []

    def has_room() -> bool:
        return app.running and not stop.is_set() and app.update_processor.current_concurrent_updates < MAX_UPDATES

    accept = Accepting(app.bot, app.update_queue.put_nowait, has_room)
    return [(settings.webhook_listen, webhook_route(hook.path, hook.secret, accept, watch.meter.webhook_request))]


def watching_sites(
    figures: FigureStore,
    clock: Clock,
    watch: Watch,
    listen: Listen | None,
    signs: Sequence[Sign] = ALONE,
    queue: Callable[[], Awaitable[None]] | None = None,
) -> list[tuple[Listen, BaseRoute]]:
    """Health and metrics at the address, if there is one, of a process that is well by these signs and, if it puts jobs
    into one, by a `queue` that answers."""
    if listen is None:
        return []
    from bot.web.health import health_routes
    from bot.web.metrics import PrometheusMeter, metrics_route

    ask = shared(partial(probe, figures, clock, queue))
    routes = health_routes(listen, ask, watch.pulse, signs)
    if isinstance(watch.meter, PrometheusMeter):
        routes.append(metrics_route(listen, watch.meter, ask, watch.pulse, signs))
    return [(listen, route) for route in routes]


def packages_missing(settings: Settings, error: ModuleNotFoundError) -> InvalidSettings:
    name = "WEBHOOK_URL" if settings.webhook_url is not None else "HTTP_LISTEN"
    return InvalidSettings((f"{name} needs packages that are missing ({error.name}): pip install 'ringkas[web]'",))
