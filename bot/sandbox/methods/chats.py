"""Queries about chats and their members."""

from __future__ import annotations

from bot.sandbox import Json
from bot.sandbox.errors import bad_request
from bot.sandbox.methods.checks import accessible_chat, find_chat, simulates
from bot.sandbox.objects import chat_json, member_json
from bot.sandbox.state import Member, World

_GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")


@simulates("getChat", "chat_id")
def get_chat(world: World, p: Json) -> Json:
    chat = find_chat(world, p["chat_id"])
    if chat.kind != "private":
        chat = accessible_chat(world, chat.id)
    details = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": dict.fromkeys(_GIFTS, False)}
    return chat_json(world, chat) | details


@simulates("getChatMember", "chat_id user_id")
def get_chat_member(world: World, p: Json) -> Json:
    chat = accessible_chat(world, p["chat_id"])
    user_id = p["user_id"]
    if user_id not in world.users:
        raise bad_request("PARTICIPANT_ID_INVALID")
    if chat.kind == "channel" and user_id != world.bot.id and not chat.member(world.bot.id).is_admin:
        raise bad_request("member list is inaccessible")
    is_partner = chat.kind == "private" and user_id in (chat.id, world.bot.id)
    return member_json(world, chat, Member(user_id, "member") if is_partner else chat.member(user_id))


@simulates("getChatAdministrators", "chat_id return_bots")
def get_chat_administrators(world: World, p: Json) -> list[Json]:
    """Return the administrators without bots, as Telegram does by default; with `return_bots` all of them."""
    chat = accessible_chat(world, p["chat_id"])
    if chat.kind == "private":
        raise bad_request("there are no administrators in the private chat")
    if chat.kind == "channel" and not chat.member(world.bot.id).is_admin:
        raise bad_request("member list is inaccessible")
    admins = [m for m in chat.members.values() if m.is_admin]
    people = [m for m in admins if not world.users[m.user_id].is_bot]
    bots = [m for m in admins if m not in people and (p.get("return_bots") or m.user_id == world.bot.id)]
    return [member_json(world, chat, m) for m in [*people, *bots]]


@simulates("getChatMemberCount", "chat_id")
def get_chat_member_count(world: World, p: Json) -> int:
    chat = accessible_chat(world, p["chat_id"])
    return 2 if chat.kind == "private" else sum(m.is_present for m in chat.members.values())


@simulates("leaveChat", "chat_id")
def leave_chat(world: World, p: Json) -> bool:
    chat = accessible_chat(world, p["chat_id"])
    if chat.kind == "private":
        raise bad_request("chat member status can't be changed in private chats")
    chat.members[world.bot.id] = Member(world.bot.id, "left")
    world.next_event()
    return True
