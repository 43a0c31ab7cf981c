"""The sandbox without HTTP: the bots' worlds, the log of calls, the pending faults."""

from __future__ import annotations

import random
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pydantic.dataclasses
from pydantic import Field

from bot.sandbox import STRICT, Json
from bot.sandbox.errors import SimError
from bot.sandbox.limits import Limiter, Limits
from bot.sandbox.state import MovableClock, User, World

# Has the form of a token but is recognisably not a real one.
SANDBOX_TOKEN = "7000000001:" + "SANDBOX_" * 4 + "BOT"
BOT_NAME = "Ringkas"
BOT_USERNAME = "ringkas_sandbox_bot"
SETTLE_S = 0.3
KEPT_CALLS = 20_000

_TOKEN = re.compile(r"\d{1,20}:[A-Za-z0-9_-]{35}")


def is_token(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None


@dataclass(slots=True)
class Call:
    """One call. `number` counts from 1, `problem` is the reason of a failure, `fault` the fault applied to it."""

    number: int
    at: float
    bot_id: int
    method: str
    parameters: Json
    is_valid: bool = True
    is_simulated: bool = True
    problem: str | None = None
    fault: str | None = None
    status: int | None = None
    response: Any = None

    def to_json(self) -> Json:
        return {
            "number": self.number, "time": self.at, "bot_id": self.bot_id, "method": self.method,
            "parameters": self.parameters, "valid": self.is_valid, "simulated": self.is_simulated,
            "problem": self.problem, "fault": self.fault, "status": self.status, "response": self.response,
        }  # fmt: skip


@dataclass(slots=True)
class CallLog:
    """The latest calls, and every call that violates the schema."""

    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=KEPT_CALLS))
    breaks: list[Call] = field(default_factory=list)
    count: int = 0

    def start(self, at: float, bot_id: int, method: str, parameters: Json) -> Call:
        self.count += 1
        call = Call(self.count, at, bot_id, method, parameters)
        self.calls.append(call)
        return call

    def mark_break(self, call: Call, problem: str) -> None:
        call.is_valid = False
        call.problem = problem
        self.breaks.append(call)

    def find(self, method: str | None = None, since: int = 0) -> list[Json]:
        """Return the calls with a number above `since`, oldest first."""
        return [c.to_json() for c in self.calls if c.number > since and method in (None, c.method)]


# Faults that tests inject: they replace or surround the answer of the next matching calls.
FaultKind = Literal["status", "delay", "reset_before", "reset_during", "reset_after", "hang"]


@pydantic.dataclasses.dataclass(config=STRICT, slots=True)
class Fault:
    """One rule. It applies to `count` more calls, or to each of them with probability `rate`; None matches any method
    (but getUpdates) or any chat."""

    kind: FaultKind
    count: int = 1
    rate: Annotated[float, Field(gt=0, le=1)] = 1.0
    method: str | None = None
    chat_id: int | str | None = None
    code: Annotated[int, Field(ge=100, le=599)] = 500
    description: str = "Internal Server Error"
    parameters: Json = field(default_factory=dict)
    body: str | None = None
    seconds: float = 1.0

    def __post_init__(self) -> None:
        if self.kind == "reset_during" and self.chat_id is not None:
            raise SimError("a request that is cut while it is read says no chat")

    def matches(self, method: str, parameters: Json | None) -> bool:
        """Return whether the rule is for this call, or for this request if only its head has been read."""
        if (self.kind == "reset_during") != (parameters is None):
            return False
        if self.method is None and method == "getUpdates":
            return False
        is_method = self.method in (None, method)
        return is_method and (self.chat_id is None or str((parameters or {}).get("chat_id")) == str(self.chat_id))


async def _do_nothing(_until_s: float) -> None:
    """Let the clock move."""


def _find_nothing(_path: str) -> None:
    """Return no page."""


@dataclass(slots=True)
class Sandbox:
    """`time` is the clock of every world, based on `clock`. Raises ValueError for a malformed token.

    `before_clock_moves` is awaited with the new time, so that the bot finds the news of that time. `read_page` returns
    the media type and content of a page of the sandbox's news site, by its path, and `read_hazards` those of a document
    of BMKG.
    """

    tokens: tuple[str, ...] = (SANDBOX_TOKEN,)
    clock: Callable[[], float] = time.time
    limits: Limits = field(default_factory=Limits)
    chance: Callable[[], float] = random.random
    settle_s: float = SETTLE_S
    worlds: dict[str, World] = field(default_factory=dict)
    log: CallLog = field(default_factory=CallLog)
    faults: list[Fault] = field(default_factory=list)
    before_clock_moves: Callable[[float], Awaitable[None]] = _do_nothing
    read_page: Callable[[str], tuple[str, str] | None] = _find_nothing
    read_hazards: Callable[[str], tuple[str, str] | None] = _find_nothing
    time: MovableClock = field(init=False)

    def __post_init__(self) -> None:
        if not self.tokens or not all(map(is_token, self.tokens)):
            raise ValueError("a bot's token is digits, a colon and 35 letters, digits, _ or -")
        self.time = MovableClock(self.clock)
        self.reset()

    def take_fault(self, method: str, parameters: Json | None) -> Fault | None:
        """Return the first fault for a call, or for a request of which only the head has been read (no parameters)."""
        matching = (fault for fault in self.faults if fault.matches(method, parameters))
        fault = next((fault for fault in matching if self.chance() < fault.rate), None)
        if fault is not None:
            fault.count -= 1
            if fault.count <= 0:
                self.faults.remove(fault)
        return fault

    def notify(self) -> None:
        """Wake all waiting coroutines of all worlds."""
        for world in self.worlds.values():
            world.signal.notify()

    def reset(self, *, everything: bool = False) -> None:
        """Remove chats, updates, calls and faults. The setup of a running bot (menus, webhook) and the clock's offset,
        which the bot's database depends on, are kept unless `everything` is true.

        Update ids continue, because a polling bot keeps its offset.
        """
        old = dict(self.worlds)
        for number, token in enumerate(self.tokens):
            username = BOT_USERNAME if number == 0 else f"sandbox{number + 1}_bot"
            bot = User(int(token.split(":")[0]), BOT_NAME, username=username, is_bot=True)
            world = World(token, bot, self.time, Limiter(self.limits))
            self.worlds[token] = world
            if token in old:
                world.update_ids = old[token].update_ids
                if not everything:
                    world.keep_setup(old[token])
                old[token].close()
        if everything:
            self.time.ahead_s = 0.0
        self.log = CallLog()
        self.faults.clear()
