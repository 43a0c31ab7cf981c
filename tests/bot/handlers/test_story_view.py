"""The view of a story in the chat: from a button, a list and a deep link, across a restart, and in hostile hands."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio

import seeds
from tests.bot.stage import Json, Stage, list_buttons, open_stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

READER, OTHER = 2001, 2002
PLACES: tuple[Json, ...] = tuple({"type": "private", "chat_id": chat_id} for chat_id in (READER, OTHER))
# Three outlets on one earthquake, and one on another event; each article is an hour younger than the one before.
SAMPLES = ("gempa-teluk-nara", "gempa-teluk-nara-susulan", "gempa-batu-lonceng-warga", "posyandu-lansia-pulau")
BUTTON, TASTES = "Liputan (3)", "Perbanyak atau kurangi"
OUT_OF_DATE = "Tombol ini sudah tidak berlaku."
GONE = "Berita itu sudah tidak ada. Yang terbaru ada di /berita."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path_factory.mktemp("story"), PLACES) as made:
        await made.add_samples(SAMPLES)
        yield made


async def ask(stage: Stage, name: str = SAMPLES[0], user_id: int = READER) -> Json:
    """Send the article's address, and return the bot's reply."""
    (answer,) = await stage.say(user_id, user_id, f"https://berita.example/{name}")
    message: Json = answer.result
    return message


def check_story(text: str) -> None:
    """Check that the text is the view of the earthquake."""
    assert text.startswith("Gempa Magnitudo 5,8 Guncang Teluk Nara, 37 Rumah Rusak\nKabar Timur · ")
    assert "\n3 media · laporan pertama " in text
    assert re.search(r"Magnitudo: .*5,8 .* \(Kabar Timur, .*\) · .*5,6 .* \(Harian Nusantara, ", text)
    assert re.search(r"Tambahan dari media lain\n• .* \(Harian Nusantara, .*\)\n• .* \(Suara Pesisir, .*\)", text)
    assert "Semua liputan\nKabar Timur · Harian Nusantara · Suara Pesisir" in text


async def test_button_shows_the_story_in_place_of_the_summary(stage: Stage) -> None:
    answer = await ask(stage)
    last_rows = answer["reply_markup"]["inline_keyboard"][2:]
    labels = [[button["text"] for button in row] for row in last_rows]
    assert labels == [[BUTTON, "Ikuti"], ["Simpan", "Bagikan"], [TASTES]]
    answered, edited = await stage.press(answer, READER, list_buttons(answer)[BUTTON])
    assert (answered.method, edited.method) == ("answerCallbackQuery", "editMessageText")
    assert edited.parameters["message_id"] == str(answer["message_id"])
    check_story(edited.shown)
    *_, back = await stage.press(answer, READER, list_buttons(edited.result)["Kembali ke ringkasan"])
    assert back.shown == answer["text"]
    assert list_buttons(back.result) == list_buttons(answer)


async def test_saving_keeps_the_story(stage: Stage) -> None:
    answer = await ask(stage, user_id=OTHER)
    *_, shown = await stage.press(answer, OTHER, list_buttons(answer)[BUTTON])
    *_, saved = await stage.press(answer, OTHER, list_buttons(shown.result)["Simpan"])
    check_story(saved.shown)
    assert "Tersimpan ✓" in list_buttons(saved.result)


async def test_two_quick_presses_show_the_story_once(stage: Stage) -> None:
    answer = await ask(stage)
    update = stage.pressed(answer, READER, list_buttons(answer)[BUTTON])
    second = stage.pressed(answer, READER, list_buttons(answer)[BUTTON])

    async def press_both() -> None:
        await asyncio.gather(stage.app.process_update(update), stage.app.process_update(second))

    calls = await stage.calls_of(press_both())
    assert sorted(call.method for call in calls) == ["answerCallbackQuery", "answerCallbackQuery", "editMessageText"]


async def test_button_of_another_chat_is_refused(stage: Stage) -> None:
    data = list_buttons(await ask(stage))[BUTTON]
    other = await ask(stage, SAMPLES[3], OTHER)
    (answered,) = await stage.press(other, OTHER, data)
    assert answered.parameters["text"] == OUT_OF_DATE


async def test_story_of_one_outlet_has_no_button_and_opens_as_a_summary(stage: Stage) -> None:
    answer = await ask(stage, SAMPLES[3])
    buttons = list_buttons(answer)
    assert not [label for label in buttons if label.startswith("Liputan")]
    # A press from before the other outlets' articles were deleted.
    *_, edited = await stage.press(answer, READER, buttons["Poin-poin"].replace(":p", ":o"))
    assert edited.shown == answer["text"]


async def test_story_of_one_outlet_shows_its_chain(tmp_path: Path) -> None:
    async with open_stage(tmp_path, PLACES) as stage:
        await stage.add_samples(SAMPLES[2:])
        with closing(sqlite3.connect(stage.database, timeout=10)) as connection, connection:
            connection.execute("UPDATE stories SET chain_id = 1")
        answer = await ask(stage, SAMPLES[3])
        *_, edited = await stage.press(answer, READER, list_buttons(answer)["Kronologi"])
        text = edited.shown
        assert text.startswith(answer["text"].split("\n")[0])
        assert re.search(r"\n\nKronologi\n• \d+ \w+: .*Batu Lonceng.* \(Suara Pesisir\)\n\n", text)


async def test_button_works_after_a_restart(tmp_path: Path) -> None:
    async with open_stage(tmp_path, PLACES) as stage:
        await stage.add_samples(SAMPLES)
        data = list_buttons(await ask(stage))[BUTTON]
    async with open_stage(tmp_path, PLACES) as stage:
        *_, edited = await stage.press(await stage.posted(READER), READER, data)
        check_story(edited.shown)


async def test_list_links_to_the_story(stage: Stage) -> None:
    (listed,) = await stage.say(READER, READER, "/cari gempa")
    links = dict(re.findall(r'start=(s\d+)">([^<]+)', str(listed.parameters["text"])))
    assert [*links.values()] == ["diliput 3 media"]
    (opened,) = await stage.say(READER, READER, f"/start {next(iter(links))}")
    check_story(opened.shown)
    assert [*list_buttons(opened.result)] == ["Kembali ke ringkasan", "Ikuti", "Simpan", TASTES]


@pytest.mark.parametrize("payload", ["s999999", "a999999", f"s{10**15 - 1}"])
async def test_link_to_an_unknown_story_is_explained(stage: Stage, payload: str) -> None:
    (answer,) = await stage.say(READER, READER, f"/start {payload}")
    assert answer.parameters["text"] == GONE


async def test_text_of_a_reader_has_no_story(stage: Stage) -> None:
    text = next(file.text for file in seeds.sample_articles() if "kopi" in file.name)
    (answer,) = await stage.say(READER, READER, text)
    assert "Liputan" not in str(answer.parameters["reply_markup"])
    article_id = max(row["article_id"] for row in stage.rows()["answers"])
    (opened,) = await stage.say(OTHER, OTHER, f"/start s{article_id}")
    assert opened.parameters["text"] == GONE
