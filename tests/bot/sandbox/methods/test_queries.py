"""Answers to presses and inline queries: once, and in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox import chat_events, user_actions
from bot.sandbox.entities import Marked
from bot.sandbox.errors import SimError

if TYPE_CHECKING:
    from tests.bot.sandbox.conftest import Api

CHAT = 1001
ROWS = [[{"text": "Lagi", "callback_data": "a:1"}, {"text": "Situs", "url": "https://contoh.id/"}]]


def _press(api: Api, button: str = "Lagi") -> dict[str, Any]:
    if CHAT not in api.world.chats:
        api.hear()
        api.call("sendMessage", chat_id=CHAT, text="halo", reply_markup={"inline_keyboard": ROWS})
    return user_actions.press(api.world, api.world.chats[CHAT], api.world.users[CHAT], 2, button)


def test_press_is_a_callback_query(api: Api) -> None:
    pressed = _press(api)
    query = api.updates()[-1]["callback_query"]
    assert (query["id"], query["data"]) == (pressed["callback_query_id"], "a:1")
    assert query["message"]["message_id"] == 2
    assert query["from"]["id"] == CHAT
    assert _press(api, "Situs") == {"url": "https://contoh.id/"}
    assert _press(api, "a:1")["callback_query_id"] != query["id"]


def test_callback_query_is_answered_once(api: Api) -> None:
    answer = {"callback_query_id": _press(api)["callback_query_id"], "text": "Siap"}
    assert api.call("answerCallbackQuery", **answer)
    assert api.refused("answerCallbackQuery", **answer).description == (
        "Bad Request: query is too old and response timeout expired or query ID is invalid"
    )


def test_callback_query_expires(api: Api) -> None:
    query_id = _press(api)["callback_query_id"]
    api.clock.now += 16
    assert "query is too old" in api.refused("answerCallbackQuery", callback_query_id=query_id).description
    assert "query is too old" in api.refused("answerCallbackQuery", callback_query_id="1").description


def test_callback_answer_has_a_maximum_length(api: Api) -> None:
    query_id = _press(api)["callback_query_id"]
    error = api.refused("answerCallbackQuery", callback_query_id=query_id, text="x" * 201)
    assert error.description == "Bad Request: MESSAGE_TOO_LONG"


def test_only_visible_buttons_can_be_pressed(api: Api) -> None:
    _press(api)
    api.call("editMessageText", chat_id=CHAT, message_id=2, text="tanpa tombol")
    for message_id in (1, 2, 99):
        with pytest.raises(SimError):
            user_actions.press(api.world, api.world.chats[CHAT], api.world.users[CHAT], message_id, "Lagi")


def test_press_on_an_inaccessible_message_has_only_chat_and_id(api: Api) -> None:
    _press(api)
    chat = api.world.chats[CHAT]
    chat_events.happen(api.world, chat, "hide_message", chat_events.Change(message_id=2))
    _press(api)
    query = api.updates()[-1]["callback_query"]
    assert query["message"] == {"chat": query["message"]["chat"], "message_id": 2, "date": 0}
    assert query["message"]["chat"]["id"] == CHAT
    for method, more in (("editMessageText", {"text": "x"}), ("deleteMessage", {})):
        assert "not found" in api.refused(method, chat_id=CHAT, message_id=2, **more).description
    refused = api.refused("sendMessage", chat_id=CHAT, text="x", reply_parameters={"message_id": 2})
    assert refused.description == "Bad Request: message to be replied not found"


def test_forged_press_on_an_inline_message_has_no_message(api: Api) -> None:
    api.hear()
    card = user_actions.post(
        api.world, api.world.chats[CHAT], api.world.users[CHAT], Marked("Kartu"), via_bot=api.world.bot.id
    )
    user_actions.forge(api.world, api.world.chats[CHAT], api.world.users[CHAT], card.id, "a:1")
    query = api.updates()[-1]["callback_query"]
    assert "message" not in query
    assert (query["inline_message_id"], query["data"]) == (f"{CHAT}_{card.id}", "a:1")


def test_reply_keyboard_sends_its_text(api: Api) -> None:
    api.hear()
    api.call("sendMessage", chat_id=CHAT, text="?", reply_markup={"keyboard": [[{"text": "Ya"}]]})
    api.updates()
    user_actions.press(api.world, api.world.chats[CHAT], api.world.users[CHAT], 2, "Ya")
    assert api.updates()[0]["message"]["text"] == "Ya"


def _article(number: str, **content: Any) -> dict[str, Any]:
    return {
        "type": "article",
        "id": number,
        "title": "Judul",
        "input_message_content": {"message_text": "Isi", **content},
    }


@pytest.mark.parametrize(
    ("results", "description"),
    [
        ([_article("1"), _article("1")], "RESULT_ID_DUPLICATE"),
        ([_article("x" * 65)], "RESULT_ID_INVALID"),
        ([_article(str(n)) for n in range(51)], "RESULTS_TOO_MUCH"),
        ([_article("1", message_text="<b>x", parse_mode="HTML")], "can't parse entities"),
        ([_article("1", message_text="x" * 4097)], "message is too long"),
        ([_article("1") | {"title": " "}], "ARTICLE_TITLE_EMPTY"),
        (
            [_article("1", text="x")],
            "Article.input_message_content.InputTextMessageContent.text: Extra",
        ),
    ],
)
def test_invalid_inline_results_are_refused(api: Api, results: list[Any], description: str) -> None:
    api.world.inline_queries["7"] = {"results": None}
    assert description in api.refused("answerInlineQuery", inline_query_id="7", results=results).description


def test_inline_query_is_answered_once(api: Api) -> None:
    api.world.inline_queries["7"] = {"results": None}
    assert api.call("answerInlineQuery", inline_query_id="7", results=[_article("1")], is_personal=True)
    assert "too old" in api.refused("answerInlineQuery", inline_query_id="7", results=[]).description


def test_inline_result_is_sent_by_the_user(api: Api) -> None:
    api.hear()
    api.world.inline_queries["7"] = {"results": None}
    card = _article("1", message_text="<b>Isi</b>", parse_mode="HTML") | {"reply_markup": {"inline_keyboard": ROWS}}
    api.call("answerInlineQuery", inline_query_id="7", results=[card])
    api.updates()
    sent = user_actions.drop(api.world, api.world.chats[CHAT], api.world.users[CHAT], "7", "1")
    (update,) = api.updates()
    assert update["message"]["via_bot"]["id"] == api.world.bot.id
    assert (update["message"]["text"], update["message"]["from"]["id"]) == ("Isi", CHAT)
    assert sent.keyboard == {"inline_keyboard": ROWS}
    for query_id, result_id in (("7", "2"), ("8", "1")):
        with pytest.raises(SimError):
            user_actions.drop(api.world, api.world.chats[CHAT], api.world.users[CHAT], query_id, result_id)
