"""Own feeds in chats: added, listed, read and removed, in the digest of their chat and nowhere else."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.services import Services
from tests.bot.stage import Json, Stage, list_buttons, open_stage
from tests.summaries.conftest import FakeFetcher
from tests.summaries.ingest.test_refresh import make_feed

READER, OTHER, ADMIN, MEMBER = 2001, 2002, 7007, 7008
GROUP, CHANNEL = -1001, -1002
PLACES: tuple[Json, ...] = (
    *({"type": "private", "chat_id": chat_id} for chat_id in (READER, OTHER, ADMIN, MEMBER)),
    {"type": "supergroup", "chat_id": GROUP, "title": "Warga Desa", "admins": [ADMIN], "members": [MEMBER]},
    {"type": "channel", "chat_id": CHANNEL, "title": "Kabar Desa", "username": "kabar_desa", "admins": [ADMIN]},
)
FEED = "https://warga.example/rss"
TEXT = "Warga RT 05 mulai ronda malam pada Senin karena lampu jalan di tiga gang padam. " * 4
ARTICLE = """Harga Beras Turun Setelah Panen Raya

Makassar -- Harga beras medium turun menjadi Rp11.800 per kilogram pada Senin, setelah panen raya di tiga kecamatan \
menambah pasokan petani.

Kepala pasar, Sitti Rahma, mengatakan harga sempat menyentuh Rp13.500 pada awal Oktober karena stok pedagang menipis.

