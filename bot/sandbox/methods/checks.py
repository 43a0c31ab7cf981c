"""Checks shared by methods: find the chat, thread and message of a call, and whether the bot may act there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.sandbox import Json
from bot.sandbox.errors import ApiError, bad_request, forbidden
from bot.sandbox.state import Chat, Message, World

_Answer = TypeVar("_Answer", bound=Callable[[World, Json], Any])


@dataclass(frozen=True, slots=True)
class Simulated:
    """A simulated method: `answer` takes validated parameters and returns the result, or raises ApiError.

    `parameters` are those it supports. Others that the API allows are refused, never silently ignored.
    """

    answer: Callable[[World, Json], Any]
    parameters: frozenset[str]


METHODS: dict[str, Simulated] = {}


def simulates(name: str, parameters: str = "") -> Callable[[_Answer], _Answer]:
    """Register the decorated function as the method `name` with the given parameters."""

    def register(answer: _Answer) -> _Answer:
        METHODS[name] = Simulated(answer, frozenset(parameters.split()))
        return answer

    return register


def find_chat(world: World, chat_id: int | str) -> Chat:
    """Return the chat with the id, or the public chat with the @username."""
    if isinstance(chat_id, int):
        chat = world.chats.get(chat_id)
    else:
        name = chat_id.removeprefix("@").lower()
        public = (c for c in world.chats.values() if c.kind != "private" and c.username)
        chat = next((c for c in public if chat_id.startswith("@") and (c.username or "").lower() == name), None)
    if chat is None:
        raise bad_request("chat not found")
    return chat


def accessible_chat(world: World, chat_id: int | str) -> Chat:
    """Return the chat if the bot has access to it. Raises 400 or 403 in Telegram's words."""
    chat = find_chat(world, chat_id)
    if chat.migrated_to is not None:
        problem = "Bad Request: group chat was upgraded to a supergroup chat"
        raise ApiError(400, problem, migrate_to_chat_id=chat.migrated_to)
    if chat.kind == "private":
        if world.users[chat.id].is_deactivated:
            raise forbidden("user is deactivated")
        if not chat.has_started:
            raise forbidden("bot can't initiate conversation with a user")
        if chat.is_blocked:
            raise forbidden("bot was blocked by the user")
        return chat
    member = chat.member(world.bot.id)
    if member.status == "left":
        raise forbidden(f"bot is not a member of the {chat.kind} chat")
    if member.status == "kicked":
        raise forbidden(f"bot was kicked from the {chat.kind} chat")
    return chat


def writable_chat(world: World, chat_id: int | str, *, right: str = "can_send_messages") -> Chat:
    """Return the chat if the bot may send there. In a channel it must be an administrator with the right to post."""
    chat = accessible_chat(world, chat_id)
    member = chat.member(world.bot.id)
    if chat.kind == "channel" and not member.is_admin:
        raise bad_request("need administrator rights in the channel chat")
    if chat.kind == "channel" and not member.rights.get("can_post_messages", True):
        raise bad_request("not enough rights to post messages in the channel")
    if member.status == "restricted" and not member.rights.get(right, False):
        what = {"can_send_photos": "photos", "can_send_documents": "documents"}.get(right, "text messages")
        raise bad_request(f"not enough rights to send {what} to the chat")
    return chat


def take_turn(world: World, chat: Chat, *, is_edit: bool = False, is_paid: bool = False) -> None:
    """Count a send or an edit against the rate limits. Raises 429 with `retry_after`."""
    is_group = chat.kind in {"group", "supergroup"}
    wait_s = world.limiter.retry_after_s(world.clock(), chat.id, is_group=is_group, is_edit=is_edit, is_paid=is_paid)
    if wait_s:
        raise ApiError(429, f"Too Many Requests: retry after {wait_s}", retry_after=wait_s)


def find_thread(chat: Chat, thread_id: int | None) -> int | None:
    """Return the forum topic's id; None is the general topic."""
    if thread_id is None:
        return None
    if thread_id not in chat.topics:
        raise bad_request("message thread not found")
    if thread_id in chat.closed_topics:
        raise bad_request("TOPIC_CLOSED")
    return thread_id


def find_reply(chat: Chat, parameters: Json | None) -> Message | None:
    """Return the message to reply to, or None if it is missing and that is allowed."""
    if not parameters:
        return None
    other = set(parameters) - {"message_id", "chat_id", "allow_sending_without_reply", "quote", "quote_position"}
    if other or parameters.get("chat_id", chat.id) not in (chat.id, f"@{chat.username}"):
        raise bad_request("this kind of reply is not simulated")
    found = chat.visible_message(parameters.get("message_id"))
    if found is None and not parameters.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    if found is not None and parameters.get("quote") and parameters["quote"] not in found.body.text:
        raise bad_request("QUOTE_TEXT_INVALID")
    return found


def own_message(chat: Chat, message_id: int | None) -> Message:
    """Return the bot's own message for an edit."""
    message = chat.visible_message(message_id)
    if message is None:
        raise bad_request("message to edit not found")
    has_other_keyboard = message.keyboard is not None and "inline_keyboard" not in message.keyboard
    if not message.is_outgoing or message.forward_origin or message.is_service or has_other_keyboard:
        raise bad_request("message can't be edited")
    return message


def find_inline_message(world: World, inline_id: str) -> tuple[Chat, Message]:
    """Return the chat and message with this inline id: a guest answer or a card, which the bot may edit in any chat."""
    chat_id, message_id = world.inline_messages.get(inline_id, (0, 0))
    chat = world.chats.get(chat_id)
    message = chat.messages.get(message_id) if chat else None
    if chat is None or message is None:
        raise bad_request("MESSAGE_ID_INVALID")
    return chat, message
