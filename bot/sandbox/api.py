"""The bot's side: turn an HTTP request into a recorded method call, with injected faults and Telegram's refusals."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message

from bot.sandbox import Json
from bot.sandbox.errors import ApiError, SchemaBreak
from bot.sandbox.methods import METHODS
from bot.sandbox.request_parsing import RawCall, read_call
from bot.sandbox.sandbox import Call, Fault, Sandbox
from bot.sandbox.schema import validated
from bot.sandbox.state import World


def refusal(error: ApiError) -> JSONResponse:
    """Return an error in Telegram's envelope."""
    body: Json = {"ok": False, "error_code": error.code, "description": error.description}
    if error.parameters:
        body["parameters"] = error.parameters
    return JSONResponse(body, status_code=error.code)


async def answer(sandbox: Sandbox, world: World, method: str, request: Request) -> Response:
    """Answer one call of the Bot API, or apply the fault injected for it. Raises ApiError for an unreadable body."""
    if sandbox.take_fault(method, None) is not None:
        return await reset(request)
    try:
        raw = await read_whole(request)
    except ClientDisconnect:
        # The client disconnected before the request was complete: not a call.
        return Response(status_code=499)
    call = sandbox.log.start(world.clock(), world.bot.id, method, raw.for_log())
    fault = sandbox.take_fault(method, raw.values)
    if fault is None:
        return await execute(sandbox, world, call, raw, request)
    call.fault = fault.kind
    match fault.kind:
        case "status":
            return _injected_response(fault, call)
        case "reset_before":
            return await reset(request)
        case "hang":
            await _disconnected(request)
            return Response(status_code=500)
        case "delay":
            await asyncio.sleep(fault.seconds)
    response = await execute(sandbox, world, call, raw, request)
    return await reset(request) if fault.kind == "reset_after" else response


def _injected_response(fault: Fault, call: Call) -> Response:
    call.status, call.problem = fault.code, fault.description
    if fault.body is not None:
        return Response(fault.body, status_code=fault.code, media_type="text/html")
    return refusal(ApiError(fault.code, fault.description, **fault.parameters))


async def read_whole(request: Request) -> RawCall:
    """Return the parsed call. As on Telegram, a complete request counts even if its sender has disconnected since.

    Raises:
        ClientDisconnect: The request is incomplete.
        ApiError: The body is too large or malformed.
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


async def execute(sandbox: Sandbox, world: World, call: Call, raw: RawCall, request: Request | None = None) -> Response:
    """Execute the call and record its outcome. A call that waits ends when the sender of `request` disconnects."""
    try:
        result = perform(world, call.method, raw)
        if inspect.isawaitable(result):
            result = await (_unless_gone(result, request) if request else result)
    except ApiError as error:
        if isinstance(error, SchemaBreak):
            sandbox.log.mark_break(call, error.problem)
        call.is_simulated = not isinstance(error, NotSimulated)
        call.problem, call.status = call.problem or error.description, error.code
        call.response = {"description": error.description, "parameters": error.parameters}
        return refusal(error)
    call.status, call.response = 200, result
    return JSONResponse({"ok": True, "result": result})


class NotSimulated(ApiError):
    """The call is valid but not simulated."""

    def __init__(self, what: str) -> None:
        super().__init__(400, f"Bad Request: {what} is not simulated")


def perform(world: World, name: str, raw: RawCall) -> Any:
    """Validate and execute the call. Return the result, or an awaitable of it. Raises ApiError."""
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
    """Return the awaited result, or stop when the client disconnects."""
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
    # Bypasses Starlette's bookkeeping, because the body has been consumed.
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def reset(request: Request) -> Response:
    """Close the connection without a response. The returned value is never sent."""
    request.state.transport.abort()
    await _disconnected(request)
    return Response(status_code=500)
