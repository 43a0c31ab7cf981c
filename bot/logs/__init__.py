"""Logs on stderr: for people in a terminal, as lines of JSON otherwise, and without what must not stand in them.

Everything goes one way, whoever logs it: our modules, python-telegram-bot, httpx, APScheduler, uvicorn, Python's
warnings and the errors that nothing caught. What is bound with `structlog.contextvars` (the update's id, the
delivery's) stands in every line.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Any bot's token, whatever program it belongs to: errors of libraries may hold one.
ANY_TOKEN = re.compile(r"\b[0-9]{5,}:[A-Za-z0-9_-]{20,}")
AUTO, HUMAN, JSON = "auto", "human", "json"
# What these log below INFO or WARNING holds addresses with the token, and people's messages; uvicorn warns of every
# stranger who knocks.
QUIET = {"telegram": logging.INFO, "httpx": logging.WARNING, "httpcore": logging.WARNING, "uvicorn": logging.ERROR}


def set_up_logging(level: str, *, form: str = AUTO, secrets: Iterable[str] = ()) -> None:
    """Log to stderr from `level` on ("INFO"); the secrets never appear."""
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
    """Sets the logs up at the first record: most commands log nothing, and start faster without."""

    def emit(self, record: logging.LogRecord) -> None:
        set_up_logging(logging.getLevelName(self.level))
        logging.getLogger().handle(record)


def log_when_needed() -> None:
    """For commands whose settings nobody has read yet: warnings and worse, and no bot's token in them."""
    from bot.logs.error_format import report_uncaught

    report_uncaught()
    logging.basicConfig(level=logging.WARNING, handlers=[WhenNeeded(logging.WARNING)], force=True)
