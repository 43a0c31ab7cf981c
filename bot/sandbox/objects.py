"""The sandbox's objects in the Bot API's JSON."""

from __future__ import annotations

from functools import cache

from bot.sandbox import Json
from bot.sandbox.schema import type_fields
from bot.sandbox.state import Chat, Member, Message, User, World

_CHANNEL_RIGHTS = ("can_post_messages", "can_edit_messages")
_GROUP_RIGHTS = ("can_pin_messages", "can_manage_topics")

ANONYMOUS_ADMIN: Json = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}


@cache
def _rights(type_name: str) -> tuple[str, ...]:
    """The `can_…` flags that the API requires for a member of this kind."""
    fields = type_fields(type_name).items()
    return tuple(n for n, f in fields if f["required"] and n.startswith("can_") and n != "can_be_edited")


def user_json(user: User) -> Json:
    result: Json = {"id": user.id, "is_bot": user.is_bot, "first_name": user.first_name}
    optional = {"last_name": user.last_name, "username": user.username, "language_code": user.language_code}
    return result | {k: v for k, v in optional.items() if v and not (user.is_bot and k == "language_code")}


def chat_json(world: World, chat: Chat) -> Json:
    result: Json = {"id": chat.id, "type": chat.kind}
    if chat.kind == "private":
        user = world.users[chat.id]
        named = {"first_name": user.first_name, "last_name": user.last_name, "username": user.username}
        return result | {k: v for k, v in named.items() if v}
    result["title"] = chat.title or ""
    if chat.username:
        result["username"] = chat.username
    if chat.is_forum:
        result["is_forum"] = True
    return result


def entities_json(world: World, message: Message) -> list[Json]:
    """Return the entities, without mentions of unknown users."""
    found = []
    for entity in message.body.entities:
        extra = dict(entity.extra)
        if "user_id" in extra:
            if extra["user_id"] not in world.users:
                continue
            extra["user"] = user_json(world.users[extra.pop("user_id")])
        found.append({"type": entity.type, "offset": entity.offset, "length": entity.length} | extra)
    return found


def message_json(world: World, message: Message, *, is_nested: bool = False) -> Json:
    """Return the message as a bot sees it. The message it replies to comes without its own reply."""
    chat = world.chats[message.chat_id]
    result: Json = {"message_id": message.id, "date": message.date, "chat": chat_json(world, chat)}
    if message.sender_chat_id is not None:
        # Telegram puts its own account here for bots that do not support sender chats.
        result |= {"from": ANONYMOUS_ADMIN, "sender_chat": chat_json(world, chat)}
    elif message.sender_id is not None:
        result["from"] = user_json(world.users[message.sender_id])
    elif chat.kind != "private":
        result["sender_chat"] = chat_json(world, chat)
    if message.thread_id is not None:
        result |= {"message_thread_id": message.thread_id, "is_topic_message": True}
    if message.body.text:
        key, entities = ("caption", "caption_entities") if message.has_media else ("text", "entities")
        result[key] = message.body.text
        listed = entities_json(world, message)
        if listed:
            result[entities] = listed
    result |= message.content
    optional = {
        "edit_date": message.edited_at,
        "forward_origin": message.forward_origin,
        "link_preview_options": message.link_preview,
        "has_protected_content": message.is_protected or None,
        "reply_markup": message.keyboard if message.keyboard and "inline_keyboard" in message.keyboard else None,
        "quote": message.quote,
        "via_bot": user_json(world.users[message.via_bot]) if message.via_bot is not None else None,
    }
    result |= {k: v for k, v in optional.items() if v is not None}
    answered = chat.messages.get(message.reply_to) if message.reply_to is not None else None
    if answered is not None and not is_nested:
        result["reply_to_message"] = message_json(world, answered, is_nested=True)
    return result


def pressed_json(world: World, message: Message) -> Json:
    """Return the message of a callback query; an inaccessible one has only chat and id."""
    if message.is_inaccessible:
        return {"chat": chat_json(world, world.chats[message.chat_id]), "message_id": message.id, "date": 0}
    return message_json(world, message)


def member_json(world: World, chat: Chat, member: Member) -> Json:
    """Return the member as the ChatMember type of its status."""
    result: Json = {"status": member.status, "user": user_json(world.users[member.user_id])}
    if member.status == "creator":
        result["is_anonymous"] = False
    elif member.status == "administrator":
        names = _rights("ChatMemberAdministrator") + (_CHANNEL_RIGHTS if chat.kind == "channel" else _GROUP_RIGHTS)
        result |= {"can_be_edited": False, "is_anonymous": False} | {n: member.rights.get(n, True) for n in names}
    elif member.status == "restricted":
        result |= {"is_member": True, "until_date": 0} | {
            n: member.rights.get(n, False) for n in _rights("ChatMemberRestricted")
        }
    elif member.status == "kicked":
        result["until_date"] = 0
    return result
