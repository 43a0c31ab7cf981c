"""Links: the buttons of a reply to a link that waited, and a machine without a network."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from bot.services import Services
from summaries.articles.prepare import prepare
from summaries.articles.read import ReadingService
from summaries.fetch.client.http import GuardedFetcher
from summaries.model import Article, Origin
from tests.bot.stage import BotCall, Json, open_stage

READER, ADMIN, GROUP = 2001, 7007, -1001
PLACES: tuple[Json, ...] = (
    {"type": "private", "chat_id": READER},
    {"type": "group", "chat_id": GROUP, "members": [READER], "admins": [ADMIN]},
)
LINK = "https://kabar.example/panen"
ARTICLE = Article(
    title="Harga Beras Turun Setelah Panen Raya",
    text="Harga beras medium turun menjadi Rp11.800 per kilogram pada Senin setelah panen raya di tiga kecamatan.\n\n"
    "Kepala pasar, Sitti Rahma, mengatakan harga sempat menyentuh Rp13.500 pada awal bulan karena stok menipis.\n\n"
    "Dinas Perdagangan memperkirakan harga bertahan hingga akhir bulan, dan warga menyambut baik penurunan itu.",
    url=LINK,
    outlet="Kabar Desa",
)


def list_labels(call: BotCall) -> list[str]:
    return [button["text"] for row in call.result["reply_markup"]["inline_keyboard"] for button in row]


def find_button(call: BotCall, label: str) -> str:
    buttons = [button for row in call.result["reply_markup"]["inline_keyboard"] for button in row]
    (data,) = [button["callback_data"] for button in buttons if button["text"] == label]
    return str(data)


async def test_link_read_by_a_button_shows_that_its_article_is_saved(tmp_path: Path) -> None:
    async with open_stage(tmp_path, PLACES) as stage:
        services: Services = stage.app.bot_data.services
        await services.writer.add(prepare(ARTICLE), origin=Origin.FEED)
        (answer,) = await stage.say(READER, READER, LINK)
        save = find_button(answer, "Simpan")
        await stage.press(answer.result, READER, save)
        unread = await stage.posted(READER, f"Ini belum sempat saya baca:\n{LINK}")
        *_, again = await stage.press(unread, READER, "r1:")
        assert again.text.count("Rp11.800")
        assert "Tersimpan ✓" in list_labels(again)
        assert "Simpan" not in list_labels(again)


async def test_members_of_a_group_save_an_article_at_once(tmp_path: Path) -> None:
    async with open_stage(tmp_path, PLACES) as stage:
        services: Services = stage.app.bot_data.services
        await services.writer.add(prepare(ARTICLE), origin=Origin.FEED)
        (answer,) = await stage.say(GROUP, ADMIN, f"/ringkas {LINK}")
        save = find_button(answer, "Simpan")
        presses = [stage.pressed(answer.result, user_id, save) for user_id in (READER, ADMIN)]

        async def press_at_once() -> None:
            await asyncio.gather(*map(stage.app.process_update, presses))

        calls = await stage.calls_of(press_at_once())
        toasts = [call.parameters.get("text") for call in calls if call.method == "answerCallbackQuery"]
        assert toasts == ["Tersimpan. Lihat lagi di /tersimpan."] * 2
        assert {row["chat_id"] for row in stage.rows()["saved_articles"]} == {READER, ADMIN}


async def test_missing_network_gets_its_own_sentence(tmp_path: Path) -> None:
    async def resolve_nothing(host: str, port: int) -> list[IPv4Address | IPv6Address]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    def cut_off(services: Services) -> Services:
        reading = ReadingService(
            articles=services._store.articles,
            fetcher=GuardedFetcher(resolver=resolve_nothing),
            offload=services.workers.urgent,
            clock=services.now,
        )
        return replace(services, reading=reading)

    async with open_stage(tmp_path, PLACES, cut_off) as stage:
        (answer,) = await stage.say(READER, READER, LINK)
        assert answer.parameters["text"].startswith("Sepertinya internet saya sedang terputus.")
