"""Logs on stderr, one line a record, without what must not stand in them."""

from __future__ import annotations

import logging
import sys

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

# What these log below INFO or WARNING holds addresses with the token, and people's messages.
QUIET = {"telegram": logging.INFO, "httpx": logging.WARNING, "httpcore": logging.WARNING}


class RedactingFormatter(logging.Formatter):
    """Writes `<token>` for the bot's token wherever it stands: in messages, in arguments, in tracebacks."""

    def __init__(self, secret: str | None) -> None:
        super().__init__(FORMAT)
        self._secret = secret

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        return line.replace(self._secret, "<token>") if self._secret else line


def set_up_logging(level: str, *, secret: str | None) -> None:
    """Log to stderr from `level` on ("INFO"); `secret` never appears."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(secret))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name, quiet in QUIET.items():
        logging.getLogger(name).setLevel(max(quiet, logging.getLevelName(level.upper())))
