"""Chats and messages as displayed to users, as JSON for the user's side."""

from __future__ import annotations

from bot.sandbox import Json
from bot.sandbox.entities import to_html
from bot.sandbox.objects import entities_json, user_json
from bot.sandbox.state import Callback, Chat, Message, World


def keyboard_view(keyboard: Json | None) -> list[list[Json]]:
    """Return rows of buttons; `kind` is the action's name in the Bot API, or "text" in a reply keyboard."""
    if not keyboard:
        return []
    if "inline_keyboard" in keyboard:
        return [[_button_view(b) for b in row] for row in keyboard["inline_keyboard"]]
    rows = keyboard.get("keyboard", [])
    return [[{"text": b if isinstance(b, str) else b["text"], "kind": "text"} for b in row] for row in rows]


def _button_view(button: Json) -> Json:
    kind = next(k for k in button if k not in {"text", "style", "icon_custom_emoji_id"})
    return {"text": button["text"], "kind": kind, "value": button[kind]}


def message_view(world: World, message: Message) -> Json:
    result: Json = {
        "message_id": message.id,
        "chat_id": message.chat_id,
        "date": message.date,
        "event": message.changed_event,
        "from": world.users[message.sender_id].first_name if message.sender_id is not None else None,
        "from_id": message.sender_id,
        "is_bot": message.is_outgoing,
        "text": message.body.text,
        "html": to_html(message.body.text, message.body.entities),
        "entities": entities_json(world, message),
        "keyboard": keyboard_view(message.keyboard),
        "reply_to_message_id": message.reply_to,
        "message_thread_id": message.thread_id,
        "is_edited": message.edited_at is not None,
        "is_forwarded": message.forward_origin is not None,
        "link_preview_options": message.link_preview,
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


def chat_facts(chat: Chat) -> Json:
    """Return the fields that all views of a chat share."""
    names = ("username", "is_forum", "has_started", "is_blocked", "migrated_to")
    return {"chat_id": chat.id, "type": chat.kind} | {name: getattr(chat, name) for name in names}


def chat_view(world: World, chat: Chat, *, with_messages: bool) -> Json:
    result = chat_facts(chat) | {
        "title": chat.title or (world.users[chat.id].first_name if chat.kind == "private" else None),
        "topics": {str(k): v for k, v in chat.topics.items()},
        "members": [user_json(world.users[m.user_id]) | {"status": m.status} for m in chat.members.values()],
        "last_message_id": chat.last_message_id,
        "event": world.event,
    }
    if with_messages:
        result["messages"] = [message_view(world, m) for m in sorted(chat.messages.values(), key=lambda m: m.id)]
    return result


def toast_view(callback: Callback) -> Json:
    """Return the press of a button with the bot's answer."""
    return {
        "callback_query_id": callback.id, "chat_id": callback.chat_id, "message_id": callback.message_id,
        "user_id": callback.user_id, **(callback.answer or {}),
    }  # fmt: skip
