"""The user's side over HTTP, under /sim/: JSON in, JSON out; see README.md."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox import Json, user_actions
from bot.sandbox.chat_events import happen, make_chat, make_private
from bot.sandbox.entities import Marked, with_found
from bot.sandbox.errors import ApiError, SimError
from bot.sandbox.faults import fault_from
from bot.sandbox.files import MAX_UPLOAD_BYTES, content_json, store_document, store_photo
from bot.sandbox.limits import Limiter
from bot.sandbox.methods.messages import MAX_TEXT
from bot.sandbox.objects import message_json, user_json
from bot.sandbox.request_parsing import MAX_PARAMETERS_BYTES, Upload, read_body
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.state import Chat, Message, World
from bot.sandbox.user_actions import READER_ID, find_place, find_user
from bot.sandbox.views import chat_view

Handler = Callable[[Sandbox, Request], Awaitable[Any]]

MAX_VALUES = 100_000


async def json_of(request: Request, most_bytes: int = MAX_PARAMETERS_BYTES) -> Any:
    try:
        body = await read_body(request, most_bytes)
    except ApiError as error:
        raise SimError(f"the body has more than {most_bytes} bytes", status=413) from error
    # A long body is one file. Many small values would take seconds and gigabytes to parse.
    if len(body) > MAX_PARAMETERS_BYTES and sum(map(body.count, (b",", b"[", b"{"))) > MAX_VALUES:
        raise SimError(f"the body has more than {MAX_VALUES} values", status=413)
    try:
        return json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise SimError("the body is not JSON") from error


async def body_of(request: Request, most_bytes: int = MAX_PARAMETERS_BYTES, /, **kinds: type) -> Json:
    """Return the JSON object in the body, without nulls. Raises SimError for a field that is not as in `kinds`."""
    return _fields_of(await json_of(request, most_bytes), kinds)


def _fields_of(data: Any, kinds: dict[str, type]) -> Json:
    if not isinstance(data, dict):
        raise SimError("the body must be an object")
    for key, value in data.items():
        if key not in kinds:
            raise SimError(f"there is no field {key!r} here; known: {', '.join(kinds)}")
        wanted = (int, float) if kinds[key] is float else kinds[key]
        is_kind = isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))
        if value is not None and not is_kind:
            raise SimError(f"the field {key!r} must be of type {kinds[key].__name__}")
    return {k: v for k, v in data.items() if v is not None}


def number(request: Request, name: str, default: float) -> float:
    """Return a number from the query string."""
    try:
        return float(request.query_params.get(name, default))
    except ValueError as error:
        raise SimError(f"{name} must be a number") from error


def world_of(sandbox: Sandbox, request: Request) -> World:
    """Return the bot that ?bot=ID names, by default the first."""
    wanted = request.query_params.get("bot")
    for world in sandbox.worlds.values():
        if wanted in (None, str(world.bot.id)):
            return world
    raise SimError(f"there is no bot {wanted}", status=404)


def chat_of(world: World, request: Request) -> Chat:
    """Return the chat in the path or the query, by default the reader's."""
    wanted = str(request.path_params.get("chat_id", request.query_params.get("chat_id", READER_ID)))
    chat = world.chats.get(int(wanted)) if wanted.lstrip("-").isdecimal() else None
    if chat is None:
        raise SimError(f"there is no chat {wanted}", status=404)
    return chat


MAX_WAIT_S = 600.0
# A file in base64 (four letters per three bytes) plus the other fields.
MAX_MESSAGE_BYTES = MAX_UPLOAD_BYTES * 4 // 3 + MAX_PARAMETERS_BYTES
_FORWARDED_CHANNEL_ID = -1_001_999_999_999


