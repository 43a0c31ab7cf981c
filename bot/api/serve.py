"""Open the API over the settings' database, and run its HTTP server."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime

from starlette.routing import Mount

from bot.api.guard import Guard
from bot.api.operations import NewsApi
from bot.api.routes import MCP_PATH, build_app
from bot.config import Listen, Settings
from bot.conversation.user_limits import UserRateLimiter
from bot.runtime.clock import utc_now
from bot.runtime.shutdown import install_stop_signal
from bot.services import find_edition_bot, open_web
from bot.web.server import serve
from summaries.articles.read import PublicReadingService
from summaries.errors import InvalidSettings
from summaries.storage import open_public_store
from summaries.workers.pools import ThreadOffload, WorkerPool

log = logging.getLogger(__name__)

MISSING_KEY = "SERVE_KEY is missing: anyone who has it may read the news and have articles summarised. Add to .env:"
NEEDS_KEY = "--without-key is for loopback only: {} can be reached from other machines"


@asynccontextmanager
async def open_api(settings: Settings, clock: Callable[[], datetime] = utc_now) -> AsyncIterator[NewsApi]:
    """Open the operations over the public news in the database of the settings.

    Errors are those of `open_public_store`.
    """
    store = await open_public_store(
        settings.database_url, pool_size=settings.database_pool_size, bot_id=find_edition_bot(settings)
    )
    offload, workers = ThreadOffload(), WorkerPool()
    try:
        async with open_web(settings) as web:
            yield NewsApi(
                news=store.news,
                reading=PublicReadingService(news=store.news, fetcher=web.pages, offload=workers.urgent, clock=clock),
                offload=offload,
                clock=clock,
                limiter=UserRateLimiter(settings.ringkas_per_minute, settings.ringkas_burst),
                zone=settings.default_timezone,
            )
    finally:
        await workers.close()
        offload.close()
        await store.close()


def check_key(settings: Settings, listen: Listen, *, is_open: bool, suggested: str) -> str | None:
    """Return the key that callers must send, or None if the server `is_open` and on loopback.

    Raises:
        InvalidSettings: there is no key, or the server would be open to other machines. `suggested` is a new key.
    """
    if is_open and not listen.is_loopback:
        raise InvalidSettings((NEEDS_KEY.format(listen),))
    if is_open:
        return None
    if settings.serve_key is None:
        raise InvalidSettings((MISSING_KEY, f"SERVE_KEY={suggested}"))
    return settings.serve_key.get_secret_value()


async def run_server(settings: Settings, listen: Listen, key: str | None) -> None:
    """Serve the API until SIGTERM or SIGINT. Raise as `open_api`, and InvalidSettings if the address is taken."""
    stop = install_stop_signal()
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(open_api(settings))
        mcp = None
        try:
            from bot.api.mcp import open_http
        except ModuleNotFoundError as error:
            log.info("without MCP, which needs %s", error.name)
        else:
            mcp = await stack.enter_async_context(open_http(api))
        app = Guard(build_app(api, mcp), listen, key, settings.serve_hosts)
        await stack.enter_async_context(serve([(listen, Mount("", app=app))]))
        log.info("the API is at %s%s", listen.url, "" if mcp is None else f", MCP at {listen.url}{MCP_PATH}")
        await stop.wait()
