"""Told to stop, the process is gone within five seconds whatever hangs. All that counts is in the database before.

Two clocks see to that. `ends` gives each step of an orderly stop its time, and goes on without what takes longer. And a
thread of its own, which the signal wakes without the event loop and without the interpreter's main thread, ends the
process when the whole time is over.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from bot.logs.error_format import loop_failed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

# From the signal on: until then messages under way are finished, and written down, then answers under way, then
# connections are closed, and then the process ends with whatever else there is. What is left of five seconds is the
# system's, which takes the process apart, and a busy machine's.
SENDING_GRACE_S = 2.2
RECORDING_S = 0.2
ANSWERS_S = 3.0
CONNECTIONS_S = 3.2
EXIT_S = 4.2
# So long the last words may take: whoever reads the log may hang, too.
LAST_WORDS_S = 0.2

log = logging.getLogger(__name__)


def told_to_stop(exit_s: float = EXIT_S) -> asyncio.Event:
    """Set by SIGTERM and SIGINT; errors of the running loop are logged from here on.

    `exit_s` after the signal the process ends. For the main thread.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(loop_failed)

    def tell() -> None:
        # A loop that ended meanwhile needs not be told.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(stop.set)

    heard, rings = os.pipe()
    os.set_blocking(rings, False)
    # The system's own handler writes there at once; Python's, for which a busy main thread has no time, do nothing.
    signal.set_wakeup_fd(rings, warn_on_full_buffer=False)
    numbers = {signal.SIGTERM, signal.SIGINT}
    for number in numbers:
        signal.signal(number, lambda *_: None)
    threading.Thread(target=mind_the_end, args=(heard, numbers, tell, exit_s), name="stop", daemon=True).start()
    return stop


def mind_the_end(heard: int, numbers: set[signal.Signals], tell: Callable[[], None], exit_s: float) -> None:
    """Once one of the signals is heard, tell, and end the process that much later. A thread's work."""
    while numbers.isdisjoint(os.read(heard, 64)):
        pass
    began = time.monotonic()
    tell()
    time.sleep(max(0.0, exit_s - LAST_WORDS_S - (time.monotonic() - began)))
    words = threading.Thread(
        target=log.warning, args=("something did not end in time, and the bot stops without it",), daemon=True
    )
    words.start()
    words.join(LAST_WORDS_S)
    os._exit(0)


class Budget:
    """The time of an orderly stop, from the moment when it is made."""

    def __init__(self) -> None:
        self._began_s = asyncio.get_running_loop().time()

    async def ends(self, what: str, work: Awaitable[object], by_s: float) -> bool:
        """Whether the work ended, well or not, by so many seconds from the beginning. See `ends`."""
        return await ends(what, work, self._began_s + by_s - asyncio.get_running_loop().time())


async def ends(what: str, work: Awaitable[object], within_s: float | None) -> bool:
    """Whether the work ended, well or not, in time; None is as long as it takes.

    What takes longer is cancelled and left, even where it does not let itself be cancelled; what fails is logged: the
    steps that come after it are taken all the same.
    """
    task = asyncio.ensure_future(work)
    await asyncio.wait([task], timeout=within_s if within_s is None else max(0.0, within_s))
    if not task.done():
        task.cancel()
        log.warning("%s did not end in time", what)
        return False
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("%s ended badly", what, exc_info=error)
    return True
