"""Answers to callback, inline and guest queries: each once, and before it expires."""

from __future__ import annotations

import time

from bot.sandbox import Json
from bot.sandbox.entities import check_moments, utf16_len
from bot.sandbox.errors import bad_request
from bot.sandbox.methods.checks import simulates, take_turn
from bot.sandbox.methods.messages import keyboard_of, text_of
from bot.sandbox.state import World

_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
# A press can be answered within this time.
CALLBACK_LIFETIME_S = 15.0
# Telegram does not publish this time for guest queries; bots that answered only after slow work report expired ones.
GUEST_LIFETIME_S = 15.0
MAX_ALERT = 200
MAX_RESULTS = 50
MAX_RESULT_ID_BYTES = MAX_OFFSET_BYTES = 64


@simulates("answerCallbackQuery", "callback_query_id text show_alert url cache_time")
def answer_callback(world: World, p: Json) -> bool:
    """Answer a callback query: once, and before it expires."""
    if utf16_len(p.get("text", "")) > MAX_ALERT:
        raise bad_request("MESSAGE_TOO_LONG")
    callback = world.callbacks.get(p["callback_query_id"])
    is_late = callback is not None and world.clock() - callback.at > CALLBACK_LIFETIME_S
    if callback is None or is_late or callback.answer is not None:
        raise bad_request(_TOO_OLD)
    callback.answer = {"text": p.get("text") or None, "show_alert": p.get("show_alert", False), "url": p.get("url")}
    callback.event = world.next_event()
    if (chat := world.chats.get(callback.chat_id)) is not None:
        # A wait for the reply starts here, not at the press.
        chat.active_at = time.monotonic()
    return True


def _check_result(world: World, result: Json) -> None:
    """Check the result's id, title and keyboard, and its text like a message's."""
    if not 1 <= len(result["id"].encode()) <= MAX_RESULT_ID_BYTES:
        raise bad_request("RESULT_ID_INVALID")
    if result["type"] == "article" and not result["title"].strip():
        raise bad_request("ARTICLE_TITLE_EMPTY")
    content = result.get("input_message_content") or {}
    if "message_text" in content:
        check_moments(text_of(content | {"text": content["message_text"]}), world.clock())
    keyboard_of(result.get("reply_markup"), inline_only=True)


@simulates("answerInlineQuery", "inline_query_id results cache_time is_personal next_offset button")
def answer_inline(world: World, p: Json) -> bool:
    """Answer an inline query once, with up to 50 distinct results. Their content is checked like a message's."""
    query = world.inline_queries.get(p["inline_query_id"])
    if query is None or query.get("results") is not None:
        raise bad_request(_TOO_OLD)
    results = p["results"]
    if len(results) > MAX_RESULTS:
        raise bad_request("RESULTS_TOO_MUCH")
    if len({r["id"] for r in results}) != len(results):
        raise bad_request("RESULT_ID_DUPLICATE")
    if len(p.get("next_offset", "").encode()) > MAX_OFFSET_BYTES:
        raise bad_request("OFFSET_INVALID")
    for result in results:
        _check_result(world, result)
    query |= {"results": results, "next_offset": p.get("next_offset", ""), "button": p.get("button")}
    world.next_event()
    return True


@simulates("answerGuestQuery", "guest_query_id result")
def answer_guest(world: World, p: Json) -> Json:
    """Post the result as a reply in the chat of the guest query. The bot only gets the id to edit it with."""
    query = world.guest_queries.get(p["guest_query_id"])
    if query is None or query.is_answered or world.clock() - query.at > GUEST_LIFETIME_S:
        raise bad_request(_TOO_OLD)
    result = p["result"]
    _check_result(world, result)
    content = result.get("input_message_content") or {}
    if result["type"] != "article" or "message_text" not in content:
        raise bad_request("a guest answer that is not a text is not simulated")
    chat = world.chats[query.chat_id]
    take_turn(world, chat)
    query.is_answered = True
    asked = chat.messages.get(query.message_id)
    message = world.add_message(
        chat,
        world.bot.id,
        text_of(content | {"text": content["message_text"]}),
        is_outgoing=True,
        keyboard=keyboard_of(result.get("reply_markup"), inline_only=True),
        reply_to=asked.id if asked else None,
        thread_id=asked.thread_id if asked else None,
        link_preview=content.get("link_preview_options"),
        guest_caller_id=query.user_id,
    )
    return {"inline_message_id": world.inline_id(message)}
