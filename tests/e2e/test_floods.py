"""Floods from one chat: others are answered meanwhile, and the flooder gets one notice."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.transport.update_processor import GROUP, PERSON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Person, Until, World

FLOOD = 90
NOTICE = "Pesannya banyak sekali."


def test_flood_of_a_user_is_limited_with_one_notice(world: World, until: Until) -> None:
    flooder, reader = world.person(), world.person()
    # All of it waits when the bot starts: it comes at once.
    for _ in range(FLOOD):
        flooder.send("/bahasa")
    event = reader.send("/bahasa")["sandbox"]["event"]
    with lift_limits(world), world.bot(CHAT_MESSAGES_PER_SECOND="1000"):
        assert len(reader.feed(event)) == 1
        until(lambda: count_notices(flooder) == 1 and len(list_bot_texts(flooder)) > PERSON.pending)
    assert count_notices(flooder) == 1
    # A few are answered while others still come in.
    assert len(list_bot_texts(flooder)) < FLOOD


def test_flooding_chat_delays_no_other_and_gets_one_notice_for_presses(world: World, until: Until) -> None:
    flooder, reader, presser = world.person(), world.person(), world.person()
    group = world.person(type="supergroup", title="Warga", members=[flooder.chat_id])
    with world.bot(CHAT_MESSAGES_PER_SECOND="0.05"):
        assert len(reader.hear_all("/bahasa", 1)) == 1
        for _ in range(PERSON.pending):
            flooder.send("/bahasa")
        for _ in range(GROUP.pending):
            group.member(flooder.chat_id).send("/bahasa")
        assert len(reader.hear_all("/bahasa", 1)) == 1
        assert len(list_bot_texts(flooder)) < PERSON.pending
        shown = presser.hear("/bahasa")
        for _ in range(PERSON.pending + 10):
            presser.send("/bahasa")
        presser.tap(shown, "English", times=3)
        until(lambda: len(list_toasts(world)) > 0)
    assert len(list_toasts(world)) == 1


@contextmanager
def lift_limits(world: World) -> Iterator[None]:
    """Let the sandbox accept messages at any rate while the block runs."""
    world.http.put("/sim/limits", json={"is_on": False}).raise_for_status()
    yield
    world.http.put("/sim/limits", json={"is_on": True}).raise_for_status()


def list_toasts(world: World) -> list[str]:
    given = [str(call["parameters"].get("text", "")) for call in world.calls("answerCallbackQuery")]
    return [text for text in given if text.startswith("Sebentar")]


def count_notices(person: Person) -> int:
    return sum(text.startswith(NOTICE) for text in list_bot_texts(person))


def list_bot_texts(person: Person) -> list[str]:
    return [message["text"] for message in person.screen()["messages"] if message["is_bot"]]
