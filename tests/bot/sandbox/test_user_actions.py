"""Actions of people in chats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox import user_actions
from bot.sandbox.entities import utf16_len, utf16_slice
from bot.sandbox.errors import SimError
from bot.sandbox.methods.messages import MAX_TEXT

if TYPE_CHECKING:
    from tests.bot.sandbox.conftest import Api


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=1500), max_size=12).map("\n".join))
def test_long_text_is_split_without_loss(text: str) -> None:
    parts = user_actions.parts_of(text)
    assert all(0 < utf16_len(p) <= 4096 for p in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_long_text_is_split_at_a_line(api: Api) -> None:
    text = "kata " * 700 + "\n" + "lagi " * 300
    first, second = user_actions.parts_of(text)
    assert first.endswith("kata")
    assert second.startswith("lagi")
    assert api.hear(text).id == 2
    assert len(api.updates()) == 2


def test_edit_is_an_edited_message_update(api: Api) -> None:
    heard = api.hear("/ringkas a.id")
    api.clock.now += 3
    user_actions.edit(api.world, api.world.chats[1001], heard.id, "/ringkas b.id")
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
def test_impossible_action_is_refused(api: Api, said: dict[str, Any], status: int) -> None:
    with pytest.raises(SimError) as caught:
        api.hear(**said)
    assert caught.value.status == status


def test_only_own_messages_are_edited(api: Api) -> None:
    api.hear()
    api.call("sendMessage", chat_id=1001, text="halo")
    with pytest.raises(SimError):
        user_actions.edit(api.world, api.world.chats[1001], 2, "x")


def split_slowly(text: str) -> list[str]:
    """The parts, found by measuring all that is left for each."""
    parts: list[str] = []
    rest = text.strip()
    while utf16_len(rest) > MAX_TEXT:
        head = utf16_slice(rest, 0, MAX_TEXT).removesuffix("\ufffd")
        cut = max(head.rfind("\n"), head.rfind(" ") if "\n" not in head[len(head) // 2 :] else -1)
        head = head[: cut + 1] if cut > 0 else head
        parts.append(head.strip())
        rest = rest[len(head) :].strip()
    return [*parts, rest] if rest else parts


@given(
    st.lists(st.tuples(st.sampled_from(["a", "kata ", "baris\n", "😀", " \n\t", "é", "\u2003"]), st.integers(1, 3000)))
)
def test_split_matches_the_slow_reference(pieces: list[tuple[str, int]]) -> None:
    text = "".join(piece * count for piece, count in pieces)
    assert user_actions.parts_of(text) == split_slowly(text)


def test_text_above_the_user_limit_is_refused(api: Api) -> None:
    assert len(user_actions.parts_of("kata " * (user_actions.MAX_SAID // 5))) == 245
    for text in ("kata " * user_actions.MAX_SAID, "😀" * (user_actions.MAX_SAID // 2 + 1)):
        with pytest.raises(SimError) as refused:
            api.hear(text)
        assert refused.value.status == 413
    sent = api.hear("halo")
    chat, _ = user_actions.find_place(api.world, None, None)
    with pytest.raises(SimError):
        user_actions.edit(api.world, chat, sent.id, "x" * (MAX_TEXT + 1))
