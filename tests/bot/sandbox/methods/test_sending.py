"""sendMessage and its rules, each refusal in Telegram's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox import chat_events
from bot.sandbox.errors import SimError

if TYPE_CHECKING:
    from tests.bot.sandbox.conftest import Api

CHAT = 1001


def _markup(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"inline_keyboard": [list(buttons)]}


def _button(**action: Any) -> dict[str, Any]:
    return {"text": "Lagi", **action}


def test_sent_message_has_text_entities_and_keyboard(api: Api) -> None:
    heard = api.hear()
    sent = api.call(
        "sendMessage", chat_id=CHAT, text="<b>Halo</b> lihat detik.com", parse_mode="HTML",
        reply_markup=_markup(_button(callback_data="a")), reply_parameters={"message_id": heard.id},
        link_preview_options={"is_disabled": True}, disable_notification=True, protect_content=True,
    )  # fmt: skip
    assert sent["entities"] == [
        {"type": "bold", "offset": 0, "length": 4},
        {"type": "url", "offset": 11, "length": 9},
    ]
    assert sent["from"]["is_bot"]
    assert sent["reply_to_message"]["message_id"] == heard.id
    assert sent["link_preview_options"] == {"is_disabled": True}
    assert sent["reply_markup"] == _markup(_button(callback_data="a"))
    assert sent["message_id"] == heard.id + 1
    assert sent["date"] == int(api.clock.now)


@pytest.mark.parametrize("text", ["x" * 4096, "<b>" + "x" * 4096 + "</b>", "😀" * 2048, "  x  "])
def test_text_up_to_the_limit_is_accepted(api: Api, text: str) -> None:
    api.hear()
    assert api.call("sendMessage", chat_id=CHAT, text=text, parse_mode="HTML")["text"]


@pytest.mark.parametrize(
    ("changes", "description"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": " \n"}, "message text is empty"),
        ({"text": "<b> </b>", "parse_mode": "HTML"}, "text must be non-empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "😀" * 2049}, "message is too long"),
        ({"text": "<b>x", "parse_mode": "HTML"}, "can't parse entities: "),
        ({"text": "\ud83d"}, "strings must be encoded in UTF-8"),
        ({"chat_id": 77}, "chat not found"),
        ({"chat_id": "@tidakada"}, "chat not found"),
        ({"message_thread_id": 9}, "message thread not found"),
        ({"reply_parameters": {"message_id": 99}}, "message to be replied not found"),
        ({"reply_parameters": {"message_id": 1, "quote": "tidak ada"}}, "QUOTE_TEXT_INVALID"),
        ({"reply_markup": _markup(_button(callback_data=""))}, "BUTTON_DATA_INVALID"),
        ({"reply_markup": _markup(_button(callback_data="x" * 65))}, "BUTTON_DATA_INVALID"),
        ({"reply_markup": _markup(_button(callback_data="é" * 33))}, "BUTTON_DATA_INVALID"),
        ({"reply_markup": _markup(_button())}, "can't parse inline keyboard button: Text buttons"),
        ({"reply_markup": _markup(_button(callback_data="a", url="https://a.id"))}, "can't parse inline keyboard"),
        ({"reply_markup": _markup({"text": " ", "callback_data": "a"})}, "can't parse inline keyboard button"),
        ({"reply_markup": _markup(_button(url="detik"))}, "inline keyboard button URL 'detik' is invalid"),
        ({"reply_markup": _markup(_button(url="javascript:alert(1)"))}, "inline keyboard button URL"),
        ({"reply_markup": _markup(_button(url="https://a.id:99999/"))}, "inline keyboard button URL"),
        ({"reply_markup": _markup(*[_button(callback_data="a")] * 9)}, "reply markup is too long"),
        ({"reply_markup": {"inline_keyboard": [[_button(callback_data="a")]] * 101}}, "reply markup is too long"),
        ({"reply_markup": _markup(_button(copy_text={"text": ""}))}, "BUTTON_COPY_TEXT_INVALID"),
        ({"reply_markup": _markup(_button(copy_text={"text": "x" * 257}))}, "BUTTON_COPY_TEXT_INVALID"),
        ({"reply_markup": _markup(_button(callback_data="a", style="warning"))}, "can't parse inline keyboard button"),
        ({"reply_markup": {"keyboard": [[_button(style="red")]]}}, "can't parse keyboard button: invalid button style"),
        ({"text": '<tg-time unix="1" format="x">a</tg-time>', "parse_mode": "HTML"}, "can't parse entities: "),
        ({"text": f'<tg-time unix="1" format="t">{"x" * 32}</tg-time>', "parse_mode": "HTML"}, "ENTITY_DATE_TOO_LONG"),
        ({"message_effect_id": "1"}, "parameter message_effect_id of method sendMessage is not simulated"),
    ],
)  # fmt: skip
def test_invalid_message_is_refused(api: Api, changes: dict[str, Any], description: str) -> None:
    api.hear()
    error = api.refused("sendMessage", **{"chat_id": CHAT, "text": "halo"} | changes)
    assert error.code == 400
    assert error.description.startswith(f"Bad Request: {description}")
    assert len(api.world.chats[CHAT].messages) == 1


def test_looks_of_buttons_and_text_to_copy_are_kept(api: Api) -> None:
    api.hear()
    buttons = [
        _button(callback_data="a", style="danger"), _button(url="https://a.id", style="primary"),
        _button(copy_text={"text": "x" * 256}, style="success"),
    ]  # fmt: skip
    sent = api.call("sendMessage", chat_id=CHAT, text="halo", reply_markup=_markup(*buttons))
    assert sent["reply_markup"] == _markup(*buttons)


def test_allow_sending_without_reply_is_honoured(api: Api) -> None:
    api.hear()
    reply = {"message_id": 99, "allow_sending_without_reply": True}
    assert "reply_to_message" not in api.call("sendMessage", chat_id=CHAT, text="halo", reply_parameters=reply)


def test_chat_rate_limit_is_enforced(api: Api) -> None:
    api.hear()
    for _ in range(5):
        api.call("sendMessage", chat_id=CHAT, text="halo")
    error = api.refused("sendMessage", chat_id=CHAT, text="halo")
    assert (error.code, error.description) == (429, "Too Many Requests: retry after 1")
    assert error.parameters == {"retry_after": 1}
    api.call("sendChatAction", chat_id=CHAT, action="typing")
    api.clock.now += 1
    assert api.call("sendMessage", chat_id=CHAT, text="halo")["message_id"] == 7


def test_unknown_chat_action_is_refused(api: Api) -> None:
    api.hear()
    assert api.refused("sendChatAction", chat_id=CHAT, action="thinking").description.startswith("Bad Request: wrong")


def test_unsimulated_method_is_refused(api: Api) -> None:
    api.hear()
    error = api.refused("sendDice", chat_id=CHAT)
    assert error.description == "Bad Request: method sendDice is not simulated"


def test_reply_to_a_deleted_message_is_refused_unless_allowed(api: Api) -> None:
    heard = api.hear()
    chat_events.happen(api.world, api.world.chats[CHAT], "delete_message", chat_events.Change(message_id=heard.id))
    wanted = {"message_id": heard.id}
    refused = api.refused("sendMessage", chat_id=CHAT, text="halo", reply_parameters=wanted)
    assert refused.description == "Bad Request: message to be replied not found"
    allowed = wanted | {"allow_sending_without_reply": True}
    sent = api.call("sendMessage", chat_id=CHAT, text="halo", reply_parameters=allowed)
    assert "reply_to_message" not in sent
    with pytest.raises(SimError):
        chat_events.happen(api.world, api.world.chats[CHAT], "delete_message", chat_events.Change(message_id=heard.id))
