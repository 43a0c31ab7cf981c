"""Telegram is called until it answers."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest
from telegram.error import InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.transport import request
from bot.transport.request import retry_until_reachable
from summaries.errors import InvalidSettings


class Telegram:
    """Fails with the errors, one a call, then answers."""

    def __init__(self, *errors: TelegramError) -> None:
        self.errors = list(errors)
        self.calls = 0
        self.was_called = asyncio.Event()

    async def __call__(self) -> None:
        self.calls += 1
        self.was_called.set()
        if self.errors:
            raise self.errors.pop(0)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits, which take no time."""
    waited: list[float] = []

    async def wait(_stop: asyncio.Event, delay_s: float) -> None:
        waited.append(delay_s)

    monkeypatch.setattr(request, "wait", wait)
    return waited


async def test_it_is_called_again_soon_then_once_a_minute(waits: list[float], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    telegram = Telegram(*[NetworkError("refused")] * 8, TimedOut())
    assert await retry_until_reachable(telegram, asyncio.Event())
    assert [record.getMessage() for record in caplog.records] == [
        "Telegram can't be reached; it is tried again until it answers: refused",
        "Telegram answers again",
    ]
    assert telegram.calls == 10
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_it_is_called_again_when_it_said(waits: list[float]) -> None:
    assert await retry_until_reachable(Telegram(RetryAfter(timedelta(seconds=7))), asyncio.Event())
    assert waits == [7]


async def test_a_token_that_it_does_not_know_is_a_bad_setting() -> None:
    with pytest.raises(InvalidSettings, match="is not known to Telegram"):
        await retry_until_reachable(Telegram(InvalidToken()), asyncio.Event())


async def test_stop_ends_the_wait() -> None:
    stop = asyncio.Event()
    telegram = Telegram(*[NetworkError("refused")] * 8)
    calling = asyncio.create_task(retry_until_reachable(telegram, stop))
    await telegram.was_called.wait()
    stop.set()
    assert await asyncio.wait_for(calling, 30) is False
    assert telegram.calls == 1
