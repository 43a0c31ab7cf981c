"""How much at once a person may ask. How often is a contract, which several keep: see test_shared_pace."""

from __future__ import annotations

import asyncio

from bot.conversation.user_limits import PEOPLE_REMEMBERED, AskingPace, Places, Verdict


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


async def test_so_many_people_are_remembered() -> None:
    pace = AskingPace(10, 1, Clock())
    assert [(await pace.ask(1)).verdict for _ in range(2)] == [Verdict.PASS, Verdict.SAY]
    for user_id in range(10, PEOPLE_REMEMBERED + 20):
        await pace.ask(user_id)
    # The first was forgotten.
    assert (await pace.ask(1)).verdict is Verdict.PASS


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
