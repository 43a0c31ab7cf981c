"""Where a bot may write, and the updates that it gets about chats and their events."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

import pytest

from bot.sandbox import user_actions
from bot.sandbox.chat_events import EVENTS, Change, NewChat, NewChatKind, NewPeople, happen, make_chat, make_private
from bot.sandbox.errors import SimError

if TYPE_CHECKING:
    from bot.sandbox.state import Chat
    from tests.bot.sandbox.conftest import Api

PLACES: list[dict[str, Any]] = [
    {"type": k, "username": f"tempat_{k}"} for k in ("group", "supergroup", "forum", "channel")
]


def _send(api: Api, chat: Chat, **more: Any) -> Any:
    return api.call("sendMessage", chat_id=chat.id, text="halo", **more)


@pytest.mark.parametrize("place", PLACES, ids=lambda p: p["type"])
def test_bot_sends_edits_and_leaves_in_every_chat_type(api: Api, place: dict[str, Any]) -> None:
    chat = make_chat(api.world, NewChat(**place))
    sent = _send(api, chat)
    assert sent["chat"]["type"] == chat.kind
    assert ("from" in sent) == (chat.kind != "channel")
    assert api.call("getChat", chat_id=f"@{place['username'].upper()}")["title"] == "Obrolan"
    assert api.call("getChatMemberCount", chat_id=chat.id) == 2
    assert api.call("getChatAdministrators", chat_id=chat.id)[0]["status"] == "creator"
    assert api.call("getChatMember", chat_id=chat.id, user_id=1001)["status"] == "creator"
    user_actions.find_user(api.world, 5)
    assert api.call("getChatMember", chat_id=chat.id, user_id=5)["status"] == "left"
    assert "PARTICIPANT_ID_INVALID" in api.refused("getChatMember", chat_id=chat.id, user_id=6).description
    edited = api.call("editMessageText", chat_id=chat.id, message_id=sent["message_id"], text="baru")
    assert edited["text"] == "baru"
    assert api.call("leaveChat", chat_id=chat.id)
    assert api.refused("sendMessage", chat_id=chat.id, text="x").code == 403


def test_private_chat_methods_follow_telegram(api: Api) -> None:
    api.hear()
    assert api.call("getChat", chat_id=1001)["first_name"] == "Sari"
    assert api.call("getChatMemberCount", chat_id=1001) == 2
    assert api.call("getChatMember", chat_id=1001, user_id=1001)["status"] == "member"
    assert "no administrators" in api.refused("getChatAdministrators", chat_id=1001).description
    assert "can't be changed" in api.refused("leaveChat", chat_id=1001).description


@pytest.mark.parametrize(
    ("place", "events", "code", "description"),
    [
        ({"type": "private"}, ["block"], 403, "Forbidden: bot was blocked by the user"),
        ({"type": "private"}, ["deactivate"], 403, "Forbidden: user is deactivated"),
        ({"type": "private", "has_started": False}, [], 403, "Forbidden: bot can't initiate conversation with a user"),
        ({"type": "group"}, ["kick"], 403, "Forbidden: bot was kicked from the group chat"),
        ({"type": "supergroup"}, ["kick"], 403, "Forbidden: bot was kicked from the supergroup chat"),
        ({"type": "channel"}, ["kick"], 403, "Forbidden: bot was kicked from the channel chat"),
        ({"type": "channel"}, ["leave"], 403, "Forbidden: bot is not a member of the channel chat"),
        ({"type": "supergroup"}, ["leave"], 403, "Forbidden: bot is not a member of the supergroup chat"),
        ({"type": "channel"}, ["demote"], 400, "Bad Request: need administrator rights in the channel chat"),
        ({"type": "supergroup"}, ["restrict"], 400, "Bad Request: not enough rights to send text messages to the chat"),
        ({"type": "group"}, ["migrate"], 400, "Bad Request: group chat was upgraded to a supergroup chat"),
    ],
)  # fmt: skip
def test_sending_is_refused_where_the_bot_lacks_access(
    api: Api, place: dict[str, Any], events: list[str], code: int, description: str
) -> None:
    if place["type"] == "private":
        [chat] = make_private(api.world, NewPeople(chat_id=9, has_started=place.get("has_started", True)))
    else:
        chat = make_chat(api.world, NewChat(**place))
    for event in events:
        happen(api.world, chat, event, Change())
    error = api.refused("sendMessage", chat_id=chat.id, text="halo")
    assert (error.code, error.description) == (code, description)
    api.updates()


def test_group_migrates_to_a_supergroup(api: Api) -> None:
    chat = make_chat(api.world, NewChat(type="group", members=[7, 8]))
    new_id = happen(api.world, chat, "migrate", Change())["chat_id"]
    messages = [u["message"] for u in api.updates()]
    assert [(m["chat"]["id"], m.get("migrate_to_chat_id"), m.get("migrate_from_chat_id")) for m in messages] == [
        (chat.id, new_id, None),
        (new_id, None, chat.id),
    ]
    assert api.refused("sendMessage", chat_id=chat.id, text="x").parameters == {"migrate_to_chat_id": new_id}
    assert _send(api, api.world.chats[new_id])["chat"]["type"] == "supergroup"


@pytest.mark.parametrize(
    ("event", "kinds", "old", "new"),
    [
        ("promote", ["my_chat_member"], "member", "administrator"),
        ("restrict", ["my_chat_member"], "member", "restricted"),
        ("kick", ["my_chat_member"], "member", "kicked"),
        ("leave", ["my_chat_member"], "member", "left"),
    ],
)
def test_bot_receives_its_membership_changes(api: Api, event: str, kinds: list[str], old: str, new: str) -> None:
    chat = make_chat(api.world, NewChat(type="supergroup"))
    happen(api.world, chat, event, Change())
    updates = api.updates()
    assert [k for u in updates for k in u if k != "update_id"] == kinds
    change = updates[0]["my_chat_member"]
    assert (change["old_chat_member"]["status"], change["new_chat_member"]["status"]) == (old, new)


def test_bot_added_again_receives_updates(api: Api) -> None:
    chat = make_chat(api.world, NewChat(type="group", bot_status="left"))
    happen(api.world, chat, "add", Change())
    change, greeting = api.updates()
    assert change["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert greeting["message"]["new_chat_members"][0]["is_bot"]


def test_member_updates_are_sent_to_subscribed_admins_only(api: Api) -> None:
    chat = make_chat(api.world, NewChat(type="supergroup", bot_status="administrator"))
    happen(api.world, chat, "add", Change(user_id=55))
    assert [set(u) - {"update_id"} for u in api.updates()] == [{"message"}]
    api.world.allowed_updates = frozenset({"chat_member"})
    happen(api.world, chat, "promote", Change(user_id=55))
    [update] = api.updates()
    assert update["chat_member"]["new_chat_member"]["status"] == "administrator"


def test_block_and_unblock_update_membership(api: Api) -> None:
    api.hear()
    api.updates()
    chat = api.world.chats[1001]
    happen(api.world, chat, "block", Change())
    with pytest.raises(SimError):
        api.hear()
    happen(api.world, chat, "unblock", Change())
    statuses = [u["my_chat_member"]["new_chat_member"]["status"] for u in api.updates()]
    assert statuses == ["kicked", "member"]
    assert _send(api, chat)


def test_forum_topics_are_created_closed_and_deleted(api: Api) -> None:
    chat = make_chat(api.world, NewChat(type="forum"))
    thread_id = happen(api.world, chat, "topic", Change(name="Berita"))["message_thread_id"]
    [update] = api.updates()
    assert update["message"]["forum_topic_created"]["name"] == "Berita"
    sent = _send(api, chat, message_thread_id=thread_id)
    assert (sent["message_thread_id"], sent["is_topic_message"]) == (thread_id, True)
    reply = {"message_id": sent["message_id"]}
    assert _send(api, chat, reply_parameters=reply)["message_thread_id"] == thread_id
    for event, description in (("close_topic", "TOPIC_CLOSED"), ("delete_topic", "message thread not found")):
        happen(api.world, chat, event, Change(message_thread_id=thread_id))
        error = api.refused("sendMessage", chat_id=chat.id, text="x", message_thread_id=thread_id)
        assert error.description == f"Bad Request: {description}"


@pytest.mark.parametrize("event", sorted(EVENTS))
@pytest.mark.parametrize("kind", ["private", "group", "channel", "forum"])
def test_every_chat_event_is_valid_or_refused(api: Api, kind: NewChatKind | Literal["private"], event: str) -> None:
    chat = (
        make_private(api.world, NewPeople(chat_id=9))[0]
        if kind == "private"
        else make_chat(api.world, NewChat(type=kind))
    )
    with suppress(SimError):
        happen(api.world, chat, event, Change())
    api.updates()


def test_unknown_event_error_lists_known_events(api: Api) -> None:
    with pytest.raises(SimError, match="known: add, block"):
        happen(api.world, make_private(api.world, NewPeople(chat_id=9))[0], "explode", Change())


@pytest.mark.parametrize(
    ("text", "is_heard"),
    [
        ("/start", True), ("/start@ringkas_sandbox_bot", True), ("/start@bot_lain", False), ("halo semua", False),
        ("hai @ringkas_sandbox_bot", True), ("hai @orang_lain", False), ("lihat /berita", True),
    ],
)  # fmt: skip
def test_privacy_mode_filters_group_messages(api: Api, text: str, is_heard: bool) -> None:
    chat = make_chat(api.world, NewChat(type="group"))
    api.hear(text, chat_id=chat.id)
    assert bool(api.updates()) == is_heard
    happen(api.world, chat, "promote", Change())
    api.updates()
    api.hear(text, chat_id=chat.id)
    assert api.updates()


def test_reply_to_the_bot_passes_privacy_mode(api: Api) -> None:
    chat = make_chat(api.world, NewChat(type="group"))
    sent = _send(api, chat)
    api.hear("benar?", chat_id=chat.id, reply_to=sent["message_id"])
    assert api.updates()[0]["message"]["reply_to_message"]["message_id"] == sent["message_id"]


def test_channel_posts_and_edits_are_updates(api: Api) -> None:
    chat = make_chat(api.world, NewChat(type="channel"))
    api.hear("pengumuman", chat_id=chat.id)
    [update] = api.updates()
    assert update["channel_post"]["sender_chat"]["id"] == chat.id
    user_actions.edit(api.world, chat, 1, "pengumuman baru")
    assert api.updates()[0]["edited_channel_post"]["text"] == "pengumuman baru"
