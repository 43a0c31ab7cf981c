"""`ringkas run`, `ringkas sandbox`, and `ringkas start` for `make run`."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import click

from bot.cli.exit_codes import say

if TYPE_CHECKING:
    from bot.config import Settings


@click.command()
def run() -> None:
    """Run the bot on Telegram.

    Requires TELEGRAM_BOT_TOKEN. Runs until SIGTERM or Ctrl+C.
    """
    from bot.config import load_settings

    run_on_telegram(load_settings())


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port of the sandbox on loopback (default: a free one)."
)
def sandbox(port: int) -> None:
    """Run the bot in the sandbox.

    The sandbox replaces Telegram on this machine and needs no token and no network. It serves a chat page and a chat
    in the terminal. Without input it runs until SIGTERM.
    """
    run_in_sandbox(port)


@click.command(hidden=True)
def start() -> None:
    """Run on Telegram if a token is set, otherwise in the sandbox."""
    from bot.config import load_settings

    settings = load_settings()
    if settings.telegram_bot_token is not None:
        run_on_telegram(settings)
    else:
        run_in_sandbox(0)


def run_on_telegram(settings: Settings) -> None:
    from bot.logs import set_up_logging
    from bot.run import run_bot
    from bot.runtime.memory import c_library, use_few_heaps

    use_few_heaps(c_library())
    set_up_logging(settings.log_level, form=settings.log_format, secrets=settings.secrets)
    asyncio.run(run_bot(settings))


def run_in_sandbox(port: int) -> None:
    try:
        from bot.cli.run_sandbox import try_in_sandbox
    except ModuleNotFoundError as error:
        say(f"the sandbox needs packages that are not installed ({error.name}): pip install 'ringkas[sandbox]'")
        raise SystemExit(1) from error
    sys.exit(asyncio.run(try_in_sandbox(port)))
