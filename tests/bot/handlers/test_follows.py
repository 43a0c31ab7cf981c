"""The button "Ikuti": the people that may press it, and the chat and topic that follow the story."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest_asyncio

import seeds
from bot.services import Services
from bot.views.follows import FollowPress
from summaries.articles.prepare import prepare
from summaries.fetch.plain.article import read_plain_text
from summaries.model import Origin
from tests.bot.stage import BotCall, Json, Stage, list_buttons, open_stage

READER, OTHER, ADMIN, MEMBER, GROUP, TOPIC = 2001, 2002, 1001, 1002, -1001, 77
PLACES: tuple[Json, ...] = (
    {"type": "private", "chat_id": READER},
    {"type": "private", "chat_id": OTHER},
    {"type": "supergroup", "chat_id": GROUP, "admins": [ADMIN], "members": [MEMBER]},
)
NAME = "gempa-teluk-nara"
ADDRESS = f"https://berita.example/{NAME}"
GONE = "Berita itu sudah tidak ada. Yang terbaru ada di /berita."
ADMINS_ONLY = "Hanya admin grup atau kanal ini yang bisa mengubahnya."


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path, PLACES) as made:
        services: Services = made.app.bot_data.services
        text = next(file.text for file in seeds.sample_articles() if file.name.endswith(f"/{NAME}.txt"))
        await services.writer.add(prepare(replace(read_plain_text(text), url=ADDRESS)), origin=Origin.FEED)
        yield made


def list_follows(stage: Stage) -> list[tuple[int, int | None, int]]:
    return [(row["chat_id"], row["thread_id"], row["article_id"]) for row in stage.rows()["watches"]]


def read_notes(calls: list[BotCall]) -> list[str]:
    return [call.parameters["text"] for call in calls if "text" in call.parameters]


async def press_twice(stage: Stage, message: Json, label: str, note: str) -> Json:
    """Press the button twice, as in a double tap, and return the message as the first press left it."""
    data = list_buttons(message)[label]
    answered, edited = await stage.press(message, READER, data)
    again, _ = await stage.press(message, READER, data)
    assert str(answered.parameters["text"]).startswith(note)
    assert again.parameters["text"] == answered.parameters["text"]
    changed: Json = edited.result
    return changed


async def test_button_follows_and_stops(stage: Stage) -> None:
    (answer,) = await stage.say(READER, READER, ADDRESS)
    followed = await press_twice(stage, answer.result, "Ikuti", "Saya ikuti berita ini: ")
    assert list_follows(stage) == [(READER, None, 1)]
    assert "Diikuti ✓" in list_buttons(followed)
    stopped = await press_twice(stage, followed, "Diikuti ✓", "Berita itu tidak saya ikuti lagi.")
    assert list_follows(stage) == []
    assert list_buttons(stopped) == list_buttons(answer.result)


async def test_only_administrators_follow_in_a_group_and_its_topic_gets_the_news(stage: Stage) -> None:
    message = await stage.posted(GROUP) | {"message_thread_id": TOPIC, "is_topic_message": True}
    data = FollowPress(1, is_on=True).encode()
    assert read_notes(await stage.press(message, MEMBER, data)) == [ADMINS_ONLY]
    assert list_follows(stage) == []
    await stage.press(message, ADMIN, data)
    assert list_follows(stage) == [(GROUP, TOPIC, 1)]
    assert read_notes(await stage.press(message, MEMBER, FollowPress(1, is_on=False).encode())) == [ADMINS_ONLY]
    assert list_follows(stage) == [(GROUP, TOPIC, 1)]


async def test_forged_press_on_a_text_of_another_reader_follows_nothing(stage: Stage) -> None:
    text = next(file.text for file in seeds.sample_articles() if "kopi" in file.name)
    (answer,) = await stage.say(READER, READER, text)
    assert "Ikuti" not in list_buttons(answer.result)
    private = max(row["article_id"] for row in stage.rows()["answers"])
    message = await stage.posted(OTHER)
    for number in (private, 999):
        calls = await stage.press(message, OTHER, FollowPress(number, is_on=True).encode())
        assert read_notes(calls) == [GONE]
    assert list_follows(stage) == []
