"""Updates into the application's queue: once each, while there is room."""

from __future__ import annotations

import pytest
from telegram import Bot, Update

from bot.runtime.metrics import WebhookResult
from bot.transport import webhook as accepting
from bot.transport.webhook import LocalReceiver

MESSAGE = {"message_id": 1, "date": 1_700_000_000, "chat": {"id": 5, "type": "private", "first_name": "R"}, "text": "a"}


class Queue:
    def __init__(self) -> None:
        self.updates: list[Update] = []
        self.is_open = True
        self.accept = LocalReceiver(Bot("1:" + "a" * 35), self.updates.append, lambda: self.is_open)


async def test_repeated_update_is_accepted_once() -> None:
    queue = Queue()
    update = {"update_id": 7, "message": MESSAGE}
    assert await queue.accept(update) is WebhookResult.TAKEN
    assert await queue.accept(update) is WebhookResult.REPEATED
    (taken,) = queue.updates
    assert (taken.update_id, taken.message and taken.message.text) == (7, "a")


async def test_update_refused_while_busy_is_accepted_later() -> None:
    queue = Queue()
    queue.is_open = False
    assert await queue.accept({"update_id": 7}) is WebhookResult.BUSY
    queue.is_open = True
    assert await queue.accept({"update_id": 7}) is WebhookResult.TAKEN
    queue.is_open = False
    # Its answer was lost: to refuse it would bring it again and again.
    assert await queue.accept({"update_id": 7}) is WebhookResult.REPEATED


@pytest.mark.parametrize("message", [{"chat": 7}, 7, MESSAGE | {"chat": {"id": 5}}])
async def test_update_that_ptb_cannot_parse_is_dropped(message: object, caplog: pytest.LogCaptureFixture) -> None:
    queue = Queue()
    assert await queue.accept({"update_id": 7, "message": message}) is WebhookResult.UNREADABLE
    assert queue.updates == []
    assert "update 7 can't be read" in caplog.text


async def test_number_of_remembered_ids_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepting, "REMEMBERED", 2)
    queue = Queue()
    for update_id in (1, 2, 3):
        assert await queue.accept({"update_id": update_id}) is WebhookResult.TAKEN
    assert await queue.accept({"update_id": 3}) is WebhookResult.REPEATED
    assert await queue.accept({"update_id": 1}) is WebhookResult.TAKEN
