"""The cost of an update and of a digest, in calls and in blocks of memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import count
from typing import Any

import pytest
from telegram import Bot, Update

from bot.locale import Translations
from bot.runtime.metrics import WebhookResult
from bot.transport.webhook import LocalReceiver
from bot.views.digests import render_digest
from summaries.model import Coverage, Digest, NewsItem
from tests.counting import count_allocated_blocks, count_calls

pytestmark = pytest.mark.bench

Make = Callable[..., NewsItem]
DUE = datetime.fromisoformat("2026-11-24T07:00:00+07:00")
COVERAGE = tuple(Coverage(n, "J", f"Kabar {n}", f"https://m{n}.example", None, None, DUE) for n in range(3))
SENDER = {"id": 5, "is_bot": False, "first_name": "Rina", "language_code": "id"}
CHAT = {"id": 5, "type": "private", "first_name": "Rina"}
COMMAND = [{"type": "bot_command", "offset": 0, "length": 7}]


def make_digest(make_item: Make, stories: int) -> Digest:
    items = tuple(replace(make_item(number), coverage=COVERAGE) for number in range(1, stories + 1))
    return Digest(DUE, "Asia/Jakarta", items)


def test_render_digest_calls_per_story_are_bounded(words: Translations, make_item: Make) -> None:
    few, many = (count_calls(partial(render_digest, words, make_digest(make_item, stories))) for stories in (2, 10))
    # 930 when this was written: most of them look where the message could be cut.
    assert (many - few) / 8 <= 1_250


def test_rendering_a_digest_keeps_only_its_messages_in_memory(words: Translations, make_item: Make) -> None:
    digest = make_digest(make_item, 8)
    # Its text and its articles; the 66 to 97 blocks when this was written were Python's own reserves besides.
    assert count_allocated_blocks(lambda: render_digest(words, digest)) <= 200


def run_without_waiting(coroutine: Any) -> Any:
    """The result of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waited")


def make_update(number: int) -> dict[str, Any]:
    message = {"message_id": number, "date": 1_700_000_000, "from": SENDER, "chat": CHAT, "text": "/berita ekonomi",
               "entities": COMMAND}  # fmt: skip
    return {"update_id": number, "message": message}


def test_receiving_an_update_takes_few_calls() -> None:
    queue: list[Update] = []
    accept = LocalReceiver(Bot("1:" + "a" * 35), queue.append, lambda: True)
    numbers = count(1)

    def take() -> None:
        assert run_without_waiting(accept(make_update(next(numbers)))) is WebhookResult.TAKEN

    # python-telegram-bot makes a dozen objects of it. 536 calls when this was written, and 23 to 42 blocks, because
    # Python has reserves after other tests.
    assert count_calls(take) <= 700
    assert count_allocated_blocks(take) <= 84
    assert len(queue) == next(numbers) - 1
