"""The option that chooses one of several bots on a database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound="Callable[..., Any]")


def bot_option(otherwise: str) -> Callable[[Command], Command]:
    """Return the option `--bot`, passed to the command as `bot_id`. `otherwise` describes the default in the help."""
    return click.option(
        "--bot",
        "bot_id",
        type=click.IntRange(1),
        help=f"Id of one bot, the part of its token before the colon. Default: {otherwise}.",
    )
