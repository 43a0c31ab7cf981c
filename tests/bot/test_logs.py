"""Logs never hold the token."""

from __future__ import annotations

import logging

from bot.logs import RedactingFormatter


def test_the_secret_is_replaced_in_message_arguments_and_traceback() -> None:
    secret = "123:geheim"
    error = ValueError(f"no route to /bot{secret}/getMe")
    record = logging.LogRecord(
        "x", logging.ERROR, __file__, 1, "asked %s", (f"/bot{secret}/",), (ValueError, error, None)
    )
    line = RedactingFormatter(secret).format(record)
    assert "geheim" not in line
    assert line.count("<token>") == 2


def test_without_a_secret_lines_stand_as_they_are() -> None:
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "halo", (), None)
    assert RedactingFormatter(None).format(record).endswith("INFO x: halo")
