"""`ringkas web` and `ringkas worker`: one bot on several processes and machines, over PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

import click

from summaries.storage import check_fleet_address, with_driver

if TYPE_CHECKING:
    from bot.config import Settings

# A copy of `bot.fleet.queue.QUEUES`, because that module takes long to import.
QUEUES = ("answers", "alerts", "digests", "refresh")


@click.command()
def web() -> None:
    """Receive updates by webhook and store them for workers.

    Run any number of receivers behind a load balancer. Requires TELEGRAM_BOT_TOKEN, WEBHOOK_URL and a PostgreSQL
    database in DATABASE_URL.
    """
    settings = fleet_settings()
    with with_driver():
        from bot.fleet.run import run_receiver
    begin(settings, run_receiver(settings))


@click.command()
@click.option(
    "--queues",
    default=",".join(QUEUES),
    show_default=True,
    help="Queues to serve; each queue needs a worker somewhere.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 256),
    default=16,
    show_default=True,
    help="Concurrent jobs, in addition to replies.",
)
def worker(queues: str, concurrency: int) -> None:
    """Reply, send digests and fetch news in a fleet.

    Run any number of workers on any machines. Requires TELEGRAM_BOT_TOKEN and a PostgreSQL database in DATABASE_URL.
    """
    chosen = tuple(dict.fromkeys(filter(None, (name.strip() for name in queues.split(",")))))
    if unknown := sorted(set(chosen) - set(QUEUES)):
        raise click.BadParameter(
            f"there is no queue {unknown[0]!r}; there are {', '.join(QUEUES)}", param_hint="--queues"
        )
    if not chosen:
        raise click.BadParameter("name at least one queue", param_hint="--queues")
    settings = fleet_settings()
    with with_driver():
        from bot.fleet.run import run_worker
    begin(settings, run_worker(settings, chosen, concurrency))


def fleet_settings() -> Settings:
    from bot.config import load_settings

    settings = load_settings()
    check_fleet_address(settings.database_url)
    return settings


def begin(settings: Settings, work: Coroutine[Any, Any, None]) -> None:
    from bot.logs import set_up_logging
    from bot.runtime.memory import c_library, use_few_heaps

    use_few_heaps(c_library())
    set_up_logging(settings.log_level, form=settings.log_format, secrets=settings.secrets)
    asyncio.run(work)
