"""Messages, chats and users as JSON for the page: the views of /sim/ with extra fields for display."""

from __future__ import annotations

from bot.sandbox import Json
from bot.sandbox.objects import user_json
from bot.sandbox.state import Chat, Message, World
from bot.sandbox.views import keyboard_view, message_view


def message_json(world: World, message: Message) -> Json:
    keyboard = message.keyboard or {}
    return message_view(world, message) | {
        "sender": _sender_name(world, message),
        "is_inline_keyboard": "inline_keyboard" in keyboard,
        "forces_reply": bool(keyboard.get("force_reply")),
        "is_selective": bool(keyboard.get("selective")),
        "forwarded_from": _origin_name(message.forward_origin),
        "quote": message.quote["text"] if message.quote else None,
        "via": world.users[message.via_bot].username if message.via_bot is not None else None,
        "has_spoiler": bool(message.content.get("has_media_spoiler")),
        "is_caption_above": bool(message.content.get("show_caption_above_media")),
    }


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


def chat_json(world: World, chat: Chat) -> Json:
    member = chat.members.get(world.bot.id)
    return {
        "chat_id": chat.id,
        "type": chat.kind,
        "title": chat.title,
        "username": chat.username,
        "is_forum": chat.is_forum,
        "has_started": chat.has_started,
        "is_blocked": chat.is_blocked,
        "migrated_to": chat.migrated_to,
        "topics": [{"id": k, "name": v, "is_closed": k in chat.closed_topics} for k, v in chat.topics.items()],
        "members": [{"id": m.user_id, "status": m.status} for m in chat.members.values() if m.is_present],
        "bot_status": member.status if member else None,
        "reply_keyboard": reply_keyboard(chat),
    }


def reply_keyboard(chat: Chat) -> Json | None:
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


def users_json(world: World) -> list[Json]:
    return [user_json(u) | {"is_deactivated": u.is_deactivated} for u in world.users.values() if not u.is_bot]
