"""Telegram answers a message with the message. Who wants its number alone reads no more of that.

A digest has dozens of entities; making objects of them was a sixth of what a message cost.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# What python-telegram-bot makes no message without.
KEPT = ("message_id", "date", "chat")

_is_brief: ContextVar[bool] = ContextVar("_is_brief", default=False)


@contextmanager
def number_alone() -> Iterator[None]:
    """Of messages that are sent within the block, in this task, the number alone is wanted."""
    before = _is_brief.set(True)
    try:
        yield
    finally:
        _is_brief.reset(before)


def as_wanted(answer: dict[str, Any]) -> dict[str, Any]:
    """Telegram's answer, or what is wanted of it."""
    result = answer.get("result")
    if _is_brief.get() and isinstance(result, dict) and "message_id" in result:
        return {**answer, "result": {key: result[key] for key in KEPT if key in result}}
    return answer
