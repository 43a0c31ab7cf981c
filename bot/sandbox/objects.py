"""The sandbox's objects as JSON: `…_json` in the Bot API's form, `…_view` as displayed to users."""

from __future__ import annotations

from functools import cache

from bot.sandbox import Json
from bot.sandbox.schema import type_fields
from bot.sandbox.state import Callback, Chat, Member, Message, User, World

# Fields that every inline button may have; in addition it has exactly one field for its action.
BUTTON_LOOKS = {"text", "style", "icon_custom_emoji_id"}
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
    caller = world.users.get(message.guest_caller_id or 0)
    optional = {
        "edit_date": message.edited_at,
        "forward_origin": message.forward_origin,
        "link_preview_options": message.link_preview,
        "has_protected_content": message.is_protected or None,
        "reply_markup": message.keyboard if message.keyboard and "inline_keyboard" in message.keyboard else None,
        "quote": message.quote,
        "via_bot": user_json(world.users[message.via_bot]) if message.via_bot is not None else None,
        "guest_bot_caller_user": user_json(caller) if caller is not None else None,
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


def keyboard_view(keyboard: Json | None) -> list[list[Json]]:
    """Return rows of buttons; `kind` is the action's name in the Bot API, or "text" in a reply keyboard."""
    if not keyboard:
        return []
    if "inline_keyboard" in keyboard:
        return [[_button_view(b) for b in row] for row in keyboard["inline_keyboard"]]
    rows = keyboard.get("keyboard", [])
    return [[_button_view({"text": b} if isinstance(b, str) else b) for b in row] for row in rows]


def _button_view(button: Json) -> Json:
    shown = {name: button[name] for name in ("text", "style") if name in button}
    kind = next((k for k in button if k not in BUTTON_LOOKS), None)
    return shown | ({"kind": "text"} if kind is None else {"kind": kind, "value": button[kind]})


def message_view(world: World, message: Message) -> Json:
    keyboard = message.keyboard or {}
    result: Json = {
        "message_id": message.id,
        "chat_id": message.chat_id,
        "date": message.date,
        "event": message.changed_event,
        "from": world.users[message.sender_id].first_name if message.sender_id is not None else None,
        "from_id": message.sender_id,
        "is_bot": message.is_outgoing,
        "text": message.body.text,
        "entities": entities_json(world, message),
        "keyboard": keyboard_view(message.keyboard),
        "reply_to_message_id": message.reply_to,
        "message_thread_id": message.thread_id,
        "is_edited": message.edited_at is not None,
        "link_preview_options": message.link_preview,
        "sender": _sender_name(world, message),
        "is_inline_keyboard": "inline_keyboard" in keyboard,
        "forces_reply": bool(keyboard.get("force_reply")),
        "is_selective": bool(keyboard.get("selective")),
        "forwarded_from": _origin_name(message.forward_origin),
        "quote": message.quote["text"] if message.quote else None,
        "via": world.users[message.via_bot].username if message.via_bot is not None else None,
        "guest_of": world.users[message.guest_caller_id].first_name if message.guest_caller_id is not None else None,
        "has_spoiler": bool(message.content.get("has_media_spoiler")),
        "is_caption_above": bool(message.content.get("show_caption_above_media")),
    }
    if "document" in message.content:
        document = message.content["document"]
        result["document"] = {k: document[k] for k in ("file_name", "mime_type", "file_size", "file_id")}
    if "photo" in message.content:
        result["photo"] = message.content["photo"][-1]
    if "location" in message.content:
        result["location"] = message.content["location"]
    if message.is_service:
        result["service"] = message.content
    return result


def _sender_name(world: World, message: Message) -> str | None:
    """Return the sender's name: None for a channel, the group's title for an anonymous administrator."""
    if message.sender_chat_id is not None:
        return world.chats[message.sender_chat_id].title
    sender = world.users.get(message.sender_id or 0)
    return " ".join(filter(None, [sender.first_name, sender.last_name])) if sender else None


def _origin_name(origin: Json | None) -> str | None:
    if origin is None:
        return None
    who = origin.get("chat") or origin.get("sender_user") or {}
    return str(who.get("title") or who.get("first_name") or "")


def chat_view(world: World, chat: Chat) -> Json:
    """Return the chat as displayed, without its messages."""
    names = ("username", "is_forum", "has_started", "is_blocked", "migrated_to")
    member = chat.members.get(world.bot.id)
    return {
        "chat_id": chat.id,
        "type": chat.kind,
        "title": chat.title or (world.users[chat.id].first_name if chat.kind == "private" else None),
        "topics": [{"id": k, "name": v, "is_closed": k in chat.closed_topics} for k, v in chat.topics.items()],
        "members": [{"id": m.user_id, "status": m.status} for m in chat.members.values() if m.is_present],
        "bot_status": member.status if member else None,
        "reply_keyboard": _reply_keyboard(chat),
    } | {name: getattr(chat, name) for name in names}


def _reply_keyboard(chat: Chat) -> Json | None:
    """Return the reply keyboard that the bot's latest message with one set, or None if it was removed."""
    for message in reversed(chat.messages.values()):
        keyboard = message.keyboard or {}
        if not message.is_outgoing or not keyboard.keys() & {"keyboard", "remove_keyboard"}:
            continue
        if "remove_keyboard" in keyboard:
            return None
        answered = chat.messages.get(message.reply_to or 0)
        return {
            "message_id": message.id,
            "rows": keyboard_view(keyboard),
            "is_one_time": bool(keyboard.get("one_time_keyboard")),
            "placeholder": keyboard.get("input_field_placeholder"),
            # A `selective` keyboard is shown only to the user being replied to.
            "user_id": answered.sender_id if keyboard.get("selective") and answered else None,
        }
    return None


def toast_view(callback: Callback) -> Json:
    """Return the press of a button with the bot's answer."""
    return {
        "callback_query_id": callback.id, "chat_id": callback.chat_id, "message_id": callback.message_id,
        "user_id": callback.user_id, **(callback.answer or {}),
    }  # fmt: skip
