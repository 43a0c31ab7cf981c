"""Floods from one chat: others are answered meanwhile, and the flooder gets one notice."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.transport.update_processor import GROUP, PERSON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.e2e.conftest import Json, Person, Until, World

    Publish = Callable[..., str]

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


def test_fifteen_links_in_three_messages_are_all_answered_in_order(
    world: World, site: Publish, page: str, until: Until
) -> None:
    reader = world.person()
    urls = [site(f"/antre/{n}", page.replace("Sukamakmur", f"Sukaraja {n:02}")) for n in range(15)]
    with lift_limits(world), world.bot(RINGKAS_PER_MINUTE="60", CHAT_MESSAGES_PER_SECOND="1000"):
        for start in (0, 5, 10):
            reader.send("\n".join(urls[start : start + 5]))
        until(lambda: len(list_numbers(reader)) == 15)
        assert "/ringkas" in reader.hear("/bantuan")["text"]
    assert list_numbers(reader) == list(range(15))


def test_waiting_links_are_sent_back_at_a_stop_and_read_after_the_restart(
    world: World, site: Publish, page: str, until: Until
) -> None:
    reader = world.person()
    urls = [site(f"/sisa/{n}", page.replace("Sukamakmur", f"Sukaraja {n:02}")) for n in range(14)]
    with world.bot(RINGKAS_PER_MINUTE="1", RINGKAS_BURST="1"):
        reader.send("\n".join(urls))
        until(lambda: find_unread(reader) != [])
        (unread,) = find_unread(reader)
        # One was read, and ten wait.
        assert unread["text"].splitlines()[1:] == urls[11:]
    assert list_numbers(reader) == [0]
    first, waited = find_unread(reader)
    assert waited["text"].splitlines()[1:] == urls[1:11]
    with lift_limits(world), world.bot(RINGKAS_PER_MINUTE="600", RINGKAS_BURST="2", CHAT_MESSAGES_PER_SECOND="1000"):
        reader.tap(waited, "Lanjut membaca (10)", times=2)
        until(lambda: len(list_numbers(reader)) == 11)
        reader.tap(first, "Lanjut membaca (3)")
        until(lambda: len(list_numbers(reader)) == 14)
    assert list_numbers(reader) == list(range(14))
    assert find_unread(reader) == []


def test_links_of_an_edited_message_are_not_read(world: World, site: Publish, page: str, until: Until) -> None:
    reader = world.person()
    urls = [site(f"/ubah/{n}", page.replace("Sukamakmur", f"Sukaraja {n:02}")) for n in range(3)]
    with world.bot(RINGKAS_PER_MINUTE="1", RINGKAS_BURST="1"):
        sent = reader.send("\n".join(urls[:2]))
        until(
            lambda: any(
                text.startswith("Satu per satu dulu, ya. Saya lanjut membaca") for text in list_bot_texts(reader)
            )
        )
        (waits,) = reader.edit(sent, urls[2])
        assert waits["text"] == "1 tautan lagi masuk antrean."
    (unread,) = find_unread(reader)
    assert unread["text"].splitlines()[1:] == [urls[2]]


def list_numbers(person: Person) -> list[int]:
    """Return the numbers of the pages that were summarised, in the order of the replies."""
    return [int(number) for text in list_bot_texts(person) for number in re.findall(r"^Harga .* Sukaraja (\d\d)", text)]


def find_unread(person: Person) -> list[Json]:
    """Return the messages that name links to read on."""
    return [
        message for message in person.screen()["messages"] if message["text"].startswith("Yang ini belum saya baca")
    ]


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
