"""Editing and deleting messages that the bot sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.errors import bad_request
from bot.sandbox.files import content_json, stored_file
from bot.sandbox.methods.content import caption_of, keyboard_of, text_of
from bot.sandbox.methods.registry import simulated
from bot.sandbox.methods.targets import accessible_chat, own_message, take_turn
from bot.sandbox.objects import message_json

if TYPE_CHECKING:
    from bot.sandbox.entities import Marked
    from bot.sandbox.state import Chat, Message, World

Json = dict[str, Any]

# A bot may delete what is not older than this.
DELETE_WITHIN_S = 48 * 3600
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)


def _target(world: World, p: Json) -> tuple[Chat, Message]:
    if "inline_message_id" in p:
        raise bad_request("MESSAGE_ID_INVALID")
    if "chat_id" not in p or "message_id" not in p:
        raise bad_request("message identifier is not specified")
    chat = accessible_chat(world, p["chat_id"])
    return chat, own_message(chat, p["message_id"])


def _change(world: World, chat: Chat, message: Message, p: Json, *, body: Marked | None, preview: Json | None) -> Json:
    """Put the new body and keyboard into the message; an edit without a keyboard takes the keyboard away."""
    keyboard = keyboard_of(p.get("reply_markup"), inline_only=True)
    new_body = body if body is not None else message.body
    has_link = any(e.type in {"url", "text_link"} for e in new_body.entities)
    is_same_preview = preview == message.link_preview or not has_link
    if (new_body, keyboard) == (message.body, message.keyboard) and is_same_preview:
        raise bad_request(_NOT_MODIFIED)
    take_turn(world, chat, is_edit=True)
    message.body, message.keyboard, message.link_preview = new_body, keyboard, preview
    message.edited_at = world.now()
    world.mark_changed(chat, message)
    return message_json(world, message)


def edit_text(world: World, p: Json) -> Json:
    body = text_of(p, is_edit=True)
    chat, message = _target(world, p)
    if message.has_media:
        raise bad_request("there is no text in the message to edit")
    return _change(world, chat, message, p, body=body, preview=p.get("link_preview_options") or None)


def edit_caption(world: World, p: Json) -> Json:
    body = caption_of(p)
    chat, message = _target(world, p)
    if not message.has_media:
        raise bad_request("there is no caption in the message to edit")
    return _change(world, chat, message, p, body=body, preview=message.link_preview)


def edit_media(world: World, p: Json) -> Json:
    """A photo in the place of a photo, or of a text; the caption is the new one's."""
    media = p["media"]
    if media["type"] != "photo":
        raise bad_request(f"media of type {media['type']} is not simulated")
    if other := set(media) - {"type", "media", "caption", "parse_mode", "caption_entities"}:
        raise bad_request(f"{', '.join(sorted(other))} of a photo is not simulated")
    body = caption_of(media)
    chat, message = _target(world, p)
    if "document" in message.content:
        raise bad_request("a document can't be changed to a photo here: this is not simulated")
    content = content_json(stored_file(world, {"photo": media["media"], "attached": p.get("attached", {})}, "photo"))
    is_same = _unique_ids(content) == _unique_ids(message.content)
    keyboard = keyboard_of(p.get("reply_markup"), inline_only=True)
    if is_same and (body, keyboard) == (message.body, message.keyboard):
        raise bad_request(_NOT_MODIFIED)
    take_turn(world, chat, is_edit=True)
    message.content, message.body, message.keyboard, message.link_preview = content, body, keyboard, None
    message.edited_at = world.now()
    world.mark_changed(chat, message)
    return message_json(world, message)


def _unique_ids(content: Json) -> list[str]:
    return [size["file_unique_id"] for size in content.get("photo", [])]


def edit_keyboard(world: World, p: Json) -> Json:
    chat, message = _target(world, p)
    return _change(world, chat, message, p, body=None, preview=message.link_preview)


def delete_message(world: World, p: Json) -> bool:
    chat = accessible_chat(world, p["chat_id"])
    message = chat.visible_message(p["message_id"])
    if message is None:
        raise bad_request("message to delete not found")
    if not _may_delete(world, chat, message):
        raise bad_request("message can't be deleted")
    del chat.messages[message.id]
    world.next_event()
    return True


def delete_messages(world: World, p: Json) -> bool:
    """Messages that can't be found are skipped."""
    chat = accessible_chat(world, p["chat_id"])
    if not 1 <= len(p["message_ids"]) <= 100:
        raise bad_request("message identifiers are not specified" if not p["message_ids"] else "too many messages")
    found = [m for i in p["message_ids"] if (m := chat.visible_message(i)) is not None]
    if not all(_may_delete(world, chat, m) for m in found):
        raise bad_request("message can't be deleted")
    for message in found:
        chat.messages.pop(message.id, None)
    world.next_event()
    return True


def _may_delete(world: World, chat: Chat, message: Message) -> bool:
    member = chat.members.get(world.bot.id)
    if member and member.is_admin and member.rights.get("can_delete_messages", True):
        return True
    is_young = world.clock() - message.date <= DELETE_WITHIN_S
    return is_young and (message.is_outgoing or chat.kind == "private")


_WHICH = "chat_id message_id inline_message_id reply_markup"
METHODS = {
    "editMessageText": simulated(edit_text, f"{_WHICH} text parse_mode entities link_preview_options"),
    "editMessageMedia": simulated(edit_media, f"{_WHICH} media"),
    "editMessageCaption": simulated(edit_caption, f"{_WHICH} caption parse_mode caption_entities"),
    "editMessageReplyMarkup": simulated(edit_keyboard, _WHICH),
    "deleteMessage": simulated(delete_message, "chat_id message_id"),
    "deleteMessages": simulated(delete_messages, "chat_id message_ids"),
}
