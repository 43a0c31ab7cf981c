"""Pace: refusals are repeated for those who can wait, and nobody waits for another chat."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from telegram.error import RetryAfter

from bot import pacing
from bot.pacing import Pace


class Telegram:
    """Refuses the given number of calls, then answers."""

    def __init__(self, refusals: int = 0, wait: int = 1) -> None:
        self.refusals = refusals
        self.wait = wait
        self.calls = 0

    async def __call__(self, *args: Any, **kwargs: Any) -> str:
        self.calls += 1
        if self.calls <= self.refusals:
            raise RetryAfter(self.wait)
        return "sent"


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the limiter would have slept, without sleeping."""
    asked: list[float] = []

    async def sleep(seconds: float) -> None:
        asked.append(seconds)

    monkeypatch.setattr("bot.pacing.asyncio.sleep", sleep)
    return asked


async def ask(
    pace: Pace, telegram: Telegram, chat_id: int | str = 1, endpoint: str = "sendMessage", patience: float | None = None
) -> Any:
    return await pace.process_request(telegram, (), {}, endpoint, {"chat_id": chat_id}, patience)


async def test_what_is_refused_for_pace_is_repeated(slept: list[float]) -> None:
    telegram = Telegram(refusals=2, wait=3)
    assert await ask(Pace(), telegram) == "sent"
    assert (telegram.calls, slept) == (3, [3, 3])


@pytest.mark.parametrize(("patience", "calls"), [(0, 1), (2.9, 1), (3, 2), (None, 4)])
async def test_nobody_waits_longer_than_asked(slept: list[float], patience: float | None, calls: int) -> None:
    telegram = Telegram(refusals=99, wait=3 if patience is not None else 20)
    with pytest.raises(RetryAfter):
        await ask(Pace(), telegram, patience=patience)
    assert telegram.calls == calls


async def test_a_chat_that_waits_waits_alone() -> None:
    pace = Pace()
    refused = asyncio.create_task(ask(pace, Telegram(refusals=1, wait=30), chat_id=1))
    await asyncio.sleep(0)
    async with asyncio.timeout(1):
        assert await ask(pace, Telegram(), chat_id=2) == "sent"
    assert not refused.done()
    refused.cancel()
    await asyncio.gather(refused, return_exceptions=True)


async def test_a_chats_burst_is_bounded() -> None:
    pace = Pace()
    sends = [asyncio.create_task(ask(pace, Telegram())) for _ in range(pacing.CHAT_BURST + 1)]
    done, waiting = await asyncio.wait(sends, timeout=0.2)
    assert (len(done), len(waiting)) == (pacing.CHAT_BURST, 1)
    # What is no message is not counted.
    assert await ask(pace, Telegram(), endpoint="sendChatAction") == "sent"
    assert await ask(pace, Telegram(), endpoint="answerCallbackQuery") == "sent"
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_chats_are_forgotten_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "CHATS_REMEMBERED", 10)
    pace = Pace()
    for chat_id in range(25):
        await ask(pace, Telegram(), chat_id=chat_id, endpoint="editMessageText")
    assert len(pace._chats) == 10
