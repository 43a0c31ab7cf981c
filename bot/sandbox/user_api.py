"""The user's side over HTTP, under /sim/: JSON in, JSON out; see README.md."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import inspect
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationError, validate_call
from pydantic.dataclasses import dataclass
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox import STRICT, Json, user_actions
from bot.sandbox.chat_events import Change, NewChat, NewChatKind, NewPeople, happen, make_chat, make_private
from bot.sandbox.entities import Marked, with_found
from bot.sandbox.errors import ApiError, SimError
from bot.sandbox.files import MAX_UPLOAD_BYTES, content_json, store_document, store_photo
from bot.sandbox.limits import Limiter
from bot.sandbox.methods.messages import MAX_TEXT
from bot.sandbox.objects import chat_view, message_json, message_view, user_json
from bot.sandbox.request_parsing import MAX_PARAMETERS_BYTES, Upload, read_body
from bot.sandbox.sandbox import Fault, Sandbox
from bot.sandbox.state import Chat, Message
from bot.sandbox.user_actions import READER_ID, find_place, find_user

MAX_VALUES = 100_000
MAX_WAIT_S = 600.0
MAX_CLOCK_WAIT_S = 60.0
# A file in base64 (four letters per three bytes) plus the other fields.
MAX_MESSAGE_BYTES = MAX_UPLOAD_BYTES * 4 // 3 + MAX_PARAMETERS_BYTES


@dataclass(config=STRICT, slots=True)
class Location:
    """A location as users send it; live locations and venues are not simulated."""

    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]


@dataclass(config=STRICT, slots=True)
class SentFile:
    content_base64: str = ""
    file_name: str = "berkas"
    mime_type: str = "application/octet-stream"

    def to_upload(self) -> Upload:
        try:
            content = base64.b64decode(self.content_base64, validate=True)
        except binascii.Error as error:
            raise SimError("content_base64 is not base64") from error
        return Upload(self.file_name, self.mime_type, content)


@dataclass(config=STRICT, slots=True)
class ForwardedChannel:
    """The channel and the post that a user forwards."""

    chat_id: int = -1_001_999_999_999
    title: str = "Kanal Berita"
    username: str | None = None
    message_id: int = 1

    def to_origin(self, date: int) -> Json:
        chat: Json = {"id": self.chat_id, "type": "channel", "title": self.title}
        if self.username:
            chat["username"] = self.username
        return {"type": "channel", "date": date, "chat": chat, "message_id": self.message_id}


class Side:
    """The users' side in one request: the world of the bot that ?bot=ID selects, by default the first."""

    def __init__(self, sandbox: Sandbox, bot_id: str | None) -> None:
        self.sandbox = sandbox
        found = [w for w in sandbox.worlds.values() if bot_id in (None, str(w.bot.id))]
        if not found:
            raise SimError(f"there is no bot {bot_id}", status=404)
        self.world = found[0]

    def chat(self, chat_id: str) -> Chat:
        chat = self.world.chats.get(int(chat_id)) if chat_id.lstrip("-").isdecimal() else None
        if chat is None:
            raise SimError(f"there is no chat {chat_id}", status=404)
        return chat


