"""A call's parameters against the description: accepted values, and refused ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.errors import SchemaBreak
from bot.sandbox.request_parsing import Upload
from bot.sandbox.schema import validated

MESSAGE = {"chat_id": "5", "text": "halo"}
UPLOAD = Upload("a.txt", "text/plain", b"isi")


def _keyboard(button: Any) -> str:
    return json.dumps({"inline_keyboard": [[button]]})


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("method", "raw", "name", "value"),
    [
        ("sendMessage", MESSAGE, "chat_id", 5),
        ("sendMessage", MESSAGE | {"chat_id": -100}, "chat_id", -100),
        ("sendMessage", MESSAGE | {"chat_id": "@kanal"}, "chat_id", "@kanal"),
        ("sendMessage", MESSAGE | {"text": "12"}, "text", "12"),
        ("sendMessage", MESSAGE | {"protect_content": "true"}, "protect_content", True),
        ("sendMessage", MESSAGE | {"protect_content": False}, "protect_content", False),
        ("getUpdates", {"allowed_updates": '["message"]'}, "allowed_updates", ["message"]),
        ("getUpdates", {"allowed_updates": ["message"]}, "allowed_updates", ["message"]),
        ("getUpdates", {"timeout": "10"}, "timeout", 10),
        ("sendMessage", MESSAGE | {"chat_id": " 5 "}, "chat_id", " 5 "),
        ("sendMessage", MESSAGE | {"parse_mode": None}, "text", "halo"),
        ("deleteMyCommands", {"scope": '{"type":"default"}'}, "scope", {"type": "default"}),
        ("sendMessage", MESSAGE | {"reply_markup": '{"force_reply":true}'}, "reply_markup", {"force_reply": True}),
        ("sendLocation", {"chat_id": "5", "latitude": "-6.2", "longitude": "106"}, "latitude", -6.2),
    ],
)  # fmt: skip
def test_parameter_values_are_parsed(method: str, raw: dict[str, Any], name: str, value: Any) -> None:
    assert validated(method, raw, {})[name] == value


@pytest.mark.parametrize(
    ("method", "raw", "problem"),
    [
        ("sendMesage", {}, "unknown method"),
        ("sendMessage", MESSAGE | {"txt": "x"}, "no parameter 'txt'"),
        ("sendMessage", {"chat_id": "5", "txt": "x"}, "no parameter 'txt'"),
        ("sendMessage", MESSAGE | {"disable_web_page_preview": "true"}, "no longer has"),
        ("sendMessage", {"chat_id": "5"}, "message text is empty"),
        ("sendMessage", {"text": "halo"}, "chat_id is empty"),
        ("sendMessage", MESSAGE | {"text": 5}, "text: Input should be a valid string"),
        ("sendMessage", MESSAGE | {"chat_id": True}, "chat_id"),
        ("sendMessage", MESSAGE | {"chat_id": 1.5}, "chat_id"),
        ("sendMessage", MESSAGE | {"protect_content": "ya"}, "protect_content: Input should be a valid boolean"),
        ("sendMessage", MESSAGE | {"message_thread_id": "1.0"}, "message_thread_id: Input should be a valid integer"),
        ("sendMessage", MESSAGE | {"reply_markup": "{"}, "is not JSON"),
        ("sendMessage", MESSAGE | {"reply_markup": "[]"}, "should be a valid dictionary"),
        ("sendMessage", MESSAGE | {"reply_markup": _keyboard({"text": "a", "callback": "b"})}, "0.0.callback: Extra"),
        ("sendMessage", MESSAGE | {"reply_markup": _keyboard({"text": "a", "callback_data": 1})}, "be a valid string"),
        ("sendMessage", MESSAGE | {"reply_markup": _keyboard({"callback_data": "b"})}, "0.0.text: Field required"),
        ("sendMessage", MESSAGE | {"reply_parameters": '{"message_id":"1"}'}, "message_id: Input should be"),
        ("sendMessage", MESSAGE | {"link_preview_options": '{"is_disabled":1}'}, "is_disabled: Input should be"),
        ("setMyCommands", {"commands": "{}"}, "should be a valid list"),
        ("setMyCommands", {"commands": "[]", "scope": '{"type":"chats"}'}, "scope"),
        ("getUpdates", {"timeout": "9" * 30}, "timeout"),
        ("getUpdates", {"allowed_updates": "[" * 100_000}, "is not JSON"),
        ("sendMessage", MESSAGE | {"entities": nested(900)}, "can't parse"),
        ("sendMessage", MESSAGE | {"entities": json.dumps(nested(900))}, "can't parse"),
        ("sendLocation", {"chat_id": 5, "latitude": "NaN", "longitude": 1}, "latitude"),
        ("sendLocation", {"chat_id": 5, "latitude": True, "longitude": 1}, "latitude"),
        ("sendLocation", {"chat_id": 5, "latitude": "1e1", "longitude": 1}, "latitude: Input should be a valid number"),
        ("sendLocation", {"chat_id": 5, "latitude": "9" * 25, "longitude": 1}, "latitude: Input should be a valid"),
        ("sendMessage", MESSAGE | {"reply_markup": '{"remove_keyboard":1}'}, "Input should be a valid boolean"),
        ("sendMessage", MESSAGE | {"reply_markup": {"force_reply": 1}}, "Input should be a valid boolean"),
        ("sendMessage", MESSAGE | {"reply_markup": '{"inline_keyboard":"x"}'}, "inline_keyboard: Input should be a"),
        ("sendMessage", MESSAGE | {"reply_to_message_id": "null"}, "no longer has"),
    ],
)  # fmt: skip
def test_invalid_parameters_are_refused(method: str, raw: dict[str, Any], problem: str) -> None:
    with pytest.raises(SchemaBreak) as caught:
        validated(method, raw, {})
    assert problem in caught.value.problem
    assert caught.value.code == (404 if "unknown method" in problem else 400)


def test_files_are_assigned_to_their_parameters() -> None:
    assert validated("sendDocument", {"chat_id": "5"}, {"document": UPLOAD})["document"] is UPLOAD
    attached = validated("sendDocument", {"chat_id": "5", "document": "attach://satu"}, {"satu": UPLOAD})
    assert attached["document"] == "attach://satu"
    with pytest.raises(SchemaBreak, match="no parameter 'dua'"):
        validated("sendDocument", {"chat_id": "5", "document": "attach://satu"}, {"satu": UPLOAD, "dua": UPLOAD})
    with pytest.raises(SchemaBreak, match="text: Input should be a valid string"):
        validated("sendMessage", {"chat_id": "5"}, {"text": UPLOAD})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_any_value_is_parsed_or_refused(value: Any) -> None:
    for raw in (value, json.dumps(value)):
        try:
            validated("sendMessage", {"chat_id": raw, "text": raw, "reply_markup": raw, "entities": raw}, {})
        except SchemaBreak:
            continue
