"""A fact-check in the chat: verdict and claim come first in every view, and the hoax's own words never."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.services import Services
from bot.telegram_text import visible_text
from summaries.articles.prepare import prepare
from summaries.articles.verify import describe_stored
from summaries.model import Article, Origin
from tests.bot.stage import BotCall, Json, list_buttons, open_stage

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
        buttons = list_buttons(answer.result)
        (copied,) = [
            button["copy_text"]["text"]
            for row in answer.result["reply_markup"]["inline_keyboard"]
            for button in row
            if "copy_text" in button
        ]
        assert copied.startswith("Cek fakta")
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


async def test_card_and_export_show_the_verdict_and_trends_leave_the_claim_out(tmp_path: Path) -> None:
    async with open_stage(tmp_path, PLACES) as stage:
        services: Services = stage.app.bot_data.services
        await services.writer.add(prepare(ARTICLE), origin=Origin.FEED)
        asking = {
            "id": "1",
            "from": {"id": READER, "is_bot": False, "first_name": "Ani"},
            "query": "perahu",
            "offset": "",
        }
        (card,) = await stage.receive(inline_query=asking)
        (found,) = json.loads(card.parameters["results"])
        assert found["title"].startswith("Cek fakta · Salah: ")
        assert visible_text(found["input_message_content"]["message_text"]).startswith(HEAD)
        (trends,) = await stage.say(READER, READER, "/tren")
        assert "Perahu" not in trends.text
        ((_, stored, summary), *_) = await services._store.articles.list_summaries(after=0, limit=1)
        exported = describe_stored(stored, summary)
        assert exported["fact_check"]["verdict"] == "false"
        assert exported["sentences"][0]["text"] == VERDICT


CHAIN = "INFO NELAYAN!! Kementerian kelautan beri bantuan perahu gratis, klik daftar di bawah ini skrg jg"
LONG = f"""{CHAIN}

Semua nelayan yang sudah daftar langsung diberi perahu gratis pekan ini, tulis nama dan nomor Telegram pada formulir.

Bantuan perahu untuk nelayan ini dari Kementerian Kelautan dan Perikanan, perahu diberikan kepada semua nelayan.

Nelayan yang belum mendaftar pekan ini harus menunggu bantuan perahu gratis pada tahun depan dari kementerian itu."""
RESEMBLES = "Mirip hoaks yang sudah dibantah: Tautan Pendaftaran Bantuan Perahu untuk Nelayan\n\n" + VERDICT


@pytest.mark.parametrize(
    "question", [CHAIN, f"/ringkas {CHAIN}", "perahu-gratis.site/daftar", f"{CHAIN} https://perahu-gratis.site/daftar"]
)
async def test_message_that_repeats_a_claim_gets_the_fact_check(tmp_path: Path, question: str) -> None:
    async with open_stage(tmp_path, PLACES) as stage:
        services: Services = stage.app.bot_data.services
        await services.writer.add(prepare(ARTICLE), origin=Origin.FEED)
        (answer,) = await stage.say(READER, READER, question)
        text = visible_text(str(answer.parameters["text"]))
        assert text.startswith(RESEMBLES)
        assert "Kabar Desa" in text
        assert ARTICLE.url is not None
        assert ARTICLE.url in str(answer.parameters["text"])
        assert "perahu-gratis" not in str(answer.parameters["text"])
        assert ("reply_markup" in answer.parameters) == ("perahu-gratis" in question)


@pytest.mark.parametrize("is_reply", [False, True])
async def test_links_of_a_debunked_message_are_read_only_on_request(tmp_path: Path, *, is_reply: bool) -> None:
    news = Article(
        title="Nelayan Cilacap Terima Solar",
        text="Nelayan Cilacap menerima solar dari pemerintah daerah pada Senin pagi.\n\n" * 8,
        url="https://kabar.example/solar",
    )
    async with open_stage(tmp_path, PLACES) as stage:
        services: Services = stage.app.bot_data.services
        await services.writer.add(prepare(ARTICLE), origin=Origin.FEED)
        await services.writer.add(prepare(news), origin=Origin.FEED)
        # The sandbox knows this message, so that the answer can quote it.
        linking = await stage.posted(READER, f"{CHAIN} {news.url}")
        if is_reply:
            calls = await stage.say(READER, READER, "/ringkas", reply_to_message=linking)
        else:
            calls = await stage.say(READER, READER, linking["text"], message_id=linking["message_id"])
        (answer,) = calls
        assert str(news.url) not in str(answer.parameters["text"])
        assert answer.result["reply_to_message"]["message_id"] == linking["message_id"]
        ((button,),) = answer.result["reply_markup"]["inline_keyboard"]
        assert button["text"] == "Tetap baca tautannya"
        message = answer.result | {"reply_to_message": linking}
        pressed = await stage.press(message, READER, button["callback_data"])
        assert [call.method for call in pressed] == ["answerCallbackQuery", "sendMessage"]
        assert "menerima solar" in str(pressed[-1].parameters["text"])
        # The person deleted the message.
        del message["reply_to_message"]
        assert [call.method for call in await stage.press(message, READER, button["callback_data"])] == [
            "answerCallbackQuery"
        ]


async def test_summary_of_a_text_that_repeats_a_claim_follows_on_request(tmp_path: Path) -> None:
    async with open_stage(tmp_path, PLACES) as stage:
        services: Services = stage.app.bot_data.services
        await services.writer.add(prepare(ARTICLE), origin=Origin.FEED)
        (answer,) = await stage.say(READER, READER, LONG)
        assert visible_text(str(answer.parameters["text"])).startswith(RESEMBLES)
        ((button,),) = answer.result["reply_markup"]["inline_keyboard"]
        assert button["text"] == "Ringkasan"
        calls = await stage.press(answer.result, READER, button["callback_data"])
        assert [call.method for call in calls] == ["answerCallbackQuery", "sendMessage"], [c.parameters for c in calls]
        summary = calls[-1]
        assert "Semua nelayan yang sudah daftar" in str(summary.parameters["text"])
        forged = await stage.press(answer.result, READER, "e1:fff")
        assert [call.method for call in forged] == ["answerCallbackQuery"]


async def test_other_messages_are_answered_as_usual(tmp_path: Path) -> None:
    async with open_stage(tmp_path, PLACES) as stage:
        services: Services = stage.app.bot_data.services
        await services.writer.add(prepare(ARTICLE), origin=Origin.FEED)
        (answer,) = await stage.say(READER, READER, "Nelayan Cilacap minta bantuan solar dari pemerintah daerah")
        assert "Mirip" not in str(answer.parameters["text"])
