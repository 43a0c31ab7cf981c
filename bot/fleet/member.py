"""Resources of one process of a fleet: its bots, and the services and stores that they share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

from bot.app import App, build_application
from bot.background.jobs import BackgroundJobs
from bot.config import FREE_PER_S, Settings, read_bot_id
from bot.fleet.queue import Queue, open_queue
from bot.fleet.rate_limits import SharedSendLimiter, SharedUserRateLimiter
from bot.runtime.clock import open_clock
from bot.runtime.metrics import QUEUE, Telemetry
from bot.runtime.shutdown import run_with_deadline
from bot.services import CLOSING_S, Services, open_services
from bot.transport.request import UNKNOWN_TOKEN
from bot.transport.webhook import WebhookConfig, webhook_config
from summaries.errors import InvalidSettings
from summaries.model import Membership
from summaries.storage import Fleet, open_fleet

UNKNOWN_AMONG_OTHERS = "its token in TELEGRAM_BOT_TOKENS is not known to Telegram: copy it again from BotFather"


@dataclass(frozen=True, slots=True)
class FleetBot:
    """One bot: its application (not started), its own chats, and its webhook if one is configured. `unknown` is the
    error message for a token that Telegram refuses."""

    bot_id: int
    unknown: str
    app: App
    jobs: BackgroundJobs
    services: Services
    hook: WebhookConfig | None


@dataclass(frozen=True, slots=True)
class Member:
    """The bots of a process, and the services and stores that they share. `services` are the first bot's."""

    services: Services
    bots: tuple[FleetBot, ...]
    stores: Fleet
    queue: Queue

    @property
    def first_of_editions(self) -> tuple[FleetBot, ...]:
        """Return the first bot of each edition."""
        found: dict[str, FleetBot] = {}
        for bot in self.bots:
            found.setdefault(bot.services.edition.name, bot)
        return tuple(found.values())


@asynccontextmanager
async def open_member(settings: Settings, telemetry: Telemetry, membership: Membership) -> AsyncIterator[Member]:
    """Open the resources of this process, and close them after the block. Raise InvalidSettings or StoreError, with
    messages for the operator, if they cannot be opened."""
    check_tokens(settings)
    async with open_clock(settings.sandbox_clock_url) as now, AsyncExitStack() as stack:
        bot_ids = [read_bot_id(token) for token in settings.tokens]
        url, pool_size = settings.database_url, settings.database_pool_size
        editions = {bot_id: settings.editions.of_bot(bot_id) for bot_id in bot_ids}
        names = {bot_id: edition.name for bot_id, edition in editions.items()}
        stores = await open_fleet(url, membership, pool_size=pool_size, bot_ids=bot_ids, editions=names)
        services = await stack.enter_async_context(open_services(settings, now, shared=stores.store))
        by_edition = {services.edition.name: services}
        queue = await stack.enter_async_context(open_queue(url, partial(telemetry.heartbeats.beat, QUEUE)))
        bots = []
        for bot_id, token in zip(bot_ids, settings.tokens, strict=True):
            limits = stores.rate_limits
            user_limiter = SharedUserRateLimiter(limits, bot_id, settings.ringkas_per_minute, settings.ringkas_burst)
            store, edition = stores.stores[bot_id], editions[bot_id]
            if edition.name not in by_edition:
                by_edition[edition.name] = services.of_edition(store, edition)
                stack.push_async_callback(close_writer, by_edition[edition.name])
            own = by_edition[edition.name].of_bot(store, user_limiter)
            line = SharedSendLimiter(settings.messages_per_second, limits, bot_id)
            # With paid broadcasts on, free messages have a second quota, stored under the negated bot id.
            free = SharedSendLimiter(FREE_PER_S, limits, -bot_id) if settings.allow_paid_broadcast else None
            built = build_application(own, token.get_secret_value(), telemetry, line, free)
            unknown = UNKNOWN_TOKEN if token == settings.telegram_bot_token else UNKNOWN_AMONG_OTHERS
            bots.append(FleetBot(bot_id, unknown, built.app, built.jobs, own, webhook_config(settings, token)))
        yield Member(services, tuple(bots), stores, queue)


async def close_writer(services: Services) -> None:
    await run_with_deadline("a batch of articles", services.writer.close(), CLOSING_S)


def check_tokens(settings: Settings) -> None:
    """Raise InvalidSettings unless a token is configured."""
    if not settings.tokens:
        raise InvalidSettings(("TELEGRAM_BOT_TOKEN is missing: set it",))


JOB_FORMAT = 1
"""Version of the jobs and stored updates that members hand to each other.

Raise it if a member of the last release could not run a job or read an update that this one writes, or would fail on
the migrated tables: a job with a new name or other arguments, a column removed. Members of two formats never run at the
same time. Migration steps that only add something need no new format: members are then replaced one by one.
"""


def membership(kind: str, queues: tuple[str, ...] = (), *, more_connections: int) -> Membership:
    """Return the description of this process for the list of members."""
    return Membership(kind, version("ringkas"), JOB_FORMAT, queues, more_connections)
