"""Several bots start independently."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from telegram.error import Forbidden

from bot.fleet.run import Maintain, start_bots
from summaries.errors import InvalidSettings

REFUSED = InvalidSettings(("TELEGRAM_BOT_TOKEN is not known to Telegram",))


@pytest.fixture
def no_retry_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot that was refused is tried again at once."""
    monkeypatch.setattr("bot.fleet.run.AGAIN_S", 0.001)


class FakeBot:
    """Starts after the given number of failures; its work ends with the block."""

    def __init__(self, *failures: Exception, is_away: bool = False) -> None:
        self.failures = list(failures)
        self.is_away = is_away
        self.is_kept = asyncio.Event()
        self.was_ended = False

    async def __call__(self) -> Maintain | None:
        if self.is_away:
            await asyncio.Event().wait()
        if self.failures:
            raise self.failures.pop(0)
        return self.keep

    async def keep(self) -> None:
        self.is_kept.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.was_ended = True
            raise


async def test_failing_bots_do_not_delay_others(no_retry_delay: None, caplog: pytest.LogCaptureFixture) -> None:
    fine, refused, away, odd = FakeBot(), FakeBot(REFUSED, REFUSED), FakeBot(is_away=True), FakeBot(Forbidden("odd"))
    async with asyncio.timeout(10), start_bots({1: fine, 2: refused, 3: away, 4: odd}, asyncio.Event()):
        for bot in (fine, refused, odd):
            await bot.is_kept.wait()
    assert all(bot.was_ended for bot in (fine, refused, odd))
    assert caplog.text.count("the bot 2 is left out, the others go on: TELEGRAM_BOT_TOKEN is not known") == 2
    assert "the bot 4 can't begin" in caplog.text


@pytest.mark.parametrize("count", [1, 3])
async def test_start_fails_when_all_bots_are_refused(count: int) -> None:
    bots = {number: FakeBot(*[REFUSED] * 9) for number in range(count)}
    with pytest.raises(InvalidSettings) as caught:
        async with asyncio.timeout(10), start_bots(bots, asyncio.Event()):
            pytest.fail("nothing begins")
    assert len(caught.value.faults) == count


async def test_stop_interrupts_the_start() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, stop.set)
    async with asyncio.timeout(10), start_bots({1: FakeBot(is_away=True)}, stop):
        assert stop.is_set()


async def test_unexpected_error_at_start_is_raised() -> None:
    begin: Callable[[], Awaitable[Maintain | None]] = FakeBot(ValueError("odd"))
    with pytest.raises(ValueError, match="odd"):
        async with start_bots({1: begin}, asyncio.Event()):
            pytest.fail("nothing begins")
