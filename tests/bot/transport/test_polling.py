"""Polling: unreadable updates are skipped, one of two bots yields the token, and a full queue stops the polling."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update
from telegram.error import Conflict, NetworkError, TelegramError

from bot.transport.polling import BoundedUpdateQueue, GetUpdatesRequest, TokenConflict, handle_polling_error
from bot.transport.webhook import hide_guest_chat

MESSAGE = {"message_id": 1, "date": 0, "chat": {"id": 7, "type": "private"}, "text": "/berita"}


def parse_polled(result: Any) -> Any:
    return GetUpdatesRequest.parse_json_payload(json.dumps({"ok": True, "result": result}).encode())["result"]


def test_readable_update_is_unchanged() -> None:
    updates = [{"update_id": 5, "message": MESSAGE}, {"update_id": 6, "something_new": {"a": 1}}]
    assert parse_polled(updates) == updates


@pytest.mark.parametrize(
    "broken",
    [
        {"message": "no object"},
        {"message": {**MESSAGE, "chat": 7}},
        {"message": {**MESSAGE, "date": "yesterday"}},
        {"callback_query": {"id": "1"}},
        {"message": {**MESSAGE, "entities": [{"type": "bold"}]}},
    ],
)
def test_unreadable_update_keeps_its_id_and_does_not_affect_others(broken: dict[str, Any]) -> None:
    good = {"update_id": 6, "message": MESSAGE}
    found = parse_polled([{"update_id": 5, **broken}, good])
    assert found == [{"update_id": 5}, good]
    assert [update.update_id for update in Update.de_list(found)] == [5, 6]


@pytest.mark.parametrize("junk", ["text", 7, None, {}, {"update_id": "5"}])
def test_invalid_update_is_skipped(junk: Any) -> None:
    assert parse_polled([junk, {"update_id": 6}]) == [{"update_id": 6}]


STRANGER = {"id": 44_444, "is_bot": False, "first_name": "Wulandari"}
FOREIGN = {"id": -55_555, "type": "supergroup", "title": "Arisan Rahasia", "username": "arisanrahasia"}
GUEST = {
    "message_id": 66_666,
    "date": 9,
    "chat": FOREIGN,
    "from": {"id": 7, "is_bot": False, "first_name": "Sari", "username": "sari", "language_code": "id"},
    "text": "@ringkas_bot @wulan https://contoh.id/a",
    "entities": [
        {"type": "url", "offset": 20, "length": 19},
        {"type": "text_mention", "offset": 13, "length": 6, "user": STRANGER},
    ],
    "guest_query_id": "123",
    "message_thread_id": 66_666,
    "reply_to_message": {
        "message_id": 66_666,
        "date": 8,
        "chat": FOREIGN,
        "from": STRANGER,
        "sender_chat": FOREIGN,
        "forward_origin": {"type": "user", "date": 7, "sender_user": STRANGER},
        "caption": "di sini",
        "caption_entities": [{"type": "text_link", "offset": 0, "length": 7, "url": "https://contoh.id/b"}],
        "document": {
            "file_id": "f", "file_unique_id": "u", "file_name": "a.pdf", "mime_type": "application/pdf", "file_size": 5,
            "thumbnail": {"file_id": "t", "file_unique_id": "v", "width": 1, "height": 1},
        },
        "pinned_message": {"message_id": 66_666, "date": 8, "chat": FOREIGN, "text": "Rahasia"},
    },
}  # fmt: skip


def test_guest_message_says_nothing_of_its_chat() -> None:
    (found,) = parse_polled([{"update_id": 5, "guest_message": GUEST}])
    said = json.dumps(found).casefold()
    assert not [part for part in ("rahasia", "wulandari", "sari", "44444", "55555", "66666", "thumb") if part in said]
    message = Update.de_json(found).guest_message
    assert message is not None
    assert (message.guest_query_id, message.text, message.chat.type) == ("123", GUEST["text"], "private")
    assert (message.chat.id, message.from_user and message.from_user.id) == (7, 7)
    given = message.reply_to_message
    assert given is not None
    assert given.document is not None
    assert given.document.file_name == "a.pdf"
    assert [entity.url for entity in given.caption_entities] == ["https://contoh.id/b"]
    assert [entity.type for entity in message.entities] == ["url"]


def test_quotation_stands_for_a_reply_to_another_chat() -> None:
    quoting = {key: value for key, value in GUEST.items() if key != "reply_to_message"}
    (found,) = parse_polled([{"update_id": 5, "guest_message": quoting | {"quote": {"text": "Isi", "position": 0}}}])
    assert found["guest_message"]["reply_to_message"]["text"] == "Isi"


@pytest.mark.parametrize("missing", ["from", "guest_query_id", "date"])
def test_guest_message_of_an_unexpected_form_is_dropped(missing: str) -> None:
    broken = {key: value for key, value in GUEST.items() if key != missing}
    for message in (broken, 7, None, GUEST | {"entities": 7}, GUEST | {"from": "x"}, GUEST | {"reply_to_message": 7}):
        assert parse_polled([{"update_id": 5, "guest_message": message}]) == [{"update_id": 5}]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(GUEST)), inner, max_size=5),
    max_leaves=12,
)


@given(changed=st.dictionaries(st.sampled_from(sorted(GUEST)), JSON, max_size=4))
def test_any_guest_message_is_reduced_or_dropped(changed: dict[str, Any]) -> None:
    hidden = hide_guest_chat({"update_id": 5, "guest_message": GUEST | changed}).get("guest_message", {})
    content = {"date", "text", "caption", "message_id", "chat", "entities", "caption_entities", "document", "from"}
    assert set(hidden) <= content | {"guest_query_id", "reply_to_message"}
    assert set(hidden.get("reply_to_message", {})) <= content
    assert set(hidden.get("chat", {})) <= {"id", "type"}


def test_other_results_are_unchanged() -> None:
    assert parse_polled({"id": 1}) == {"id": 1}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("running_for", "conflicts", "yields"),
    [
        # A newcomer yields within seconds, one that has long been here is patient.
        (0, [0, 2, 4], False),
        (0, [0, 2, 4, 6], True),
        (3600, [0, 2, 4, 6, 30, 60], False),
        (3600, [0, 30, 60, 92], True),
        # A conflict that ended is another matter.
        (0, [0, 100, 103], False),
    ],
)
def test_token_conflict_yields_after_its_timeout(running_for: float, conflicts: list[float], yields: bool) -> None:
    clock = Clock()
    rivalry = TokenConflict(clock, lambda: 0.0)
    began = clock.now + running_for
    decisions = []
    for at in conflicts:
        clock.now = began + at
        decisions.append(rivalry.note())
    assert decisions == [False] * (len(conflicts) - 1) + [yields]


def test_only_conflicts_lead_to_yielding(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    yielded: list[float] = []
    conflict = TokenConflict(clock, lambda: 0.0)

    def report(error: TelegramError) -> None:
        handle_polling_error(error, polls, conflict, lambda: yielded.append(clock.now))

    polls = GetUpdatesRequest()
    for _ in range(9):
        report(NetworkError("away"))
        clock.now += 5
    assert yielded == []
    for _ in range(3):
        report(Conflict("terminated by other getUpdates request"))
        clock.now += 3
    assert len(yielded) == 1
    assert caplog.text.count("Telegram can't be reached; it is tried again until it answers: away") == 1
    assert "another program reads this bot's messages" in caplog.text


async def test_polling_waits_until_updates_are_finished() -> None:
    taken = BoundedUpdateQueue(most=2)
    await taken.wait_for_room()
    await taken.put("first")
    await taken.wait_for_room()
    # Updates of the same answer are accepted.
    for update in ("second", "third"):
        await taken.put(update)
    waiting = asyncio.create_task(taken.wait_for_room())
    for _ in range(3):
        taken.get_nowait()
    taken.task_done()
    await asyncio.sleep(0)
    assert not waiting.done()
    taken.task_done()
    await waiting


async def test_final_poll_does_not_wait_for_room() -> None:
    taken = BoundedUpdateQueue(most=1)
    await taken.put("first")
    polls = GetUpdatesRequest(httpx_kwargs={"trust_env": False})
    polls.wait_for_room = taken.wait_for_room
    asked = asyncio.create_task(polls.do_request("http://127.0.0.1:1/getUpdates", "POST"))
    await asyncio.sleep(0.05)
    assert not asked.done()
    asked.cancel()
    polls.stop_waiting()
    # Nobody listens there: it was asked.
    failed = await asyncio.gather(polls.do_request("http://127.0.0.1:1/getUpdates", "POST"), return_exceptions=True)
    assert "ConnectError" in str(failed[0])
    await polls.shutdown()
