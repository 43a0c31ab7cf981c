"""Links over the rate limit wait in order, in a bounded number, until they are read or the bot stops."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from bot.conversation.link_queue import LinkQueue

if TYPE_CHECKING:
    from telegram import Message

ASKER, OTHER = (1, 1), (2, 2)


def make_message(message_id: int) -> Message:
    return cast("Message", SimpleNamespace(message_id=message_id))


def list_links(queue: LinkQueue, asker: tuple[int, int] = ASKER) -> list[str]:
    return [waiting.link for waiting in queue.all(asker)]


def test_links_wait_in_order_and_those_without_room_are_returned() -> None:
    queue = LinkQueue(most=3)
    assert queue.add(ASKER, make_message(1), ["a", "b"]) == []
    assert queue.add(ASKER, make_message(2), ["c", "d", "e"]) == ["d", "e"]
    assert list_links(queue) == ["a", "b", "c"]
    assert queue.add(OTHER, make_message(1), ["x"]) == []


def test_all_queues_together_are_bounded() -> None:
    queue = LinkQueue(most=3, most_in_all=4)
    assert queue.add(ASKER, make_message(1), ["a", "b", "c"]) == []
    assert queue.add(OTHER, make_message(1), ["x", "y"]) == ["y"]


async def test_person_waits_until_the_task_has_read_the_last_link() -> None:
    queue, read = LinkQueue(), []

    async def read_all() -> None:
        while (waiting := queue.first(ASKER)) is not None:
            await asyncio.sleep(0)
            read.append(waiting.link)
            queue.remove(ASKER, waiting)
            assert queue.is_waiting(ASKER)

    queue.add(ASKER, make_message(1), ["a", "a"])
    queue.start(ASKER, read_all())
    assert queue.is_waiting(ASKER)
    queue.add(ASKER, make_message(2), ["b"])
    for _ in range(9):
        await asyncio.sleep(0)
    assert read == ["a", "a", "b"]
    assert not queue.is_waiting(ASKER)


def test_links_of_an_edited_message_are_removed() -> None:
    queue = LinkQueue()
    queue.remove_message(ASKER, 1)
    queue.add(ASKER, make_message(1), ["a"])
    queue.add(ASKER, make_message(2), ["b"])
    queue.remove_message(ASKER, 1)
    assert list_links(queue) == ["b"]


async def test_stop_ends_every_wait_and_accepts_no_more_links() -> None:
    queue, left = LinkQueue(), []

    async def read() -> None:
        await queue.sleep(3600)
        left.extend(list_links(queue))

    queue.add(ASKER, make_message(1), ["a"])
    queue.start(ASKER, read())
    await asyncio.sleep(0)
    await queue.stop()
    assert left == ["a"]
    assert queue.first(ASKER) is None
    assert queue.add(ASKER, make_message(1), ["a"]) == ["a"]


async def test_sleep_ends_after_its_time() -> None:
    async with asyncio.timeout(30):
        await LinkQueue().sleep(0.001)
