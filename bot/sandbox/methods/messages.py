"""Sending, editing, copying and deleting messages, with the rules for text, captions, keyboards and files."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox import Json
from bot.sandbox.entities import Marked, check_moments, given, parse, trimmed, utf16_len, with_found
from bot.sandbox.errors import bad_request
from bot.sandbox.files import MAX_DOWNLOAD_BYTES, content_json, file_json, stored_file
from bot.sandbox.methods import checks
from bot.sandbox.methods.checks import accessible_chat, simulates, take_turn, writable_chat
from bot.sandbox.objects import BUTTON_LOOKS, chat_json, message_json, user_json
from bot.sandbox.state import Chat, Message, World

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_CALLBACK_BYTES = 64
MAX_BUTTONS = 100
MAX_BUTTONS_IN_ROW = 8
# "default" is accepted although the Bot API's description lacks it.
BUTTON_STYLES = {"primary", "success", "danger", "default"}


def text_of(p: Mapping[str, Any], *, is_edit: bool = False) -> Marked:
    """Return the message's text, 1 to 4096 UTF-16 units after parsing and trimming."""
    marked = _marked(p, "text", "parse_mode", "entities")
    if not marked.text:
        raise bad_request("message text is empty" if not p["text"].strip() else "text must be non-empty")
    if utf16_len(marked.text) > MAX_TEXT:
        raise bad_request("MESSAGE_TOO_LONG" if is_edit else "message is too long")
    return with_found(marked)


def caption_of(p: Mapping[str, Any]) -> Marked:
    """Return the caption, 0 to 1024 UTF-16 units after parsing and trimming."""
    marked = _marked(p, "caption", "parse_mode", "caption_entities")
    if utf16_len(marked.text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    return with_found(marked)


def _marked(p: Mapping[str, Any], text_key: str, mode_key: str, entities_key: str) -> Marked:
    text = p.get(text_key, "")
    if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise bad_request("strings must be encoded in UTF-8")
    marked = given(text, p[entities_key]) if p.get(entities_key) else parse(text, p.get(mode_key))
    return trimmed(marked)


def keyboard_of(markup: Json | None, *, inline_only: bool = False) -> Json | None:
    """Return the validated keyboard, or None if it has no button."""
    if markup is None:
        return None
    if "inline_keyboard" not in markup:
        if inline_only:
            raise bad_request("inline keyboard expected")
        _check_reply_keyboard(markup)
        return markup
    rows = [[_button(b) for b in row] for row in markup["inline_keyboard"] if row]
    if sum(map(len, rows)) > MAX_BUTTONS or any(len(row) > MAX_BUTTONS_IN_ROW for row in rows):
        raise bad_request("reply markup is too long")
    return {"inline_keyboard": rows} if rows else None


def _check_reply_keyboard(markup: Json) -> None:
    if "keyboard" in markup and not any(markup["keyboard"]):
        raise bad_request("reply keyboard must have at least one button")
    placeholder = markup.get("input_field_placeholder")
    if placeholder is not None and not 1 <= utf16_len(placeholder) <= 64:
        raise bad_request("input field placeholder is too long")
    for button in chain.from_iterable(markup.get("keyboard", [])):
        if isinstance(button, dict):
            _check_style(button, "keyboard button")


def _button(button: Json) -> Json:
    if not button["text"].strip():
        raise bad_request("can't parse inline keyboard button: button text must be non-empty")
    actions = button.keys() - BUTTON_LOOKS
    if len(actions) != 1:
        reason = "Text buttons are unallowed in the inline keyboard" if not actions else "more than one action"
        raise bad_request(f"can't parse inline keyboard button: {reason}")
    data = button.get("callback_data")
    if data is not None and not 1 <= len(data.encode()) <= MAX_CALLBACK_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button:
        check_url(button["url"])
    if "copy_text" in button and not 1 <= utf16_len(button["copy_text"]["text"]) <= 256:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    _check_style(button, "inline keyboard button")
    return button


def _check_style(button: Json, name: str) -> None:
    if button.get("style", "default") not in BUTTON_STYLES:
        raise bad_request(f"can't parse {name}: invalid button style specified")


def check_url(url: str) -> None:
    """Check the URL of a button: http, https, tg or ton, with a host."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = None
    is_web = parts is not None and parts.scheme in {"http", "https"} and "." in (parts.hostname or "")
    is_app = parts is not None and parts.scheme in {"tg", "ton"} and bool(parts.netloc)
    if not (is_web or is_app) or any(c.isspace() for c in url):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


# Apps show "typing…" this long after sendChatAction (Bot API).
ACTION_SHOWN_S = 5.0
# Parameters that several methods share.
PLACE = (
    "chat_id message_thread_id disable_notification protect_content allow_paid_broadcast reply_parameters reply_markup"
)
_CAPTION = "caption parse_mode caption_entities"
_WHICH = "chat_id message_id inline_message_id reply_markup"


def new_message(world: World, chat: Chat, p: Json, body: Marked, content: Json | None = None) -> Message:
    """Check thread, reply, keyboard and rate limit, then add the bot's message to the chat."""
    thread_id = checks.find_thread(chat, p.get("message_thread_id"))
    reply = checks.find_reply(chat, p.get("reply_parameters"))
    keyboard = keyboard_of(p.get("reply_markup"))
    check_moments(body, world.clock())
    take_turn(world, chat, is_paid=bool(p.get("allow_paid_broadcast")))
    quote = (p.get("reply_parameters") or {}).get("quote") if reply else None
    return world.add_message(
        chat,
        world.bot.id,
        body,
        is_outgoing=True,
        content=content or {},
        keyboard=keyboard,
        reply_to=reply.id if reply else None,
        quote={"text": quote, "position": 0, "is_manual": True} if quote else None,
        thread_id=thread_id if thread_id is not None else reply.thread_id if reply else None,
        link_preview=p.get("link_preview_options") or None,
        is_protected=bool(p.get("protect_content")),
    )


@simulates("sendMessage", f"{PLACE} text parse_mode entities link_preview_options")
def send_message(world: World, p: Json) -> Json:
    body = text_of(p)
    chat = writable_chat(world, p["chat_id"])
    return message_json(world, new_message(world, chat, p, body))


@simulates("sendChatAction", "chat_id message_thread_id action")
def send_chat_action(world: World, p: Json) -> bool:
    chat = accessible_chat(world, p["chat_id"])
    if p["action"] not in _CHAT_ACTIONS:
        raise bad_request("wrong parameter action in request")
    checks.find_thread(chat, p.get("message_thread_id"))
    chat.busy_until = time.monotonic() + ACTION_SHOWN_S
    world.signal.notify()
    return True


_CHAT_ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
}  # fmt: skip