Dinas Perdagangan memperkirakan harga akan bertahan hingga akhir bulan. Warga menyambut baik penurunan itu.
"""
SECRET = "ronda"


def publish(web: FakeFetcher, number: int, headline: str = "") -> None:
    """Let the feed list this many entries, without dates."""
    body = make_feed([f"https://warga.example/{n}" for n in range(number)], TEXT).replace(
        "Berita 0", headline or "Ronda"
    )
    web.publish(FEED, "".join(part.partition("</pubDate>")[2] or part for part in body.split("<pubDate>")))


@pytest.fixture
def web() -> FakeFetcher:
    found = FakeFetcher()
    publish(found, 1)
    return found


@pytest_asyncio.fixture
async def stage(tmp_path: Path, web: FakeFetcher) -> AsyncIterator[Stage]:
    def change(services: Services) -> Services:
        feeds = replace(services.own_feeds, fetcher=web, pages=web, offload=services.offload)
        return replace(services, own_feeds=feeds)

    async with open_stage(tmp_path, PLACES, change) as made:
        await made.app.bot_data.services.load_files([("beras.txt", ARTICLE.encode(), "ekonomi")])
        yield made


def count(stage: Stage, rows: str) -> int:
    with closing(sqlite3.connect(f"file:{stage.database}?mode=ro", uri=True, timeout=10)) as connection:
        (found,) = connection.execute(f"SELECT count(*) FROM {rows}").fetchone()  # noqa: S608
    return int(found)


def make_due(stage: Stage) -> None:
    with closing(sqlite3.connect(stage.database, timeout=10)) as connection, connection:
        connection.execute("UPDATE own_feeds SET next_check_at = added_at")


async def read_all(stage: Stage, chat_id: int) -> str:
    """Everything that the chat can ask for."""
    asked = ("/berita", "/berita ronda", "/cari ronda", "/topik", "/tren", "/sumbersaya", "/mengapa", "/tersimpan")
    calls = [call for text in asked for call in await stage.say(chat_id, chat_id, text)]
    return "\n".join(call.text for call in calls).casefold()


async def test_a_feed_is_added_listed_read_and_removed(stage: Stage, web: FakeFetcher) -> None:
    (empty,) = await stage.say(READER, READER, "/sumbersaya")
    assert list_buttons(empty.result) == {"Tambah": "s1::a:feed"}
    *_, asked = await stage.press(empty.result, READER, "s1::a:feed")
    assert asked.parameters["reply_markup"]
    (added,) = await stage.say(READER, READER, "warga.example/rss")
    assert "Ditambahkan: <b>Kabar</b>" in added.text
    buttons = list_buttons(added.result)
    assert list(buttons) == ["✕ Kabar", "Tambah", "Dari sumber Anda"]
    _, shown = await stage.press(added.result, READER, buttons["Dari sumber Anda"])
    assert SECRET in shown.text
    assert "https://warga.example/0" in shown.text
    (listed,) = await stage.say(READER, READER, "/berita")
    assert list_buttons(listed.result)["Dari sumber Anda"] == buttons["Dari sumber Anda"]
    (data,) = await stage.say(READER, READER, "/dataku")
    assert data.method == "sendDocument"
    _, after = await stage.press(added.result, READER, buttons["✕ Kabar"])
    assert list_buttons(after.result) == {"Tambah": "s1::a:feed"}
    assert count(stage, "own_feeds") == 0
    assert "Dari sumber Anda" not in list_buttons((await stage.say(READER, READER, "/berita"))[0].result)


async def test_no_other_chat_can_read_it(stage: Stage) -> None:
    await stage.say(READER, READER, f"/sumbersaya {FEED}")
    await stage.say(OTHER, OTHER, "/jadwal 03:33")
    mine = await read_all(stage, READER)
    assert "kabar" in mine.split("sumber sendiri")[1]
    theirs = await read_all(stage, OTHER)
    assert SECRET not in theirs.replace("“ronda”", "")
    assert "warga.example" not in theirs
    posted = await stage.posted(OTHER)
    for data in ("o1::l:0", "o1::n:0", "o1::p:0", "o1::x:1", f"o1:{READER}:n:0", f"o1:{READER}:l:0"):
        assert all("warga.example" not in call.text for call in await stage.press(posted, OTHER, data))
    assert len(stage.rows()["chat_feeds"]) == 1
    assert all(SECRET not in message["text"].casefold() for message in await stage.deliver(OTHER))


async def test_only_admins_change_the_feeds_of_a_group(stage: Stage) -> None:
    *_, refused = await stage.say(GROUP, MEMBER, f"/sumbersaya {FEED}")
    assert "Hanya admin grup atau kanal ini yang bisa mengubahnya." in refused.text
    *_, added = await stage.say(GROUP, ADMIN, f"/sumbersaya {FEED}")
    buttons = list_buttons(added.result)
    *_, denied = await stage.press(added.result, MEMBER, buttons["✕ Kabar"])
    assert "Hanya admin" in denied.text
    # Every member may read.
    *_, shown = await stage.press(added.result, MEMBER, buttons["Dari sumber Anda"])
    assert SECRET in shown.text.casefold()
    assert [row["chat_id"] for row in stage.rows()["chat_feeds"]] == [GROUP]


async def test_the_feeds_of_a_channel_are_set_up_in_a_private_chat(stage: Stage) -> None:
    *_, panel = await stage.say(ADMIN, ADMIN, "/langganan @kabar_desa")
    feeds = list_buttons(panel.result)["Sumber sendiri"]
    *_, listed = await stage.press(panel.result, ADMIN, feeds)
    buttons = list_buttons(listed.result)
    assert buttons["‹ Kembali"] == f"s1:{CHANNEL}:v:main"
    *_, asked = await stage.press(listed.result, ADMIN, buttons["Tambah"])
    await stage.say(ADMIN, ADMIN, FEED, reply_to_message=asked.result)
    assert [row["chat_id"] for row in stage.rows()["chat_feeds"]] == [CHANNEL]
    assert SECRET in "\n".join(message["text"] for message in await stage.deliver(CHANNEL))
    *_, again = await stage.press(panel.result, ADMIN, feeds)
    assert "✕ Kabar" in list_buttons(again.result)


async def test_the_digest_has_a_section_of_its_own_with_each_article_once(stage: Stage, web: FakeFetcher) -> None:
    await stage.say(READER, READER, "/jadwal 03:33")
    await stage.say(READER, READER, f"/sumbersaya {FEED}")
    public, own = await stage.deliver(READER)
    assert "Harga Beras" in public["text"]
    assert own["text"].startswith("Dari sumber Anda\n\n1. Ronda\nKabar")
    # The buttons are those of the public news, and change that message alone.
    assert "reply_markup" not in own
    longer = list_buttons(public)
    calls = await stage.press(public, READER, next(data for data in longer.values() if data.startswith("d1:")))
    edited = {int(call.parameters["message_id"]) for call in calls if call.method == "editMessageText"}
    assert edited == {public["message_id"]}
    publish(web, 2, "Ronda")
    assert [SECRET in message["text"].casefold() for message in await stage.deliver(READER)] == [False]
    make_due(stage)
    await stage.jobs.check_own_feeds()
    (alone,) = await stage.deliver(READER)
    assert alone["text"].startswith("Dari sumber Anda\n\n1. Berita 1\n")
    assert count(stage, "bodies WHERE own_article_ids <> '[]'") == 2
    (asked,) = await stage.say(READER, READER, "/hapusdata")
    await stage.press(asked.result, READER, "h1:y")
    assert (count(stage, "own_feeds"), count(stage, "own_feed_articles"), count(stage, "outbox")) == (0, 0, 0)
    assert count(stage, "bodies WHERE own_article_ids <> '[]'") == 0


async def test_a_wrong_address_is_explained(stage: Stage) -> None:
    for address, said in (
        ("dua kata", "Kirim satu alamat"),
        ("https://satu.example/ https://dua.example/", "Kirim satu alamat"),
        ("http://kosong.example/", "tidak bisa dibuka"),
    ):
        (answer,) = await stage.say(READER, READER, f"/sumbersaya {address}")
        assert said in answer.text
    assert stage.rows()["chat_feeds"] == []
