"""Reading what the user's side is asked: bodies, numbers, which bot and which chat."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bot.sandbox.errors import SimError, WireError
from bot.sandbox.request_parsing import MAX_PARAMETERS_BYTES, read_body
from bot.sandbox.user_actions import READER_ID

if TYPE_CHECKING:
    from starlette.requests import Request

    from bot.sandbox.sandbox import Sandbox
    from bot.sandbox.state import Chat, World

Json = dict[str, Any]
MAX_VALUES = 100_000


async def json_of(request: Request, most_bytes: int = MAX_PARAMETERS_BYTES) -> Any:
    try:
        body = await read_body(request, most_bytes)
    except WireError as error:
        raise SimError(f"the body has more than {most_bytes} bytes", status=413) from error
    # A long body is one long value, a file's: many small ones would take seconds, and gigabytes.
    if len(body) > MAX_PARAMETERS_BYTES and sum(map(body.count, (b",", b"[", b"{"))) > MAX_VALUES:
        raise SimError(f"the body has more than {MAX_VALUES} values", status=413)
    try:
        return json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise SimError("the body is not JSON") from error


async def body_of(request: Request, most_bytes: int = MAX_PARAMETERS_BYTES, /, **kinds: type) -> Json:
    """The JSON object in the body: these fields and no others, nulls left out. Raises SimError."""
    data = await json_of(request, most_bytes)
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
    """A number of the query."""
    try:
        return float(request.query_params.get(name, default))
    except ValueError as error:
        raise SimError(f"{name} must be a number") from error


def world_of(sandbox: Sandbox, request: Request) -> World:
    """The bot that ?bot=ID names, the first one by default."""
    wanted = request.query_params.get("bot")
    for world in sandbox.worlds.values():
        if wanted in (None, str(world.bot.id)):
            return world
    raise SimError(f"there is no bot {wanted}", status=404)


def chat_of(world: World, request: Request) -> Chat:
    """The chat in the path or the query, the reader's own by default."""
    wanted = str(request.path_params.get("chat_id", request.query_params.get("chat_id", READER_ID)))
    chat = world.chats.get(int(wanted)) if wanted.lstrip("-").isdecimal() else None
    if chat is None:
        raise SimError(f"there is no chat {wanted}", status=404)
    return chat
