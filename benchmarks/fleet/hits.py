"""What hits the fleet, and what becomes of the messages."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.fleet.balancer import Balancer
from benchmarks.fleet.stage import FIRST_CHAT
from benchmarks.ingest.memory import processor_s
from tests.ports import free_port

if TYPE_CHECKING:
    from benchmarks.fleet.stage import Stage

WORKERS = 4
QUESTION = "/bantuan"


@dataclass(frozen=True, slots=True)
class Hit:
    """`wanted` messages, of them lost and come twice; `may_be_twice` were on their way at the hit. There may be none
    `more` often. `members_ms` and `server_ms` are processor time of a message, of the members and of the database."""

    name: str
    wanted: int
    lost: int
    twice: int
    more: int
    may_be_twice: int
    seconds: float
    members_ms: float
    server_ms: float
    note: str = ""


def digests(stage: Stage, count: int, hit: str) -> Hit:
    """Workers send `count` digests; at a third of them one is killed, or the database's server is ended."""
    stage.make_due(count)
    spent_before = stage.server_s()
    workers = [stage.start("worker", "--queues", "digests,answers") for _ in range(WORKERS)]
    began = time.monotonic()
    stage.wait_until(lambda: stage.finished() >= count // 3, "a third of the digests")
    may_be_twice, note = 0, ""
    if hit == "kill":
        workers[0].kill()
        workers[0].wait()
        may_be_twice = stage.sending()
        note = f"one of {WORKERS} workers killed"
    elif hit == "restart":
        may_be_twice = stage.sending()
        spent_s = stage.server_s() - spent_before
        away_s = stage.restart_server()
        # The new server counts from its own start.
        spent_before = -spent_s
        note = f"the server was away for {away_s:.1f} s"
    stage.wait_until(lambda: stage.finished() >= count, "the end of the digests")
    seconds = time.monotonic() - began
    members_s = sum(processor_s(worker.pid) for worker in workers)
    server_s = stage.server_s() - spent_before
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.wait()
    copies = stage.copies()
    chats = {chat_id for chat_id, _ in copies}
    return Hit(
        {"": "nothing", "kill": "kill -9 of a worker", "restart": "the database's server ended at once"}[hit],
        count,
        count - len(chats),
        sum(number == 2 for number in copies.values()),
        sum(number > 2 for number in copies.values()),
        may_be_twice,
        seconds,
        1000 * members_s / count,
        1000 * server_s / count,
        note,
    )


def questions(stage: Stage, count: int) -> Hit:
    """Two receivers behind a balancer; `count` people ask, and one receiver is killed at a third of them."""
    stage.forget_calls()
    outside, ports = free_port(), [free_port(), free_port()]
    hook = f"http://127.0.0.1:{outside}/telegram"
    with Balancer(outside, ports):
        receivers = [stage.start("web", WEBHOOK_URL=hook, WEBHOOK_LISTEN=f"127.0.0.1:{port}") for port in ports]
        workers = [stage.start("worker", "--queues", "answers") for _ in range(2)]
        stage.ask(FIRST_CHAT, QUESTION)
        stage.wait_until(lambda: len(stage.copies()) == 1, "the first answer")
        began, spent_before = time.monotonic(), stage.server_s()
        members_before = sum(processor_s(member.pid) for member in (*receivers, *workers))
        killed_s = 0.0
        for number in range(1, count):
            if number == count // 3:
                killed_s = processor_s(receivers[0].pid)
                receivers[0].kill()
            stage.ask(FIRST_CHAT + number, QUESTION)
        stage.wait_until(lambda: len({chat for chat, _ in stage.copies()}) == count, "all answers")
        seconds = time.monotonic() - began
        members_s = killed_s + sum(processor_s(member.pid) for member in (*receivers[1:], *workers)) - members_before
        server_s = stage.server_s() - spent_before
        for member in (*receivers, *workers):
            member.terminate()
        for member in (*receivers, *workers):
            member.wait()
    copies = stage.copies()
    return Hit(
        "kill -9 of one of two receivers",
        count,
        count - len({chat for chat, _ in copies}),
        sum(number == 2 for number in copies.values()),
        sum(number > 2 for number in copies.values()),
        0,
        seconds,
        1000 * members_s / count,
        1000 * server_s / count,
        f"{count} people ask; Telegram sends again what the receiver did not take",
    )
