"""The page's stream: everything once, then the changes."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from bot.sandbox import user_actions
from bot.sandbox.page.stream import Watch
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.server import SandboxServer
from tests.bot.sandbox.conftest import Api, Clock

Json = dict[str, Any]


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    return Sandbox(clock=clock)


@pytest.fixture
def api(sandbox: Sandbox, clock: Clock) -> Api:
    return Api(sandbox.worlds[sandbox.tokens[0]], clock)


@pytest.fixture
def watch(sandbox: Sandbox, api: Api) -> Watch:
    return Watch(sandbox, api.world)


def test_snapshot_is_followed_by_empty_changes(api: Api, watch: Watch) -> None:
    api.hear("halo")
    state = watch.snapshot()
    assert state["is_all"] is True
    assert state["bot"]["username"] == "ringkas_sandbox_bot"
    assert [c["chat_id"] for c in state["chats"]] == [1001]
    assert [m["text"] for m in state["messages"]] == ["halo"]
    assert [u["first_name"] for u in state["users"]] == ["Sari"]
    assert state["clock"] == {"now": 1_800_000_000.0, "ahead_s": 0.0}
    assert watch.changes() == {}
    json.dumps(state)


def test_snapshot_of_an_empty_sandbox_has_empty_lists(watch: Watch) -> None:
    state = watch.snapshot()
    assert (state["chats"], state["messages"], state["calls"], state["users"]) == ([], [], [], [])


def test_new_edited_and_deleted_messages_are_changes(api: Api, watch: Watch) -> None:
    api.hear()
    watch.snapshot()
    sent = api.call("sendMessage", chat_id=1001, text="satu")
    assert [m["text"] for m in watch.changes()["messages"]] == ["satu"]
    api.call("editMessageText", chat_id=1001, message_id=sent["message_id"], text="dua")
    changed = watch.changes()["messages"]
    assert [(m["message_id"], m["text"], m["is_edited"]) for m in changed] == [(sent["message_id"], "dua", True)]
    api.call("deleteMessage", chat_id=1001, message_id=sent["message_id"])
    assert watch.changes() == {"gone": [{"chat_id": 1001, "message_id": sent["message_id"]}]}
    assert watch.changes() == {}


def test_callback_answers_are_sent_once(api: Api, watch: Watch, sandbox: Sandbox) -> None:
    asked = api.hear()
    keyboard = {"inline_keyboard": [[{"text": "x", "callback_data": "y"}]]}
    sent = api.call("sendMessage", chat_id=1001, text="?", reply_markup=keyboard)
    watch.snapshot()
    chat, user = api.world.chats[1001], api.world.users[1001]
    query = user_actions.press(api.world, chat, user, sent["message_id"], "x")["callback_query_id"]
    assert "presses" not in watch.changes()
    api.call("answerCallbackQuery", callback_query_id=query, text="Sip", show_alert=True)
    (press,) = watch.changes()["presses"]
    assert (press["text"], press["show_alert"], press["user_id"]) == ("Sip", True, 1001)
    assert watch.changes() == {}
    assert "presses" not in Watch(sandbox, api.world).snapshot()
    assert asked.id < sent["message_id"]


def test_typing_ends_with_the_reply(api: Api, watch: Watch) -> None:
    api.hear()
    watch.snapshot()
    api.call("sendChatAction", chat_id=1001, action="typing")
    (typing,) = watch.changes()["typing"]
    assert 4 < typing["for_s"] <= 5
    api.call("sendMessage", chat_id=1001, text="sudah")
    assert watch.changes()["typing"] == [{"chat_id": 1001, "for_s": 0.0}]


def test_calls_are_reported_at_start_and_end(sandbox: Sandbox, api: Api, watch: Watch) -> None:
    watch.snapshot()
    bot_id = api.world.bot.id
    call = sandbox.log.start(1.0, bot_id, "sendMessage", {"text": "x"})
    sandbox.log.start(1.0, bot_id, "getUpdates", {})
    sandbox.log.start(1.0, bot_id + 1, "sendMessage", {})
    (begun,) = watch.changes()["calls"]
    assert (begun["number"], begun["status"]) == (call.number, None)
    assert watch.changes() == {}
    call.status = 200
    (ended,) = watch.changes()["calls"]
    assert (ended["number"], ended["status"]) == (call.number, 200)
    assert watch.changes() == {}


def test_reply_keyboard_stays_until_it_is_removed(api: Api, watch: Watch) -> None:
    asked = api.hear()
    rows = {"keyboard": [[{"text": "Berita"}]], "selective": True, "one_time_keyboard": True}
    reply = {"message_id": asked.id}
    api.call("sendMessage", chat_id=1001, text="?", reply_markup=rows, reply_parameters=reply)
    api.call("sendMessage", chat_id=1001, text="lain", reply_markup={"inline_keyboard": []})
    (chat,) = watch.snapshot()["chats"]
    keyboard = chat["reply_keyboard"]
    assert keyboard["rows"] == [[{"text": "Berita", "kind": "text"}]]
    assert (keyboard["is_one_time"], keyboard["user_id"]) == (True, 1001)
    api.call("sendMessage", chat_id=1001, text="sudah", reply_markup={"remove_keyboard": True})
    (chat,) = watch.changes()["chats"]
    assert chat["reply_keyboard"] is None


def test_events_are_streamed_over_http(http: httpx.Client) -> None:
    http.post("/sim/messages", json={"text": "halo"})
    with http.stream("GET", "/page/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = (json.loads(line[5:]) for line in stream.iter_lines() if line.startswith("data:"))
        assert next(lines)["messages"][0]["text"] == "halo"
        http.post("/sim/messages", json={"text": "baris\nkedua \u2028 </script>"})
        assert next(lines)["messages"][0]["text"] == "baris\nkedua \u2028 </script>"
        http.post("/sim/faults", json={"kind": "hang"})
        assert next(lines)["faults"][0]["kind"] == "hang"
        # A reset ends the stream; the page comes back for everything anew.
        http.post("/sim/reset", json={})
        assert list(lines) == []


def test_stopping_the_sandbox_ends_the_event_streams() -> None:
    with (
        SandboxServer() as server,
        httpx.Client(base_url=server.url, trust_env=False, timeout=20) as http,
        http.stream("GET", "/page/events") as stream,
    ):
        lines = stream.iter_lines()
        assert next(lines) == "retry: 500"
        server.stop()
        assert [line for line in lines if line.startswith(":")] == []
