"""Telegram's rate limits: messages per second overall and per chat, messages per minute in a group.

Telegram publishes the figures (Bots FAQ, "My bot is hitting limits"; Bot API, "Paid Broadcasts"), not the algorithm.
Overall and per chat they are token buckets; a group counts the last sixty seconds. A refused send is not counted.

A send with `allow_paid_broadcast` has its own overall limit, which counts all sends. Sends beyond the free limit are
paid from the bot's Stars. Telegram does not document its answer to a bot without Stars: here the free limit applies.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

import pydantic.dataclasses
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from bot.sandbox import STRICT

_MINUTE_S = 60.0
STARS_A_MESSAGE = 0.1


@pydantic.dataclasses.dataclass(config=STRICT, frozen=True, slots=True)
class Limits:
    """The limits. Edits have their own bucket per chat and do not count in a group's minute."""

    is_on: bool = True
    overall_per_s: PositiveFloat = 30.0
    chat_per_s: PositiveFloat = 1.0
    chat_burst: PositiveInt = 5
    group_per_minute: PositiveInt = 20
    edit_burst: PositiveInt = 20
    paid_per_s: PositiveFloat = 1000.0
    stars: NonNegativeFloat = 10_000.0


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float

    def wait_s(self, now: float, rate: float, size: float) -> float:
        """Refill the bucket and return the seconds until the next send fits."""
        self.level = min(size, self.level + max(0.0, now - self.at) * rate)
        self.at = now
        return 0.0 if self.level >= 1 - 1e-9 else (1 - self.level) / rate


@dataclass(slots=True)
class Limiter:
    limits: Limits
    spent: float = 0.0
    # "free" limits ordinary sends, "paid" all sends, "unpaid" the free part of the paid ones.
    overall: dict[str, _Bucket] = field(default_factory=dict)
    chats: dict[tuple[int, str], _Bucket] = field(default_factory=dict)
    groups: dict[int, deque[float]] = field(default_factory=dict)

    def retry_after_s(
        self, now: float, chat_id: int, *, is_group: bool, is_edit: bool = False, is_paid: bool = False
    ) -> int:
        """Count the send and return 0, or return the whole seconds to wait without counting it."""
        rules = self.limits
        if not rules.is_on:
            return 0
        burst = rules.edit_burst if is_edit else rules.chat_burst
        chat = self.chats.setdefault((chat_id, "edit" if is_edit else "send"), _Bucket(burst, now))
        waits = [chat.wait_s(now, rules.chat_per_s, burst)]
        minute = self.groups.setdefault(chat_id, deque()) if is_group and not is_edit else None
        if minute is not None:
            while minute and minute[0] <= now - _MINUTE_S:
                minute.popleft()
            if len(minute) >= rules.group_per_minute:
                waits.append(minute[len(minute) - rules.group_per_minute] + _MINUTE_S - now)
        free = self.overall.setdefault("unpaid" if is_paid else "free", _Bucket(rules.overall_per_s, now))
        paid = self.overall.setdefault("paid", _Bucket(rules.paid_per_s, now))
        free_wait_s = free.wait_s(now, rules.overall_per_s, max(1.0, rules.overall_per_s))
        waits.append(paid.wait_s(now, rules.paid_per_s, max(1.0, rules.paid_per_s)))
        costs = is_paid and free_wait_s > 0 and self.spent + STARS_A_MESSAGE <= rules.stars
        if not costs:
            waits.append(free_wait_s)
        longest = max(waits)
        if longest > 0:
            return max(1, math.ceil(longest))
        if costs:
            self.spent += STARS_A_MESSAGE
        else:
            free.level -= 1
        paid.level -= 1
        chat.level -= 1
        if minute is not None:
            minute.append(now)
        return 0
