"""Creating chats, and events in them: members join and leave, groups migrate, users block the bot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from functools import partial
from typing import Annotated, Literal

from pydantic import Field, PositiveInt
from pydantic.dataclasses import dataclass

from bot.sandbox import STRICT, Json
from bot.sandbox.entities import Marked
from bot.sandbox.errors import SimError
from bot.sandbox.objects import chat_json, member_json, message_json, user_json
from bot.sandbox.state import Chat, Member, Message, Status, World
from bot.sandbox.user_actions import READER_ID, find_user

# Telegram's own ranges: small negative numbers for groups, -100… for supergroups and channels.
_FIRST_GROUP = -5_000_000
_FIRST_SUPERGROUP = -1_002_000_000_000
_TOPIC_COLOUR = 7322096


NewChatKind = Literal["group", "supergroup", "forum", "channel"]


@dataclass(config=STRICT, slots=True, kw_only=True)
class NewChat:
    """A chat to create. Its first member owns it. The bot is a member by default, an administrator in a channel."""

    type: NewChatKind
    chat_id: int | None = None
    title: str = "Obrolan"
    username: str | None = None
    members: list[PositiveInt] | None = None
    admins: list[PositiveInt] = field(default_factory=list)
    bot_status: Status | None = None
    has_protected_content: bool = False
    bot_rights: dict[str, bool] = field(default_factory=dict)


@dataclass(config=STRICT, slots=True, kw_only=True)
class NewPeople:
    """Private chats to create, with consecutive ids; `has_started` is whether the users have started the bot."""

    chat_id: PositiveInt = READER_ID
    count: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    has_started: bool = True


@dataclass(config=STRICT, slots=True, kw_only=True)
class Change:
    """The details of an event: `user_id` is the subject, by default the bot; `by` is the acting user."""

    user_id: int | None = None
    by: int | None = None
    rights: dict[str, bool] = field(default_factory=dict)
    name: str = "Topik"
    message_thread_id: int = 0
    message_id: int = 0


def make_private(world: World, new: NewPeople) -> list[Chat]:
    """Create the private chats, or change those that exist."""
    chats = []
    for user_id in range(new.chat_id, new.chat_id + new.count):
        find_user(world, user_id)
        chats.append(world.chats.setdefault(user_id, Chat(user_id, "private")))
        chats[-1].has_started = new.has_started
    world.next_event()
    return chats


def make_chat(world: World, new: NewChat) -> Chat:
    """Create a group, supergroup, forum or channel without sending an update."""
    number = next(world.serials)
    first = _FIRST_GROUP if new.type == "group" else _FIRST_SUPERGROUP
    chat = Chat(
        first - number if new.chat_id is None else new.chat_id,
        "supergroup" if new.type == "forum" else new.type,
        title=new.title,
        username=new.username,
        is_forum=new.type == "forum",
        has_protected_content=new.has_protected_content,
    )
    if chat.id >= 0 or chat.id in world.chats:
        raise SimError("a chat's id is negative and not taken")
    members = ([] if new.admins else [READER_ID]) if new.members is None else new.members
    for place, user_id in enumerate([*new.admins, *members]):
        user = find_user(world, user_id)
        status: Status = "creator" if place == 0 else "administrator" if user_id in new.admins else "member"
        chat.members.setdefault(user.id, Member(user.id, status))
    own: Status = new.bot_status or ("administrator" if new.type == "channel" else "member")
    chat.members[world.bot.id] = Member(world.bot.id, own, new.bot_rights)
    world.chats[chat.id] = chat
    world.next_event()
    return chat


def happen(world: World, chat: Chat, event: str, data: Change) -> Json:
    """Apply the event (a key of EVENTS) to the chat. Return the ids it created: of a new chat, of a topic's thread."""
    if event not in EVENTS:
        raise SimError(f"there is no event {event!r}; known: {', '.join(sorted(EVENTS))}", status=404)
    return EVENTS[event](world, chat, data)


def _actor(world: World, chat: Chat, data: Change) -> int:
    """Return the acting user: the given one, else the chat's owner, else the chat's user."""
    people = [m.user_id for m in chat.members.values() if m.is_admin and m.user_id != world.bot.id]
    return data.by or next(iter(people), chat.id if chat.kind == "private" else READER_ID)


def _push_membership(world: World, chat: Chat, actor_id: int, before: Member, after: Member) -> None:
    """Send the update of a membership: `my_chat_member` for the bot's own, `chat_member` where the bot is an admin."""
    world.next_event()
    change = {
        "chat": chat_json(world, chat),
        "from": user_json(find_user(world, actor_id)),
        "date": world.now(),
        "old_chat_member": member_json(world, chat, before),
        "new_chat_member": member_json(world, chat, after),
    }
    if after.user_id == world.bot.id:
        world.push("my_chat_member", change)
    elif chat.member(world.bot.id).is_admin:
        world.push("chat_member", change)


