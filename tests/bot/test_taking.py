"""How many updates are taken from Telegram at a time."""

from __future__ import annotations

import asyncio

from bot.transport.polling import BoundedUpdateQueue, GetUpdatesRequest


async def test_who_polls_waits_until_updates_are_done_with_not_until_they_are_begun() -> None:
    taken = BoundedUpdateQueue(most=2)
    await taken.wait_for_room()
    await taken.put("first")
    await taken.wait_for_room()
    # What came in the same answer is let in.
    for update in ("second", "third"):
        await taken.put(update)
    waiting = asyncio.create_task(taken.wait_for_room())
    for _ in range(3):
        taken.get_nowait()
    taken.task_done()
    await asyncio.sleep(0)
    assert not waiting.done()
    taken.task_done()
    await waiting


async def test_the_last_poll_waits_for_nothing() -> None:
    taken = BoundedUpdateQueue(most=1)
    await taken.put("first")
    polls = GetUpdatesRequest(httpx_kwargs={"trust_env": False})
    polls.wait_for_room = taken.wait_for_room
    asked = asyncio.create_task(polls.do_request("http://127.0.0.1:1/getUpdates", "POST"))
    await asyncio.sleep(0.05)
    assert not asked.done()
    asked.cancel()
    polls.stop_waiting()
    # Nobody listens there: it was asked.
    failed = await asyncio.gather(polls.do_request("http://127.0.0.1:1/getUpdates", "POST"), return_exceptions=True)
    assert "ConnectError" in str(failed[0])
    await polls.shutdown()
