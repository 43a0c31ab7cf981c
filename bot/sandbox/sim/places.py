"""Chats and people: showing, making and changing them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from bot.sandbox.chat_events import happen, make_chat, make_private
from bot.sandbox.errors import SimError
from bot.sandbox.objects import user_json
from bot.sandbox.sim.asking import body_of, chat_of, world_of
from bot.sandbox.user_actions import READER_ID, find_user
from bot.sandbox.views import chat_view

if TYPE_CHECKING:
    from starlette.requests import Request

    from bot.sandbox.sandbox import Sandbox

Json = dict[str, Any]

MOST_AT_ONCE = 1_000_000


async def list_all(sandbox: Sandbox, request: Request) -> Response:
    world = world_of(sandbox, request)
    return JSONResponse([chat_view(world, c, with_messages=False) for c in world.chats.values()])


async def show(sandbox: Sandbox, request: Request) -> Response:
    world = world_of(sandbox, request)
    return JSONResponse(chat_view(world, chat_of(world, request), with_messages=True))


async def make(sandbox: Sandbox, request: Request) -> Response:
    data = await body_of(
        request, type=str, chat_id=int, title=str, username=str, members=list, admins=list, bot_status=str,
        bot_rights=dict, count=int, has_started=bool,
    )  # fmt: skip
    world = world_of(sandbox, request)
    people = [*data.get("members", []), *data.get("admins", [])]
    if any(not isinstance(p, int) or p <= 0 for p in people):
        raise SimError("members and admins are the ids of people")
    if data.get("type") != "private":
        return JSONResponse(chat_view(world, make_chat(world, data), with_messages=False))
    first_id, count = data.get("chat_id", READER_ID), data.get("count", 1)
    if first_id <= 0 or not 1 <= count <= MOST_AT_ONCE:
        raise SimError("a person's id is positive, and so is the count")
    chats = make_private(world, first_id=first_id, count=count, has_started=data.get("has_started", True))
    return JSONResponse(chat_view(world, chats[0], with_messages=False) | {"count": len(chats)})


async def change(sandbox: Sandbox, request: Request) -> Response:
    data = await body_of(request, user_id=int, by=int, rights=dict, name=str, message_thread_id=int, message_id=int)
    world = world_of(sandbox, request)
    chat = chat_of(world, request)
    result = happen(world, chat, request.path_params["event"], data)
    return JSONResponse({"chat_id": chat.id, "event": world.event} | result)


async def make_user(sandbox: Sandbox, request: Request) -> Response:
    """Make or change a person."""
    data = await body_of(request, user_id=int, first_name=str, last_name=str, username=str, language_code=str)
    world = world_of(sandbox, request)
    user = find_user(world, data.pop("user_id", READER_ID))
    if user.is_bot:
        raise SimError("that is the bot itself")
    for name, value in data.items():
        setattr(user, name, value)
    return JSONResponse(user_json(user))
