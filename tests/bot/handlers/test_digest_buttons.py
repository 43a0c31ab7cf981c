"""The buttons below a digest, in private chats and groups, across a restart, and in hostile hands."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest_asyncio

from bot.panel.changes import Press, Verb
from bot.services import Services
from summaries.model import LONG
from tests.bot.stage import BotCall, Json, Stage, list_buttons, open_stage

READER, OTHER, ADMIN, MEMBER = 2001, 2002, 7007, 7008
GROUP, CHANNEL = -1001, -1002
PLACES: tuple[Json, ...] = (
    *({"type": "private", "chat_id": chat_id} for chat_id in (READER, OTHER, ADMIN, MEMBER)),
    {"type": "supergroup", "chat_id": GROUP, "title": "Warga Desa", "admins": [ADMIN], "members": [MEMBER]},
    {"type": "channel", "chat_id": CHANNEL, "title": "Kabar Desa", "username": "kabar_desa", "admins": [ADMIN]},
)
TASTES = "Perbanyak atau kurangi"
EXPIRED = "Tombol ini sudah kedaluwarsa."
# A headline, a place, a speaker and an office of each story, so that no two are about one event.
EVENTS = (
    ("Jembatan Kayu Roboh Diterjang Banjir", "Sungai Walanae", "Andi Mappa", "Dinas Pekerjaan Umum"),
    ("Harga Cabai Rawit Naik Dua Kali Lipat", "Pasar Terong", "Sitti Rahma", "Dinas Perdagangan"),
    ("Pelajar Menang Lomba Robot Bawah Air", "Kota Bitung", "Yohanes Lumi", "Dinas Pendidikan"),
    ("Bidan Keliling Layani Tiga Pulau", "Kepulauan Sabalana", "Nurhayati Daeng", "Dinas Kesehatan"),
    ("Kapal Feri Baru Mulai Berlayar", "Pelabuhan Bira", "Rahmat Hidayat", "Dinas Perhubungan"),
    ("Hutan Bakau Ditanami Lima Ribu Bibit", "Teluk Youtefa", "Marthen Kambu", "Dinas Kehutanan"),
    ("Museum Tenun Dibuka untuk Umum", "Kota Waingapu", "Umbu Landu", "Dinas Kebudayaan"),
    ("Jaringan Listrik Desa Selesai Dipasang", "Lembah Baliem", "Yosepha Wenda", "Dinas Energi"),
    ("Sapi Kurban Diperiksa Dokter Hewan", "Kecamatan Poto Tano", "Lalu Wirawan", "Dinas Peternakan"),
    ("Warga Tutup Tambang Pasir Liar", "Lereng Merapi", "Sugeng Priyono", "Dinas Lingkungan"),
    ("Pustaka Terapung Singgah Sebulan Sekali", "Danau Sentarum", "Maria Dayang", "Dinas Perpustakaan"),
    ("Atlet Panahan Raih Emas Pertama", "Stadion Lukas", "Benny Wanggai", "Dinas Olahraga"),
)
TITLES = [title for title, *_ in EVENTS]


def write_article(number: int) -> tuple[str, bytes, str]:
    title, place, speaker, office = EVENTS[number]
    text = (
        f"{title}\n\n{place} -- {title} di {place} pada Senin, kata {office} dalam keterangan kepada wartawan.\n\n"
        f"Menurut {speaker}, yang menyaksikan kejadian itu bersama {number + 12} tetangganya, warga sudah lama"
        f" menunggu perhatian {office} untuk {place} dan sekitarnya.\n\nKepala {office} mengatakan petugas datang ke"
        f" {place} sejak pagi dengan {number + 3} kendaraan, lalu mencatat kebutuhan setiap keluarga yang tinggal di"
        f" sana.\n\nSebelumnya {speaker} pernah menulis surat kepada bupati tentang keadaan {place}, tetapi jawabannya"
        f" baru tiba {number + 5} bulan kemudian.\n\n{office} berjanji memeriksa {place} lagi pada akhir bulan dan"
        " mengumumkan hasilnya kepada warga melalui kantor desa.\n"
    )
    return f"{number}.txt", text.encode(), "daerah"


@asynccontextmanager
async def open_world(folder: Path) -> AsyncIterator[Stage]:
    async with open_stage(folder, PLACES) as stage:
        yield stage


async def subscribe(stage: Stage) -> None:
    services: Services = stage.app.bot_data.services
    await services.load_files(map(write_article, range(11)))
    await stage.say(READER, READER, "/jadwal 03:33")
    await stage.say(GROUP, ADMIN, "/jadwal 03:33")
    await stage.say(ADMIN, ADMIN, "/langganan @kabar_desa")


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_world(tmp_path) as made:
        await subscribe(made)
        yield made


def find_call(calls: list[BotCall], method: str) -> BotCall:
    (found,) = [call for call in calls if call.method == method]
    return found


def find_toast(calls: list[BotCall]) -> str | None:
    text: str | None = find_call(calls, "answerCallbackQuery").parameters.get("text")
    return text


def count_titles(message: Json) -> int:
    return sum(title in message["text"] for title in TITLES)


async def press(stage: Stage, message: Json, user_id: int, label: str) -> list[BotCall]:
    return await stage.press(message, user_id, list_buttons(message)[label])


def edited(message: Json, calls: list[BotCall], method: str = "editMessageText") -> Json:
    """The message after the bot's edit."""
    result: Json = find_call(calls, method).result
    assert result["message_id"] == message["message_id"]
    return result | {"chat": message["chat"]}


