"""A process that was stopped run_with_deadline in time even if a part hangs, and the other parts end cleanly."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

import pytest

from bot.conversation.link_queue import LinkQueue
from bot.run import shut_down
from bot.runtime import shutdown as stopping
from bot.runtime.shutdown import run_with_deadline

# A step that never ends, or that ignores its cancellation.
Hang = Callable[[], Awaitable[None]]


async def hang_forever() -> None:
    await asyncio.Event().wait()


async def hang_stubbornly() -> None:
    """Longer than a stop may take here, and no longer: the test's loop waits for it."""
    for _ in range(6):
        try:
            await asyncio.sleep(0.25)
        except asyncio.CancelledError:
            continue


async def raise_network_error() -> None:
    raise OSError("the network is away")


class FakeApp:
    """Replaces a bot, its application and its jobs in `shut_down`."""

    def __init__(self, **trouble: Hang) -> None:
        self.trouble = trouble
        self.ended: list[str] = []
        self.running = True
        self.app = self.jobs = self
        self.links = LinkQueue()
        self.polls = self.updater = FakeUpdater(self)

    async def _end(self, step: str) -> None:
        if step in self.trouble:
            await self.trouble[step]()
        self.ended.append(step)

    async def stop(self, grace_s: float = 0) -> None:
        """Both the application's stop and that of the jobs, which alone have a grace period."""
        await self._end("sending" if grace_s else "answers")

    async def shutdown(self) -> None:
        await self._end("connections")


class FakeUpdater:
    running = True

    def __init__(self, app: FakeApp) -> None:
        self._app = app

    def stop_waiting(self) -> None:
        """No poll waits here."""

    async def stop(self) -> None:
        await self._app._end("receiving")


LIMITS_S = {name: getattr(stopping, name) for name in ("SENDING_GRACE_S", "RECORDING_S", "ANSWERS_S", "CONNECTIONS_S")}
STEPS = ("sending", "receiving", "answers", "connections")


@pytest.fixture(autouse=True)
def _short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of the time."""
    for name, limit_s in LIMITS_S.items():
        monkeypatch.setattr(stopping, name, limit_s / 10)


@pytest.mark.parametrize("trouble", [hang_forever, hang_stubbornly, raise_network_error])
@pytest.mark.parametrize("step", STEPS)
async def test_each_shutdown_step_has_a_limit_and_the_others_finish(step: str, trouble: Hang) -> None:
    app = FakeApp(**{step: trouble})
    began = time.monotonic()
    await shut_down(app)  # type: ignore[arg-type]
    assert set(app.ended) == set(STEPS) - {step}
    # With all that a busy machine may need.
    assert time.monotonic() - began < stopping.EXIT_S


async def test_shutdown_with_all_steps_hanging_ends_in_time() -> None:
    app = FakeApp(**dict.fromkeys(STEPS, hang_stubbornly))
    began = time.monotonic()
    await shut_down(app)  # type: ignore[arg-type]
    assert app.ended == []
    assert time.monotonic() - began < stopping.EXIT_S


async def test_part_without_a_deadline_is_awaited() -> None:
    assert await run_with_deadline("a nap", asyncio.sleep(0.01), None)
    assert not await run_with_deadline("a nap", asyncio.sleep(10), 0)


def test_shutdown_limits_add_up_to_less_than_five_seconds() -> None:
    grace_s = LIMITS_S["SENDING_GRACE_S"] + LIMITS_S["RECORDING_S"]
    assert grace_s < LIMITS_S["ANSWERS_S"] < LIMITS_S["CONNECTIONS_S"] < stopping.EXIT_S < 4.5


PROGRAM = """
import asyncio, sys, threading, time
from bot.runtime.shutdown import install_stop_signal

def spin():
    while True:
        pass

async def main():
    stop = install_stop_signal(exit_s=0.3)
    print("ready", flush=True)
    {hang}
    await stop.wait()
    {late}

asyncio.run(main())
{after}
print("ended by itself", flush=True)
"""
HANGS = {
    "the event loop waits for the system": {"hang": "time.sleep(60)"},
    "the event loop is at work": {"hang": "spin()"},
    "a step awaits what never comes": {"late": "await asyncio.Event().wait()"},
    "a thread is awaited at the end of the loop": {"hang": "asyncio.ensure_future(asyncio.to_thread(time.sleep, 60))"},
    "the interpreter waits for a thread": {"after": "threading.Thread(target=time.sleep, args=(60,)).start()"},
}


def stop_when_ready(program: str) -> None:
    """Send SIGTERM to the Python program once it prints "ready", and check that it ends with 0."""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        finally:
            process.kill()


@pytest.mark.parametrize("what", HANGS)
def test_hanging_process_exits_in_time(what: str) -> None:
    program = PROGRAM.format(**({"hang": "", "late": "", "after": ""} | HANGS[what]))
    stop_when_ready(program)


def test_process_with_nothing_to_finish_ends_at_once() -> None:
    program = PROGRAM.format(hang="", late="", after="")
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == b"ended by itself\n"
        assert process.wait(20) == 0


FINALIZED_SLOWLY = """
import asyncio, time
from bot.cli.run import run_process
from bot.config import Settings
from bot.runtime.shutdown import install_stop_signal

class Slow:
    def __del__(self, sleep=time.sleep):
        sleep(60)

slow = Slow()

async def work():
    stop = install_stop_signal()
    print("ready", flush=True)
    await stop.wait()

run_process(Settings(), work())
"""


def test_process_ends_without_finalization() -> None:
    """While the interpreter ends, no other thread runs, so nothing would limit the time that it takes."""
    stop_when_ready(FINALIZED_SLOWLY)
