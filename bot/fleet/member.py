"""What a process of a fleet is made of: the bots, and what all of them share."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING

from bot.app import build_application
from bot.config import FREE_PER_S, read_bot_id
from bot.fleet.queue import open_queue
from bot.fleet.rate_limits import SharedLine, SharedUserRateLimiter
from bot.runtime.clock import open_clock
from bot.runtime.metrics import QUEUE
from bot.services import open_services
from bot.transport.receiver import UNKNOWN_TOKEN
from bot.transport.webhook import hook_for
from summaries.errors import InvalidSettings
from summaries.model import Membership
from summaries.storage import open_fleet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from procrastinate import App as Procrastinate

    from bot.app import App
    from bot.background.senders import Unasked
    from bot.config import Settings
    from bot.fleet.queue import Queue
    from bot.runtime.metrics import Watch
    from bot.services import Services
    from bot.transport.webhook import Hook
    from summaries.model import Membership
    from summaries.ports import InboxStore, MemberStore, PaceStore
    from summaries.storage import Fleet


UNKNOWN_AMONG_OTHERS = "its token in TELEGRAM_BOT_TOKENS is not known to Telegram: copy it again from BotFather"


@dataclass(frozen=True, slots=True)
class FleetBot:
    """One bot: its application, not started, over its own chats; its webhook, if one is asked for; and what is said
    where Telegram does not know its token."""

    bot_id: int
    unknown: str
    app: App
    senders: Unasked
    services: Services
    hook: Hook | None


@dataclass(frozen=True, slots=True)
class Member:
    """What every process of a fleet has: the bots, and the services over the store that they share."""

    services: Services
    bots: tuple[FleetBot, ...]
    inbox: InboxStore
    members: MemberStore
    pace: PaceStore
    queue: Queue
    procrastinate: Procrastinate
    watch: Watch


@asynccontextmanager
async def open_member(settings: Settings, watch: Watch, membership: Membership) -> AsyncIterator[Member]:
    """Open all that, and close it again.

    Raises:
        InvalidSettings, StoreError: it can't be; the message says what to do.
    """
    check_tokens(settings)
    async with (
        shared_store(settings, membership) as fleet,
        open_clock(settings.sandbox_clock_url) as now,
        open_services(settings, now, shared=fleet.store) as services,
        open_queue(settings.database_url, partial(watch.pulse.beat, QUEUE)) as (queue, procrastinate),
    ):
        bots = []
        for token in settings.tokens:
            bot_id = read_bot_id(token)
            user_limiter = SharedUserRateLimiter(
                fleet.pace, bot_id, settings.ringkas_per_minute, settings.ringkas_burst
            )
            own = services.of_bot(fleet.stores[bot_id], user_limiter)
            line = SharedLine(settings.messages_per_second, fleet.pace, bot_id)
            # Where others are paid for, those that cost nothing are counted besides, in the row below zero.
            free = SharedLine(FREE_PER_S, fleet.pace, -bot_id) if settings.allow_paid_broadcast else None
            built = build_application(own, token.get_secret_value(), watch, line, free)
            unknown = UNKNOWN_TOKEN if token == settings.telegram_bot_token else UNKNOWN_AMONG_OTHERS
            bots.append(FleetBot(bot_id, unknown, built.app, built.senders, own, hook_for(settings, token)))
        yield Member(services, tuple(bots), fleet.inbox, fleet.members, fleet.pace, queue, procrastinate, watch)


def check_tokens(settings: Settings) -> None:
    """Raises:
    InvalidSettings: there is no token.
    """
    if not settings.tokens:
        raise InvalidSettings(("TELEGRAM_BOT_TOKEN is missing: set it",))


JOB_FORMAT = 1
"""Version of the jobs and stored updates that members hand to each other.

Raise it if a member of the last release could not run a job or read an update that this one writes, or would fail on
the migrated tables: a job with a new name or other arguments, a column removed. Members of two formats never run at the
same time. Migration steps that only add something need no new format: members are then replaced one by one.
"""


def membership(kind: str, queues: tuple[str, ...] = (), *, more_connections: int) -> Membership:
    """What this process is."""
    return Membership(kind, version("ringkas"), JOB_FORMAT, queues, more_connections)


@asynccontextmanager
async def shared_store(settings: Settings, member: Membership) -> AsyncIterator[Fleet]:
    """The database, open for one of several processes that work for the bots of the settings; closed again, whatever
    else can't be opened.

    Raises:
        InvalidSettings, StoreError: see `open_fleet`.
    """
    bot_ids = [read_bot_id(token) for token in settings.tokens]
    fleet = await open_fleet(settings.database_url, member, pool_size=settings.database_pool_size, bot_ids=bot_ids)
    try:
        yield fleet
    finally:
        await fleet.store.close()
