"""Which bot a command is about, where several share a database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

Command = TypeVar("Command", bound="Callable[..., Any]")


def bot_option(otherwise: str) -> Callable[[Command], Command]:
    """The option `--bot`, given to the command as `bot_id`; `otherwise` says what is told without it."""
    return click.option(
        "--bot",
        "bot_id",
        type=click.IntRange(1),
        help=f"Only the bot with that id, the token's part before the colon. Without it: {otherwise}.",
    )
