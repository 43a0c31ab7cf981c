"""Photos and documents, and messages sent on: copies and forwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.errors import bad_request
from bot.sandbox.files import (
    MAX_DOWNLOAD_BYTES,
    content_json,
    file_json,
    stored_file,
)
from bot.sandbox.methods.content import caption_of
from bot.sandbox.methods.registry import simulated
from bot.sandbox.methods.sending import PLACE, new_message
from bot.sandbox.methods.targets import accessible_chat, writable_chat
from bot.sandbox.objects import chat_json, message_json, user_json

if TYPE_CHECKING:
    from bot.sandbox.state import Message, World

Json = dict[str, Any]


def send_photo(world: World, p: Json) -> Json:
    body = caption_of(p)
    chat = writable_chat(world, p["chat_id"], right="can_send_photos")
    content = content_json(stored_file(world, p, "photo"))
    shown = {k: True for k in ("show_caption_above_media",) if p.get(k)}
    spoiler = {"has_media_spoiler": True} if p.get("has_spoiler") else {}
    return message_json(world, new_message(world, chat, p, body, content | shown | spoiler))


def send_document(world: World, p: Json) -> Json:
    body = caption_of(p)
    chat = writable_chat(world, p["chat_id"], right="can_send_documents")
    return message_json(world, new_message(world, chat, p, body, content_json(stored_file(world, p, "document"))))


def get_file(world: World, p: Json) -> Json:
    stored = world.files.get(p["file_id"])
    if stored is None:
        raise bad_request("invalid file_id")
    if len(stored.content) > MAX_DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return file_json(stored) | {"file_path": stored.path}


def _original(world: World, p: Json, verb: str) -> Message:
    source = accessible_chat(world, p["from_chat_id"])
    message = source.visible_message(p["message_id"])
    if message is None:
        raise bad_request(f"message to {verb} not found")
    if message.is_service or message.is_protected:
        raise bad_request(f"message can't be {'copied' if verb == 'copy' else 'forwarded'}")
    return message


def copy_message(world: World, p: Json) -> Json:
    message = _original(world, p, "copy")
    chat = writable_chat(world, p["chat_id"])
    body = caption_of(p) if message.has_media and "caption" in p else message.body
    copied = new_message(world, chat, p | {"link_preview_options": message.link_preview}, body, dict(message.content))
    return {"message_id": copied.id}


def forward_message(world: World, p: Json) -> Json:
    message = _original(world, p, "forward")
    chat = writable_chat(world, p["chat_id"])
    source = world.chats[message.chat_id]
    sent = new_message(world, chat, p, message.body, dict(message.content))
    if message.sender_id is None:
        sent.forward_origin = {
            "type": "channel", "date": message.date, "chat": chat_json(world, source), "message_id": message.id,
        }  # fmt: skip
    else:
        sender = user_json(world.users[message.sender_id])
        sent.forward_origin = {"type": "user", "date": message.date, "sender_user": sender}
    return message_json(world, sent)


_CAPTION = "caption parse_mode caption_entities"
METHODS = {
    "sendPhoto": simulated(send_photo, f"{PLACE} {_CAPTION} photo has_spoiler show_caption_above_media"),
    "sendDocument": simulated(send_document, f"{PLACE} {_CAPTION} document disable_content_type_detection thumbnail"),
    "getFile": simulated(get_file, "file_id"),
    "copyMessage": simulated(copy_message, f"{PLACE} {_CAPTION} from_chat_id message_id"),
    "forwardMessage": simulated(
        forward_message, "chat_id message_thread_id from_chat_id message_id disable_notification protect_content"
    ),
}
