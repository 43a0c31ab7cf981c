"""A fleet on PostgreSQL under fire: its processes are killed and the database server crashes while all kinds go out."""

from __future__ import annotations

import random
import subprocess
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx

from benchmarks.chaos.results import Count, OfFleet
from benchmarks.fleet import Fleet, LoadBalancer
from benchmarks.news import make_news
from benchmarks.processes import BOT, ROOT
from benchmarks.rounds import percentile
from benchmarks.scene import FIRST_CHAT, Bystander, Reader
from bot.sandbox.limits import Limits
from bot.sandbox.sandbox import Fault, Sandbox
from bot.sandbox.server import SandboxServer
from tests.ports import free_port

RECEIVERS, WORKERS = 2, 3
# Seconds that each sendMessage takes, so that several messages are on their way at a kill.
LATENCY_S = 0.5
# Seconds between kills, on average, and for the start of a process. Before most kills the last victim has joined the
# fleet again, however long its start takes; before each of the others it may still be starting.
EVERY_S, START_S, IN_START_EVERY = 3.0, 5.0, 4
MAX_START_S, MAX_REST_S = 300.0, 900.0
# A question whose job is lost with its worker gets another one after 90 s; see `bot.fleet.tasks`.
ANSWER_TIMEOUT_S = 300.0
FIRST_WATCHER, FIRST_RECIPIENT, FIRST_READER = FIRST_CHAT + 100_000, FIRST_CHAT + 200_000, FIRST_CHAT + 300_000
ARTICLES = 5
LEAD = timedelta(seconds=20)
# Each chat gets one message, at a time that is spread evenly over the run.
DIGESTS = """
INSERT INTO subscriptions (chat_id, times, zone, days, is_active, next_due_at, created_at, updated_at)
    SELECT n, '07:00', 'Asia/Jakarta', '0123456', true, %(begin)s + %(every)s * (n - %(first)s), %(now)s, %(now)s
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
"""
WATCHES = """
INSERT INTO watches (chat_id, words, created_at, listens_since)
    SELECT n, 'mangrove' || (n %% %(articles)s), %(now)s, %(now)s
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
"""
BROADCAST = """
WITH made AS (
    INSERT INTO broadcasts (html, state, admin_id, created_at) VALUES ('Siaran', 'sending', 0, %(now)s) RETURNING id)
INSERT INTO outbox (kind, chat_id, broadcast_id, not_before, created_at)
    SELECT 'broadcast', n, made.id, %(begin)s + %(every)s * (n - %(first)s), %(now)s
    FROM made, generate_series(%(first)s::bigint, %(last)s::bigint) n
"""
IN_FLIGHT = "SELECT chat_id FROM outbox WHERE state = 'sending' AND lease_owner LIKE %(owner)s"
# The rows of questions do not name the worker that answers them, and a private chat has the id of its person.
ANSWERING = "SELECT sender_id, opened_at FROM fleet.updates WHERE opened_at IS NOT NULL AND answered_at IS NULL"
UNKNOWN = "SELECT chat_id FROM outbox WHERE state IN ('sending', 'uncertain') AND not_before IS NULL"
IS_STARTING = "SELECT to_regclass('fleet.updates') IS NULL"
IS_NO_MEMBER = "SELECT NOT EXISTS (SELECT 1 FROM fleet.members WHERE owner LIKE %(owner)s)"
# Each watch gets one alert, once a worker has found its article.
OPEN = """
SELECT (SELECT count(*) FROM subscriptions WHERE next_due_at <= now()) + (SELECT count(*) FROM outbox
    WHERE not_before IS NOT NULL) + (SELECT count(*) FROM deliveries WHERE finished_at IS NULL)
    + (SELECT count(*) FROM watches w WHERE NOT EXISTS (SELECT 1 FROM outbox a WHERE a.watch_id = w.id))
    + (SELECT count(*) FROM fleet.updates WHERE answered_at IS NULL)
"""