class UserSide(Side):
    """The requests under /sim/. Their bodies or queries are the arguments."""

    async def send(
        self, *, chat_id: int | None = None, user_id: int | None = None, text: str = "",
        document: Json | None = None, photo: Json | None = None, location: Json | None = None,
        reply_to_message_id: int | None = None, message_thread_id: int | None = None,
        forward_from_channel: Json | None = None, is_anonymous: bool = False,
    ) -> Json:  # fmt: skip
        chat, user = find_place(self.world, chat_id, user_id)
        fields: Json = {"reply_to": reply_to_message_id, "thread_id": message_thread_id}
        if forward_from_channel is not None:
            fields["forward_origin"] = ForwardedChannel(**forward_from_channel).to_origin(self.world.now())
        if is_anonymous:
            fields["sender_chat_id"] = chat.id
        if location is None and document is None and photo is None:
            return self._sent(user_actions.say(self.world, chat, user, text, **fields))
        body = Marked("")
        if location is not None:
            content = {"location": dataclasses.asdict(Location(**location))}
        else:
            body = with_found(Marked(user_actions.checked(text.strip(), MAX_TEXT)))
            upload = SentFile(**(photo if document is None else document) or {}).to_upload()
            content = content_json((store_photo if document is None else store_document)(self.world, upload))
        return self._sent([user_actions.post(self.world, chat, user, body, content, **fields)])

    def _sent(self, sent: list[Message]) -> Json:
        """Return the last part as the bot sees it, with the ids of all parts and the event's number."""
        beside = {"message_ids": [m.id for m in sent], "event": sent[-1].changed_event}
        return message_json(self.world, sent[-1]) | {"sandbox": beside}

    async def edit(self, *, chat_id: int | None = None, message_id: int = 0, text: str = "") -> Json:
        chat, _ = find_place(self.world, chat_id, None)
        return self._sent([user_actions.edit(self.world, chat, message_id, text)])

    async def press(
        self, *, chat_id: int | None = None, user_id: int | None = None, message_id: int = 0, button: str = "",
        forged_data: str | None = None, times: int = 1,
    ) -> Json:  # fmt: skip
        chat, user = find_place(self.world, chat_id, user_id)
        if forged_data is not None:
            return user_actions.forge(self.world, chat, user, message_id, forged_data)
        return user_actions.press(self.world, chat, user, message_id, button, times=times)

    async def wait(
        self, *, chat_id: str = str(READER_ID), after_event: int | None = None, settle_s: float | None = None,
        timeout_s: float = 10.0,
    ) -> Json:  # fmt: skip
        chat = self.chat(chat_id)
        return await user_actions.wait_for_answer(
            self.world,
            chat,
            since=chat.asked_event if after_event is None else after_event,
            timeout_s=min(timeout_s, MAX_WAIT_S),
            settle_s=self.sandbox.settle_s if settle_s is None else settle_s,
        )

    async def feed(self, *, chat_id: int = READER_ID, after_event: int = 0, timeout_s: float = 0.0) -> Json:
        chat, _ = find_place(self.world, chat_id, None)
        timeout_s = min(timeout_s, MAX_WAIT_S)
        return await user_actions.wait_for_change(self.world, chat, since=after_event, timeout_s=timeout_s)

    async def drop(
        self, *, chat_id: int | None = None, user_id: int | None = None, inline_query_id: str = "", result_id: str = ""
    ) -> Json:
        """Send a result of an inline query."""
        chat, user = find_place(self.world, chat_id, user_id)
        return self._sent([user_actions.drop(self.world, chat, user, inline_query_id, result_id)])

    async def inline(
        self, *, query: str = "", user_id: int = READER_ID, offset: str = "", timeout_s: float = 10.0
    ) -> Json:
        user, timeout_s = find_user(self.world, user_id), min(timeout_s, MAX_WAIT_S)
        return await user_actions.ask_inline(self.world, user, query, offset=offset, timeout_s=timeout_s)

    async def list_chats(self) -> list[Json]:
        return [chat_view(self.world, c) for c in self.world.chats.values()]

    async def show_chat(self, *, chat_id: str) -> Json:
        chat = self.chat(chat_id)
        messages = [message_view(self.world, m) for _, m in sorted(chat.messages.items())]
        shown = {"messages": messages, "last_message_id": chat.last_message_id, "event": self.world.event}
        return chat_view(self.world, chat) | shown

    async def add_chat(self, *, type: Literal["private", NewChatKind], **fields: Any) -> Json:  # noqa: A002
        if type == "private":
            chats = make_private(self.world, NewPeople(**fields))
            return chat_view(self.world, chats[0]) | {"count": len(chats)}
        return chat_view(self.world, make_chat(self.world, NewChat(type=type, **fields)))

    async def change_chat(self, *, chat_id: str, event: str, **details: Any) -> Json:
        chat = self.chat(chat_id)
        result = happen(self.world, chat, event, Change(**details))
        return {"chat_id": chat.id, "event": self.world.event} | result

    async def set_user(self, *, user_id: int = READER_ID, **names: str) -> Json:
        """Create or change a user."""
        if others := names.keys() - {"first_name", "last_name", "username", "language_code"}:
            raise SimError(f"there is no field {min(others)!r} here")
        user = find_user(self.world, user_id)
        if user.is_bot:
            raise SimError("that is the bot itself")
        for name, value in names.items():
            setattr(user, name, value)
        return user_json(user)

    async def show_clock(self, *, known_ahead_s: float | None = None, timeout_s: float = 0.0) -> Json:
        """Return the time. With `known_ahead_s`, wait up to `timeout_s` until the clock has moved."""
        clock = self.sandbox.time
        if known_ahead_s is not None:
            await self.world.wait_until(lambda: clock.ahead_s != known_ahead_s, min(timeout_s, MAX_CLOCK_WAIT_S))
        return clock.to_json()

    async def move_clock(self, *, forward_s: float) -> Json:
        time = self.sandbox.time
        time.check(forward_s)
        await self.sandbox.before_clock_moves(time() + forward_s)
        time.forward(forward_s)
        for world in self.sandbox.worlds.values():
            world.next_event()
        return self.sandbox.time.to_json()

    async def list_faults(self) -> list[Json]:
        return [dataclasses.asdict(f) for f in self.sandbox.faults]

    async def add_faults(self, *, items: list[Json] | None = None, **rule: Any) -> list[Json]:
        """Add one rule or a list of rules; return the remaining ones."""
        self.sandbox.faults.extend([Fault(**r) for r in ([rule] if items is None else items)])
        self.sandbox.notify()
        return await self.list_faults()

    async def clear_faults(self) -> list[Json]:
        self.sandbox.faults.clear()
        self.sandbox.notify()
        return []

    async def calls(self, *, method: str | None = None, since: int = 0) -> list[Json]:
        return self.sandbox.log.find(method, since)

    async def breaks(self) -> list[Json]:
        return [c.to_json() for c in self.sandbox.log.breaks]

    async def commands(self) -> Json:
        menus = self.world.commands
        listed = [{"scope": s, "language_code": code, "commands": c} for (s, code), c in menus.items()]
        return {"commands": menus.get(("default", ""), []), "menus": listed}

    async def show_limits(self) -> Json:
        return dataclasses.asdict(self.sandbox.limits)

    async def set_limits(self, **changes: Any) -> Json:
        """Change rate limits and reset their counters."""
        self.sandbox.limits = dataclasses.replace(self.sandbox.limits, **changes)
        for world in self.sandbox.worlds.values():
            world.limiter = Limiter(self.sandbox.limits)
        return await self.show_limits()

    async def reset(self, *, everything: bool = False) -> Json:
        self.sandbox.reset(everything=everything)
        return {"ok": True}


