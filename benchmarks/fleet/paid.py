"""A fleet that sends digests at a pace that it is told, to a sandbox that holds it to Telegram's."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from benchmarks.fleet.granting import most_in_a_second
from benchmarks.ingest.memory import processor_s
from tests.ports import free_port

if TYPE_CHECKING:
    from benchmarks.fleet.stage import Stage


@dataclass(frozen=True, slots=True)
class Pacing:
    """How many messages a second the fleet may send, and whether they are paid for. Without `is_limited` the sandbox
    takes whatever comes."""

    name: str
    per_s: int
    is_paid: bool = False
    is_limited: bool = True


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of `wanted` digests, from the first that came to the last.

    `most` is the most that the sandbox took in any second, `refused` what it refused for pace, `marked` how many of
    those taken said that they are paid for. The milliseconds are processor time of a message: the members', the
    database's, and that of this process, which is the sandbox's.
    """

    pacing: Pacing
    wanted: int
    lost: int
    twice: int
    refused: int
    marked: int
    stars: float
    seconds: float
    most: int
    members_ms: float
    server_ms: float
    sandbox_ms: float

    @property
    def rate(self) -> float:
        return self.wanted / self.seconds


def send(stage: Stage, pacing: Pacing, workers: int, count: int) -> Sent:
    """Workers wait until `count` digests are due, and send them."""
    stage.hold_to_limits(is_on=pacing.is_limited)
    settings = {"MESSAGES_PER_SECOND": str(pacing.per_s), "ALLOW_PAID_BROADCAST": str(pacing.is_paid).lower()}
    places = [f"127.0.0.1:{free_port()}" for _ in range(workers)]
    members = [stage.start("worker", "--queues", "digests,answers", HTTP_LISTEN=place, **settings) for place in places]
    for place in places:
        stage.wait_until(lambda place=place: stage.is_ready(place), "the start of a worker")  # type: ignore[misc]
    members_s, server_s = -sum(processor_s(one.pid) for one in members), -stage.server_s()
    sandbox_s = -time.process_time()
    stage.make_due(count)
    stage.wait_until(lambda: stage.finished() >= count, "the end of the digests")
    members_s, server_s = members_s + sum(processor_s(one.pid) for one in members), server_s + stage.server_s()
    sandbox_s += time.process_time()
    for member in members:
        member.terminate()
    for member in members:
        member.wait()
    sends, copies = stage.sends(), stage.copies()
    taken = [call for call in sends if call.status == httpx.codes.OK]
    times = sorted(call.at for call in taken)
    return Sent(
        pacing,
        count,
        lost=count - len({chat_id for chat_id, _ in copies}),
        twice=sum(number > 1 for number in copies.values()),
        refused=sum(call.status == httpx.codes.TOO_MANY_REQUESTS for call in sends),
        marked=sum(bool(call.parameters.get("allow_paid_broadcast")) for call in taken),
        stars=stage.stars_spent(),
        seconds=times[-1] - times[0],
        most=most_in_a_second(times),
        members_ms=1000 * members_s / count,
        server_ms=1000 * server_s / count,
        sandbox_ms=1000 * sandbox_s / count,
    )
