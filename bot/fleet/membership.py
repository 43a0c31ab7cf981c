"""How a process joins a fleet: what it tells of itself, and the format of what members hand to each other."""

from __future__ import annotations

from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from bot.config import bot_id_of
from summaries.model import Membership
from summaries.storage import open_fleet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.config import Settings
    from summaries.storage import Fleet

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
        BadSetting, StoreError: see `open_fleet`.
    """
    bot_ids = [bot_id_of(token) for token in settings.tokens]
    fleet = await open_fleet(settings.database_url, member, pool_size=settings.database_pool_size, bot_ids=bot_ids)
    try:
        yield fleet
    finally:
        await fleet.store.close()
