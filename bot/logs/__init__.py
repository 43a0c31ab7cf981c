"""Logs on stderr: readable in a terminal, otherwise JSON lines, always without secrets and private text.

All records take the same path: ours, those of python-telegram-bot, httpx, APScheduler and uvicorn, Python's warnings,
and uncaught errors. Values bound with `structlog.contextvars` (the ids of the update and the delivery) are in every
line.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable

# Matches any bot's token, because errors of libraries may contain one.
ANY_TOKEN = re.compile(r"\b[0-9]{5,}:[A-Za-z0-9_-]{20,}")
AUTO, HUMAN, JSON = "auto", "human", "json"
# Below these levels the loggers write addresses with the token and people's messages; uvicorn warns of every malformed
# request of a stranger.
QUIET = {"telegram": logging.INFO, "httpx": logging.WARNING, "httpcore": logging.WARNING, "uvicorn": logging.ERROR}


def set_up_logging(level: str, *, form: str = AUTO, secrets: Iterable[str] = ()) -> None:
    """Log to stderr from `level` on ("INFO"), without the `secrets`."""
    from bot.logs.error_format import report_uncaught
    from bot.logs.pipeline import make_formatter

    is_terminal = sys.stderr.isatty()
    is_human = form.lower() == HUMAN or (form.lower() == AUTO and is_terminal)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(make_formatter(is_human=is_human, has_colors=is_terminal, secrets=secrets))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    for name, quiet in QUIET.items():
        logging.getLogger(name).setLevel(max(quiet, logging.getLevelName(level.upper())))
    report_uncaught()


class WhenNeeded(logging.Handler):
    """Sets up logging at the first record: most commands log nothing, and start faster without it."""

    def emit(self, record: logging.LogRecord) -> None:
        set_up_logging(logging.getLevelName(self.level))
        logging.getLogger().handle(record)


def log_when_needed() -> None:
    """Log warnings and errors of a command before its settings are read, without any bot's token."""
    from bot.logs.error_format import report_uncaught

    report_uncaught()
    logging.basicConfig(level=logging.WARNING, handlers=[WhenNeeded(logging.WARNING)], force=True)
