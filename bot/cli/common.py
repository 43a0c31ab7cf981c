"""Shared by the commands: the services and the store that they work on, the option `--bot`, and tables."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bot.runtime.memory import loading_modules

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.services import Services
    from summaries.storage import Store

Command = TypeVar("Command", bound="Callable[..., Any]")
Result = TypeVar("Result")

MEGABYTE = 1024 * 1024
MOST_COLUMN_CHARS = 60


def load_settings() -> Settings:
    """Return the settings. Their module, which is slow to import, is loaded when a command needs it."""
    with loading_modules():
        from bot.config import load_settings
    return load_settings()


def run_with_services(work: Callable[[Services], Awaitable[Result]], *, has_sources: bool = True) -> Result:
    """Return the result of `work` with the services of the settings; `has_sources` loads the catalogue first."""
    import asyncio

    with loading_modules():
        from bot.services import open_services

    async def run() -> Result:
        async with open_services(load_settings()) as services:
            if has_sources:
                await services.load_sources()
            return await work(services)

    return asyncio.run(run())


def run_with_store(settings: Settings, work: Callable[[Store], Awaitable[Result]], bot_id: int | None = None) -> Result:
    """Return the result of `work` with the store of the settings. `bot_id` chooses one of several bots."""
    import asyncio

    from summaries.storage import open_store

    async def run() -> Result:
        store = await open_store(settings.database_url, pool_size=settings.database_pool_size, bot_id=bot_id)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


def bot_option(otherwise: str) -> Callable[[Command], Command]:
    """Return the option `--bot`, passed to the command as `bot_id`. `otherwise` describes the default in the help."""
    return click.option(
        "--bot",
        "bot_id",
        type=click.IntRange(1),
        help=f"Id of one bot, the part of its token before the colon. Default: {otherwise}.",
    )


def choose_topic(topic: str | None) -> str | None:
    """Return the key of the topic that `--topic` names, or refuse the value."""
    from summaries.topic_model.topics import TOPICS, find_topic

    if topic is None:
        return None
    if (found := find_topic(topic)) is None:
        raise click.BadParameter(f"choose one of {', '.join(TOPICS)}", param_hint="--topic")
    return found


def print_table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print aligned columns. The last column is not padded."""
    shown = [(*map(cell, row[:-1]), " ".join(row[-1].split())) for row in (head, *rows)]
    widths = [max(len(text) for text in column) for column in zip(*shown, strict=True)]
    for row in shown:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def cell(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_COLUMN_CHARS else line[: MOST_COLUMN_CHARS - 1] + "…"
