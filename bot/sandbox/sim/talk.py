"""Speaking, pressing, and waiting for the bot."""

from __future__ import annotations

import base64
import binascii
import time
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from bot.sandbox import user_actions
from bot.sandbox.entities import Marked, with_found
from bot.sandbox.errors import ApiError, SimError
from bot.sandbox.files import MAX_UPLOAD_BYTES, content_json, store_document, store_photo
from bot.sandbox.methods.content import MAX_TEXT
from bot.sandbox.objects import message_json, user_json
from bot.sandbox.request_parsing import MAX_PARAMETERS_BYTES, Upload
from bot.sandbox.sim.asking import body_of, chat_of, number, world_of
from bot.sandbox.wait import wait_for_answer, wait_for_change

if TYPE_CHECKING:
    from starlette.requests import Request

    from bot.sandbox.sandbox import Sandbox
    from bot.sandbox.state import Message, World

Json = dict[str, Any]

LONGEST_WAIT_S = 600.0
# A file in base64, which takes four letters for three bytes, and what goes with it.
MAX_MESSAGE_BYTES = MAX_UPLOAD_BYTES * 4 // 3 + MAX_PARAMETERS_BYTES
_FORWARDED_CHANNEL_ID = -1_001_999_999_999


async def send(sandbox: Sandbox, request: Request) -> Response:
    data = await body_of(
        request, MAX_MESSAGE_BYTES, chat_id=int, user_id=int, text=str, document=dict, photo=dict,
        reply_to_message_id=int, message_thread_id=int, forward_from_channel=dict, location=dict, is_anonymous=bool,
    )  # fmt: skip
    world = world_of(sandbox, request)
    chat, user = user_actions.find_place(world, data.get("chat_id"), data.get("user_id"))
    fields: Json = {"reply_to": data.get("reply_to_message_id"), "thread_id": data.get("message_thread_id")}
    if "forward_from_channel" in data:
        fields["forward_origin"] = _channel_origin(world, data["forward_from_channel"])
    if data.get("is_anonymous"):
        fields["sender_chat_id"] = chat.id
    if "location" in data:
        content = {"location": _location(data["location"])}
        return JSONResponse(_sent(world, [user_actions.post(world, chat, user, Marked(""), content, **fields)]))
    if "document" not in data and "photo" not in data:
        return JSONResponse(_sent(world, user_actions.say(world, chat, user, data.get("text", ""), **fields)))
    body = with_found(Marked(user_actions.checked(data.get("text", "").strip(), MAX_TEXT)))
    return JSONResponse(_sent(world, [user_actions.post(world, chat, user, body, _content(world, data), **fields)]))


def _location(data: Json) -> Json:
    """A point on the map, as people send it; nothing else of it is simulated."""
    latitude, longitude = data.get("latitude"), data.get("longitude")
    numbers = all(isinstance(n, int | float) and not isinstance(n, bool) for n in (latitude, longitude))
    if set(data) != {"latitude", "longitude"} or not numbers or abs(latitude) > 90 or abs(longitude) > 180:  # type: ignore[arg-type]
        raise SimError("a location is a latitude and a longitude in degrees")
    return {"latitude": float(latitude), "longitude": float(longitude)}  # type: ignore[arg-type]


def _content(world: World, data: Json) -> Json:
    item = data.get("document") or data.get("photo") or {}
    try:
        content = base64.b64decode(item.get("content_base64", ""), validate=True)
        upload = Upload(item.get("file_name", "berkas"), item.get("mime_type", "application/octet-stream"), content)
        return content_json(store_document(world, upload) if "document" in data else store_photo(world, upload))
    except (binascii.Error, TypeError) as error:
        raise SimError("content_base64 is not base64") from error
    except ApiError as error:
        raise SimError(error.description) from error


def _channel_origin(world: World, channel: Json) -> Json:
    """A post of a channel that the bot need not know: title, username, chat_id and message_id may be given."""
    chat: Json = {"id": channel.get("chat_id", _FORWARDED_CHANNEL_ID), "type": "channel"}
    chat["title"] = str(channel.get("title", "Kanal Berita"))
    if channel.get("username"):
        chat["username"] = str(channel["username"])
    return {"type": "channel", "date": world.now(), "chat": chat, "message_id": int(channel.get("message_id", 1))}


