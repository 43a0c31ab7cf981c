"""The log of all calls, for tests. It never contains the token."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox import Json

KEPT_CALLS = 20_000


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

    def clear(self) -> None:
        self.calls.clear()
        self.breaks.clear()
        self.count = 0
