"""The clock of the sandbox, for people who move it and bots that follow it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from bot.sandbox.errors import SimError
from bot.sandbox.sim.asking import body_of, number, world_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from bot.sandbox.sandbox import Sandbox

LONGEST_WAIT_S = 60.0


async def show(sandbox: Sandbox, request: Request) -> Response:
    """The time now. With `known_ahead_s` the answer waits, up to `timeout_s`, until the clock is elsewhere."""
    if "known_ahead_s" in request.query_params:
        known = number(request, "known_ahead_s", 0.0)
        world = world_of(sandbox, request)
        deadline = time.monotonic() + min(number(request, "timeout_s", 0.0), LONGEST_WAIT_S)
        while sandbox.time.ahead_s == known and not world.is_closing and (left := deadline - time.monotonic()) > 0:
            await world.signal.wait(left)
    return JSONResponse({"now": sandbox.time(), "ahead_s": sandbox.time.ahead_s})


async def forward(sandbox: Sandbox, request: Request) -> Response:
    data = await body_of(request, forward_s=float)
    if "forward_s" not in data:
        raise SimError("forward_s says how many seconds the clock goes forward")
    sandbox.time.forward(data["forward_s"])
    for world in sandbox.worlds.values():
        world.next_event()
    return JSONResponse({"now": sandbox.time(), "ahead_s": sandbox.time.ahead_s})
