"""Digests that go out while something else is measured: when they have begun, and whether they lasted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from benchmarks.load import fan_out
from benchmarks.load.fan_out import FanOut
from summaries.delivery import SENDERS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from benchmarks.load.scene import Scene

FIRST = 500
READER = 1


class Bot:
    """A fake scene whose bot sends a given number of digests before each query of the database."""

    def __init__(self, at_once: int) -> None:
        self.log = Path("bot.log")
        self.due: list[int] = []
        self._at_once = at_once
        self._sent: list[int] = []

    def make_chats(self, first: int, count: int) -> None:
        self._known = range(first, first + count)

    def subscribe(self, chat_ids: Sequence[int], due_at: datetime) -> None:
        assert list(chat_ids) == list(self._known), "chats that nobody made"
        self.due += chat_ids

    def read(self, _sql: str, *_values: object) -> list[int]:
        self._sent += self.due[: self._at_once]
        del self.due[: self._at_once]
        return [len(self.due)]

    def answer(self) -> None:
        self._sent.append(READER)

    def new_sends(self) -> list[dict[str, Any]]:
        sent, self._sent = self._sent, []
        return [{"parameters": {"chat_id": str(chat_id)}} for chat_id in sent]


def over(bot: Bot) -> FanOut:
    return FanOut(cast("Scene", bot), FIRST)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fan_out, "LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(fan_out, "PATIENCE_S", 0.05)


def test_it_is_filled_up_with_chats_that_had_none() -> None:
    bot = Bot(at_once=0)
    digests = over(bot)
    digests.fill(30)
    digests.fill(20)
    digests.fill(50)
    assert bot.due == list(range(FIRST, FIRST + 50))


def test_a_stretch_counts_digests_alone_and_is_whole_while_more_wait_than_can_be_on_their_way() -> None:
    bot = Bot(at_once=5)
    digests = over(bot)
    digests.add(SENDERS + 11)
    assert digests.waiting() == SENDERS + 6
    bot.answer()
    stretch = digests.stretch()
    assert (stretch.digests, stretch.is_whole) == (5, True)
    stretch = digests.stretch()
    assert (stretch.digests, stretch.is_whole) == (5, False)


def test_the_last_of_one_are_not_the_first_of_the_next() -> None:
    bot = Bot(at_once=5)
    digests = over(bot)
    digests.add(30)
    digests.wait_for_last()
    assert not bot.due
    bot.answer()
    with pytest.raises(SystemExit, match=r"no digest is sent: see bot\.log"):
        digests.wait_for_first()


def test_a_bot_that_sends_nothing_is_not_waited_for_for_ever() -> None:
    digests = over(Bot(at_once=0))
    digests.add(30)
    with pytest.raises(SystemExit, match="no digest is sent"):
        digests.wait_for_last()