def _sent(world: World, sent: list[Message]) -> Json:
    """The last part as the bot sees it, with the ids of all parts and the event beside it."""
    beside = {"message_ids": [m.id for m in sent], "event": sent[-1].changed_event}
    return message_json(world, sent[-1]) | {"sandbox": beside}


async def edit(sandbox: Sandbox, request: Request) -> Response:
    data = await body_of(request, chat_id=int, message_id=int, text=str)
    world = world_of(sandbox, request)
    chat, _ = user_actions.find_place(world, data.get("chat_id"), None)
    message = user_actions.edit(world, chat, data.get("message_id", 0), data.get("text", ""))
    return JSONResponse(_sent(world, [message]))


async def press(sandbox: Sandbox, request: Request) -> Response:
    data = await body_of(request, chat_id=int, user_id=int, message_id=int, button=str, forged_data=str, times=int)
    world = world_of(sandbox, request)
    chat, user = user_actions.find_place(world, data.get("chat_id"), data.get("user_id"))
    if "forged_data" in data:
        return JSONResponse(user_actions.forge(world, chat, user, data.get("message_id", 0), data["forged_data"]))
    message_id, button = data.get("message_id", 0), data.get("button", "")
    return JSONResponse(user_actions.press(world, chat, user, message_id, button, times=data.get("times", 1)))


async def wait(sandbox: Sandbox, request: Request) -> Response:
    world = world_of(sandbox, request)
    chat = chat_of(world, request)
    since = chat.asked_event
    if "after_message_id" in request.query_params:
        message = chat.messages.get(int(number(request, "after_message_id", 0)))
        if message is None:
            raise SimError("there is no such message", status=404)
        since = message.created_event
    since = int(number(request, "after_event", since))
    settle_s = number(request, "settle_s", sandbox.settle_s)
    timeout_s = min(number(request, "timeout_s", 10.0), LONGEST_WAIT_S)
    return JSONResponse(await wait_for_answer(world, chat, since=since, timeout_s=timeout_s, settle_s=settle_s))


async def feed(sandbox: Sandbox, request: Request) -> Response:
    world = world_of(sandbox, request)
    chat, _ = user_actions.find_place(world, int(number(request, "chat_id", user_actions.READER_ID)), None)
    since, timeout_s = int(number(request, "after_event", 0)), min(number(request, "timeout_s", 0.0), LONGEST_WAIT_S)
    return JSONResponse(await wait_for_change(world, chat, since=since, timeout_s=timeout_s))


async def drop(sandbox: Sandbox, request: Request) -> Response:
    """Send a card of an inline answer."""
    data = await body_of(request, chat_id=int, user_id=int, inline_query_id=str, result_id=str)
    world = world_of(sandbox, request)
    chat, user = user_actions.find_place(world, data.get("chat_id"), data.get("user_id"))
    try:
        sent = user_actions.drop(world, chat, user, data.get("inline_query_id", ""), data.get("result_id", ""))
    except ApiError as error:
        raise SimError(error.description) from error
    return JSONResponse(_sent(world, [sent]))


async def inline(sandbox: Sandbox, request: Request) -> Response:
    """Type "@bot query" somewhere; answers with what the bot offers, or that it did not in time."""
    data = await body_of(request, query=str, user_id=int, offset=str, timeout_s=float)
    world = world_of(sandbox, request)
    user = user_actions.find_user(world, data.get("user_id", user_actions.READER_ID))
    query_id = str(8_000_000_000 + next(world.serials))
    asked = {"id": query_id, "from": user_json(user), "query": data.get("query", ""), "offset": data.get("offset", "")}
    query: Json = {"query": asked["query"], "results": None}
    world.inline_queries[query_id] = query
    world.push("inline_query", asked)
    deadline = time.monotonic() + min(data.get("timeout_s", 10.0), LONGEST_WAIT_S)
    while query["results"] is None and (left := deadline - time.monotonic()) > 0:
        await world.signal.wait(left)
    return JSONResponse({"inline_query_id": query_id, "timed_out": query["results"] is None, **query})
