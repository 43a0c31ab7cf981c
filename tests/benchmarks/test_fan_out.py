from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from benchmarks.fan_out import FanOut
from summaries.delivery import SENDERS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from benchmarks.scene import Scene

FIRST = 500
READER = 1


class Bot:
    """A scene whose bot sends up to `at_once` digests before each read of the database."""

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


def make_fan_out(bot: Bot) -> FanOut:
    return FanOut(cast("Scene", bot), FIRST, patience_s=0.05, poll_s=0.0)


def test_fill_adds_new_chats_up_to_the_backlog() -> None:
    bot = Bot(at_once=0)
    digests = make_fan_out(bot)
    digests.fill(30)
    digests.fill(20)
    digests.fill(50)
    assert bot.due == list(range(FIRST, FIRST + 50))


def test_next_interval_is_whole_while_more_digests_than_senders_are_due() -> None:
    bot = Bot(at_once=5)
    digests = make_fan_out(bot)
    digests.add(SENDERS + 11)
    assert digests.count_due() == SENDERS + 6
    bot.answer()
    interval = digests.next_interval()
    assert (interval.digests, interval.is_whole) == (5, True)
    interval = digests.next_interval()
    assert (interval.digests, interval.is_whole) == (5, False)


def test_wait_for_last_leaves_no_digest_for_wait_for_first() -> None:
    bot = Bot(at_once=5)
    digests = make_fan_out(bot)
    digests.add(30)
    digests.wait_for_last()
    assert not bot.due
    bot.answer()
    with pytest.raises(SystemExit, match=r"no digest is sent: see bot\.log"):
        digests.wait_for_first()


def test_wait_for_last_without_digests_gives_up() -> None:
    digests = make_fan_out(Bot(at_once=0))
    digests.add(30)
    with pytest.raises(SystemExit, match="no digest is sent"):
        digests.wait_for_last()