@simulates("sendPhoto", f"{PLACE} {_CAPTION} photo has_spoiler show_caption_above_media")
def send_photo(world: World, p: Json) -> Json:
    body = caption_of(p)
    chat = writable_chat(world, p["chat_id"], right="can_send_photos")
    content = content_json(stored_file(world, p, "photo"))
    if p.get("show_caption_above_media"):
        content["show_caption_above_media"] = True
    if p.get("has_spoiler"):
        content["has_media_spoiler"] = True
    return message_json(world, new_message(world, chat, p, body, content))


@simulates("sendDocument", f"{PLACE} {_CAPTION} document disable_content_type_detection thumbnail")
def send_document(world: World, p: Json) -> Json:
    body = caption_of(p)
    chat = writable_chat(world, p["chat_id"], right="can_send_documents")
    return message_json(world, new_message(world, chat, p, body, content_json(stored_file(world, p, "document"))))


@simulates("getFile", "file_id")
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


@simulates("copyMessage", f"{PLACE} {_CAPTION} from_chat_id message_id")
def copy_message(world: World, p: Json) -> Json:
    message = _original(world, p, "copy")
    chat = writable_chat(world, p["chat_id"])
    body = caption_of(p) if message.has_media and "caption" in p else message.body
    copied = new_message(world, chat, p | {"link_preview_options": message.link_preview}, body, dict(message.content))
    return {"message_id": copied.id}


@simulates("forwardMessage", "chat_id message_thread_id from_chat_id message_id disable_notification protect_content")
def forward_message(world: World, p: Json) -> Json:
    message = _original(world, p, "forward")
    chat = writable_chat(world, p["chat_id"])
    source = world.chats[message.chat_id]
    sent = new_message(world, chat, p, message.body, dict(message.content))
    if message.sender_id is None:
        origin: Json = {"type": "channel", "chat": chat_json(world, source), "message_id": message.id}
    else:
        origin = {"type": "user", "sender_user": user_json(world.users[message.sender_id])}
    sent.forward_origin = origin | {"date": message.date}
    return message_json(world, sent)


