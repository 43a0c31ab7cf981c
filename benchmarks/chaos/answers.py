"""Telegram answers late, wrongly or not at all, and chats are not what they were."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from benchmarks.chaos.results import Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.chaos.stage import Stage

GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
TOO_MANY: dict[str, Any] = {"kind": "status", "method": "sendMessage", "code": 429}
FIRST_GROUP, FIRST_CHANNEL, FIRST_FORUM = -600_000, -1_000_000_700_000, -1_000_000_800_000
READER = 1001


def some(stage: Stage, number: int) -> list[int]:
    """So many chats, evenly among all."""
    step = max(1, len(stage.chat_ids) // number)
    return list(stage.chat_ids)[::step][:number]


def round_of(stage: Stage, name: str, tries: int, meanwhile: Callable[[], None] | None = None, **more: Any) -> Result:
    """All chats are due; `meanwhile` happens once the first messages are out."""
    due = stage.make_due()
    stage.start()
    if meanwhile is not None:
        stage.wait_for_messages(20)
        meanwhile()
    stage.drain()
    stage.stop()
    stage.end_faults()
    return Result(name, tries, due, stage.tally(), **more)


def struck(stage: Stage, name: str, tries: int, *, may_be_twice: int = 0, **fault: Any) -> Result:
    """Chats among the others of which each meets the fault once."""
    for chat_id in some(stage, tries):
        stage.fault(method="sendMessage", chat_id=chat_id, count=1, **fault)
    return round_of(stage, name, tries, may_be_twice=may_be_twice)


def cut_while_read(stage: Stage, tries: int) -> Result:
    """Requests of which only the head is read: which chat's they are, nobody knows. A few at a time."""

    def strike() -> None:
        for _ in range(tries // 2):
            stage.fault(kind="reset_during", method="sendMessage", count=2)
            stage.wait_for_messages(4)

    return round_of(stage, "connection reset during the request", tries, strike)


def outage(stage: Stage, name: str, seconds: float, **fault: Any) -> Result:
    """For so long, everything that the bot asks meets the fault."""
    struck_at = stage.messages()

    def strike() -> None:
        nonlocal struck_at
        struck_at = stage.server.sandbox.log.count
        stage.fault(count=10**9, **fault)
        stage.fault(method="getUpdates", count=10**9, **fault)
        time.sleep(seconds)
        stage.end_faults()

    result = round_of(stage, name, 1, strike)
    tried = sum(
        call.number > struck_at and call.method == "sendMessage" and call.fault is not None
        for call in list(stage.server.sandbox.log.calls)
    )
    return Result(
        result.name, tried, result.chats, result.count, note=f"{seconds:.0f} s; tries are messages that met it"
    )


def refused(stage: Stage, times: int, seconds: float) -> Result:
    """Nobody listens at Telegram's address, several times while digests go out."""

    def strike() -> None:
        for _ in range(times):
            stage.close_line()
            time.sleep(seconds)
            stage.open_line()
            stage.wait_for_messages(20)

    # What was on its way when the line was cut may have arrived.
    before = stage.seen_call
    result = round_of(stage, "connection refused", times, strike)
    cut = sum(
        call.number > before and call.method == "sendMessage" and call.status is None
        for call in list(stage.server.sandbox.log.calls)
    )
    return Result(result.name, times, result.chats, result.count, cut, note=f"for {seconds:.0f} s each")


def storm(stage: Stage, tries: int, seconds: int, name: str = "") -> Result:
    """Chats of which each is told to wait for long, the others of which are not to wait with them."""
    for chat_id in some(stage, tries):
        stage.fault(**TOO_MANY, chat_id=chat_id, count=1, description=f"Too Many Requests: retry after {seconds}",
                    parameters={"retry_after": seconds})  # fmt: skip
    return round_of(stage, name or f"429 with {seconds} s to wait", tries)


def chats_in_trouble(stage: Stage, each: int) -> Result:
    """Blocked, migrated, a topic deleted, no rights in a channel; no update tells the bot of it. The last round: who
    blocked it stays quiet."""
    for number, chat_id in enumerate(some(stage, 2 * each)):
        stage.post(f"/sim/chats/{chat_id}/{'block' if number % 2 else 'deactivate'}")
    groups = [FIRST_GROUP - number for number in range(each)]
    channels = [FIRST_CHANNEL - number for number in range(each)]
    forums = [FIRST_FORUM - number for number in range(each)]
    for kind, chat_ids in (("group", groups), ("channel", channels), ("forum", forums)):
        for chat_id in chat_ids:
            stage.post("/sim/chats", type=kind, chat_id=chat_id, members=[READER], title=f"{kind} {chat_id}")
    stage.post("/sim/messages", text="/start")
    stage.subscribe([*groups, *channels], set_up_by=READER)
    for chat_id in forums:
        topic = stage.post(f"/sim/chats/{chat_id}/topic", name="Kabar")["message_thread_id"]
        stage.subscribe([chat_id], thread_id=topic)
        stage.post(f"/sim/chats/{chat_id}/delete_topic", message_thread_id=topic)
    moved = [stage.post(f"/sim/chats/{chat_id}/migrate")["chat_id"] for chat_id in groups]
    for chat_id in channels:
        stage.post(f"/sim/chats/{chat_id}/demote")
    stage.forget_updates()
    before = stage.server.sandbox.log.count
    result = round_of(stage, "blocked, deactivated, migrated, without rights, topic deleted", 5 * each)
    told = sum(
        call.number > before and call.status == 200 and str(call.parameters.get("chat_id")) == str(READER)
        for call in list(stage.server.sandbox.log.calls)
    )
    quiet = stage.count("SELECT count(*) FROM subscriptions WHERE NOT is_active AND quiet_since NOT NULL")
    found = stage.count(f"SELECT count(*) FROM subscriptions WHERE chat_id IN ({','.join(map(str, moved))})")  # noqa: S608
    if (quiet, found, told) != (3 * each, each, each):
        raise RuntimeError(f"{quiet} chats went quiet, {found} moved, {told} admins were told; {each} of each kind")
    note = f"{quiet} went quiet, {found} moved to their new id, who set up {told} channels was told once of each"
    return Result(result.name, result.tries, result.chats, result.count, note=note)