async def send(sandbox: Sandbox, request: Request) -> Json:
    data = await body_of(
        request, MAX_MESSAGE_BYTES, chat_id=int, user_id=int, text=str, document=dict, photo=dict,
        reply_to_message_id=int, message_thread_id=int, forward_from_channel=dict, location=dict, is_anonymous=bool,
    )  # fmt: skip
    world = world_of(sandbox, request)
    chat, user = find_place(world, data.get("chat_id"), data.get("user_id"))
    fields: Json = {"reply_to": data.get("reply_to_message_id"), "thread_id": data.get("message_thread_id")}
    if "forward_from_channel" in data:
        fields["forward_origin"] = _channel_origin(world, data["forward_from_channel"])
    if data.get("is_anonymous"):
        fields["sender_chat_id"] = chat.id
    text = data.get("text", "")
    if "location" in data:
        body, content = Marked(""), {"location": _location(data["location"])}
    elif "document" in data or "photo" in data:
        body, content = with_found(Marked(user_actions.checked(text.strip(), MAX_TEXT))), _content(world, data)
    else:
        return _sent(world, user_actions.say(world, chat, user, text, **fields))
    return _sent(world, [user_actions.post(world, chat, user, body, content, **fields)])


def _location(data: Json) -> Json:
    """Return a location as users send it; live locations and venues are not simulated."""
    place = _fields_of(data, {"latitude": float, "longitude": float})
    if len(place) != 2 or abs(place["latitude"]) > 90 or abs(place["longitude"]) > 180:
        raise SimError("a location is a latitude and a longitude in degrees")
    return {name: float(degrees) for name, degrees in place.items()}


def _content(world: World, data: Json) -> Json:
    item = data.get("document") or data.get("photo") or {}
    try:
        content = base64.b64decode(item.get("content_base64", ""), validate=True)
        upload = Upload(item.get("file_name", "berkas"), item.get("mime_type", "application/octet-stream"), content)
    except (binascii.Error, TypeError) as error:
        raise SimError("content_base64 is not base64") from error
    return content_json(store_document(world, upload) if "document" in data else store_photo(world, upload))


def _channel_origin(world: World, channel: Json) -> Json:
    """Return the origin of a forwarded channel post; title, username, chat_id and message_id are optional."""
    chat: Json = {"id": channel.get("chat_id", _FORWARDED_CHANNEL_ID), "type": "channel"}
    chat["title"] = str(channel.get("title", "Kanal Berita"))
    if channel.get("username"):
        chat["username"] = str(channel["username"])
    return {"type": "channel", "date": world.now(), "chat": chat, "message_id": int(channel.get("message_id", 1))}


def _sent(world: World, sent: list[Message]) -> Json:
    """Return the last part as the bot sees it, with the ids of all parts and the event's number."""
    beside = {"message_ids": [m.id for m in sent], "event": sent[-1].changed_event}
    return message_json(world, sent[-1]) | {"sandbox": beside}


async def edit(sandbox: Sandbox, request: Request) -> Json:
    data = await body_of(request, chat_id=int, message_id=int, text=str)
    world = world_of(sandbox, request)
    chat, _ = find_place(world, data.get("chat_id"), None)
    message = user_actions.edit(world, chat, data.get("message_id", 0), data.get("text", ""))
    return _sent(world, [message])


async def press(sandbox: Sandbox, request: Request) -> Json:
    data = await body_of(request, chat_id=int, user_id=int, message_id=int, button=str, forged_data=str, times=int)
    world = world_of(sandbox, request)
    chat, user = find_place(world, data.get("chat_id"), data.get("user_id"))
    if "forged_data" in data:
        return user_actions.forge(world, chat, user, data.get("message_id", 0), data["forged_data"])
    message_id, button = data.get("message_id", 0), data.get("button", "")
    return user_actions.press(world, chat, user, message_id, button, times=data.get("times", 1))


async def wait(sandbox: Sandbox, request: Request) -> Json:
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
    timeout_s = min(number(request, "timeout_s", 10.0), MAX_WAIT_S)
    return await user_actions.wait_for_answer(world, chat, since=since, timeout_s=timeout_s, settle_s=settle_s)


async def feed(sandbox: Sandbox, request: Request) -> Json:
    world = world_of(sandbox, request)
    chat, _ = find_place(world, int(number(request, "chat_id", READER_ID)), None)
    since, timeout_s = int(number(request, "after_event", 0)), min(number(request, "timeout_s", 0.0), MAX_WAIT_S)
    return await user_actions.wait_for_change(world, chat, since=since, timeout_s=timeout_s)


