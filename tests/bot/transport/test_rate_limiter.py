"""RateLimiter: refusals are repeated for those who can wait, and nobody waits for another chat."""

from __future__ import annotations

import asyncio
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st
from telegram.error import RetryAfter

from bot.transport import rate_limiter as pacing
from bot.transport.messenger import ALREADY_LIMITED, BACKGROUND
from bot.transport.rate_limiter import Limits, LocalSendLimiter, RateLimiter
from tests.bot.conftest import Sleeper


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


async def send_through(
    pace: RateLimiter,
    telegram: Telegram,
    chat_id: int | str = 1,
    endpoint: str = "sendMessage",
    patience: float | None = None,
) -> Any:
    return await pace.process_request(telegram, (), {}, endpoint, {"chat_id": chat_id}, patience)


async def test_rate_limited_call_is_repeated(sleeper: Sleeper) -> None:
    telegram = Telegram(refusals=2, wait=3)
    assert await send_through(RateLimiter(sleep=sleeper), telegram) == "sent"
    assert (telegram.calls, sleeper.asked) == (3, [3, 3])


@pytest.mark.parametrize(("patience", "calls"), [(0, 1), (2.9, 1), (3, 2), (None, 4)])
async def test_patience_limits_the_wait(sleeper: Sleeper, patience: float | None, calls: int) -> None:
    telegram = Telegram(refusals=99, wait=3 if patience is not None else 20)
    with pytest.raises(RetryAfter):
        await send_through(RateLimiter(sleep=sleeper), telegram, patience=patience)
    assert telegram.calls == calls


async def test_waiting_chat_does_not_delay_others() -> None:
    pace = RateLimiter()
    refused = asyncio.create_task(send_through(pace, Telegram(refusals=1, wait=30), chat_id=1))
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        assert await send_through(pace, Telegram(), chat_id=2) == "sent"
    assert not refused.done()
    refused.cancel()
    await asyncio.gather(refused, return_exceptions=True)


async def test_burst_per_chat_is_limited() -> None:
    pace = RateLimiter()
    sends = [asyncio.create_task(send_through(pace, Telegram())) for _ in range(pacing.CHAT_BURST + 1)]
    done, waiting = await asyncio.wait(sends, timeout=0.2)
    assert (len(done), len(waiting)) == (pacing.CHAT_BURST, 1)
    # Only messages are counted.
    assert await send_through(pace, Telegram(), endpoint="sendChatAction") == "sent"
    assert await send_through(pace, Telegram(), endpoint="answerCallbackQuery") == "sent"
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_idle_chats_are_evicted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "CHATS_REMEMBERED", 10)
    line = LocalSendLimiter(1000)
    for chat_id in range(25):
        await send_through(RateLimiter(limiter=line), Telegram(), chat_id=chat_id, endpoint="editMessageText")
    assert len(line.chats) == 10


