"""The user's side over HTTP: JSON in, JSON out, under /sim/. The table stands in the package's docstring."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.sandbox import people
from bot.sandbox.errors import SimError
from bot.sandbox.faults import fault_from
from bot.sandbox.objects import message_json
from bot.sandbox.views import chat_view
from bot.sandbox.waiting import wait_for_answer, wait_for_change

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from bot.sandbox.sandbox import Sandbox
    from bot.sandbox.state import Chat, Message, World

Json = dict[str, Any]


async def body_of(request: Request, **kinds: type | tuple[type, ...]) -> Json:
    """The JSON object in the body, with these fields and no others. Raises SimError."""
    try:
        data = json.loads(await request.body() or b"{}")
    except ValueError as error:
        raise SimError("the body is not JSON") from error
    if not isinstance(data, dict):
        raise SimError("the body must be an object")
    for key, value in data.items():
        if key not in kinds:
            raise SimError(f"there is no field {key!r} here; known: {', '.join(kinds)}")
        if value is not None and (not isinstance(value, kinds[key]) or (isinstance(value, bool) and kinds[key] is int)):
            raise SimError(f"the field {key!r} is of the wrong type")
    return {k: v for k, v in data.items() if v is not None}


def number(request: Request, name: str, default: float) -> float:
    """A number of the query."""
    try:
        return float(request.query_params.get(name, default))
    except ValueError as error:
        raise SimError(f"{name} must be a number") from error


class Sim:
    """The handlers; `world` picks the bot by ?bot=ID, the first one by default."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def world(self, request: Request) -> World:
        wanted = request.query_params.get("bot")
        for world in self.sandbox.worlds.values():
            if wanted in (None, str(world.bot.id)):
                return world
        raise SimError(f"there is no bot {wanted}", status=404)

    def chat(self, request: Request) -> Chat:
        wanted = request.path_params.get("chat_id", request.query_params.get("chat_id", people.READER_ID))
        chat = self.world(request).chats.get(int(wanted)) if str(wanted).lstrip("-").isdigit() else None
        if chat is None:
            raise SimError(f"there is no chat {wanted}", status=404)
        return chat

    async def send(self, request: Request) -> Response:
        data = await body_of(
            request, chat_id=int, user_id=int, text=str, reply_to_message_id=int, message_thread_id=int
        )
        world = self.world(request)
        chat, user = people.find_place(world, data.get("chat_id"), data.get("user_id"))
        fields = {"reply_to": data.get("reply_to_message_id"), "thread_id": data.get("message_thread_id")}
        sent = people.say(world, chat, user, data.get("text", ""), **fields)
        return JSONResponse(sent_view(world, sent))

    async def edit(self, request: Request) -> Response:
        data = await body_of(request, chat_id=int, message_id=int, text=str)
        world = self.world(request)
        chat, _ = people.find_place(world, data.get("chat_id"), None)
        message = people.edit(world, chat, data.get("message_id", 0), data.get("text", ""))
        return JSONResponse(sent_view(world, [message]))

    async def press(self, request: Request) -> Response:
        data = await body_of(request, chat_id=int, user_id=int, message_id=int, button=str)
        world = self.world(request)
        chat, user = people.find_place(world, data.get("chat_id"), data.get("user_id"))
        pressed = people.press(world, chat, user, data.get("message_id", 0), data.get("button", ""))
        return JSONResponse(pressed)

    async def list_chats(self, request: Request) -> Response:
        world = self.world(request)
        return JSONResponse([chat_view(world, c, with_messages=False) for c in world.chats.values()])

    async def show_chat(self, request: Request) -> Response:
        return JSONResponse(chat_view(self.world(request), self.chat(request), with_messages=True))

    async def wait(self, request: Request) -> Response:
        world, chat = self.world(request), self.chat(request)
        since = chat.asked_event
        if "after_message_id" in request.query_params:
            message = chat.messages.get(int(number(request, "after_message_id", 0)))
            if message is None:
                raise SimError("there is no such message", status=404)
            since = message.created_event
        since = int(number(request, "after_event", since))
        settle_s = number(request, "settle_s", self.sandbox.settle_s)
        timeout_s = min(number(request, "timeout_s", 10.0), 600.0)
        return JSONResponse(await wait_for_answer(world, chat, since=since, timeout_s=timeout_s, settle_s=settle_s))

    async def feed(self, request: Request) -> Response:
        world = self.world(request)
        chat, _ = people.find_place(world, int(number(request, "chat_id", people.READER_ID)), None)
        since, timeout_s = int(number(request, "after_event", 0)), min(number(request, "timeout_s", 0.0), 600.0)
        return JSONResponse(await wait_for_change(world, chat, since=since, timeout_s=timeout_s))

    async def faults(self, request: Request) -> Response:
        queue = self.sandbox.faults.queue
        if request.method == "DELETE":
            queue.clear()
        elif request.method == "POST":
            try:
                data = json.loads(await request.body())
            except ValueError as error:
                raise SimError("the body is not JSON") from error
            rules = data if isinstance(data, list) else [data]
            queue.extend([fault_from(rule if isinstance(rule, dict) else {}) for rule in rules])
        return JSONResponse([f.to_json() for f in queue])

    async def calls(self, request: Request) -> Response:
        method = request.query_params.get("method")
        return JSONResponse(self.sandbox.log.find(method, int(number(request, "since", 0))))

    async def breaks(self, _request: Request) -> Response:
        return JSONResponse([c.to_json() for c in self.sandbox.log.breaks])

    async def commands(self, request: Request) -> Response:
        menus = self.world(request).commands
        listed = [{"scope": s, "language_code": code, "commands": c} for (s, code), c in menus.items()]
        return JSONResponse({"commands": menus.get(("default", ""), []), "menus": listed})

    async def reset(self, _request: Request) -> Response:
        self.sandbox.reset()
        return JSONResponse({"ok": True})


def sent_view(world: World, sent: list[Message]) -> Json:
    """The last part as the bot sees it, with the ids of all parts and the event beside it."""
    beside = {"message_ids": [m.id for m in sent], "event": sent[-1].changed_event}
    return message_json(world, sent[-1]) | {"sandbox": beside}


def _guarded(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        try:
            return await handler(request)
        except SimError as error:
            return JSONResponse({"error": str(error)}, status_code=error.status)

    return handle


def sim_routes(sandbox: Sandbox) -> list[Route]:
    sim = Sim(sandbox)
    table: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
        ("POST", "/messages", sim.send),
        ("PUT", "/messages", sim.edit),
        ("POST", "/press", sim.press),
        ("GET", "/chats", sim.list_chats),
        ("GET", "/chats/{chat_id}", sim.show_chat),
        ("GET", "/wait", sim.wait),
        ("GET", "/feed", sim.feed),
        ("GET,POST,DELETE", "/faults", sim.faults),
        ("GET", "/calls", sim.calls),
        ("GET", "/breaks", sim.breaks),
        ("GET", "/commands", sim.commands),
        ("POST", "/reset", sim.reset),
    ]
    return [Route(f"/sim{path}", _guarded(h), methods=methods.split(",")) for methods, path, h in table]