async def drop(sandbox: Sandbox, request: Request) -> Json:
    """Send a result of an inline query."""
    data = await body_of(request, chat_id=int, user_id=int, inline_query_id=str, result_id=str)
    world = world_of(sandbox, request)
    chat, user = find_place(world, data.get("chat_id"), data.get("user_id"))
    sent = user_actions.drop(world, chat, user, data.get("inline_query_id", ""), data.get("result_id", ""))
    return _sent(world, [sent])


async def inline(sandbox: Sandbox, request: Request) -> Json:
    """Send an inline query; respond with the bot's results, or that it timed out."""
    data = await body_of(request, query=str, user_id=int, offset=str, timeout_s=float)
    world = world_of(sandbox, request)
    user = find_user(world, data.get("user_id", READER_ID))
    timeout_s = min(data.get("timeout_s", 10.0), MAX_WAIT_S)
    return await user_actions.ask_inline(
        world, user, data.get("query", ""), offset=data.get("offset", ""), timeout_s=timeout_s
    )


MAX_NEW_CHATS = 1_000_000


async def list_chats(sandbox: Sandbox, request: Request) -> list[Json]:
    world = world_of(sandbox, request)
    return [chat_view(world, c, with_messages=False) for c in world.chats.values()]


async def show_chat(sandbox: Sandbox, request: Request) -> Json:
    world = world_of(sandbox, request)
    return chat_view(world, chat_of(world, request), with_messages=True)


async def add_chat(sandbox: Sandbox, request: Request) -> Json:
    data = await body_of(
        request, type=str, chat_id=int, title=str, username=str, members=list, admins=list, bot_status=str,
        bot_rights=dict, count=int, has_started=bool,
    )  # fmt: skip
    world = world_of(sandbox, request)
    people = [*data.get("members", []), *data.get("admins", [])]
    if any(not isinstance(p, int) or p <= 0 for p in people):
        raise SimError("members and admins are the ids of people")
    if data.get("type") != "private":
        return chat_view(world, make_chat(world, data), with_messages=False)
    first_id, count = data.get("chat_id", READER_ID), data.get("count", 1)
    if first_id <= 0 or not 1 <= count <= MAX_NEW_CHATS:
        raise SimError("a person's id is positive, and so is the count")
    chats = make_private(world, first_id=first_id, count=count, has_started=data.get("has_started", True))
    return chat_view(world, chats[0], with_messages=False) | {"count": len(chats)}


async def change_chat(sandbox: Sandbox, request: Request) -> Json:
    data = await body_of(request, user_id=int, by=int, rights=dict, name=str, message_thread_id=int, message_id=int)
    world = world_of(sandbox, request)
    chat = chat_of(world, request)
    result = happen(world, chat, request.path_params["event"], data)
    return {"chat_id": chat.id, "event": world.event} | result


async def set_user(sandbox: Sandbox, request: Request) -> Json:
    """Create or change a user."""
    data = await body_of(request, user_id=int, first_name=str, last_name=str, username=str, language_code=str)
    world = world_of(sandbox, request)
    user = find_user(world, data.pop("user_id", READER_ID))
    if user.is_bot:
        raise SimError("that is the bot itself")
    for name, value in data.items():
        setattr(user, name, value)
    return user_json(user)


MAX_CLOCK_WAIT_S = 60.0


async def show_clock(sandbox: Sandbox, request: Request) -> Json:
    """Return the time. With `known_ahead_s`, wait up to `timeout_s` until the clock has moved."""
    if "known_ahead_s" in request.query_params:
        known = number(request, "known_ahead_s", 0.0)
        timeout_s = min(number(request, "timeout_s", 0.0), MAX_CLOCK_WAIT_S)
        await world_of(sandbox, request).wait_until(lambda: sandbox.time.ahead_s != known, timeout_s)
    return sandbox.time.to_json()