def dispute_stories(stage: Stage, *, is_disputed: bool) -> None:
    with sqlite3.connect(stage.database, timeout=10) as connection:
        connection.execute("UPDATE stories SET is_disputed = ?", [is_disputed])
    connection.close()


async def test_short_digest_is_shown_in_every_size(stage: Stage) -> None:
    await stage.press(await stage.posted(READER), READER, Press(Verb.COUNT, "3").encode())
    dispute_stories(stage, is_disputed=True)
    *_, digest = await stage.deliver(READER)
    # The digest keeps the marks that it was sent with.
    dispute_stories(stage, is_disputed=False)
    assert [*list_buttons(digest)] == ["Lebih ringkas", "Lebih lengkap", "Simpan", "Berita lain", TASTES]
    shown, lengths = digest, []
    for label in ("Lebih lengkap", "Lebih lengkap", "Lebih ringkas", "Lebih ringkas", "Lebih ringkas"):
        calls = await press(stage, shown, READER, label)
        assert find_toast(calls) is None
        shown = edited(digest, calls)
        assert count_titles(shown) == 3
        assert shown["text"].count("data antarmedia berbeda") == 3
        lengths.append(len(shown["text"]))
        assert [*list_buttons(shown)][-3:] == ["Simpan", "Berita lain", TASTES]
        if len(lengths) == 2:
            assert "Lebih lengkap" not in list_buttons(shown)
    assert lengths[1] > lengths[0] == lengths[2] > lengths[3] > lengths[4]
    assert "Lebih ringkas" not in list_buttons(shown)
    assert "kata Dinas" not in shown["text"]


async def test_digest_of_a_whole_message_shows_more_of_the_most_important_stories(stage: Stage) -> None:
    *_, digest = await stage.deliver(READER)
    calls = await press(stage, digest, READER, "Lebih lengkap")
    toast = find_toast(calls) or ""
    assert re.fullmatch("Hanya [1-7] dari 8 berita yang muat selengkap ini.", toast)
    fuller = edited(digest, calls)
    assert count_titles(fuller) == 8
    assert [*list_buttons(fuller)] == ["Lebih ringkas", "Simpan", "Berita lain", TASTES]
    again = edited(digest, await press(stage, fuller, READER, "Lebih ringkas"))
    assert digest["text"].startswith(again["text"])


async def test_story_is_saved_and_removed(stage: Stage) -> None:
    *_, digest = await stage.deliver(READER)
    choice = edited(digest, await press(stage, digest, READER, "Simpan"), "editMessageReplyMarkup")
    labels = list(list_buttons(choice))
    assert labels == [*"12345678", "‹ Kembali"]
    calls = await press(stage, choice, READER, "2")
    assert find_toast(calls) == "Tersimpan. Lihat lagi di /tersimpan."
    saved = edited(digest, calls, "editMessageReplyMarkup")
    assert list(list_buttons(saved)) == ["1", "2 ✓", *"345678", "‹ Kembali"]
    (listed,) = await stage.say(READER, READER, "/tersimpan")
    (title,) = [title for title in TITLES if title in listed.text]
    assert f"\n2. {title}\n" in digest["text"]
    removed = edited(digest, await press(stage, saved, READER, "2 ✓"), "editMessageReplyMarkup")
    assert list(list_buttons(removed)) == labels
    back = edited(digest, await press(stage, removed, READER, "‹ Kembali"))
    assert list_buttons(back) == list_buttons(digest)


async def test_further_news_comes_once_and_is_not_in_the_next_digest(stage: Stage) -> None:
    *_, digest = await stage.deliver(READER)
    calls = await press(stage, digest, READER, "Berita lain")
    more = find_call(calls, "sendMessage").result
    assert more["text"].startswith("Berita lain\n\n")
    assert count_titles(digest) == 8
    assert [title for title in TITLES[:11] if title not in digest["text"]] == [t for t in TITLES if t in more["text"]]
    assert list_buttons(more) == {}
    calls = await press(stage, digest, READER, "Berita lain")
    assert find_toast(calls) == "Sejauh ini itu semua berita pentingnya. Lihat juga /berita."
    assert [call.method for call in calls] == ["answerCallbackQuery"]
    (empty,) = await stage.deliver(READER)
    assert "Belum ada berita baru" in empty["text"]
    assert list_buttons(empty) == {}


