"""The record of calls, the faults to meet, the pace to keep."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from bot.sandbox.errors import SimError
from bot.sandbox.faults import fault_from
from bot.sandbox.limits import Limiter
from bot.sandbox.request_parsing import MAX_PARAMETERS_BYTES
from bot.sandbox.sim.asking import body_of, json_of, number, world_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from bot.sandbox.sandbox import Sandbox


async def faults(sandbox: Sandbox, request: Request) -> Response:
    """Add one rule or a list of them, clear all, or list what is left."""
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
        for world in sandbox.worlds.values():
            world.signal.notify()
    return JSONResponse([f.to_json() for f in queue])


async def calls(sandbox: Sandbox, request: Request) -> Response:
    method = request.query_params.get("method")
    return JSONResponse(sandbox.log.find(method, int(number(request, "since", 0))))


async def breaks(sandbox: Sandbox, _request: Request) -> Response:
    return JSONResponse([c.to_json() for c in sandbox.log.breaks])


async def commands(sandbox: Sandbox, request: Request) -> Response:
    menus = world_of(sandbox, request).commands
    listed = [{"scope": s, "language_code": code, "commands": c} for (s, code), c in menus.items()]
    return JSONResponse({"commands": menus.get(("default", ""), []), "menus": listed})


async def limits(sandbox: Sandbox, request: Request) -> Response:
    """Show the pace, or change some of it; the counting begins anew."""
    if request.method == "PUT":
        known = {f.name: type(getattr(sandbox.limits, f.name)) for f in dataclasses.fields(sandbox.limits)}
        data = await body_of(request, MAX_PARAMETERS_BYTES, **known)
        if any(v < 0 if k == "stars" else v <= 0 for k, v in data.items() if k != "is_on"):
            raise SimError("a limit is above zero; is_on false lifts them all")
        sandbox.limits = dataclasses.replace(sandbox.limits, **data)
        for world in sandbox.worlds.values():
            world.limits, world.limiter = sandbox.limits, Limiter(sandbox.limits)
    return JSONResponse(dataclasses.asdict(sandbox.limits))


async def reset(sandbox: Sandbox, request: Request) -> Response:
    data = await body_of(request, everything=bool)
    sandbox.reset(everything=data.get("everything", False))
    return JSONResponse({"ok": True})
