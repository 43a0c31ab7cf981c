"""Actions of users in chats, and the updates that the bot gets for them."""

from __future__ import annotations

import math
import time
from itertools import chain
from typing import Any

from bot.sandbox import Json
from bot.sandbox.entities import Marked, utf16_len, utf16_slice, with_found
from bot.sandbox.errors import SimError
from bot.sandbox.methods.messages import MAX_CALLBACK_BYTES, MAX_TEXT, keyboard_of, text_of
from bot.sandbox.objects import message_json, message_view, pressed_json, toast_view, user_json
from bot.sandbox.state import Callback, Chat, GuestQuery, Message, User, World

READER_ID = 1001
READER_NAME = "Sari"
# The longest text that a user may send at once, in several messages.
MAX_SAID = 1_000_000
# More than a person can press before the first press reaches the bot.
MAX_PRESSES = 100
# After an empty callback answer the message usually changes a moment later.
ACKNOWLEDGED_SETTLE_S = 1.0


def find_user(world: World, user_id: int) -> User:
    """Return the user, created on first use."""
    if user_id not in world.users:
        world.users[user_id] = User(user_id, READER_NAME if user_id == READER_ID else f"Pembaca {user_id}")
    return world.users[user_id]


def find_place(world: World, chat_id: int | None, user_id: int | None) -> tuple[Chat, User]:
    """Return the chat and the user: by default the reader and their private chat with the bot."""
    if chat_id is None or chat_id > 0:
        user = find_user(world, chat_id or user_id or READER_ID)
        if user_id not in (None, user.id):
            raise SimError("in a private chat only its own person speaks")
        if user.id not in world.chats:
            world.chats[user.id] = Chat(user.id, "private", has_started=False)
        return world.chats[user.id], user
    chat = world.chats.get(chat_id)
    if chat is None:
        raise SimError(f"there is no chat {chat_id}", status=404)
    people = [m.user_id for m in chat.members.values() if m.is_present and m.user_id != world.bot.id]
    speaker = user_id if user_id is not None else next(iter(people), None)
    if speaker not in people:
        raise SimError(f"user {speaker} is not in the chat {chat_id}", status=404)
    return chat, world.users[speaker]


