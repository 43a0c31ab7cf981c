"""Faults that tests inject: they replace or surround the answer of the next matching calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

import pydantic.dataclasses
from pydantic import Field

from bot.sandbox import STRICT, Json
from bot.sandbox.errors import SimError

FaultKind = Literal["status", "delay", "reset_before", "reset_during", "reset_after", "hang"]


@pydantic.dataclasses.dataclass(config=STRICT, slots=True)
class Fault:
    """One rule. It applies to `count` more calls; None matches any method (but getUpdates) or any chat."""

    kind: FaultKind
    count: int = 1
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

    def matches(self, method: str, parameters: Json) -> bool:
        if self.method is None and method == "getUpdates":
            return False
        is_method = self.method in (None, method)
        return is_method and (self.chat_id is None or str(parameters.get("chat_id")) == str(self.chat_id))


@dataclass(slots=True)
class Faults:
    """The queue of faults: the first matching rule with calls left applies."""

    queue: list[Fault] = field(default_factory=list)

    def take(self, method: str, parameters: Json | None) -> Fault | None:
        """Return the fault for a call, or for a request of which only the head has been read (without parameters)."""
        for fault in self.queue:
            is_unread = fault.kind == "reset_during"
            if is_unread == (parameters is None) and fault.matches(method, parameters or {}):
                fault.count -= 1
                if fault.count <= 0:
                    self.queue.remove(fault)
                return fault
        return None
