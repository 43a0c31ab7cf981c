"""More or less news like a story: below digests and summaries, in the panel, in /mengapa, and in hostile hands."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.panel.changes import Press, Verb, View
from bot.services import Services
from bot.views.tastes import TasteChange, TastePress, decode_taste_press, hash_subject
from summaries.digests.tastes import Subject
from summaries.model import MAX_TASTES, TasteKind
from tests.bot.handlers.test_digest_buttons import (
    ADMIN,
    GROUP,
    MEMBER,
    PLACES,
    READER,
    edited,
    find_toast,
    press,
    write_article,
)
from tests.bot.stage import Stage, list_buttons, open_stage

BUTTON = "Perbanyak atau kurangi"
GONE = "Berita itu sudah tidak ada. Yang terbaru ada di /berita."
BRIDGE = "Perbanyak: Walanae"


def read_tastes(stage: Stage, chat_id: int) -> list[str]:
    (row,) = [row for row in stage.rows()["subscriptions"] if row["chat_id"] == chat_id]
    tastes: list[str] = json.loads(row["tastes"])
    return tastes


async def test_taste_is_chosen_listed_explained_exported_and_undone(tmp_path: Path) -> None:
    async with open_stage(tmp_path, PLACES) as stage:
        services: Services = stage.app.bot_data.services
        await services.load_files(map(write_article, range(3)))
        await stage.say(READER, READER, "/jadwal 03:33")
        *_, digest = await stage.deliver(READER)
        numbers = edited(digest, await press(stage, digest, READER, BUTTON), "editMessageReplyMarkup")
        assert [*list_buttons(numbers)] == ["1", "2", "3", "‹ Kembali"]
        place = next(n for n, line in enumerate(digest["text"].split("\n\n")[2:], 1) if "Jembatan Kayu" in line)
        listed = edited(digest, await press(stage, numbers, READER, str(place)), "editMessageReplyMarkup")
        labels = [*list_buttons(listed)]
        assert labels[:2] == ["Perbanyak: Daerah", "Kurangi: Daerah"]
        assert labels[-1] == "‹ Kembali"
        calls = await press(stage, listed, READER, BRIDGE)
        assert find_toast(calls) == "Mulai sekarang diperbanyak dalam kabar rutin: Walanae"
        chosen = edited(digest, calls, "editMessageReplyMarkup")
        assert f"✓ {BRIDGE}" in list_buttons(chosen)
        await press(stage, chosen, READER, "Kurangi: Daerah")
        assert read_tastes(stage, READER) == ["+name:Walanae", "-topic:daerah"]
        back = edited(digest, await press(stage, chosen, READER, "‹ Kembali"))
        assert list_buttons(back) == list_buttons(digest)

        (why,) = await stage.say(READER, READER, "/mengapa")
        (line,) = [line for line in why.parameters["text"].splitlines() if "Jembatan Kayu" in line]
        assert line.endswith("; Anda ingin lebih banyak Walanae; walau Anda ingin lebih sedikit Daerah")
        (export,) = await stage.say(READER, READER, "/dataku")
        assert export.method == "sendDocument"

        (panel,) = await stage.say(READER, READER, "/langganan")
        assert "\nDiperbanyak: Walanae\nDikurangi: Daerah\n" in panel.shown
        calls = await press(stage, panel.result, READER, "Perbanyak atau kurangi")
        screen = edited(panel.result, calls)
        assert {"✕ Kurangi: Daerah", "✕ Perbanyak: Walanae", "Hapus semua"} < {*list_buttons(screen)}
        screen = edited(screen, await press(stage, screen, READER, "✕ Kurangi: Daerah"))
        assert read_tastes(stage, READER) == ["+name:Walanae"]
        # A second press of an old button changes nothing.
        calls = await press(stage, chosen, READER, f"✓ {BRIDGE}")
        assert find_toast(calls) == "Kembali seperti semula: Walanae"
        assert read_tastes(stage, READER) == []


async def test_below_a_summary_and_in_groups_only_for_administrators(tmp_path: Path) -> None:
    async with open_stage(tmp_path, PLACES) as stage:
        await stage.add_samples(["gempa-teluk-nara"])
        asked = "https://berita.example/gempa-teluk-nara"
        (answer,) = await stage.say(READER, READER, asked)
        calls = await press(stage, answer.result, READER, BUTTON)
        assert find_toast(calls) == "Ini mengubah kabar rutin, dan Anda belum punya: /langganan"
        for chat_id, user_id in ((READER, READER), (GROUP, ADMIN)):
            await stage.say(chat_id, user_id, "/langganan")
        listed = edited(answer.result, await press(stage, answer.result, READER, BUTTON), "editMessageReplyMarkup")
        label = next(label for label in list_buttons(listed) if label.startswith("Perbanyak: "))
        await press(stage, listed, READER, label)
        assert len(read_tastes(stage, READER)) == 1

        (answer,) = await stage.say(GROUP, MEMBER, f"/ringkas {asked}")
        before = stage.rows()
        for data in (list_buttons(answer.result)[BUTTON], list_buttons(listed)[label]):
            calls = await stage.press(answer.result, MEMBER, data)
            assert [call.method for call in calls if call.method.startswith("edit")] == []
            assert find_toast(calls) == find_toast(await stage.press(answer.result, MEMBER, Press(Verb.STOP).encode()))
        assert stage.rows() == before
        await stage.press(answer.result, ADMIN, list_buttons(listed)[label])
        assert read_tastes(stage, GROUP) == read_tastes(stage, READER)

        # Forged data, articles that are not public, subjects of other stories.
        press_ = decode_taste_press(list_buttons(listed)[label])
        assert press_ is not None
        before = stage.rows()
        other = hash_subject(Subject(TasteKind.NAME, "Persib"))
        for data, toast in (
            ("p1:zz", GONE),
            (TastePress(999, press_.back).encode(), GONE),
            (TastePress(press_.article_id, press_.back, TasteChange.LESS, other).encode(),
             "Tombol ini sudah tidak berlaku."),
        ):  # fmt: skip
            assert find_toast(await stage.press(listed, READER, data)) == toast
        assert stage.rows() == before


async def test_too_many_tastes_are_refused(tmp_path: Path) -> None:
    async with open_stage(tmp_path, PLACES) as stage:
        await stage.add_samples(["gempa-teluk-nara"])
        await stage.say(READER, READER, "/langganan")
        (answer,) = await stage.say(READER, READER, "https://berita.example/gempa-teluk-nara")
        listed = edited(answer.result, await press(stage, answer.result, READER, BUTTON), "editMessageReplyMarkup")
        tastes = json.dumps([f"+name:Nama {number}" for number in range(MAX_TASTES)])
        with closing(sqlite3.connect(stage.database, timeout=10)) as connection, connection:
            connection.execute("UPDATE subscriptions SET tastes = ?", [tastes])
        label = next(label for label in list_buttons(listed) if label.startswith("Perbanyak: "))
        calls = await press(stage, listed, READER, label)
        assert f"Sudah ada {MAX_TASTES}" in str([call.parameters for call in calls])
        assert len(read_tastes(stage, READER)) == MAX_TASTES
        panel = await stage.posted(READER)
        await stage.press(panel, READER, Press(Verb.VIEW, View.TASTES).encode())
        await stage.press(panel, READER, Press(Verb.DROP_TASTES).encode())
        assert read_tastes(stage, READER) == []
        await press(stage, listed, READER, label)
        assert len(read_tastes(stage, READER)) == 1


@pytest.mark.parametrize(
    "data",
    [
        "p1:0:v:d1:1:bs", "p1:1:v:d1:1:xx", "p1:1:v:s1::v", "p1:1:m:d1:1:bs", "p1:1:m0123456:d1:1:bs",
        "p1:1:v01234567:d1:1:bs", "p1:1:v:d1:1:bs\n", "p1:١:v:d1:1:bs", "p1:1:v:",
    ],
)  # fmt: skip
def test_forged_press_is_refused(data: str) -> None:
    assert decode_taste_press(data) is None


def test_longest_press_fits() -> None:
    back = f"d1:{16**15 - 1:x}:bs"
    longest = TastePress(16**13 - 1, back, TasteChange.NEITHER, hash_subject(Subject(TasteKind.NAME, "n" * 60)))
    assert len(longest.encode()) <= 64
    assert decode_taste_press(longest.encode()) == longest
