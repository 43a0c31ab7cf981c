"""Graceful shutdown with a hard five-second limit. Nothing is lost: all state is committed before it counts.

`run_with_deadline` limits each step of an orderly stop and continues without the slow ones. A separate thread, which
the signal wakes without the event loop and the main thread, ends the process when the whole time is over.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, NoReturn

from bot.logs.error_format import loop_failed

# Seconds from the signal until messages in progress are finished, their results are stored, answers are finished,
# connections are closed, and the process is ended. The rest of five seconds is for the kernel and
# for a busy machine.
SENDING_GRACE_S = 2.2
RECORDING_S = 0.2
ANSWERS_S = 3.0
CONNECTIONS_S = 3.2
EXIT_S = 4.2
# Limit for the last log line, because the log's reader may hang too.
LAST_WORDS_S = 0.2

log = logging.getLogger(__name__)


def install_stop_signal(exit_s: float = EXIT_S) -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set. From now on errors of the running loop are logged.

    The process ends `exit_s` after the signal. Call it in the main thread.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(loop_failed)

    def tell() -> None:
        # The loop may have ended.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(stop.set)

    heard, rings = os.pipe()
    os.set_blocking(rings, False)
    # The C-level handler writes to the pipe at once. Python-level handlers wait for a busy main thread, so they do
    # nothing.
    signal.set_wakeup_fd(rings, warn_on_full_buffer=False)
    numbers = {signal.SIGTERM, signal.SIGINT}
    for number in numbers:
        signal.signal(number, lambda *_: None)
    threading.Thread(target=force_exit, args=(heard, numbers, tell, exit_s), name="stop", daemon=True).start()
    return stop


def force_exit(heard: int, numbers: set[signal.Signals], tell: Callable[[], None], exit_s: float) -> None:
    """Wait for one of the signals, call `tell`, and end the process `exit_s` later. Runs in its own thread."""
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


def end_process() -> NoReturn:
    """End the process with code 0 after an orderly stop, without the interpreter's finalization.

    It only frees memory, which takes a second, on a busy machine five, and `force_exit` cannot end it.
    """
    for stream in (sys.stdout, sys.stderr):
        # Its reader may be gone.
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(0)


async def run_with_deadline(what: str, work: Awaitable[object], within_s: float | None) -> bool:
    """Return whether `work` ended within `within_s` seconds (None: no limit), with or without an error.

    Work that takes longer is cancelled and abandoned, even if it ignores the cancellation. Errors are logged, so that
    the following steps always run.
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


@asynccontextmanager
async def background_task(work: Coroutine[Any, Any, None], failure: str) -> AsyncIterator[None]:
    """Run `work` during the block, and cancel it at its end. Log its error after the message `failure`."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        (error,) = await asyncio.gather(task, return_exceptions=True)
        if isinstance(error, Exception):
            log.error(failure, exc_info=error)