def sim_routes(sandbox: Sandbox) -> list[Route]:
    table: list[tuple[str, str, Handler]] = [
        ("POST", "/messages", UserSide.send),
        ("PUT", "/messages", UserSide.edit),
        ("POST", "/press", UserSide.press),
        ("GET", "/wait", UserSide.wait),
        ("GET", "/feed", UserSide.feed),
        ("POST", "/inline", UserSide.inline),
        ("POST", "/drop", UserSide.drop),
        ("GET", "/chats", UserSide.list_chats),
        ("POST", "/chats", UserSide.add_chat),
        ("GET", "/chats/{chat_id}", UserSide.show_chat),
        ("POST", "/chats/{chat_id}/{event}", UserSide.change_chat),
        ("POST", "/users", UserSide.set_user),
        ("GET", "/faults", UserSide.list_faults),
        ("POST", "/faults", UserSide.add_faults),
        ("DELETE", "/faults", UserSide.clear_faults),
        ("GET", "/clock", UserSide.show_clock),
        ("PUT", "/clock", UserSide.move_clock),
        ("GET", "/calls", UserSide.calls),
        ("GET", "/breaks", UserSide.breaks),
        ("GET", "/commands", UserSide.commands),
        ("GET", "/limits", UserSide.show_limits),
        ("PUT", "/limits", UserSide.set_limits),
        ("POST", "/reset", UserSide.reset),
    ]
    return [route(sandbox, UserSide, method, f"/sim{path}", handler) for method, path, handler in table]


Handler = Callable[..., Awaitable[Any]]


def route(sandbox: Sandbox, side: type[Side], method: str, path: str, handler: Handler) -> Route:
    """Return a route to the method of `side`: the query or the JSON body becomes its arguments, its result the answer.

    Arguments are checked by their types. Unknown names are refused in a body and ignored in a query.
    """
    has_body = method != "GET"
    most_bytes = MAX_MESSAGE_BYTES if handler is UserSide.send else MAX_PARAMETERS_BYTES
    call = validate_call(config=ConfigDict(strict=has_body))(handler)
    names = inspect.signature(handler).parameters.keys()

    async def handle(request: Request) -> Response:
        try:
            query = request.query_params
            own = await _arguments(request, most_bytes) if has_body else {k: query[k] for k in query if k in names}
            result = await call(side(sandbox, query.get("bot")), **(own | request.path_params))
        except SimError as error:
            return JSONResponse({"error": str(error)}, status_code=error.status)
        except ApiError as error:  # the bot or the user offered content that Telegram refuses
            return JSONResponse({"error": error.description}, status_code=400)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            place = ".".join(map(str, first["loc"]))
            return JSONResponse({"error": f"{place}: {first['msg']}"}, status_code=400)
        except ClientDisconnect:
            return Response(status_code=499)
        return result if isinstance(result, Response) else JSONResponse(result)

    return Route(path, handle, methods=[method])


async def _arguments(request: Request, most_bytes: int) -> Json:
    """Return the JSON object in the body without nulls, or a list as `items`."""
    try:
        body = await read_body(request, most_bytes)
    except ApiError as error:
        raise SimError(f"the body has more than {most_bytes} bytes", status=413) from error
    # A long body is one file. Many small values would take seconds and gigabytes to parse.
    if len(body) > MAX_PARAMETERS_BYTES and sum(map(body.count, (b",", b"[", b"{"))) > MAX_VALUES:
        raise SimError(f"the body has more than {MAX_VALUES} values", status=413)
    try:
        data = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise SimError("the body is not JSON") from error
    if isinstance(data, list):
        return {"items": data}
    if not isinstance(data, dict) or data.keys() & {"self", *request.path_params}:
        raise SimError("the body must be an object with the fields in README.md")
    return {k: v for k, v in data.items() if v is not None}
