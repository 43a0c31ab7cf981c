"""The whole stand-in apart from HTTP: its bots' worlds, the record of calls, the faults in wait."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.sandbox.call_log import CallLog
from bot.sandbox.faults import Faults
from bot.sandbox.limits import Limits
from bot.sandbox.state import MovableClock, User, World

if TYPE_CHECKING:
    from collections.abc import Callable

# Of a token's form, and plainly not one of Telegram's.
SANDBOX_TOKEN = "7000000001:" + "SANDBOX_" * 4 + "BOT"
BOT_NAME = "Ringkas"
BOT_USERNAME = "ringkas_sandbox_bot"
SETTLE_S = 0.3

_TOKEN = re.compile(r"\d{1,20}:[A-Za-z0-9_-]{35}")


def is_token(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None


@dataclass(slots=True)
class Sandbox:
    """`time` is the clock of every world, `clock` what it goes by. Raises ValueError for a token that is none."""

    tokens: tuple[str, ...] = (SANDBOX_TOKEN,)
    clock: Callable[[], float] = time.time
    limits: Limits = field(default_factory=Limits)
    settle_s: float = SETTLE_S
    callback_lifetime_s: float = 15.0
    worlds: dict[str, World] = field(default_factory=dict)
    log: CallLog = field(default_factory=CallLog)
    faults: Faults = field(default_factory=Faults)
    time: MovableClock = field(init=False)

    def __post_init__(self) -> None:
        if not self.tokens or not all(map(is_token, self.tokens)):
            raise ValueError("a bot's token is digits, a colon and 35 letters, digits, _ or -")
        self.time = MovableClock(self.clock)
        self.reset()

    def reset(self, *, everything: bool = False) -> None:
        """No chats, no updates, no calls, no faults. What a running bot set up at its start (menus, webhook) stays,
        unless `everything` goes; so does how far the clock was moved, which the bot's database remembers.

        Update ids go on: a bot that polls through the reset has an offset.
        """
        old = dict(self.worlds)
        for number, token in enumerate(self.tokens):
            username = BOT_USERNAME if number == 0 else f"sandbox{number + 1}_bot"
            bot = User(int(token.split(":")[0]), BOT_NAME, username=username, is_bot=True)
            world = World(token, bot, clock=self.time, limits=self.limits, callback_lifetime_s=self.callback_lifetime_s)
            self.worlds[token] = world
            if token in old:
                world.update_ids = old[token].update_ids
                if not everything:
                    world.keep_setup(old[token])
                old[token].close()
        if everything:
            self.time.ahead_s = 0.0
        self.log.clear()
        self.faults.queue.clear()
