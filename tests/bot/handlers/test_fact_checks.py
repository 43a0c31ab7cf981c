"""A fact-check in the chat: verdict and claim come first in every view, and the hoax's own words never."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.services import Services
from bot.telegram_text import visible_text
from summaries.articles.prepare import prepare
from summaries.model import Article, Origin
from tests.bot.stage import BotCall, Json, open_stage

READER = 2001
PLACES: tuple[Json, ...] = ({"type": "private", "chat_id": READER},)
VERDICT = "Hasil penelusuran Cek Fakta Kabar Desa, tautan pendaftaran bantuan perahu untuk nelayan adalah hoaks."
TEXT = f"""Beredar di media sosial postingan tautan pendaftaran bantuan perahu untuk nelayan sejak pekan lalu.

Perahu diberikan gratis kepada semua nelayan yang sudah mendaftar di perahu-gratis.site/daftar pekan ini.

Caranya klik daftar di bawah ini, lalu tulis nama dan nomor Telegram Anda pada formulir itu.

Cek Fakta Kabar Desa menelusuri tautan itu dengan menghubungi Kementerian Kelautan dan Perikanan.

{VERDICT} Kementerian itu tidak membuka pendaftaran lewat formulir di media sosial."""
ARTICLE = Article(
    title="Cek Fakta: Hoaks Tautan Pendaftaran Bantuan Perahu untuk Nelayan",
    text=TEXT,
    url="https://kabar.example/cek-fakta/read/9051585/hoaks-tautan-bantuan-perahu",
    outlet="Kabar Desa",
    category="umum",
)
HEAD = "Cek fakta · Salah\nKlaim: Tautan Pendaftaran Bantuan Perahu untuk Nelayan"


def read_checked(call: BotCall) -> str:
    """Return the message's text, which has the verdict and the claim, and no words of the hoax."""
    text = visible_text(str(call.parameters["text"]))
    assert HEAD in text
    assert not [words for words in ("perahu-gratis", "Caranya", "diberikan gratis") if words in text]
    return text


@pytest.mark.parametrize("question", [ARTICLE.url, f"{ARTICLE.title}\n\n{TEXT}"], ids=["link", "text"])
async def test_reply_begins_with_the_verdict_in_every_form(tmp_path: Path, question: str) -> None:
    async with open_stage(tmp_path, PLACES) as stage:
        services: Services = stage.app.bot_data.services
        if question == ARTICLE.url:
            await services.writer.add(prepare(ARTICLE), origin=Origin.FEED)
        (answer,) = await stage.say(READER, READER, question)
        text = read_checked(answer)
        assert text.startswith(HEAD)
        assert VERDICT in text
        buttons = {
            b["text"]: b["callback_data"] for row in answer.result["reply_markup"]["inline_keyboard"] for b in row
        }
        for label in ("Lebih panjang", "Lebih pendek", "Poin-poin", "Tunjukkan di artikel"):
            *_, changed = await stage.press(answer.result, READER, buttons[label])
            assert VERDICT in read_checked(changed)


async def test_lists_show_the_verdict(tmp_path: Path) -> None:
    async with open_stage(tmp_path, PLACES) as stage:
        services: Services = stage.app.bot_data.services
        await services.writer.add(prepare(ARTICLE), origin=Origin.FEED)
        for command in ("/berita cek fakta", "/cari formulir nelayan", "/berita"):
            (listed,) = await stage.say(READER, READER, command)
            read_checked(listed)
