"""Of a message that was sent the number alone is read, where it alone is wanted."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from telegram import Message

from bot.transport.request import ApiRequest, message_id_only

SENT = {
    "message_id": 9,
    "date": 1,
    "chat": {"id": 7, "type": "private"},
    "text": "Kabar",
    "entities": [{"type": "bold", "offset": 0, "length": 5}],
}


def read(result: Any) -> Any:
    return ApiRequest.parse_json_payload(json.dumps({"ok": True, "result": result}).encode())["result"]


def test_within_the_block_a_message_is_its_number() -> None:
    with message_id_only():
        found = Message.de_json(read(SENT), None)
    assert (found.message_id, found.chat.id, found.text, found.entities) == (9, 7, None, ())


@pytest.mark.parametrize("result", [True, [SENT], {"id": 5, "is_bot": True}, {"url": ""}])
def test_what_is_no_message_stays_whole(result: Any) -> None:
    with message_id_only():
        assert read(result) == result


def test_a_refusal_stays_whole() -> None:
    refusal = {"ok": False, "error_code": 429, "parameters": {"retry_after": 3}}
    with message_id_only():
        assert ApiRequest.parse_json_payload(json.dumps(refusal).encode()) == refusal


async def test_others_who_send_meanwhile_get_the_whole_message() -> None:
    async def other() -> Any:
        return read(SENT)

    task = asyncio.create_task(other())
    with message_id_only():
        assert await task == SENT
    assert read(SENT) == SENT
