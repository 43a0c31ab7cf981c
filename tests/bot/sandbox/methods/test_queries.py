"""Answers to presses, inline queries and guest queries: once, and in time."""

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
    assert query["data"] == "a:1"
    assert api.call("editMessageText", inline_message_id=query["inline_message_id"], text="Baru") is True
    assert (card.body.text, card.edited_at) == ("Baru", api.world.now())


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


GROUP = -4_000_002
TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


def _summon(api: Api, text: str = "@ringkas_sandbox_bot", **more: Any) -> list[dict[str, Any]]:
    """A member of a group without the bot says something; return the updates of the bot."""
    if GROUP not in api.world.chats:
        chat_events.make_chat(
            api.world, chat_events.NewChat(type="group", chat_id=GROUP, title="Alumni", bot_status="left")
        )
    api.updates()
    user_actions.say(api.world, api.world.chats[GROUP], api.world.users[CHAT], text, **more)
    return api.updates()


def test_mention_in_a_group_without_the_bot_is_a_guest_query(api: Api) -> None:
    assert _summon(api, "https://contoh.id/berita") == []
    (update,) = _summon(api, "@Ringkas_Sandbox_Bot apa ini?", reply_to=1)
    asked = update["guest_message"]
    assert asked["guest_query_id"]
    assert (asked["chat"]["id"], asked["from"]["id"]) == (GROUP, CHAT)
    assert asked["reply_to_message"]["text"] == "https://contoh.id/berita"
    assert api.call("getMe")["supports_guest_queries"] is True


@pytest.mark.parametrize("how", ["off", "protected", "kicked", "other", "edited", "card", "channel", "not allowed"])
def test_other_messages_summon_no_guest(api: Api, how: str) -> None:
    _summon(api, "halo")
    chat, user = api.world.chats[GROUP], api.world.users[CHAT]
    api.world.has_guest_mode = how != "off"
    chat.has_protected_content = how == "protected"
    chat.kind = "channel" if how == "channel" else "group"
    if how == "kicked":
        chat.members[api.world.bot.id].status = "kicked"
    if how == "not allowed":
        api.world.allowed_updates = frozenset({"message"})
    if how == "edited":
        user_actions.edit(api.world, chat, 1, "@ringkas_sandbox_bot")
    else:
        text = "@ringkas_sandbox_bots" if how == "other" else "@ringkas_sandbox_bot"
        user_actions.say(api.world, chat, user, text, via_bot=api.world.bot.id if how == "card" else None)
    assert api.updates() == []


def test_guest_query_of_a_member_group_is_a_message(api: Api) -> None:
    _summon(api)
    chat_events.happen(api.world, api.world.chats[GROUP], "add", chat_events.Change())
    assert [set(update) - {"update_id"} for update in _summon(api)] == [{"message"}]


def test_guest_query_is_answered_once_and_the_answer_is_edited(api: Api) -> None:
    (update,) = _summon(api)
    query_id = update["guest_message"]["guest_query_id"]
    answer = _article("1", message_text="<b>Tunggu</b>", parse_mode="HTML")
    sent = api.call("answerGuestQuery", guest_query_id=query_id, result=answer)
    assert str(GROUP) not in sent["inline_message_id"]
    assert api.refused("answerGuestQuery", guest_query_id=query_id, result=answer).description == TOO_OLD
    posted = api.world.chats[GROUP].messages[2]
    assert (posted.body.text, posted.reply_to, posted.guest_caller_id) == ("Tunggu", 1, CHAT)
    edited = api.call("editMessageText", text="Isi", reply_markup={"inline_keyboard": ROWS}, **sent)
    assert (edited, posted.body.text) == (True, "Isi")
    same = api.refused("editMessageText", text="Isi", reply_markup={"inline_keyboard": ROWS}, **sent)
    assert "message is not modified" in same.description
    # The bot is still not in the chat, and does not see its own message.
    for method, more in (("sendMessage", {"text": "x"}), ("deleteMessage", {"message_id": 2})):
        assert api.refused(method, chat_id=GROUP, **more).code == 403
    assert "MESSAGE_ID_INVALID" in api.refused("editMessageText", inline_message_id="AQA", text="x").description
    user_actions.press(api.world, api.world.chats[GROUP], api.world.users[CHAT], 2, "Lagi")
    (press,) = api.updates()
    assert press["callback_query"]["inline_message_id"] == sent["inline_message_id"]
    assert "message" not in press["callback_query"]
    # A reply to the guest's answer summons it too.
    (again,) = _summon(api, "terima kasih", reply_to=2)
    assert again["guest_message"]["reply_to_message"]["guest_bot_caller_user"]["id"] == CHAT


@pytest.mark.parametrize(
    ("result", "description"),
    [
        (_article("1") | {"title": " "}, "ARTICLE_TITLE_EMPTY"),
        (_article(""), "RESULT_ID_INVALID"),
        (_article("1", message_text="<b>x", parse_mode="HTML"), "can't parse entities"),
        (_article("1", message_text="x" * 4097), "message is too long"),
        (_article("1") | {"reply_markup": {"inline_keyboard": [[{"text": "x"}]]}}, "Text buttons are unallowed"),
        ({"type": "photo", "id": "1", "photo_url": "https://a.id", "thumbnail_url": "https://a.id"}, "not simulated"),
    ],
)
def test_invalid_guest_answer_is_refused_and_can_be_repeated(api: Api, result: Any, description: str) -> None:
    (update,) = _summon(api)
    query_id = update["guest_message"]["guest_query_id"]
    assert description in api.refused("answerGuestQuery", guest_query_id=query_id, result=result).description
    assert api.call("answerGuestQuery", guest_query_id=query_id, result=_article("1"))


def test_guest_query_expires(api: Api) -> None:
    (update,) = _summon(api)
    api.clock.now += 16
    for query_id in (update["guest_message"]["guest_query_id"], "1"):
        refused = api.refused("answerGuestQuery", guest_query_id=query_id, result=_article("1"))
        assert refused.description == TOO_OLD
