"""Logs on stderr: readable in a terminal, otherwise JSON lines, always without secrets and private text.

All records take the same path: ours, those of python-telegram-bot, httpx, APScheduler and uvicorn, Python's warnings,
and uncaught errors. Values bound with `structlog.contextvars` (the ids of the update and the delivery) are in every
line.
"""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Callable, Iterable

from summaries.errors import StoreError

# Matches any bot's token, because errors of libraries may contain one.
ANY_TOKEN = re.compile(r"\b[0-9]{5,}:[A-Za-z0-9_-]{20,}")
AUTO, HUMAN, JSON = "auto", "human", "json"
# Below these levels the loggers write addresses with the token and people's messages; uvicorn and mcp warn of every
# malformed request of a stranger.
QUIET = {
    "telegram": logging.INFO,
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "uvicorn": logging.ERROR,
    "mcp": logging.ERROR,
}

# While the database is away, each call, each connection of the pool and each tick reports it, many times a second.
OF_THE_DATABASE = ("bot.fleet.queue", "procrastinate", "psycopg.pool", "summaries.storage.postgres")
REPEATED_AFTER_S = 60.0
# While Telegram is away, each task that calls it reports the same outage. All retry more often than this.
OUTAGE_OVER_AFTER_S = 300.0
NETWORK = "network"
# Limit of the remembered causes, whose texts differ by connection and job.
MAX_CAUSES = 256
_ADDRESS = re.compile(r"0x[0-9a-f]+")


def set_up_logging(level: str, *, form: str = AUTO, secrets: Iterable[str] = ()) -> None:
    """Log to stderr from `level` on ("INFO"), without the `secrets`."""
    from bot.logs.error_format import report_uncaught
    from bot.logs.pipeline import make_formatter

    is_terminal = sys.stderr.isatty()
    is_human = form.lower() == HUMAN or (form.lower() == AUTO and is_terminal)
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(OncePerCause())
    handler.setFormatter(make_formatter(is_human=is_human, is_terminal=is_terminal, secrets=secrets))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    for name, quiet in QUIET.items():
        logging.getLogger(name).setLevel(max(quiet, logging.getLevelName(level.upper())))
    report_uncaught()


class OncePerCause(logging.Filter):
    """Drops warnings about the database whose cause was logged within the last minute, and warnings about the network
    during an outage, except the first."""

    def __init__(self, steady_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._steady_s = steady_s
        self._logged_at_s: dict[str, float] = {}
        self._failed_at_s = -OUTAGE_OVER_AFTER_S

    def filter(self, record: logging.LogRecord) -> bool:
        cause = find_cause(record)
        if cause is None:
            return True
        now_s = self._steady_s()
        if cause == NETWORK:
            last_s, self._failed_at_s = self._failed_at_s, now_s
            return now_s - last_s >= OUTAGE_OVER_AFTER_S
        if now_s - self._logged_at_s.get(cause, -REPEATED_AFTER_S) < REPEATED_AFTER_S:
            return False
        if len(self._logged_at_s) >= MAX_CAUSES:
            self._logged_at_s.clear()
        self._logged_at_s[cause] = now_s
        return True


def find_cause(record: logging.LogRecord) -> str | None:
    """Return the text of the store's error in a warning, NETWORK for one of the network, or else the text of a warning
    about the database."""
    if record.levelno < logging.WARNING:
        return None
    for value in record.args if isinstance(record.args, tuple) else ():
        if isinstance(value, StoreError):
            return str(value)
        # By name, because most commands need not import python-telegram-bot. It derives BadRequest from NetworkError.
        names = {kind.__name__ for kind in type(value).__mro__ if kind.__module__ == "telegram.error"}
        if "NetworkError" in names and "BadRequest" not in names:
            return NETWORK
    return _ADDRESS.sub("", record.getMessage()) if record.name.startswith(OF_THE_DATABASE) else None


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