def parts_of(text: str) -> list[str]:
    """Split the text as Telegram's apps do: at 4096 UTF-16 units, preferably at the end of a line or a word."""
    parts: list[str] = []
    text, start = text.strip(), 0
    # A character has at least one unit. Measuring the whole remainder for each part would be quadratic.
    while utf16_len(text[start : start + MAX_TEXT + 1]) > MAX_TEXT:
        head = utf16_slice(text[start : start + MAX_TEXT], 0, MAX_TEXT).removesuffix("\ufffd")
        cut = max(head.rfind("\n"), head.rfind(" ") if "\n" not in head[len(head) // 2 :] else -1)
        head = head[: cut + 1] if cut > 0 else head
        parts.append(head.strip())
        start += len(head)
        while text[start : start + 1].isspace():
            start += 1
    return [*parts, text[start:]] if start < len(text) else parts


def checked(text: str, most: int) -> str:
    """Return the text if Telegram's apps allow its length."""
    # A character has at least one unit.
    if len(text) > most or utf16_len(text) > most:
        raise SimError(f"it has more than {most} letters, which Telegram does not take here", status=413)
    return text


def say(world: World, chat: Chat, user: User, text: str, **fields: Any) -> list[Message]:
    """Send a user's text as one or more messages."""
    parts = parts_of(checked(text, MAX_SAID))
    if not parts:
        raise SimError("an empty message can't be sent")
    return [post(world, chat, user, with_found(Marked(part)), **fields) for part in parts]


def post(world: World, chat: Chat, user: User, body: Marked, content: Json | None = None, **fields: Any) -> Message:
    """Send one message of a user. `fields` are those of Message: reply_to, thread_id, forward_origin, sender_chat_id,
    via_bot."""
    _check_may_speak(chat, user, fields)
    chat.has_started = True
    message = world.add_message(chat, user.id, body, content=content or {}, **fields)
    chat.asked_event = message.created_event
    if chat.kind == "private" or chat.member(world.bot.id).is_present:
        _tell_bot(world, chat, message, "channel_post" if chat.kind == "channel" else "message")
    else:
        _summon_guest(world, chat, user, message)
    return message


def _check_may_speak(chat: Chat, user: User, fields: Json) -> None:
    if user.is_deactivated:
        raise SimError("a deleted account can't write")
    if chat.is_blocked:
        raise SimError("the person blocked the bot: unblock first")
    if chat.migrated_to is not None:
        raise SimError(f"the group is now {chat.migrated_to}")
    is_admin = chat.member(user.id).is_admin
    if chat.kind == "channel" and not is_admin:
        raise SimError("only administrators write in a channel")
    if fields.get("sender_chat_id") is not None and not (chat.kind == "supergroup" and is_admin):
        raise SimError("only administrators of a supergroup write in its name")
    if fields.get("reply_to") is not None and fields["reply_to"] not in chat.messages:
        raise SimError("there is no such message to reply to", status=404)
    if fields.get("thread_id") is not None and fields["thread_id"] not in chat.topics:
        raise SimError("there is no such topic", status=404)


async def ask_inline(world: World, user: User, query: str, *, offset: str = "", timeout_s: float) -> Json:
    """Send an inline query; return the bot's results, or that it timed out."""
    query_id = str(8_000_000_000 + next(world.serials))
    asked = world.inline_queries[query_id] = {"query": query, "results": None}
    world.push("inline_query", {"id": query_id, "from": user_json(user), "query": query, "offset": offset})
    await world.wait_until(lambda: asked["results"] is not None, timeout_s)
    return {"inline_query_id": query_id, "timed_out": asked["results"] is None, **asked}


def drop(world: World, chat: Chat, user: User, query_id: str, result_id: str) -> Message:
    """Send a result of an inline query in the user's name."""
    offered = world.inline_queries.get(query_id, {}).get("results") or []
    result = next((r for r in offered if r["id"] == result_id), None)
    if result is None:
        raise SimError("the bot offered no such result", status=404)
    content = result.get("input_message_content") or {}
    if "message_text" not in content:
        raise SimError("sending what is not a text is not simulated")
    body = text_of(content | {"text": content["message_text"]})
    keyboard = keyboard_of(result.get("reply_markup"), inline_only=True)
    preview = content.get("link_preview_options")
    return post(world, chat, user, body, keyboard=keyboard, link_preview=preview, via_bot=world.bot.id)


def edit(world: World, chat: Chat, message_id: int, text: str) -> Message:
    """Edit the text of a user's message."""
    message = chat.messages.get(message_id)
    if message is None or message.is_outgoing or message.is_service:
        raise SimError("only a person's own message can be edited", status=404)
    message.body = with_found(Marked(checked(text.strip(), MAX_TEXT)))
    message.edited_at = world.now()
    world.mark_changed(chat, message)
    chat.asked_event = message.changed_event
    _tell_bot(world, chat, message, "edited_channel_post" if chat.kind == "channel" else "edited_message")
    return message


def press(world: World, chat: Chat, user: User, message_id: int, button: str, *, times: int = 1) -> Json:
    """Press a visible button, named by its text or its data; `times` presses reach the bot together.

    Return the last press: `callback_query_id`, or `url` for a link, or `copied` for a text to copy, or `message_id` for
    a button of a reply keyboard.
    """
    if not 1 <= times <= MAX_PRESSES:
        raise SimError(f"a button is pressed 1 to {MAX_PRESSES} times")
    return [_press_once(world, chat, user, message_id, button) for _ in range(times)][-1]


def _press_once(world: World, chat: Chat, user: User, message_id: int, button: str) -> Json:
    message = chat.messages.get(message_id)
    if message is None:
        raise SimError(f"there is no message {message_id} on the screen", status=404)
    keyboard = message.keyboard or {}
    for item in chain.from_iterable(keyboard.get("inline_keyboard", [])):
        if button in (item["text"], item.get("callback_data")):
            return _pressed(world, chat, user, message, item)
    if button in [b if isinstance(b, str) else b["text"] for b in chain.from_iterable(keyboard.get("keyboard", []))]:
        sent = say(world, chat, user, button)[-1]
        return {"message_id": sent.id, "event": sent.created_event}
    raise SimError(f"there is no button {button!r} on the message {message_id}", status=404)


def forge(world: World, chat: Chat, user: User, message_id: int, data: str) -> Json:
    """Send data that is on no button of the message, as a modified client can; also under an inline card."""
    message = chat.messages.get(message_id)
    if message is None or not (message.is_outgoing or message.via_bot == world.bot.id):
        raise SimError(f"there is no message {message_id} of the bot's", status=404)
    if not 1 <= len(data.encode()) <= MAX_CALLBACK_BYTES:
        raise SimError(f"a button's data has 1 to {MAX_CALLBACK_BYTES} bytes")
    return _pressed(world, chat, user, message, {"text": data, "callback_data": data})


def _pressed(world: World, chat: Chat, user: User, message: Message, item: Json) -> Json:
    if "url" in item:
        return {"url": item["url"]}
    if "copy_text" in item:
        return {"copied": item["copy_text"]["text"]}
    if "callback_data" not in item:
        raise SimError(f"pressing the button {item['text']!r} is not simulated")
    event = world.next_event()
    callback = Callback(str(4_000_000_000 + next(world.serials)), chat.id, message.id, user.id, world.clock(), event)
    world.callbacks[callback.id] = callback
    chat.presses.append(callback)
    chat.asked_event = event
    # A card or a guest answer may be in a chat without the bot, so Telegram sends an id instead of the message.
    is_card = message.via_bot == world.bot.id or message.guest_caller_id is not None
    query = {
        "id": callback.id,
        "from": user_json(user),
        "chat_instance": str(abs(chat.id) * 7919),
        "data": item["callback_data"],
    } | ({"inline_message_id": world.inline_id(message)} if is_card else {"message": pressed_json(world, message)})
    world.push("callback_query", query)
    return {"callback_query_id": callback.id, "event": event}


def _tell_bot(world: World, chat: Chat, message: Message, kind: str) -> None:
    member = chat.member(world.bot.id)
    if chat.kind != "private" and not member.is_present:
        return
    has_privacy = world.has_privacy and chat.kind in {"group", "supergroup"} and not member.is_admin
    if not has_privacy or _is_for_bot(world, chat, message):
        world.push(kind, message_json(world, message))


def _summon_guest(world: World, chat: Chat, user: User, message: Message) -> None:
    """Send a guest query for a message that mentions the bot, or replies to its guest answer, in a group without it.

    Telegram has no guest mode in channels, nor in groups with protected content. A bot that was banned gets nothing.
    """
    is_open = chat.kind in {"group", "supergroup"} and not chat.has_protected_content
    answered = chat.messages.get(message.reply_to or 0)
    is_meant = _mentions_bot(world, message) or (answered is not None and answered.guest_caller_id is not None)
    is_own = message.via_bot == world.bot.id
    if not (world.has_guest_mode and is_open and is_meant) or is_own or chat.member(world.bot.id).status == "kicked":
        return
    query_id = str(6_000_000_000 + next(world.serials))
    world.guest_queries[query_id] = GuestQuery(chat.id, message.id, user.id, world.clock())
    world.push("guest_message", message_json(world, message) | {"guest_query_id": query_id})


def _mentions_bot(world: World, message: Message) -> bool:
    name = f"@{world.bot.username}".lower()
    text = message.body.text
    said = (
        utf16_slice(text, entity.offset, entity.end) for entity in message.body.entities if entity.type == "mention"
    )
    return any(mention.lower() == name for mention in said)


def _is_for_bot(world: World, chat: Chat, message: Message) -> bool:
    """Return whether a bot in privacy mode gets the message: commands, mentions, replies, service messages."""
    answered = chat.messages.get(message.reply_to or 0)
    if message.is_service or (answered is not None and answered.is_outgoing):
        return True
    name = f"@{world.bot.username}".lower()
    for entity in message.body.entities:
        said = utf16_slice(message.body.text, entity.offset, entity.end).lower()
        if entity.type == "bot_command" and ("@" not in said or said.endswith(name)):
            return True
    return _mentions_bot(world, message)


def answers_since(chat: Chat, event: int) -> tuple[list[Message], list[Callback]]:
    """Return the bot's new and edited messages and its callback answers after the event."""
    messages = [m for m in chat.messages.values() if m.is_outgoing and m.changed_event > event]
    answered = [c for c in chat.presses if c.answer and c.event > event]
    return sorted(messages, key=lambda m: m.id), answered


async def wait_for_answer(world: World, chat: Chat, *, since: int, timeout_s: float, settle_s: float) -> Json:
    """Wait until the bot has taken every update, answered in the chat, shows no "typing…" and has been quiet for
    `settle_s`.

    `timed_out` is true if that did not happen in time; the result then contains everything so far.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        now = time.monotonic()
        left_s = _unsettled_s(world, chat, since, settle_s, now)
        if left_s <= 0:
            return _answer(world, chat, since, timed_out=False)
        if now >= deadline or world.is_closing:
            return _answer(world, chat, since, timed_out=True)
        await world.signal.wait(min(left_s, deadline - now))


async def wait_for_change(world: World, chat: Chat, *, since: int, timeout_s: float) -> Json:
    """Return the bot's messages, edits and callback answers after the event, as soon as there are any."""
    await world.wait_until(lambda: any(answers_since(chat, since)), timeout_s)
    return _answer(world, chat, since, timed_out=not any(answers_since(chat, since)))


def _unsettled_s(world: World, chat: Chat, since: int, settle_s: float, now: float) -> float:
    """Return how long the quiet must still last; infinity while the bot has not answered."""
    messages, answered = answers_since(chat, since)
    if world.updates or not (messages or answered):
        return math.inf
    has_words = bool(messages) or any(c.answer and (c.answer["text"] or c.answer["url"]) for c in answered)
    settle_s = settle_s if has_words else max(settle_s, ACKNOWLEDGED_SETTLE_S)
    return max(chat.active_at + settle_s, chat.busy_until) - now


def _answer(world: World, chat: Chat, since: int, *, timed_out: bool) -> Json:
    messages, answered = answers_since(chat, since)
    return {
        "timed_out": timed_out,
        "answered": bool(messages or answered),
        "messages": [message_view(world, m) | {"is_new": m.created_event > since} for m in messages],
        "toasts": [toast_view(c) for c in answered],
        "event": world.event,
    }