async def test_group_member_saves_for_himself_and_channels_have_no_buttons(stage: Stage) -> None:
    *_, digest = await stage.deliver(GROUP)
    choice = edited(digest, await press(stage, digest, MEMBER, "Simpan"), "editMessageReplyMarkup")
    first = next(iter(list_buttons(choice)))
    presses = [stage.pressed(choice, user_id, list_buttons(choice)[first]) for user_id in (MEMBER, ADMIN)]

    async def press_at_once() -> None:
        await asyncio.gather(*map(stage.app.process_update, presses))

    calls = await stage.calls_of(press_at_once())
    toasts = [call.parameters.get("text") for call in calls if call.method == "answerCallbackQuery"]
    assert toasts == ["Tersimpan. Lihat lagi di /tersimpan."] * 2
    assert find_toast(await press(stage, choice, MEMBER, first)) == "Sudah tersimpan sebelumnya: lihat /tersimpan."
    assert {row["chat_id"] for row in stage.rows()["saved_articles"]} == {MEMBER, ADMIN}
    *_, post = await stage.deliver(CHANNEL)
    assert post["text"]
    assert list_buttons(post) == {}


async def test_data_of_another_chat_and_forged_data_are_refused(stage: Stage) -> None:
    *_, digest = await stage.deliver(READER)
    *_, other = await stage.deliver(GROUP)
    data = list_buttons(digest)["Berita lain"]
    number = data.split(":")[1]
    before = stage.rows()
    forged = [*list_buttons(digest).values(), *(f"d1:{number}:{action}s1" for action in "ku"), "d1:ffff:vs"]
    for message, user_id in ((other, MEMBER), (await stage.posted(OTHER), OTHER)):
        for tried in forged:
            assert find_toast(await stage.press(message, user_id, tried)) == EXPIRED, tried
    for tried in (f"d1:{number}:ks9", f"d1:{number}:us99", f"d1:{number}:ks0", f"d1:{number}:ns1", "d1:", "d1::vs"):
        calls = await stage.press(digest, READER, tried)
        assert [call.method for call in calls] == ["answerCallbackQuery"]
        assert find_toast(calls) == EXPIRED, tried
    assert stage.rows() == before


async def test_buttons_work_after_a_restart_until_the_digest_is_deleted(tmp_path: Path) -> None:
    async with open_world(tmp_path) as stage:
        await subscribe(stage)
        *_, digest = await stage.deliver(READER)
    async with open_world(tmp_path) as stage:
        # The message of the other process, as this sandbox knows it.
        shown = await stage.posted(READER)
        calls = await stage.press(shown, READER, list_buttons(digest)["Lebih lengkap"])
        assert count_titles(edited(shown, calls)) == 8
        calls = await stage.press(shown, READER, list_buttons(digest)["Berita lain"])
        assert find_call(calls, "sendMessage").parameters["text"].startswith("<b>Berita lain</b>")
        with sqlite3.connect(stage.database, timeout=10) as connection:
            connection.execute("UPDATE deliveries SET due_at = '2020-01-01T00:00:00.000000+00:00'")
        connection.close()
        await stage.calls_of(stage.jobs.forget())
        assert stage.rows()["deliveries"] == []
        assert find_toast(await stage.press(shown, READER, list_buttons(digest)["Lebih lengkap"])) == EXPIRED
        # The id is not given to another digest.
        services: Services = stage.app.bot_data.services
        await services.load_files([write_article(11)])
        await stage.deliver(READER)
        assert find_toast(await stage.press(shown, READER, list_buttons(digest)["Lebih lengkap"])) == EXPIRED


async def test_all_messages_of_a_long_digest_change(stage: Stage) -> None:
    panel = await stage.posted(READER)
    for data in (Press(Verb.LENGTH, LONG.code).encode(), Press(Verb.COUNT, "12").encode()):
        await stage.press(panel, READER, data)
    digest = await stage.deliver(READER)
    assert len(digest) > 1
    assert [bool(list_buttons(message)) for message in digest] == [*[False] * (len(digest) - 1), True]
    calls = await press(stage, digest[-1], READER, "Lebih ringkas")
    edits = [call for call in calls if call.method == "editMessageText"]
    assert [call.result["message_id"] for call in edits] == [message["message_id"] for message in digest]
    assert all(len(call.result["text"]) <= 4096 for call in edits)
