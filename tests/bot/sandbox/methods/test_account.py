"""The bot's menus, names and descriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest

from bot.sandbox.chat_events import NewChat, NewChatKind, make_chat

if TYPE_CHECKING:
    from tests.bot.sandbox.conftest import Api

MENU = [{"command": "ringkas", "description": "Ringkas artikel"}]


def test_get_me_describes_the_bot(api: Api) -> None:
    me = api.call("getMe")
    assert (me["is_bot"], me["username"], me["can_read_all_group_messages"]) == (True, "ringkas_sandbox_bot", False)
    assert api.call("logOut")
    assert api.call("close")


def test_commands_are_stored_per_scope_and_language(api: Api) -> None:
    api.hear()
    scope = {"type": "chat", "chat_id": 1001}
    assert api.call("setMyCommands", commands=MENU)
    assert api.call("setMyCommands", commands=[], language_code="en", scope=scope)
    assert api.call("getMyCommands") == MENU
    assert api.call("getMyCommands", language_code="en") == []
    assert api.call("deleteMyCommands")
    assert api.call("getMyCommands") == []


@pytest.mark.parametrize(
    ("changes", "description"),
    [
        ({"commands": MENU * 101}, "BOT_COMMANDS_TOO_MUCH"),
        ({"commands": [{"command": "Ringkas", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "a" * 33, "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "a", "description": ""}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"commands": [{"command": "a", "description": "x" * 257}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"language_code": "indonesia"}, "language_code"),
        ({"scope": {"type": "chat", "chat_id": 5}}, "chat not found"),
    ],
)
def test_invalid_commands_are_refused(api: Api, changes: dict[str, Any], description: str) -> None:
    assert description in api.refused("setMyCommands", **{"commands": MENU} | changes).description


@pytest.mark.parametrize(
    ("kind", "scope", "description"),
    [
        ("private", {"type": "chat"}, None),
        ("private", {"type": "chat_administrators"}, "Can't use specified scope in private chats"),
        ("supergroup", {"type": "chat"}, None),
        ("supergroup", {"type": "chat_administrators"}, None),
        ("supergroup", {"type": "chat_member", "user_id": 1001}, None),
        ("supergroup", {"type": "chat_member", "user_id": 77}, "user not found"),
        ("channel", {"type": "chat"}, "Can't change commands in channel chats"),
    ],
)
def test_chat_scope_must_match_the_chat_type(
    api: Api, kind: NewChatKind | Literal["private"], scope: dict[str, Any], description: str | None
) -> None:
    api.hear()
    chat_id = 1001 if kind == "private" else make_chat(api.world, NewChat(type=kind)).id
    if description is None:
        assert api.call("setMyCommands", commands=MENU, scope=scope | {"chat_id": chat_id})
    else:
        refused = api.refused("setMyCommands", commands=MENU, scope=scope | {"chat_id": chat_id})
        assert description in refused.description


@pytest.mark.parametrize(
    ("name", "key", "longest"),
    [("Name", "name", 64), ("Description", "description", 512), ("ShortDescription", "short_description", 120)],
)
def test_names_and_descriptions_are_stored_per_language(api: Api, name: str, key: str, longest: int) -> None:
    long: dict[str, Any] = {key: "x" * longest}
    other: dict[str, Any] = {key: "halo"}
    assert api.call(f"setMy{name}", **long)
    assert api.call(f"getMy{name}", language_code="id") == long
    assert api.call(f"setMy{name}", language_code="id", **other)
    assert api.call(f"getMy{name}", language_code="id") == other
    assert "too long" in api.refused(f"setMy{name}", **{key: "x" * (longest + 1)}).description


def test_menu_button_is_set_and_returned(api: Api) -> None:
    api.hear()
    assert api.call("setChatMenuButton", chat_id=1001, menu_button={"type": "default"})
    assert api.call("getChatMenuButton", chat_id=1001) == {"type": "default"}
    assert api.call("getChatMenuButton") == {"type": "commands"}