# A bot may delete messages up to this age (Bot API, deleteMessage).
DELETE_WITHIN_S = 48 * 3600
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)


def _target(world: World, p: Json) -> tuple[Chat, Message]:
    if "inline_message_id" in p:
        return checks.find_inline_message(world, p["inline_message_id"])
    if "chat_id" not in p or "message_id" not in p:
        raise bad_request("message identifier is not specified")
    chat = accessible_chat(world, p["chat_id"])
    return chat, checks.own_message(chat, p["message_id"])


def _change(
    world: World, chat: Chat, message: Message, p: Json, body: Marked, preview: Json | None, content: Json
) -> Json | bool:
    """Replace the message's content and keyboard; an edit without a keyboard removes it.

    Return the message, or True if the call names it by its inline id: its chat may be unknown to the bot.
    """
    keyboard = keyboard_of(p.get("reply_markup"), inline_only=True)
    has_link = "photo" not in content and any(e.type in {"url", "text_link"} for e in body.entities)
    is_same_preview = preview == message.link_preview or not has_link
    is_same = is_same_preview and _unique_ids(content) == _unique_ids(message.content)
    if is_same and (body, keyboard) == (message.body, message.keyboard):
        raise bad_request(_NOT_MODIFIED)
    check_moments(body, world.clock())
    take_turn(world, chat, is_edit=True)
    message.body, message.keyboard, message.link_preview, message.content = body, keyboard, preview, content
    message.edited_at = world.now()
    world.mark_changed(chat, message)
    return True if "inline_message_id" in p else message_json(world, message)


@simulates("editMessageText", f"{_WHICH} text parse_mode entities link_preview_options")
def edit_text(world: World, p: Json) -> Json | bool:
    body = text_of(p, is_edit=True)
    chat, message = _target(world, p)
    if message.has_media:
        raise bad_request("there is no text in the message to edit")
    return _change(world, chat, message, p, body, p.get("link_preview_options") or None, message.content)


@simulates("editMessageCaption", f"{_WHICH} caption parse_mode caption_entities")
def edit_caption(world: World, p: Json) -> Json | bool:
    body = caption_of(p)
    chat, message = _target(world, p)
    if not message.has_media:
        raise bad_request("there is no caption in the message to edit")
    return _change(world, chat, message, p, body, message.link_preview, message.content)


@simulates("editMessageMedia", f"{_WHICH} media")
def edit_media(world: World, p: Json) -> Json | bool:
    """Replace a photo or a text with a photo and its caption."""
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
    return _change(world, chat, message, p, body, None, content)


def _unique_ids(content: Json) -> list[str]:
    return [size["file_unique_id"] for size in content.get("photo", [])]


@simulates("editMessageReplyMarkup", _WHICH)
def edit_keyboard(world: World, p: Json) -> Json | bool:
    chat, message = _target(world, p)
    return _change(world, chat, message, p, message.body, message.link_preview, message.content)


@simulates("deleteMessage", "chat_id message_id")
def delete_message(world: World, p: Json) -> bool:
    chat = accessible_chat(world, p["chat_id"])
    message = chat.visible_message(p["message_id"])
    if message is None:
        raise bad_request("message to delete not found")
    return _delete(world, chat, [message])


@simulates("deleteMessages", "chat_id message_ids")
def delete_messages(world: World, p: Json) -> bool:
    """Delete the messages, skipping those that do not exist."""
    chat = accessible_chat(world, p["chat_id"])
    if not 1 <= len(p["message_ids"]) <= 100:
        raise bad_request("message identifiers are not specified" if not p["message_ids"] else "too many messages")
    return _delete(world, chat, filter(None, map(chat.visible_message, p["message_ids"])))


def _delete(world: World, chat: Chat, messages: Iterable[Message]) -> bool:
    found = {m.id: m for m in messages}
    if not all(_may_delete(world, chat, m) for m in found.values()):
        raise bad_request("message can't be deleted")
    chat.messages = {k: m for k, m in chat.messages.items() if k not in found}
    world.next_event()
    return True


def _may_delete(world: World, chat: Chat, message: Message) -> bool:
    member = chat.member(world.bot.id)
    if member.is_admin and member.rights.get("can_delete_messages", True):
        return True
    is_young = world.clock() - message.date <= DELETE_WITHIN_S
    return is_young and (message.is_outgoing or chat.kind == "private")
