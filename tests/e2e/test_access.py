"""Forged presses and typed answers: nobody reads or changes the digest of a chat that is not theirs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Person, Until, World

VICTIM, OUTSIDER, NEWCOMER, NOBODY = 2002, 3003, 4004, 5005
REFUSAL = "Saya tidak menemukan obrolan itu, atau Anda bukan adminnya. Masukkan saya ke sana dulu, dan periksa namanya."


@pytest.fixture(scope="module", autouse=True)
def bot(world: World) -> Iterator[None]:
    with world.bot():
        yield


@pytest.fixture(scope="module")
def victim(world: World) -> Person:
    """A reader with a digest about something private."""
    reader = world.person(type="private", chat_id=VICTIM)
    (panel,) = reader.exchange("/langganan")
    asked = reader.press_and_read(reader.press_and_read(panel, "Kata"), "Harus memuat …")
    reader.say("kanker payudara, hiv", reply_to_message_id=asked["message_id"])
    return reader


@pytest.fixture(scope="module")
def outsider(world: World) -> Person:
    world.person(type="private", chat_id=NEWCOMER)
    return world.person(type="private", chat_id=OUTSIDER)


def select_rows(world: World, table: str, chat_id: int) -> list[Any]:
    with sqlite3.connect(world.database, timeout=10) as connection:
        found = list(connection.execute(f"SELECT * FROM {table} WHERE chat_id = ?", [chat_id]))  # noqa: S608
    connection.close()
    return found


@pytest.mark.parametrize("data", [f"s1:{VICTIM}:v:main", f"s1:{VICTIM}:r-", f"s1:{NEWCOMER}:r", f"s1:{NOBODY}:r"])
def test_forged_press_on_another_private_chat_is_refused(
    world: World, victim: Person, outsider: Person, data: str
) -> None:
    (panel,) = outsider.exchange("/langganan")
    before = [select_rows(world, "subscriptions", chat_id) for chat_id in (VICTIM, NEWCOMER, NOBODY)]
    assert before[0]
    asked = len(world.calls("getChat"))
    answer = outsider.forge(panel, data)
    assert [(toast["text"], toast["show_alert"]) for toast in answer["toasts"]] == [(REFUSAL, True)]
    assert answer["messages"] == []
    assert "kanker" not in outsider.shown(panel)["text"]
    assert [select_rows(world, "subscriptions", chat_id) for chat_id in (VICTIM, NEWCOMER, NOBODY)] == before
    # Telegram is not even asked whether there is such a chat.
    assert len(world.calls("getChat")) == asked


def test_stored_question_about_another_private_chat_is_not_answered(
    world: World, victim: Person, outsider: Person, until: Until
) -> None:
    (panel,) = outsider.exchange("/langganan")
    asked = outsider.press_and_read(outsider.press_and_read(panel, "Jam"), "Ketik sendiri")
    # The question is stored after it is sent.
    until(lambda: bool(select_rows(world, "questions", OUTSIDER)))
    with sqlite3.connect(world.database, timeout=10) as connection:
        connection.execute("UPDATE questions SET target_id = ? WHERE chat_id = ?", [VICTIM, OUTSIDER])
    connection.close()
    before = select_rows(world, "subscriptions", VICTIM)
    answer = outsider.hear("03:33", reply_to_message_id=asked["message_id"])
    assert answer["text"] == REFUSAL
    assert select_rows(world, "subscriptions", VICTIM) == before
