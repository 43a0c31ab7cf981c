"""What updates are counted as."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Update

from bot.metering import NoMeter, UpdateKind
from bot.updates import UpdateProcessor, kind_of

CHAT = {"id": 5, "type": "private", "first_name": "R"}
USER = {"id": 5, "is_bot": False, "first_name": "R"}
MESSAGE = {"message_id": 1, "date": 1_700_000_000, "chat": CHAT, "from": USER}
MEMBER = {"user": USER, "status": "member"}
CHANGE = {"chat": CHAT, "from": USER, "date": 1_700_000_000, "old_chat_member": MEMBER, "new_chat_member": MEMBER}


def update(**fields: Any) -> Update:
    return Update.de_json({"update_id": 7, **fields})


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"message": MESSAGE | {"text": "/berita"}}, UpdateKind.COMMAND),
        ({"message": MESSAGE | {"caption": "/ringkas"}}, UpdateKind.COMMAND),
        ({"message": MESSAGE | {"text": "halo"}}, UpdateKind.MESSAGE),
        ({"message": MESSAGE}, UpdateKind.MESSAGE),
        ({"edited_message": MESSAGE | {"text": "/berita"}}, UpdateKind.EDIT),
        ({"callback_query": {"id": "1", "from": USER, "chat_instance": "1", "data": "x"}}, UpdateKind.BUTTON),
        ({"inline_query": {"id": "1", "from": USER, "query": "x", "offset": ""}}, UpdateKind.INLINE),
        ({"my_chat_member": CHANGE}, UpdateKind.MEMBERSHIP),
        ({"channel_post": MESSAGE}, UpdateKind.OTHER),
        ({}, UpdateKind.OTHER),
    ],
)
def test_kinds(fields: dict[str, Any], kind: UpdateKind) -> None:
    assert kind_of(update(**fields)) is kind


class Listening(NoMeter):
    def __init__(self) -> None:
        self.begun = 0
        self.handled: list[tuple[UpdateKind, float]] = []

    def update_begun(self) -> None:
        self.begun += 1

    def update_handled(self, kind: UpdateKind, took_s: float) -> None:
        self.handled.append((kind, took_s))


async def test_each_update_is_timed_also_one_that_fails() -> None:
    meter = Listening()

    async def work(divisor: int = 1) -> None:
        assert 1 // divisor

    async with UpdateProcessor(2, meter) as processor:
        await processor.process_update(update(), work())
        with pytest.raises(ZeroDivisionError):
            await processor.process_update(update(message=MESSAGE), work(0))
        await processor.process_update("no update", work())
    assert [kind for kind, _ in meter.handled] == [UpdateKind.OTHER, UpdateKind.MESSAGE]
    assert all(0 <= took_s < 5 for _, took_s in meter.handled)
    assert meter.begun == 2
