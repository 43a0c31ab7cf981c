"""The sandbox's clock, for those who move it and those who wait for it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.errors import SimError
from bot.sandbox.state import FURTHEST_AHEAD_S, MovableClock

if TYPE_CHECKING:
    import httpx

    from bot.sandbox.server import SandboxServer


@pytest.mark.parametrize("seconds", [0, -1, FURTHEST_AHEAD_S + 1, float("nan"), float("inf")])
def test_clock_moves_forward_within_a_limit(seconds: float) -> None:
    clock = MovableClock(lambda: 100.0)
    with pytest.raises(SimError, match="forward only"):
        clock.forward(seconds)
    assert clock() == 100.0
    clock.forward(FURTHEST_AHEAD_S)
    assert clock() == 100.0 + FURTHEST_AHEAD_S


def test_news_of_the_new_time_are_added_before_the_clock_moves(
    server: SandboxServer, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[float] = []

    async def add_news(until_s: float) -> None:
        seen.append(until_s - server.sandbox.time())

    monkeypatch.setattr(server.sandbox, "before_clock_moves", add_news)
    http.put("/sim/clock", json={"forward_s": 3600})
    http.put("/sim/clock", json={"forward_s": -3600})
    assert seen == [pytest.approx(3600, abs=60)]


def test_clock_is_moved_over_http(http: httpx.Client) -> None:
    before = http.get("/sim/clock").json()
    assert before["ahead_s"] == 0
    assert http.put("/sim/clock", json={"forward_s": 3600}).json()["ahead_s"] == 3600
    assert http.get("/sim/clock").json()["now"] >= before["now"] + 3600
    assert http.post("/sim/messages", json={"text": "besok"}).json()["date"] >= int(before["now"]) + 3600
    for body in ({}, {"forward_s": -5}, {"forward_s": "1"}, {"forward": 1}):
        assert http.put("/sim/clock", json=body).status_code == 400
    # The bot's database remembers how late it was; a new beginning for everything does not.
    http.post("/sim/reset", json={})
    assert http.get("/sim/clock").json()["ahead_s"] == 3600
    http.post("/sim/reset", json={"everything": True})
    assert http.get("/sim/clock").json()["ahead_s"] == 0


def test_waiting_request_is_answered_when_the_clock_moves(http: httpx.Client) -> None:
    answers: list[float] = []

    def wait() -> None:
        answers.append(http.get("/sim/clock", params={"known_ahead_s": 0, "timeout_s": 20}).json()["ahead_s"])

    waiter = threading.Thread(target=wait)
    waiter.start()
    http.put("/sim/clock", json={"forward_s": 60})
    waiter.join(10)
    assert answers == [60]
    # An outdated time is answered without waiting; a current one after the timeout.
    assert http.get("/sim/clock", params={"known_ahead_s": 1, "timeout_s": 20}).json()["ahead_s"] == 60
    assert http.get("/sim/clock", params={"known_ahead_s": 60, "timeout_s": 0.01}).json()["ahead_s"] == 60
    assert http.get("/sim/clock", params={"known_ahead_s": "x"}).status_code == 400