async def move_clock(sandbox: Sandbox, request: Request) -> Json:
    data = await body_of(request, forward_s=float)
    if "forward_s" not in data:
        raise SimError("forward_s says how many seconds the clock goes forward")
    sandbox.time.forward(data["forward_s"])
    for world in sandbox.worlds.values():
        world.next_event()
    return sandbox.time.to_json()


async def faults(sandbox: Sandbox, request: Request) -> list[Json]:
    """Add one rule or a list of rules, clear all, or list the remaining ones."""
    queue = sandbox.faults.queue
    if request.method == "DELETE":
        queue.clear()
    elif request.method == "POST":
        data = await json_of(request)
        rules = data if isinstance(data, list) else [data]
        if not all(isinstance(rule, dict) for rule in rules):
            raise SimError("a fault is an object")
        queue.extend([fault_from(rule) for rule in rules])
    if request.method != "GET":
        sandbox.notify()
    return [dataclasses.asdict(f) for f in queue]


async def calls(sandbox: Sandbox, request: Request) -> list[Json]:
    method = request.query_params.get("method")
    return sandbox.log.find(method, int(number(request, "since", 0)))


async def breaks(sandbox: Sandbox, _request: Request) -> list[Json]:
    return [c.to_json() for c in sandbox.log.breaks]


async def commands(sandbox: Sandbox, request: Request) -> Json:
    menus = world_of(sandbox, request).commands
    listed = [{"scope": s, "language_code": code, "commands": c} for (s, code), c in menus.items()]
    return {"commands": menus.get(("default", ""), []), "menus": listed}


async def limits(sandbox: Sandbox, request: Request) -> Json:
    """Show or change the rate limits; a change resets the counters."""
    if request.method == "PUT":
        known = {f.name: type(getattr(sandbox.limits, f.name)) for f in dataclasses.fields(sandbox.limits)}
        data = await body_of(request, MAX_PARAMETERS_BYTES, **known)
        if any(v < 0 if k == "stars" else v <= 0 for k, v in data.items() if k != "is_on"):
            raise SimError("a limit is above zero; is_on false lifts them all")
        sandbox.limits = dataclasses.replace(sandbox.limits, **data)
        for world in sandbox.worlds.values():
            world.limiter = Limiter(sandbox.limits)
    return dataclasses.asdict(sandbox.limits)


async def reset(sandbox: Sandbox, request: Request) -> Json:
    data = await body_of(request, everything=bool)
    sandbox.reset(everything=data.get("everything", False))
    return {"ok": True}


def sim_routes(sandbox: Sandbox) -> list[Route]:
    table: list[tuple[str, str, Handler]] = [
        ("POST", "/messages", send),
        ("PUT", "/messages", edit),
        ("POST", "/press", press),
        ("GET", "/wait", wait),
        ("GET", "/feed", feed),
        ("POST", "/inline", inline),
        ("POST", "/drop", drop),
        ("GET", "/chats", list_chats),
        ("POST", "/chats", add_chat),
        ("GET", "/chats/{chat_id}", show_chat),
        ("POST", "/chats/{chat_id}/{event}", change_chat),
        ("POST", "/users", set_user),
        ("GET,POST,DELETE", "/faults", faults),
        ("GET", "/clock", show_clock),
        ("PUT", "/clock", move_clock),
        ("GET", "/calls", calls),
        ("GET", "/breaks", breaks),
        ("GET", "/commands", commands),
        ("GET,PUT", "/limits", limits),
        ("POST", "/reset", reset),
    ]
    return [Route(f"/sim{path}", bind_sandbox(sandbox, h), methods=methods.split(",")) for methods, path, h in table]


def bind_sandbox(sandbox: Sandbox, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Return the handler as an endpoint: JSON or a response becomes the answer, a refusal an error."""

    async def handle(request: Request) -> Response:
        try:
            result = await handler(sandbox, request)
        except SimError as error:
            return JSONResponse({"error": str(error)}, status_code=error.status)
        except ApiError as error:  # the bot or the user offered content that Telegram refuses
            return JSONResponse({"error": error.description}, status_code=400)
        except ClientDisconnect:
            return Response(status_code=499)
        return result if isinstance(result, Response) else JSONResponse(result)

    return handle
