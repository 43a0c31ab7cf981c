"""How updates are counted and limited by person and chat."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st
from telegram import Update

from bot.runtime.metrics import Metrics, UpdateKind
from bot.transport.update_processor import (
    GROUP,
    MAX_NOTICES,
    MEMBER,
    PERSON,
    Admission,
    Claim,
    Quota,
    UpdateLimiter,
    UpdateProcessor,
    classify,
    find_origin,
    is_refused,
    list_claims,
)

CHAT = {"id": 5, "type": "private", "first_name": "R"}
USER = {"id": 5, "is_bot": False, "first_name": "R"}
MESSAGE = {"message_id": 1, "date": 1_700_000_000, "chat": CHAT, "from": USER}
MEMBERSHIP = {"user": USER, "status": "member"}
CHANGE = {
    "chat": CHAT,
    "from": USER,
    "date": 1_700_000_000,
    "old_chat_member": MEMBERSHIP,
    "new_chat_member": MEMBERSHIP,
}


def make_update(**fields: Any) -> Update:
    return Update.de_json({"update_id": 7, **fields})


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"message": MESSAGE | {"text": "/berita"}}, UpdateKind.COMMAND),
        ({"message": MESSAGE | {"caption": "/ringkas"}}, UpdateKind.COMMAND),
        ({"message": MESSAGE | {"text": "halo"}}, UpdateKind.MESSAGE),
        ({"message": MESSAGE}, UpdateKind.MESSAGE),
        ({"edited_message": MESSAGE | {"text": "/berita"}}, UpdateKind.EDIT),
        ({"callback_query": {"id": "1", "from": USER, "chat_instance": "1", "data": "x"}}, UpdateKind.BUTTON),
        ({"inline_query": {"id": "1", "from": USER, "query": "x", "offset": ""}}, UpdateKind.INLINE),
        ({"guest_message": MESSAGE | {"guest_query_id": "1"}}, UpdateKind.GUEST),
        ({"my_chat_member": CHANGE}, UpdateKind.MEMBERSHIP),
        ({"channel_post": MESSAGE}, UpdateKind.OTHER),
        ({}, UpdateKind.OTHER),
    ],
)
def test_update_kind_is_classified(fields: dict[str, Any], kind: UpdateKind) -> None:
    assert classify(make_update(**fields)) is kind


GROUP_CHAT = {"id": -9, "type": "supergroup", "title": "G"}
CHANNEL = {"id": -77, "type": "channel", "title": "K"}
# Telegram's own accounts for anonymous administrators and for channels.
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
CHANNEL_BOT = {"id": 136817688, "is_bot": True, "first_name": "Channel"}
IN_GROUP = MESSAGE | {"chat": GROUP_CHAT, "text": "/berita"}
PRESS = {"id": "1", "from": USER, "chat_instance": "1", "data": "x"}


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ({"message": MESSAGE}, [5]),
        ({"edited_message": MESSAGE}, [5]),
        ({"message": IN_GROUP}, [5, (-9, 5), (-9,)]),
        ({"message": IN_GROUP | {"from": ANONYMOUS, "sender_chat": GROUP_CHAT}}, [(-9, -9), (-9,)]),
        ({"message": IN_GROUP | {"from": CHANNEL_BOT, "sender_chat": CHANNEL}}, [-77, (-9, -77), (-9,)]),
        ({"callback_query": PRESS | {"message": MESSAGE}}, [5]),
        ({"callback_query": PRESS | {"message": MESSAGE | {"chat": GROUP_CHAT}}}, [5, (-9, 5), (-9,)]),
        ({"callback_query": PRESS | {"inline_message_id": "a"}}, [5]),
        ({"inline_query": {"id": "1", "from": USER, "query": "x", "offset": ""}}, [5]),
        # A change that got lost would leave a wrong state.
        ({"my_chat_member": CHANGE}, []),
        ({"message": MESSAGE | {"chat": GROUP_CHAT, "migrate_to_chat_id": -100}}, []),
        ({"channel_post": MESSAGE | {"chat": CHANNEL}}, []),
    ],
)
def test_update_counts_against_user_and_chat(fields: dict[str, Any], keys: list[Hashable]) -> None:
    quotas = [GROUP, MEMBER] if len(keys) > 1 else []
    assert list(list_claims(find_origin(make_update(**fields)))) == [
        Claim(key, quotas.pop() if isinstance(key, tuple) else PERSON) for key in keys
    ]


def test_pending_updates_are_limited_with_one_notice() -> None:
    limiter, claims = UpdateLimiter(), (Claim(1, PERSON),)
    decisions = [limiter.admit(claims) for _ in range(PERSON.pending + 3)]
    assert decisions == [Admission.HANDLE] * PERSON.pending + [Admission.REFUSE] + [Admission.DROP] * 2
    assert limiter.admit((Claim(2, PERSON),)) is Admission.HANDLE
    limiter.release(claims)
    assert [limiter.admit(claims), limiter.admit(claims)] == [Admission.HANDLE, Admission.DROP]
    for _ in range(PERSON.pending):
        limiter.release(claims)
    # A later backlog is announced again.
    assert [limiter.admit(claims) for _ in range(PERSON.pending + 1)][-1] is Admission.REFUSE


def test_group_member_leaves_capacity_for_others() -> None:
    limiter = UpdateLimiter()

    def claims(user_id: int) -> tuple[Claim, ...]:
        return Claim(user_id, PERSON), Claim((-9, user_id), MEMBER), Claim((-9,), GROUP)

    decisions = [limiter.admit(claims(1)) for _ in range(50)]
    assert decisions.count(Admission.HANDLE) == MEMBER.pending
    assert [limiter.admit(claims(2)) for _ in range(3)] == [Admission.HANDLE] * 3
    # A group's backlog is announced once in the group, not once for each person.
    others = [limiter.admit(claims(number)) for number in range(3, 40)]
    assert others.count(Admission.HANDLE) == GROUP.pending - MEMBER.pending - 3
    assert others.count(Admission.REFUSE) == 1


def test_each_refused_user_gets_a_notice_up_to_a_limit() -> None:
    limiter = UpdateLimiter()
    crowd = (Claim((-9,), GROUP),)
    for _ in range(GROUP.pending):
        limiter.admit(crowd)
    presses = [limiter.admit(crowd, notice=user_id) for user_id in range(100) for _ in range(2)]
    assert presses.count(Admission.REFUSE) == MAX_NOTICES
    assert presses[:4] == [Admission.REFUSE, Admission.DROP] * 2


def test_many_flooding_users_leave_capacity_for_others() -> None:
    limiter = UpdateLimiter(max_updates=200)
    for user_id in range(100):
        for _ in range(30):
            limiter.admit((Claim(user_id, PERSON),))
    assert limiter.admit((Claim("bystander", PERSON),)) is Admission.HANDLE


@hypothesis.given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.booleans()), max_size=200))
def test_released_claims_are_removed_and_quotas_hold(steps: list[tuple[int, int, bool]]) -> None:
    limiter = UpdateLimiter(max_updates=50)
    held: list[tuple[Claim, ...]] = []
    for user_id, chat_id, is_release in steps:
        if is_release and held:
            limiter.release(held.pop(0))
            continue
        claims: tuple[Claim, ...] = (Claim(user_id, Quota(1, 6)), Claim((chat_id,), Quota(2, 9)))
        if limiter.admit(claims) is Admission.HANDLE:
            held.append(claims)
        for position, most in ((0, 6), (1, 9)):
            keys = [one[position].key for one in held]
            assert all(keys.count(key) <= most for key in keys)
    for rest in held:
        limiter.release(rest)
    assert limiter == UpdateLimiter(max_updates=50)


class RecordingMetrics(Metrics):
    def __init__(self) -> None:
        self.begun = self.refused = 0
        self.handled: list[tuple[UpdateKind, float]] = []

    def update_begun(self) -> None:
        self.begun += 1

    def update_refused(self) -> None:
        self.refused += 1

    def update_handled(self, kind: UpdateKind, took_s: float) -> None:
        self.handled.append((kind, took_s))


async def test_failed_updates_are_timed_too() -> None:
    metrics = RecordingMetrics()

    async def work(divisor: int = 1) -> None:
        assert 1 // divisor

    async with UpdateProcessor(metrics) as processor:
        await processor.process_update(make_update(), work())
        with pytest.raises(ZeroDivisionError):
            await processor.process_update(make_update(message=MESSAGE), work(0))
        await processor.process_update("no update", work())
    assert [kind for kind, _ in metrics.handled] == [UpdateKind.OTHER, UpdateKind.MESSAGE]
    assert all(0 <= took_s < 5 for _, took_s in metrics.handled)
    assert metrics.begun == 2


async def test_flood_does_not_delay_others_and_gets_one_notice() -> None:
    metrics, is_over = RecordingMetrics(), asyncio.Event()
    running: list[int] = []
    notices = 0

    async def handle(user_id: int) -> None:
        nonlocal notices
        if is_refused():
            notices += 1
            return
        running.append(user_id)
        await is_over.wait()

    def message(user_id: int) -> Update:
        person = USER | {"id": user_id}
        return make_update(message=MESSAGE | {"from": person, "chat": CHAT | {"id": user_id}})

    async with UpdateProcessor(metrics) as processor:
        flood = [asyncio.create_task(processor.process_update(message(1), handle(1))) for _ in range(400)]
        bystander = asyncio.create_task(processor.process_update(message(2), handle(2)))
        for _ in range(20):
            await asyncio.sleep(0)
        assert running == [1] * PERSON.running + [2]
        assert notices == 1
        assert metrics.refused == 400 - PERSON.pending
        is_over.set()
        await asyncio.gather(*flood, bystander)
    assert running.count(1) == PERSON.pending
    assert not is_refused()