def _set_member(world: World, chat: Chat, data: Change, status: Status) -> Json:
    if chat.kind == "private":
        raise SimError("a private chat has no members to change")
    user = find_user(world, data.user_id or world.bot.id)
    before, after = chat.member(user.id), Member(user.id, status, data.rights)
    chat.members[user.id] = after
    actor_id = _actor(world, chat, data)
    _push_membership(world, chat, actor_id, before, after)
    if chat.kind in {"group", "supergroup"} and before.is_present != after.is_present:
        is_new, shown = after.is_present, user_json(user)
        _notice(world, chat, actor_id, {"new_chat_members": [shown]} if is_new else {"left_chat_member": shown})
    return {"status": status}


def _notice(world: World, chat: Chat, sender_id: int, content: Json, *, thread_id: int | None = None) -> Message:
    """Add a service message. The bot gets it while it is a member."""
    message = world.add_message(chat, find_user(world, sender_id).id, Marked(""), content=content, thread_id=thread_id)
    if chat.member(world.bot.id).is_present:
        world.push("channel_post" if chat.kind == "channel" else "message", message_json(world, message))
    return message


def _set_blocked(world: World, chat: Chat, _data: Change, *, is_blocked: bool) -> Json:
    if chat.kind != "private":
        raise SimError("only a person can block the bot")
    chat.is_blocked = is_blocked
    member, kicked = Member(world.bot.id, "member"), Member(world.bot.id, "kicked")
    _push_membership(world, chat, chat.id, *((member, kicked) if is_blocked else (kicked, member)))
    return {"is_blocked": is_blocked}


def _deactivate(world: World, chat: Chat, data: Change) -> Json:
    find_user(world, data.user_id or chat.id).is_deactivated = True
    world.next_event()
    return {"is_deactivated": True}


def _migrate(world: World, chat: Chat, data: Change) -> Json:
    """Turn the group into a supergroup. Both chats get a service message, and the old id stops working."""
    if chat.kind != "group" or chat.migrated_to is not None:
        raise SimError("only a group can become a supergroup, and once")
    new = Chat(_FIRST_SUPERGROUP - next(world.serials), "supergroup", title=chat.title, members=chat.members)
    world.chats[new.id] = new
    actor = _actor(world, chat, data)
    _notice(world, chat, actor, {"migrate_to_chat_id": new.id})
    chat.migrated_to = new.id
    _notice(world, new, actor, {"migrate_from_chat_id": chat.id})
    return {"chat_id": new.id}


def _open_topic(world: World, chat: Chat, data: Change) -> Json:
    if not chat.is_forum:
        raise SimError("only a forum has topics")
    thread_id = chat.last_message_id + 1
    chat.topics[thread_id] = data.name
    created = {"forum_topic_created": {"name": data.name, "icon_color": _TOPIC_COLOUR}}
    _notice(world, chat, _actor(world, chat, data), created, thread_id=thread_id)
    return {"message_thread_id": thread_id}


def _topic(world: World, chat: Chat, data: Change) -> int:
    if data.message_thread_id not in chat.topics:
        raise SimError("there is no such topic", status=404)
    world.next_event()
    return data.message_thread_id


def _set_topic_closed(world: World, chat: Chat, data: Change, *, is_closed: bool) -> Json:
    set_state = chat.closed_topics.add if is_closed else chat.closed_topics.discard
    set_state(_topic(world, chat, data))
    return {}


def _delete_topic(world: World, chat: Chat, data: Change) -> Json:
    thread_id = _topic(world, chat, data)
    del chat.topics[thread_id]
    chat.messages = {k: m for k, m in chat.messages.items() if m.thread_id != thread_id}
    return {}


def _message(chat: Chat, data: Change) -> Message:
    message = chat.messages.get(data.message_id)
    if message is None:
        raise SimError("there is no such message", status=404)
    return message


def _delete_message(world: World, chat: Chat, data: Change) -> Json:
    """Delete a message, as moderation bots do. Telegram sends no update about it."""
    del chat.messages[_message(chat, data).id]
    world.next_event()
    return {}


def _hide_message(world: World, chat: Chat, data: Change) -> Json:
    _message(chat, data).is_inaccessible = True
    world.next_event()
    return {}


EVENTS: dict[str, Callable[[World, Chat, Change], Json]] = {
    "block": partial(_set_blocked, is_blocked=True),
    "unblock": partial(_set_blocked, is_blocked=False),
    "deactivate": _deactivate,
    "add": partial(_set_member, status="member"),
    "leave": partial(_set_member, status="left"),
    "kick": partial(_set_member, status="kicked"),
    "promote": partial(_set_member, status="administrator"),
    "demote": partial(_set_member, status="member"),
    "restrict": partial(_set_member, status="restricted"),
    "migrate": _migrate,
    "topic": _open_topic,
    "close_topic": partial(_set_topic_closed, is_closed=True),
    "reopen_topic": partial(_set_topic_closed, is_closed=False),
    "delete_topic": _delete_topic,
    "delete_message": _delete_message,
    "hide_message": _hide_message,
}
