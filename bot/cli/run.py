"""The processes: `ringkas run`, `web`, `worker` and `sandbox`, and `ringkas start` for `make run`."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import click

from bot.cli.common import load_settings
from bot.cli.exit_codes import WRONG_USAGE, say
from bot.runtime.memory import c_library, loading_modules, use_few_heaps
from summaries.errors import InvalidSettings, describe_extra
from summaries.storage import check_fleet_address, with_driver

if TYPE_CHECKING:
    from bot.config import Settings

# A copy of `bot.fleet.queue.QUEUES`, because that module takes long to import.
QUEUES = ("answers", "alerts", "digests", "refresh")


wait_option = click.option(
    "--wait-if-invalid",
    "is_waiting",
    is_flag=True,
    help="Wait for SIGTERM if a setting is invalid (for containers).",
)


@click.command()
@wait_option
def run(*, is_waiting: bool) -> None:
    """Run the bot on Telegram.

    Requires TELEGRAM_BOT_TOKEN. Runs until SIGTERM or Ctrl+C.
    """
    with waiting_if_invalid(is_waiting=is_waiting):
        run_on_telegram(load_settings())


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port of the sandbox on loopback (default: 8090, or a free one).",
)
def sandbox(port: int | None) -> None:
    """Run the bot in the sandbox.

    The sandbox replaces Telegram on this machine and needs no token and no network. It serves a chat page and a chat
    in the terminal. Without input it runs until SIGTERM.
    """
    run_in_sandbox(port)


@click.command(hidden=True)
def start() -> None:
    """Run on Telegram if a token is set, otherwise in the sandbox."""
    settings = load_settings()
    if settings.telegram_bot_token is not None:
        run_on_telegram(settings)
    else:
        run_in_sandbox(None)


@click.command()
@wait_option
def web(*, is_waiting: bool) -> None:
    """Receive updates by webhook and store them for workers.

    Run any number of receivers behind a load balancer. Requires TELEGRAM_BOT_TOKEN, WEBHOOK_URL and a PostgreSQL
    database in DATABASE_URL.
    """
    with waiting_if_invalid(is_waiting=is_waiting):
        settings = fleet_settings()
        with with_driver(), loading_modules():
            from bot.fleet.run import run_receiver
        run_process(settings, run_receiver(settings))


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
@wait_option
def worker(queues: str, concurrency: int, *, is_waiting: bool) -> None:
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
    with waiting_if_invalid(is_waiting=is_waiting):
        settings = fleet_settings()
        with with_driver(), loading_modules():
            from bot.fleet.run import run_worker
        run_process(settings, run_worker(settings, chosen, concurrency))


@contextmanager
def waiting_if_invalid(*, is_waiting: bool) -> Iterator[None]:
    """If `is_waiting` and the block raises InvalidSettings, print its faults, wait for a signal to stop, and exit."""
    try:
        yield
    except InvalidSettings as error:
        if not is_waiting:
            raise
        for fault in (*error.faults, "waiting until it is stopped: correct the settings, and start it again"):
            say(fault)
        ends = {signal.SIGTERM, signal.SIGINT}
        signal.pthread_sigmask(signal.SIG_BLOCK, ends)
        signal.sigwait(ends)
        raise SystemExit(WRONG_USAGE) from None


def fleet_settings() -> Settings:
    settings = load_settings()
    check_fleet_address(settings.database_url)
    return settings


def run_on_telegram(settings: Settings) -> None:
    with loading_modules():
        from bot.run import run_bot
    run_process(settings, run_bot(settings))


def run_process(settings: Settings, work: Coroutine[Any, Any, None]) -> NoReturn:
    """Run the work until its orderly stop, which ends this process. Its errors are raised."""
    from bot.logs import set_up_logging
    from bot.runtime.shutdown import end_process

    use_few_heaps(c_library())
    set_up_logging(settings.log_level, form=settings.log_format, secrets=settings.secrets)
    asyncio.run(work)
    end_process()


def run_in_sandbox(port: int | None) -> None:
    try:
        from bot.cli.run_sandbox import try_in_sandbox
    except ModuleNotFoundError as error:
        say(f"the sandbox needs {error.name}: {describe_extra('sandbox')}")
        raise SystemExit(1) from error
    sys.exit(asyncio.run(try_in_sandbox(port)))
