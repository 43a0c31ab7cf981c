"""The sandbox without HTTP: the bots' worlds, the log of calls, the pending faults."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.sandbox.call_log import CallLog
from bot.sandbox.faults import Faults
from bot.sandbox.limits import Limits
from bot.sandbox.state import MovableClock, User, World

# Has the form of a token but is recognisably not a real one.
SANDBOX_TOKEN = "7000000001:" + "SANDBOX_" * 4 + "BOT"
BOT_NAME = "Ringkas"
BOT_USERNAME = "ringkas_sandbox_bot"
SETTLE_S = 0.3

_TOKEN = re.compile(r"\d{1,20}:[A-Za-z0-9_-]{35}")


def is_token(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None


@dataclass(slots=True)
class Sandbox:
    """`time` is the clock of every world, based on `clock`. Raises ValueError for a malformed token."""

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
