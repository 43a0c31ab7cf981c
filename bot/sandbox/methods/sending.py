"""sendMessage and what else puts a new message of the bot into a chat."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bot.sandbox.entities import Marked
from bot.sandbox.errors import bad_request
from bot.sandbox.methods.content import keyboard_of, text_of
from bot.sandbox.methods.registry import simulated
from bot.sandbox.methods.targets import accessible_chat, find_reply, find_thread, take_turn, writable_chat
from bot.sandbox.objects import message_json
from bot.sandbox.state import Message

if TYPE_CHECKING:
    from bot.sandbox.state import Chat, World

Json = dict[str, Any]

# How long apps show "typing…" after it was said.
ACTION_SHOWN_S = 5.0
PLACE = (
    "chat_id message_thread_id disable_notification protect_content allow_paid_broadcast reply_parameters reply_markup"
)


def new_message(world: World, chat: Chat, p: Json, body: Marked, content: Json | None = None) -> Message:
    """Check thread, reply, keyboard and pace, then put the bot's message into the chat."""
    thread_id = find_thread(chat, p.get("message_thread_id"))
    reply = find_reply(chat, p.get("reply_parameters"))
    keyboard = keyboard_of(p.get("reply_markup"))
    take_turn(world, chat, is_paid=bool(p.get("allow_paid_broadcast")))
    quote = (p.get("reply_parameters") or {}).get("quote") if reply else None
    message = Message(
        chat_id=chat.id,
        id=world.next_message_id(chat),
        date=world.now(),
        sender_id=None if chat.kind == "channel" else world.bot.id,
        is_outgoing=True,
        body=body,
        content=content or {},
        keyboard=keyboard,
        reply_to=reply.id if reply else None,
        quote={"text": quote, "position": 0, "is_manual": True} if quote else None,
        thread_id=thread_id if thread_id is not None else reply.thread_id if reply else None,
        link_preview=p.get("link_preview_options") or None,
        is_protected=bool(p.get("protect_content")),
    )
    return world.add_message(chat, message)


def send_message(world: World, p: Json) -> Json:
    body = text_of(p)
    chat = writable_chat(world, p["chat_id"])
    return message_json(world, new_message(world, chat, p, body))


def send_chat_action(world: World, p: Json) -> bool:
    chat = accessible_chat(world, p["chat_id"])
    if p["action"] not in _CHAT_ACTIONS:
        raise bad_request("wrong parameter action in request")
    find_thread(chat, p.get("message_thread_id"))
    chat.busy_until = time.monotonic() + ACTION_SHOWN_S
    world.signal.notify()
    return True


_CHAT_ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
}  # fmt: skip

METHODS = {
    "sendMessage": simulated(send_message, f"{PLACE} text parse_mode entities link_preview_options"),
    "sendChatAction": simulated(send_chat_action, "chat_id message_thread_id action"),
}
