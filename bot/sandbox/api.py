"""The bot's side: one HTTP request to one call of a method, recorded, with its faults and refusals."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from bot.sandbox.errors import ApiError, SchemaBreak, WireError
from bot.sandbox.methods import METHODS
from bot.sandbox.request_parsing import read_call
from bot.sandbox.validation import validated

if TYPE_CHECKING:
    from starlette.types import Message

    from bot.sandbox.call_log import Call
    from bot.sandbox.faults import Fault
    from bot.sandbox.request_parsing import RawCall
    from bot.sandbox.sandbox import Sandbox
    from bot.sandbox.state import World

Json = dict[str, Any]


def refusal(error: ApiError) -> JSONResponse:
    """Telegram's envelope for an error."""
    body: Json = {"ok": False, "error_code": error.code, "description": error.description}
    if error.parameters:
        body["parameters"] = error.parameters
    return JSONResponse(body, status_code=error.code)


async def answer(sandbox: Sandbox, world: World, method: str, request: Request) -> Response:
    """Answer one call of the Bot API, or meet the fault that waits for it."""
    if sandbox.faults.take_unread(method) is not None:
        return await reset(request)
    try:
        raw = await read_whole(request)
    except ClientDisconnect:
        # Whoever called was gone before the request was whole: it is no call.
        return Response(status_code=499)
    except WireError as error:
        return refusal(ApiError(413 if "Too Large" in str(error) else 400, str(error)))
    call = sandbox.log.start(world.clock(), world.bot.id, method, raw.for_log())
    fault = sandbox.faults.take(method, raw.values)
    if fault is not None:
        call.fault = fault.kind
        early = await _meet(fault, call, request)
        if early is not None:
            return early
    response = await _run(sandbox, world, call, raw, request)
    if fault is not None and fault.kind == "reset_after":
        return await reset(request)
    return response


async def read_whole(request: Request) -> RawCall:
    """The call. As with Telegram, one that came whole counts, though its sender may be gone by now: killed, such as.

    Raises:
        ClientDisconnect: it never came whole.
        WireError: see `read_call`.
    """
    try:
        return await read_call(request)
    except ClientDisconnect:
        body = request.state.left_unread()
        if not body or len(body) != int(request.headers.get("content-length") or 0):
            raise

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        return await read_call(Request(request.scope, receive))


async def _run(sandbox: Sandbox, world: World, call: Call, raw: RawCall, request: Request) -> Response:
    try:
        result = perform(world, call.method, raw)
        if inspect.isawaitable(result):
            result = await _unless_gone(result, request)
    except ApiError as error:
        if isinstance(error, SchemaBreak):
            sandbox.log.mark_break(call, error.problem)
        call.is_simulated = not isinstance(error, NotSimulated)
        call.problem, call.status = call.problem or error.description, error.code
        response = refusal(error)
        call.response = {"description": error.description, "parameters": error.parameters}
        return response
    call.status, call.response = 200, result
    return JSONResponse({"ok": True, "result": result})


class NotSimulated(ApiError):
    """The call is right, but the sandbox does not do what it asks."""

    def __init__(self, what: str) -> None:
        super().__init__(400, f"Bad Request: {what} is not simulated")


def perform(world: World, name: str, raw: RawCall) -> Any:
    """Check the call and do it. Gives the result, or an awaitable of it; raises ApiError."""
    parameters = validated(name, raw.values, raw.uploads)
    known = METHODS.get(name)
    if known is None:
        raise NotSimulated(f"method {name}")
    for parameter in parameters:
        if parameter not in known.parameters:
            raise NotSimulated(f"parameter {parameter} of method {name}")
    attached = {k: u for k, u in raw.uploads.items() if k not in parameters}
    return known.answer(world, parameters | {"attached": attached} if attached else parameters)


async def _unless_gone(result: Any, request: Request) -> Any:
    """The awaited result, given up when the client closes the connection."""
    work = asyncio.ensure_future(result)
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        raise ApiError(499, "Client Closed Request")
    finally:
        work.cancel()
        gone.cancel()
        await asyncio.gather(work, gone, return_exceptions=True)


async def _disconnected(request: Request) -> None:
    # Read past Starlette's own bookkeeping: the body is already taken.
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _meet(fault: Fault, call: Call, request: Request) -> Response | None:
    """What the call gets instead of an answer; None when it is to be handled after all."""
    if fault.kind == "delay":
        await asyncio.sleep(fault.seconds)
        return None
    if fault.kind == "reset_before":
        return await reset(request)
    if fault.kind == "hang":
        await _disconnected(request)
        return Response(status_code=500)
    if fault.kind == "status":
        call.status, call.problem = fault.code, fault.description
        if fault.body is not None:
            return Response(fault.body, status_code=fault.code, media_type="text/html")
        error = ApiError(fault.code, fault.description)
        error.parameters = fault.parameters
        return refusal(error)
    return None


async def reset(request: Request) -> Response:
    """Close the connection without a word. The response that is given back goes nowhere."""
    request.state.transport.abort()
    await _disconnected(request)
    return Response(status_code=500)
