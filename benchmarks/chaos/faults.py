"""Faults between the bot and Telegram: the process ends, calls fail, and chats change without an update."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from benchmarks.chaos.results import Count, Result, Share
from benchmarks.chaos.stage import Stage
from bot.sandbox.sandbox import Call

GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
TOO_MANY: dict[str, Any] = {"kind": "status", "method": "sendMessage", "code": 429}
# Kinds of failures and their shares.
FAILURES: tuple[tuple[float, dict[str, Any]], ...] = (
    (1 / 3, {"kind": "status", "code": 500}),
    (1 / 3, {"kind": "status", "code": 502, "body": GATEWAY}),
    (1 / 6, {"kind": "reset_before"}),
    (1 / 6, {"kind": "reset_after"}),
)
FIRST_GROUP, FIRST_CHANNEL, FIRST_FORUM = -600_000, -1_000_000_700_000, -1_000_000_800_000
READER = 1001
# Seconds that each sendMessage takes, as on the real network, so that some messages are always on their way.
LATENCY_S = 0.15
# A kill comes at a random moment: in the start, mostly soon after the first message, sometimes when messages that the
# last kill interrupted are sent again.
LATEST_IN_START_S, LATEST_IN_SENDING_S, LATE_S, LATEST_S = 4.0, 1.5, 8.0, 40.0
MAX_STOP_S = 5.0


def spread_chats(stage: Stage, number: int) -> list[int]:
    """Return this many of the stage's chats, evenly spread."""
    step = max(1, len(stage.chat_ids) // number)
    return list(stage.chat_ids)[::step][:number]


def run_round(stage: Stage, name: str, tries: int, meanwhile: Callable[[], None] | None = None, **more: Any) -> Result:
    """Send to all chats; `meanwhile` is called once the first messages are out."""
    due = stage.make_due()
    stage.start()
    if meanwhile is not None:
        stage.wait_for_messages(20)
        meanwhile()
    stage.drain()
    stage.terminate()
    stage.clear_faults()
    return Result(name, tries, due, stage.tally(), **more)


def strike_chats(stage: Stage, name: str, tries: int, *, uncertain: int = 0, **fault: Any) -> Result:
    """Let the fault hit one call for each of `tries` chats."""
    for chat_id in spread_chats(stage, tries):
        stage.inject_fault(method="sendMessage", chat_id=chat_id, count=1, **fault)
    return run_round(stage, name, tries, uncertain=uncertain)


def fail_calls(stage: Stage, percent: int, rounds: int) -> Share:
    """Let each call fail with this probability, in one of the ways of `FAILURES`."""
    left = 1.0
    for share, fault in FAILURES:
        # The rules are asked one after the other: a later one sees only the calls that the others let pass.
        rate = share * percent / 100
        stage.inject_fault(rate=rate / left, count=10**9, **fault)
        left -= rate
    before, count = stage.server.sandbox.log.count, Count()
    tried: list[Call] = []
    stage.start()
    for _ in range(rounds):
        stage.make_due()
        stage.drain()
        tried += stage.calls(before)
        before = stage.server.sandbox.log.count
        count += stage.tally()
    stage.terminate()
    stage.clear_faults()
    failed = Counter(call.fault for call in tried if call.fault)
    uncertain = failed["reset_before"] + failed["reset_after"]
    note = f"{failed.total() / len(tried):.1%} of {len(tried):,} sendMessage calls failed; {rounds} rounds"
    return Share(f"{percent} %", failed.total(), len(stage.chat_ids), count, uncertain, note)


def reset_during(stage: Stage, tries: int) -> Result:
    """Reset connections after the request's head, before its chat is known; two at a time."""

    def strike() -> None:
        for _ in range(tries // 2):
            stage.inject_fault(kind="reset_during", method="sendMessage", count=2)
            stage.wait_for_messages(4)

    return run_round(stage, "connection reset during the request", tries, strike)


def outage(stage: Stage, name: str, seconds: float, **fault: Any) -> Result:
    """Let the fault hit every call for this many seconds."""
    struck_at = 0

    def strike() -> None:
        nonlocal struck_at
        struck_at = stage.server.sandbox.log.count
        stage.inject_fault(count=10**9, **fault)
        stage.inject_fault(method="getUpdates", count=10**9, **fault)
        time.sleep(seconds)
        stage.clear_faults()

    result = run_round(stage, name, 1, strike)
    tried = sum(call.fault is not None for call in stage.calls(struck_at))
    return replace(result, tries=tried, note=f"{seconds:.0f} s; tries are messages that met it")


def refuse_connections(stage: Stage, times: int, seconds: float) -> Result:
    """Refuse connections several times while digests go out."""

    def strike() -> None:
        for _ in range(times):
            stage.refuse_connections()
            time.sleep(seconds)
            stage.accept_connections()
            stage.wait_for_messages(20)

    # Messages on their way when connections were cut may have arrived.
    before = stage.server.sandbox.log.count
    result = run_round(stage, "connection refused", times, strike)
    cut = sum(call.status is None for call in stage.calls(before))
    return replace(result, uncertain=cut, note=f"for {seconds:.0f} s each")


def demand_waits(stage: Stage, tries: int, seconds: int, name: str = "") -> Result:
    """Let Telegram demand a long wait for some chats, which must not delay the others."""
    for chat_id in spread_chats(stage, tries):
        stage.inject_fault(
            **TOO_MANY,
            chat_id=chat_id,
            count=1,
            description=f"Too Many Requests: retry after {seconds}",
            parameters={"retry_after": seconds},
        )
    return run_round(stage, name or f"429 with {seconds} s to wait", tries)


def change_chats(stage: Stage, each: int) -> Result:
    """Block, deactivate, migrate and demote without an update. Run last: blocked chats stay suspended.

    Raises:
        RuntimeError: a chat was not suspended or moved, or an admin was not notified.
    """
    for number, chat_id in enumerate(spread_chats(stage, 2 * each)):
        stage.post(f"/sim/chats/{chat_id}/{'block' if number % 2 else 'deactivate'}")
    groups = [FIRST_GROUP - number for number in range(each)]
    channels = [FIRST_CHANNEL - number for number in range(each)]
    forums = [FIRST_FORUM - number for number in range(each)]
    for kind, chat_ids in (("group", groups), ("channel", channels), ("forum", forums)):
        for chat_id in chat_ids:
            stage.post("/sim/chats", type=kind, chat_id=chat_id, members=[READER], title=f"{kind} {chat_id}")
    stage.post("/sim/messages", text="/start")
    stage.set_up_digests([*groups, *channels], set_up_by=READER)
    for chat_id in forums:
        topic = stage.post(f"/sim/chats/{chat_id}/topic", name="Kabar")["message_thread_id"]
        stage.set_up_digests([chat_id], thread_id=topic)
        stage.post(f"/sim/chats/{chat_id}/delete_topic", message_thread_id=topic)
    moved = [stage.post(f"/sim/chats/{chat_id}/migrate")["chat_id"] for chat_id in groups]
    for chat_id in channels:
        stage.post(f"/sim/chats/{chat_id}/demote")
    stage.drop_updates()
    before = stage.server.sandbox.log.count
    result = run_round(stage, "blocked, deactivated, migrated, without rights, topic deleted", 5 * each)
    notified = sum(
        call.status == 200 and str(call.parameters.get("chat_id")) == str(READER) for call in stage.calls(before)
    )
    suspended = stage.count("SELECT count(*) FROM subscriptions WHERE NOT is_active AND quiet_since NOT NULL")
    moved_count = stage.count(f"SELECT count(*) FROM subscriptions WHERE chat_id IN ({','.join(map(str, moved))})")  # noqa: S608
    if (suspended, moved_count, notified) != (3 * each, each, each):
        raise RuntimeError(
            f"{suspended} chats suspended, {moved_count} moved, {notified} admins notified; {each} of each kind"
        )
    note = f"{suspended} suspended, {moved_count} moved to their new id, {notified} admins of channels notified once"
    return replace(result, note=note)


def kill_at_random(stage: Stage, tries: int, chance: random.Random, name: str = "kill -9 at random moments") -> Result:
    """Kill the bot at random moments; a new round begins whenever everything was sent."""
    total = Count()
    # The messages on their way at the kills of each round. Some are retried only several starts later.
    interrupted: list[set[tuple[int, ...]]] = [set()]
    stage.inject_fault(kind="delay", method="sendMessage", seconds=LATENCY_S, count=10**9)
    stage.make_due()
    for number in range(tries):
        if stage.is_drained():
            total += stage.tally()
            interrupted.append(set())
            stage.make_due()
        stage.start()
        if number % 2:
            stage.wait_for_messages()
            latest_s = LATEST_S if number % 25 == 1 else LATE_S if number % 4 == 1 else LATEST_IN_SENDING_S
            time.sleep(chance.uniform(0, latest_s))
        else:
            time.sleep(chance.uniform(0, LATEST_IN_START_S))
        interrupted[-1] |= stage.kill()
    stage.finish()
    stage.clear_faults()
    chats, rounds, cut = len(stage.chat_ids), len(interrupted), sum(map(len, interrupted))
    # The last number is that of the attempt.
    times_cut = [times for keys in interrupted for times in Counter(key[:-1] for key in keys).values()]
    twice = sum(times > 1 for times in times_cut)
    note = f"{cut:,} messages were on their way at a kill, {twice} at two; {rounds} rounds of {chats:,} chats"
    return Result(name, tries, chats, total + stage.tally(), cut, note, twice)


def stop_at_random(stage: Stage, tries: int, chance: random.Random, name: str = "SIGTERM at random moments") -> Result:
    """Stop the bot at random moments."""
    longest_s = 0.0
    stage.inject_fault(kind="delay", method="sendMessage", seconds=LATENCY_S, count=10**9)
    stage.make_due()
    for _ in range(tries):
        stage.start()
        stage.wait_for_messages()
        time.sleep(chance.uniform(0, LATEST_IN_SENDING_S))
        longest_s = max(longest_s, stage.terminate())
    stage.finish()
    stage.clear_faults()
    note = f"the slowest stop took {longest_s:.1f} s"
    if longest_s > MAX_STOP_S:
        # The bot's own limit counts from the signal; a loaded machine may deliver it late.
        note += f" (on a machine with a load of {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores)"
    return Result(name, tries, len(stage.chat_ids), stage.tally(), note=note)