def disturb(chats: int, kills: int, crashes: int, chance: random.Random) -> list[OfFleet]:
    """Kill the fleet's processes at random moments, and crash the server evenly spread, while messages are due."""
    with open_fleet() as (fleet, sandbox, reader), ExitStack() as stack:
        period_s = kills * (EVERY_S + START_S)
        kinds = put_messages(fleet, reader, chats, timedelta(seconds=period_s))
        sandbox.faults.append(Fault("delay", count=10**9, method="sendMessage", seconds=LATENCY_S))
        ports = [free_port() for _ in range(RECEIVERS)]
        balancer = stack.enter_context(LoadBalancer(ports))
        members = [
            *(fleet.start_receiver(port, balancer.port) for port in ports),
            *(fleet.start("worker") for _ in range(WORKERS)),
        ]
        wait_until_none(fleet, IS_STARTING, MAX_START_S)
        reader.make_chats(FIRST_READER, int(period_s) * 3)
        readers = Bystander(reader.url, ((FIRST_READER + n, "/berita") for n in count()), 1.0, ANSWER_TIMEOUT_S)
        readers.start()
        in_flight: Counter[int] = Counter()
        # Openings of questions that were interrupted: a dead worker's are seen again at the next kills.
        answering: set[tuple[int, datetime]] = set()
        began, crashed, published, receivers_killed = time.monotonic(), 0, 0, 0
        for number in range(kills):
            share = number / kills
            if share >= (published + 0.5) / ARTICLES and import_article(fleet, published):
                published += 1
            if share >= (crashed + 0.5) / crashes:
                in_flight.update(in_flight_of(fleet, "%"))
                answering.update(fleet.execute(ANSWERING))
                crashed_at = datetime.now(UTC)
                fleet.crash_server()
                # With those that were begun at the last moment.
                answering.update(found for found in fleet.execute(ANSWERING) if found[1] <= crashed_at)
                crashed += 1
            time.sleep(chance.uniform(0, 2 * EVERY_S))
            victim = chance.randrange(len(members))
            members[victim].kill()
            members[victim].wait()
            if victim < RECEIVERS:
                receivers_killed += 1
            else:
                in_flight.update(in_flight_of(fleet, f"%:{members[victim].pid}:%"))
                answering.update(fleet.execute(ANSWERING))
            members[victim] = fleet.restart(members[victim])
            if number % IN_START_EVERY:
                wait_until_none(fleet, IS_NO_MEMBER, MAX_START_S, owner=f"%:{members[victim].pid}:%")
        while published < ARTICLES:
            published += import_article(fleet, published)
        took_s = time.monotonic() - began
        readers.stop()
        wait_until_none(fleet, OPEN, MAX_REST_S)
        rest_s = time.monotonic() - began - took_s
        in_flight.update(chat_id for chat_id, _ in answering)
        unknown = {chat_id for (chat_id,) in fleet.execute(UNKNOWN)}
    arrived = Counter(
        int(call.parameters["chat_id"])
        for call in list(sandbox.log.calls)
        if call.method == "sendMessage" and call.status == httpx.codes.OK
    )
    tries, took = kills + crashes, readers.took_s["/berita"]
    notes = {
        "digests": f"{kills - receivers_killed} kills of workers, {receivers_killed} of receivers, {crashes} crashes",
        "alerts": f"the kills took {took_s:,.0f} s; {rest_s:.0f} s later everything had an outcome",
        "answers": f"half within {median(took):.0f} s, 95 % within {percentile(took, 95):.0f} s,"
        f" {readers.unanswered} not within {ANSWER_TIMEOUT_S:.0f} s",
    }
    kinds["answers"] = range(FIRST_READER, FIRST_READER + sum(map(len, readers.took_s.values())))
    results = []
    for name, chat_ids in kinds.items():
        copies = [(arrived[chat_id], chat_id in unknown) for chat_id in chat_ids]
        doubts = sum(in_flight[chat_id] > 0 for chat_id in chat_ids)
        # A message that was not on its way must not come twice, and none three times. An answer may come once for each
        # time that it was interrupted.
        most = tries if name == "answers" else 1
        avoidable = sum(arrived[chat_id] > 1 + min(in_flight[chat_id], most) for chat_id in chat_ids)
        count_of = Count.of(copies, avoidable)
        results.append(OfFleet(name, tries, len(chat_ids), count_of, doubts, notes.get(name, "")))
    return results


def put_messages(fleet: Fleet, reader: Reader, chats: int, period: timedelta) -> dict[str, range]:
    """Store messages of all kinds that become due during the period, and return the chats of each kind."""
    kinds = {
        "digests": (DIGESTS, range(FIRST_CHAT, FIRST_CHAT + chats)),
        "alerts": (WATCHES, range(FIRST_WATCHER, FIRST_WATCHER + chats // 3)),
        "a broadcast": (BROADCAST, range(FIRST_RECIPIENT, FIRST_RECIPIENT + chats // 3)),
    }
    now = datetime.now(UTC)
    for sql, chat_ids in kinds.values():
        first, last, every = chat_ids[0], chat_ids[-1], period / len(chat_ids)
        reader.make_chats(first, len(chat_ids))
        fleet.execute(sql, now=now, begin=now + LEAD, every=every, first=first, last=last, articles=ARTICLES)
    return {name: chat_ids for name, (_, chat_ids) in kinds.items()}


def import_article(fleet: Fleet, number: int) -> bool:
    """Import an article that a part of the watchers waits for; return whether the database was there."""
    ((item,),) = make_news(1, 1, seed=number, now=datetime.now(UTC))
    path = fleet.folder / f"kabar{number}.txt"
    path.write_text("\n\n".join((f"Hutan mangrove{number} {item.title}", *item.paragraphs)), encoding="utf-8")
    command = [*BOT, "import", str(path)]
    return subprocess.run(command, env=fleet.environment, cwd=ROOT, check=False, capture_output=True).returncode == 0


def in_flight_of(fleet: Fleet, owner: str) -> list[int]:
    """Return the chats whose messages a process was sending; `owner` is a pattern for its lease."""
    return [chat_id for (chat_id,) in fleet.execute(IN_FLIGHT, owner=owner)]


def wait_until_none(fleet: Fleet, sql: str, timeout_s: float, **values: str) -> None:
    """Wait until the query returns 0 or false.

    Raises:
        RuntimeError: it took too long.
    """
    deadline = time.monotonic() + timeout_s
    while left := fleet.execute(sql, **values)[0][0]:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{int(left)} were left after {timeout_s:.0f} s: {sql}")
        time.sleep(0.5)


@contextmanager
def open_fleet() -> Iterator[tuple[Fleet, Sandbox, Reader]]:
    """Yield a fleet without members, and its sandbox without rate limits and chats."""
    sandbox = Sandbox(limits=Limits(is_on=False))
    sandbox.log.calls = deque(maxlen=1_000_000)
    with (
        TemporaryDirectory(prefix="ringkas-") as folder,
        SandboxServer(sandbox) as server,
        closing(Reader(server.url)) as reader,
        Fleet(
            Path(folder), server.url, server.token, MESSAGES_PER_SECOND="10000", CHAT_MESSAGES_PER_SECOND="1000"
        ) as fleet,
    ):
        yield fleet, sandbox, reader
