"""Telegram's pace: so many messages a second overall and in a chat, so many a minute in a group.

Telegram publishes the figures (Bots FAQ, "My bot is hitting limits"), not the algorithm. Overall and per chat these
are token buckets; a group counts the last sixty seconds. A refused send costs nothing.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

_MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How many sends Telegram takes. Edits have their own bucket per chat and don't count in a group's minute."""

    is_on: bool = True
    overall_per_s: float = 30.0
    chat_per_s: float = 1.0
    chat_burst: int = 5
    group_per_minute: int = 20
    edit_burst: int = 20


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float

    def wait_s(self, now: float, rate: float, size: float) -> float:
        """Refill; how long until one more fits."""
        self.level = min(size, self.level + max(0.0, now - self.at) * rate)
        self.at = now
        return 0.0 if self.level >= 1 - 1e-9 else (1 - self.level) / rate


@dataclass(slots=True)
class Limiter:
    limits: Limits
    overall: _Bucket | None = None
    chats: dict[tuple[int, str], _Bucket] = field(default_factory=dict)
    groups: dict[int, deque[float]] = field(default_factory=dict)

    def retry_after_s(self, now: float, chat_id: int, *, is_group: bool, is_edit: bool = False) -> int:
        """0 when the send is allowed and counted; else the whole seconds to wait, and nothing is counted."""
        rules = self.limits
        if not rules.is_on:
            return 0
        if self.overall is None:
            self.overall = _Bucket(rules.overall_per_s, now)
        burst = rules.edit_burst if is_edit else rules.chat_burst
        chat = self.chats.setdefault((chat_id, "edit" if is_edit else "send"), _Bucket(burst, now))
        waits = [
            self.overall.wait_s(now, rules.overall_per_s, max(1.0, rules.overall_per_s)),
            chat.wait_s(now, rules.chat_per_s, burst),
        ]
        minute = self.groups.setdefault(chat_id, deque()) if is_group and not is_edit else None
        if minute is not None:
            while minute and minute[0] <= now - _MINUTE_S:
                minute.popleft()
            if len(minute) >= rules.group_per_minute:
                waits.append(minute[len(minute) - rules.group_per_minute] + _MINUTE_S - now)
        longest = max(waits)
        if longest > 0:
            return max(1, math.ceil(longest))
        self.overall.level -= 1
        chat.level -= 1
        if minute is not None:
            minute.append(now)
        return 0
