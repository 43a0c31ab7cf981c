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

# 2: an update may be one of another bot than that of TELEGRAM_BOT_TOKEN.
JOB_FORMAT = 2
"""Raise it whenever a member of the last version could not do a job, or read a stored update, that this one writes, or
could not live with a step of the tables: a job of a new name, other arguments, a column gone that it still needs.
Members of two formats never work at the same time, and jobs of the older that are left must be readable here. Steps
that only add need no other format: then members are replaced one after the other.
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
    bot_ids = [bot_id_of(token) for token in settings.tokens]
    fleet = await open_fleet(settings.database_url, member, pool_size=settings.database_pool_size, bot_ids=bot_ids)
    try:
        yield fleet
    finally:
        await fleet.store.close()