class Loop:
    """A fake of the event loop's clock, which advances when a turn is awaited."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        self.now = 100.0
        self._timers: list[tuple[float, Any]] = []
        monkeypatch.setattr(loop, "time", lambda: self.now)
        monkeypatch.setattr(loop, "call_at", lambda at, call: self._timers.append((at, call)))

    def ring(self) -> None:
        """All timers are late, and ring now."""
        timers, self._timers = self._timers, []
        for _, call in timers:
            call()

    async def forward(self, to_s: float) -> None:
        """Let time go on from timer to timer."""
        await settle()
        while self._timers and min(at for at, _ in self._timers) <= to_s:
            self._timers.sort(key=lambda timer: timer[0])
            self.now, call = self._timers.pop(0)
            call()
            await settle()
        self.now = to_s


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_replies_precede_background_messages_at_an_even_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, line = Loop(monkeypatch), LocalSendLimiter(10)
    given: list[str] = []

    async def take(name: str, *, is_background: bool) -> None:
        await line.acquire(is_background=is_background)
        given.append(name)

    tasks = [asyncio.create_task(take("digest", is_background=True)) for _ in range(40)]
    await loop.forward(100.0)
    # The rest of the burst after the digests, then one each tenth of a second.
    first = pacing.OVERALL_BURST + 1 - pacing.REPLIES_RESERVE
    assert len(given) == first
    await loop.forward(101.0)
    assert len(given) == first + 10
    given.clear()
    tasks += [asyncio.create_task(take("answer", is_background=False)) for _ in range(20)]
    await loop.forward(102.05)
    # Answers go first, and one turn in ten is a digest's all the same.
    assert given == ["answer"] * 9 + ["digest"] + ["answer"] * 2
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_chat_with_many_replies_delays_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, line = Loop(monkeypatch), LocalSendLimiter(10)
    given: list[str] = []

    async def take(chat: str) -> None:
        await line.acquire(is_background=False, chat=chat)
        given.append(chat)

    tasks = [asyncio.create_task(take("flood")) for _ in range(40)]
    await loop.forward(101.05)
    given.clear()
    tasks += [asyncio.create_task(take(chat)) for chat in ("reader", "other", "reader")]
    await loop.forward(101.55)
    assert given == ["flood", "reader", "other", "flood", "reader"]
    # In a later backlog all start alike. The first of the flood take the burst.
    await loop.forward(110)
    given.clear()
    tasks += [asyncio.create_task(take(chat)) for chat in ["flood"] * 10 + ["reader"] * 10]
    await loop.forward(111.05)
    assert given[pacing.OVERALL_BURST + 1 :] == ["flood", "reader"] * 4 + ["reader"] * 2
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_late_replies_yield_to_prompt_ones_without_starving(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, line = Loop(monkeypatch), LocalSendLimiter(10)
    given: list[str] = []

    async def take(name: str) -> None:
        await line.acquire(is_background=False, chat=name, is_late=name.startswith("late"))
        given.append(name)

    tasks = [asyncio.create_task(take(f"late {number}")) for number in range(20)]
    await loop.forward(100.05)
    given.clear()
    tasks += [asyncio.create_task(take(f"prompt {number}")) for number in range(5)]
    await loop.forward(100.75)
    assert [name.partition(" ")[0] for name in given] == ["prompt"] * 3 + ["late"] + ["prompt"] * 2 + ["late"]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_reply_is_late_after_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = Loop(monkeypatch)
    assert not pacing.is_late_reply()
    with pacing.timing_replies():
        assert not pacing.is_late_reply()
        loop.now += pacing.LATE_AFTER_S + 0.1
        assert pacing.is_late_reply()
    assert not pacing.is_late_reply()


@pytest.mark.parametrize(
    ("per_s", "burst", "steady"),
    [(1000, 50, 950), (300, 15, 285), (33, 5, 30), (31, 5, 30), (30, 5, 30), (10, 5, 10), (0.01, 5, 0.01)],
)
def test_burst_is_deducted_from_the_paid_rate(per_s: float, burst: int, steady: float) -> None:
    assert pacing.steady_per_s(per_s, burst) == steady


async def test_reply_does_not_queue_behind_digests(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, line = Loop(monkeypatch), LocalSendLimiter(10)
    given: list[tuple[float, str]] = []

    async def take(name: str, *, is_background: bool) -> None:
        await line.acquire(is_background=is_background)
        given.append((round(loop.now - 100, 2), name))

    tasks = [asyncio.create_task(take("digest", is_background=True)) for _ in range(40)]
    await loop.forward(101.05)
    given.clear()
    tasks += [asyncio.create_task(take("answer", is_background=False)) for _ in range(2)]
    await loop.forward(101.5)
    # Digests wait for as many turns: the pace over all is kept.
    assert given == [(1.05, "answer"), (1.05, "answer"), (1.3, "digest"), (1.4, "digest"), (1.5, "digest")]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_late_wake_up_loses_no_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, line = Loop(monkeypatch), LocalSendLimiter(10)
    tasks = [asyncio.create_task(line.acquire(is_background=True)) for _ in range(40)]
    await loop.forward(101.05)
    done = sum(task.done() for task in tasks)
    # The loop was busy with something else for three turns.
    loop.now = 101.35
    loop.ring()
    await loop.forward(102.05)
    assert sum(task.done() for task in tasks) == done + 10
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@hypothesis.given(
    asked=st.lists(st.tuples(st.floats(0, 3), st.booleans()), max_size=60),
    per_s=st.sampled_from([1.0, 10.0, 30.0, 1000.0]),
)
@hypothesis.settings(deadline=None)
def test_rate_never_exceeds_the_limit_plus_one_burst(asked: list[tuple[float, bool]], per_s: float) -> None:
    async def turns() -> list[float]:
        with pytest.MonkeyPatch.context() as monkeypatch:
            loop, line = Loop(monkeypatch), LocalSendLimiter(per_s)
            at: list[float] = []

            async def take(*, is_background: bool) -> None:
                await line.acquire(is_background=is_background)
                at.append(loop.now)

            tasks = []
            for moment, is_background in sorted(asked):
                await loop.forward(100 + moment)
                tasks.append(asyncio.create_task(take(is_background=is_background)))
            await loop.forward(100 + 3 + (len(asked) + pacing.OVERALL_BURST) / per_s)
            await asyncio.gather(*tasks)
            return at

    at = asyncio.run(turns())
    assert len(at) == len(asked)
    for first, began in enumerate(at):
        for last in range(first, len(at)):
            assert last - first + 1 <= pacing.OVERALL_BURST + 1 + (at[last] - began) * per_s + 1e-6


async def test_cancelled_waiter_uses_no_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, line = Loop(monkeypatch), LocalSendLimiter(1)
    for _ in range(pacing.OVERALL_BURST + 1):
        await line.acquire(is_background=False)
    first, second = (asyncio.create_task(line.acquire(is_background=False)) for _ in range(2))
    await settle()
    first.cancel()
    await loop.forward(101.0)
    assert second.done()
    await asyncio.gather(first, second, return_exceptions=True)


async def test_digest_waits_for_the_rate_limiter_before_sending() -> None:
    pace = RateLimiter(Limits(overall_per_s=1000, chat_per_s=0.01))
    for _ in range(pacing.CHAT_BURST):
        await pace.acquire_background(1)
    assert await send_through(pace, Telegram(), patience=ALREADY_LIMITED) == "sent"
    with pytest.raises(RetryAfter):
        await send_through(pace, Telegram(refusals=1), patience=ALREADY_LIMITED)
    waiting = asyncio.create_task(pace.acquire_background(1))
    await settle()
    assert not waiting.done()
    # Another chat's turn comes meanwhile.
    async with asyncio.timeout(30):
        await pace.acquire_background(2)
        assert await send_through(pace, Telegram(), chat_id=3, patience=BACKGROUND) == "sent"
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_groups_have_their_own_limit() -> None:
    pace = RateLimiter(Limits(overall_per_s=1000, chat_per_s=1000, group_per_min=2))
    await pace.acquire_background(-5)
    await pace.acquire_background(-5)
    third = asyncio.create_task(pace.acquire_background(-5))
    async with asyncio.timeout(20):
        for _ in range(5):
            await pace.acquire_background(5)
            # An edit counts nowhere in a group's minute.
            assert await send_through(pace, Telegram(), chat_id=-5, endpoint="editMessageText") == "sent"
    assert not third.done()
    third.cancel()
    await asyncio.gather(third, return_exceptions=True)


async def test_unpaid_messages_keep_the_free_rate() -> None:
    pace = RateLimiter(Limits(overall_per_s=1000), free_limiter=LocalSendLimiter(0.01))
    async with asyncio.timeout(30):
        for number in range(pacing.OVERALL_BURST + 1):
            assert await send_through(pace, Telegram(), chat_id=number + 1) == "sent"
        # The next answer waits for a turn that costs nothing, and digests don't.
        answer = asyncio.create_task(send_through(pace, Telegram(), chat_id=100))
        for number in range(50):
            await pace.acquire_background(number + 1000)
            assert await send_through(pace, Telegram(), chat_id=number + 2000, patience=BACKGROUND) == "sent"
    assert not answer.done()
    answer.cancel()
    await asyncio.gather(answer, return_exceptions=True)
