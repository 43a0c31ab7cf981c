"""What people do in chats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox import people
from bot.sandbox.entities import utf16_len
from bot.sandbox.errors import SimError

if TYPE_CHECKING:
    from tests.bot.sandbox.conftest import Api


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=1500), max_size=12).map("\n".join))
def test_a_long_text_is_cut_as_apps_do_and_nothing_is_lost(text: str) -> None:
    parts = people.parts_of(text)
    assert all(0 < utf16_len(p) <= 4096 for p in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_text_is_cut_at_a_line(api: Api) -> None:
    text = "kata " * 700 + "\n" + "lagi " * 300
    first, second = people.parts_of(text)
    assert first.endswith("kata")
    assert second.startswith("lagi")
    assert api.hear(text).id == 2
    assert len(api.updates()) == 2


def test_an_edit_is_an_edited_message(api: Api) -> None:
    heard = api.hear("/ringkas a.id")
    api.clock.now += 3
    people.edit(api.world, api.world.chats[1001], heard.id, "/ringkas b.id")
    first, second = api.updates()
    assert second["edited_message"]["text"] == "/ringkas b.id"
    assert second["edited_message"]["edit_date"] == first["message"]["date"] + 3


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"text": "   "}, 400),
        ({"text": "x", "chat_id": -5}, 404),
        ({"text": "x", "chat_id": 5, "user_id": 6}, 400),
        ({"text": "x", "reply_to": 99}, 404),
        ({"text": "x", "thread_id": 99}, 404),
    ],
)
def test_what_a_person_can_not_do(api: Api, said: dict[str, Any], status: int) -> None:
    with pytest.raises(SimError) as caught:
        api.hear(**said)
    assert caught.value.status == status


def test_only_own_messages_are_edited(api: Api) -> None:
    api.hear()
    api.call("sendMessage", chat_id=1001, text="halo")
    with pytest.raises(SimError):
        people.edit(api.world, api.world.chats[1001], 2, "x")
