"""The user's side over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox.sandbox import SANDBOX_TOKEN

if TYPE_CHECKING:
    import httpx

BOT = f"/bot{SANDBOX_TOKEN}"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/sim/messages", {"txt": "x"}, 400),
        ("POST", "/sim/messages", {"text": 5}, 400),
        ("POST", "/sim/messages", {"chat_id": True, "text": "x"}, 400),
        ("POST", "/sim/messages", [], 400),
        ("POST", "/sim/messages", {"document": {"content_base64": "?"}}, 400),
        ("POST", "/sim/messages", {"photo": {"content_base64": "aXNp"}}, 400),
        ("POST", "/sim/messages", {"location": {"latitude": 91, "longitude": 0}}, 400),
        ("POST", "/sim/messages", {"location": {"latitude": "1", "longitude": 0}}, 400),
        ("POST", "/sim/messages", {"location": {"latitude": 1}}, 400),
        ("POST", "/sim/messages", {"text": "x", "is_anonymous": True}, 400),
        ("POST", "/sim/messages", {"text": "x", "chat_id": -9}, 404),
        ("PUT", "/sim/messages", {"message_id": 5, "text": "x"}, 404),
        ("POST", "/sim/press", {"message_id": 5, "button": "x"}, 404),
        ("GET", "/sim/chats/5", None, 404),
        ("GET", "/sim/chats/abc", None, 404),
        ("GET", "/sim/wait?chat_id=5", None, 404),
        ("GET", "/sim/wait?timeout_s=x", None, 400),
        ("GET", "/sim/feed?timeout_s=x", None, 400),
        ("POST", "/sim/chats", {"type": "club"}, 400),
        ("POST", "/sim/chats", {"type": "group", "members": ["a"]}, 400),
        ("POST", "/sim/chats", {"type": "group", "chat_id": 5}, 400),
        ("POST", "/sim/chats", {"type": "group", "bot_status": "boss"}, 400),
        ("POST", "/sim/chats", {"type": "private", "count": 0}, 400),
        ("POST", "/sim/chats/5/block", {}, 404),
        ("POST", "/sim/users", {"user_id": 7000000001}, 400),
        ("POST", "/sim/faults", {"kind": "flood"}, 400),
        ("POST", "/sim/faults", {"kind": "hang", "sec": 1}, 400),
        ("POST", "/sim/faults", {"kind": "hang", "count": "1"}, 400),
        ("POST", "/sim/faults", {"kind": "status", "code": 42}, 400),
        ("POST", "/sim/faults", {"kind": "hang", "rate": 1.5}, 400),
        ("POST", "/sim/faults", ["hang"], 400),
        ("PUT", "/sim/limits", {"chat_burst": 0}, 400),
        ("PUT", "/sim/limits", {"burst": 1}, 400),
        ("POST", "/sim/messages", {"self": 1, "text": "x"}, 400),
        ("POST", "/sim/users", {"is_bot": True}, 400),
        ("POST", "/sim/chats", {"type": "group", "members": [-1]}, 400),
        ("POST", "/sim/chats/5/block", {"chat": 1}, 404),
        ("POST", "/sim/chats/5/block", {"chat_id": 6}, 400),
        ("POST", "/sim/chats/5/block", {"event": "unblock"}, 400),
        ("PUT", "/sim/clock", {}, 400),
        ("GET", "/sim/chats?bot=5", None, 404),
    ],
)
def test_invalid_request_gets_an_error(http: httpx.Client, method: str, path: str, body: Any, status: int) -> None:
    response = http.request(method, path, json=body)
    assert response.status_code == status
    assert response.json()["error"]


def test_forwarded_channel_post_has_its_origin(http: httpx.Client) -> None:
    channel = {"title": "Kabar Pagi", "username": "kabarpagi", "message_id": 12}
    said = http.post("/sim/messages", json={"text": "Isi berita", "forward_from_channel": channel}).json()
    assert said["forward_origin"]["chat"]["username"] == "kabarpagi"
    assert said["forward_origin"]["message_id"] == 12


def test_waiting_without_an_answer_times_out(http: httpx.Client) -> None:
    http.post("/sim/messages", json={"text": "halo"})
    waited = http.get("/sim/wait", params={"timeout_s": 0.05}).json()
    assert (waited["timed_out"], waited["answered"], waited["messages"]) == (True, False, [])


def test_wait_ends_with_the_reply(http: httpx.Client) -> None:
    http.post("/sim/messages", json={"text": "halo"})
    http.post(f"{BOT}/sendMessage", data={"chat_id": "1001", "text": "hai"})
    waited = http.get("/sim/wait", params={"timeout_s": 0.1}).json()
    assert (waited["timed_out"], len(waited["messages"])) == (True, 1)
    http.post(f"{BOT}/getUpdates", data={"offset": "-1"})
    update = http.post(f"{BOT}/getUpdates").json()["result"][0]
    http.post(f"{BOT}/getUpdates", data={"offset": str(update["update_id"] + 1)})
    waited = http.get("/sim/wait", params={"timeout_s": 5}).json()
    assert (waited["timed_out"], waited["messages"][0]["text"]) == (False, "hai")


def test_chat_is_listed_with_messages_and_buttons(http: httpx.Client) -> None:
    http.post("/sim/users", json={"first_name": "Budi", "username": "budi"})
    http.post("/sim/messages", json={"text": "halo"})
    keyboard = '{"inline_keyboard":[[{"text":"Buka","url":"https://contoh.id/"},{"text":"Lagi","callback_data":"l"}]]}'
    body = {"chat_id": "1001", "text": "<u>hai</u>", "parse_mode": "HTML", "reply_markup": keyboard}
    http.post(f"{BOT}/sendMessage", data=body)
    first, second = http.get("/sim/chats/1001").json()["messages"]
    assert (first["from"], first["is_bot"], first["text"]) == ("Budi", False, "halo")
    assert (second["is_bot"], second["entities"][0]["type"]) == (True, "underline")
    assert second["keyboard"] == [
        [
            {"text": "Buka", "kind": "url", "value": "https://contoh.id/"},
            {"text": "Lagi", "kind": "callback_data", "value": "l"},
        ]
    ]
    assert [c["title"] for c in http.get("/sim/chats").json()] == ["Budi"]


def test_many_private_chats_are_created_at_once(http: httpx.Client) -> None:
    assert http.post("/sim/chats", json={"type": "private", "chat_id": 5000, "count": 300}).json()["count"] == 300
    assert http.post(f"{BOT}/sendMessage", data={"chat_id": "5299", "text": "hai"}).status_code == 200


def test_limits_can_be_set_and_lifted(http: httpx.Client) -> None:
    http.post("/sim/messages", json={"text": "halo"})
    sent = {"chat_id": "1001", "text": "hai"}
    http.put("/sim/limits", json={"chat_burst": 1})
    assert [http.post(f"{BOT}/sendMessage", data=sent).status_code for _ in range(2)] == [200, 429]
    http.put("/sim/limits", json={"is_on": False})
    assert {http.post(f"{BOT}/sendMessage", data=sent).status_code for _ in range(20)} == {200}


def test_reset_deletes_chats_and_keeps_the_commands(http: httpx.Client) -> None:
    http.post("/sim/messages", json={"text": "halo"})
    before = http.get(f"{BOT}/getUpdates").json()["result"][0]["update_id"]
    menu = [{"command": "start", "description": "Mulai"}]
    http.post(f"{BOT}/setMyCommands", json={"commands": menu})
    http.post("/sim/reset")
    assert http.get("/sim/chats").json() == []
    assert http.get("/sim/calls").json() == []
    assert http.get("/sim/commands").json()["commands"] == menu
    http.post("/sim/messages", json={"text": "halo"})
    [update] = http.get(f"{BOT}/getUpdates", params={"offset": before + 1}).json()["result"]
    assert update["update_id"] > before


def test_inline_query_waits_for_its_answer(http: httpx.Client) -> None:
    asked = http.post("/sim/inline", json={"query": "pemilu", "timeout_s": 0.05}).json()
    assert (asked["timed_out"], asked["results"]) == (True, None)
    [update] = http.get(f"{BOT}/getUpdates").json()["result"]
    assert update["inline_query"]["query"] == "pemilu"


def test_location_is_a_message_without_text(http: httpx.Client) -> None:
    sent = http.post("/sim/messages", json={"location": {"latitude": -6.2, "longitude": 106.8}}).json()
    assert sent["location"] == {"latitude": -6.2, "longitude": 106.8}
    (update,) = http.get(f"{BOT}/getUpdates").json()["result"]
    assert update["message"]["location"] == sent["location"]
    assert "text" not in update["message"]


def test_anonymous_administrator_writes_as_the_group(http: httpx.Client) -> None:
    group = http.post("/sim/chats", json={"type": "supergroup", "admins": [5], "members": [6]}).json()["chat_id"]
    sent = http.post("/sim/messages", json={"chat_id": group, "user_id": 5, "text": "/a", "is_anonymous": True}).json()
    assert sent["sender_chat"]["id"] == group
    assert sent["from"] == {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    other = http.post("/sim/messages", json={"chat_id": group, "user_id": 6, "text": "/a", "is_anonymous": True})
    assert other.status_code == 400


def test_repeated_presses_reach_the_bot_together(http: httpx.Client) -> None:
    http.post("/sim/messages", json={"text": "/start"})
    keyboard = {"inline_keyboard": [[{"text": "Ya", "callback_data": "y"}]]}
    asked = {"chat_id": 1001, "text": "Yakin?", "reply_markup": keyboard}
    sent = http.post(f"{BOT}/sendMessage", json=asked).json()["result"]["message_id"]
    last = http.post("/sim/press", json={"message_id": sent, "button": "Ya", "times": 2}).json()
    first, second = http.get(f"{BOT}/getUpdates").json()["result"][-2:]
    assert first["callback_query"]["data"] == second["callback_query"]["data"] == "y"
    assert second["callback_query"]["id"] == last["callback_query_id"] != first["callback_query"]["id"]
    for times in (0, 101):
        assert http.post("/sim/press", json={"message_id": sent, "button": "Ya", "times": times}).status_code == 400


def test_forged_press_sends_any_callback_data(http: httpx.Client) -> None:
    http.post("/sim/messages", json={"text": "/start"})
    sent = http.post(f"{BOT}/sendMessage", json={"chat_id": 1001, "text": "halo"}).json()["result"]["message_id"]
    assert http.post("/sim/press", json={"message_id": sent, "forged_data": "x1"}).json()["callback_query_id"]
    pressed = http.get(f"{BOT}/getUpdates").json()["result"][-1]["callback_query"]
    assert (pressed["data"], pressed["message"]["message_id"]) == ("x1", sent)
    for wrong in ({"message_id": sent, "forged_data": "x" * 65}, {"message_id": 1, "forged_data": "x"}):
        assert http.post("/sim/press", json=wrong).status_code in {400, 404}


def test_unknown_inline_result_is_refused_over_http(http: httpx.Client) -> None:
    http.post("/sim/messages", json={"text": "halo"})
    refused = http.post("/sim/drop", json={"inline_query_id": "1", "result_id": "1"})
    assert (refused.status_code, refused.json()["error"]) == (404, "the bot offered no such result")
