"""How often and how much at once a person may ask."""

from __future__ import annotations

import asyncio

from bot.asking_pace import PEOPLE_REMEMBERED, AskingPace, Places, Verdict


def test_a_burst_a_word_and_then_silence_until_it_is_over() -> None:
    pace = AskingPace(per_minute=10, burst=3)
    assert [pace.ask(1, 0.0) for _ in range(3)] == [Verdict.PASS] * 3
    assert pace.ask(1, 1.0) is Verdict.SAY
    assert round(pace.wait_s(1)) == 5
    assert [pace.ask(1, at) for at in (1.5, 3.0, 5.9)] == [Verdict.SILENT] * 3
    assert pace.ask(1, 6.0) is Verdict.PASS
    # Over and begun again: it is said again.
    assert [pace.ask(1, 6.1), pace.ask(1, 6.2)] == [Verdict.SAY, Verdict.SILENT]


def test_in_the_long_run_it_is_so_many_a_minute() -> None:
    pace = AskingPace(per_minute=10, burst=5)
    passed = sum(pace.ask(1, float(second)) is Verdict.PASS for second in range(600))
    assert 100 <= passed <= 105


def test_one_persons_pace_is_nobody_elses() -> None:
    pace = AskingPace(per_minute=10, burst=1)
    assert pace.ask(1, 0.0) is Verdict.PASS
    assert pace.ask(1, 0.0) is Verdict.SAY
    assert pace.ask(2, 0.0) is Verdict.PASS
    for other in range(PEOPLE_REMEMBERED + 10):
        pace.ask(other + 10, 0.0)
    assert pace.wait_s(1) == 0.0


async def test_what_one_person_sends_is_read_one_after_the_other() -> None:
    desks, order = Places(per_person=1), []

    async def read(user_id: int, number: int) -> None:
        async with desks.place(user_id):
            order.append((user_id, number))
            await asyncio.sleep(0)
            order.append((user_id, number))

    await asyncio.gather(*(read(1, number) for number in range(3)), read(2, 0))
    # The other person's is begun while the first one's is read.
    assert order.index((2, 0)) == 1
    assert [number for user_id, number in order if user_id == 1] == [0, 0, 1, 1, 2, 2]


async def test_a_person_takes_two_places_and_leaves_the_rest() -> None:
    places = Places(places=3, per_person=2)
    at_work: list[int] = []
    done = asyncio.Event()

    async def work(user_id: int) -> None:
        async with places.place(user_id):
            at_work.append(user_id)
            await done.wait()

    tasks = [asyncio.create_task(work(user_id)) for user_id in (1, 1, 1, 1, 2, 3)]
    for _ in range(20):
        await asyncio.sleep(0)
    assert sorted(at_work) == [1, 1, 2]
    done.set()
    await asyncio.gather(*tasks)
    assert sorted(at_work) == [1, 1, 1, 1, 2, 3]
    assert places._own == {}
