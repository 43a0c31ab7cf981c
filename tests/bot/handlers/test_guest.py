"""Guest mode: one answer in a chat without the bot, a placeholder if it takes long, and nothing stored of that chat."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.conversation.user_limits import UserRateLimiter
from bot.handlers import guest
from bot.services import Services
from bot.telegram_text import visible_text
from bot.transport.webhook import hide_guest_chat
from bot.views.html import OutgoingMessage
from summaries.articles.prepare import prepare
from summaries.articles.read import ReadingService
from summaries.errors import StoreBusy, TransientFetchError
from summaries.model import Origin
from summaries.ports import Fetched
from summaries.storage.sqlite.session import add_functions
from tests.bot.handlers.test_fact_checks import ARTICLE as CHECKED
from tests.bot.handlers.test_links import ARTICLE, LINK
from tests.bot.stage import BotCall, Json, Stage, open_stage

READER, FRIEND, GROUP = 2001, 2002, -1009
TITLE = "Arisan Rahasia"
BOT = "@ringkas_sandbox_bot"
PLACES: tuple[Json, ...] = (
    {"type": "private", "chat_id": READER},
    {"type": "private", "chat_id": FRIEND},
    {"type": "supergroup", "chat_id": GROUP, "title": TITLE, "members": [READER, FRIEND], "bot_status": "left"},
)
TEXT = f"{ARTICLE.title}\n\n{ARTICLE.text}\n\n" + " ".join(
    f"Petani ke-{n} menjual gabahnya hari ini." for n in range(20)
)
SUMMARY = "Harga beras medium turun menjadi Rp11.800"
PAGE = (
    f"<html><head><title>{ARTICLE.title}</title></head><body><article><h1>{ARTICLE.title}</h1>"
    + "".join(f"<p>{paragraph}</p>" for paragraph in TEXT.split("\n\n")[1:])
    + "</article></body></html>"
)
CLAIM = "Perahu diberikan gratis kepada semua nelayan yang sudah mendaftar, klik tautan pendaftaran bantuan perahu ini."


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer is ready in time, unless a test says otherwise."""
    monkeypatch.setattr(guest, "PLACEHOLDER_AFTER_S", 60.0)


def post(stage: Stage, text: str, user_id: int = READER, **more: Any) -> Json:
    """Somebody says something in the group without the bot."""
    fields = {"chat_id": GROUP, "user_id": user_id, "text": text, **more}
    sent = httpx.post(f"{stage.server.url}/sim/messages", json=fields, trust_env=False)
    assert sent.status_code == httpx.codes.OK, sent.text
    return dict(sent.json())


def take_update(stage: Stage) -> Json:
    """Return the latest update as the bot takes it from Telegram."""
    updates = stage.server.sandbox.worlds[stage.server.token].updates
    return hide_guest_chat(updates.pop()[1])


async def summon(stage: Stage, text: str = BOT, user_id: int = READER, **more: Any) -> list[BotCall]:
    post(stage, text, user_id, **more)
    update = take_update(stage)
    return await stage.receive(guest_message=update["guest_message"])


def read_answer(call: BotCall) -> str:
    """Return the text of the answer to a guest query, or of its edit, as the chat sees it."""
    if call.method == "editMessageText":
        assert set(call.parameters) >= {"inline_message_id", "text"}
        assert "chat_id" not in call.parameters
        return call.shown
    assert call.method == "answerGuestQuery"
    content = json.loads(call.parameters["result"])["input_message_content"]
    return visible_text(content["message_text"])


def list_tables(stage: Stage) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything that is stored."""
    with sqlite3.connect(f"file:{stage.database}?mode=ro", uri=True, timeout=10) as connection:
        add_functions(connection)
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}  # noqa: S608
    connection.close()
    return found


async def add_article(stage: Stage) -> None:
    services: Services = stage.app.bot_data.services
    await services.writer.add(prepare(ARTICLE), origin=Origin.FEED)


async def test_known_link_is_answered_at_once(tmp_path: Path) -> None:
    async with open_stage(tmp_path, PLACES) as stage:
        await add_article(stage)
        before = list_tables(stage)
        asked = post(stage, f"Lihat {LINK}", FRIEND)
        for text in (BOT, f"{BOT} ringkas dong"):
            (call,) = await summon(stage, text, reply_to_message_id=asked["message_id"])
            assert SUMMARY in read_answer(call)
            buttons = json.loads(call.parameters["result"])["reply_markup"]["inline_keyboard"]
            assert [button["text"] for row in buttons for button in row] == ["Buka di Ringkas"]
        (call,) = await summon(stage, f"{LINK} {BOT}")
        assert SUMMARY in read_answer(call)
        assert list_tables(stage) == before


class Web:
    """Fulfils `Fetcher` with one page, which comes once `is_open` is set."""

    def __init__(self) -> None:
        self.is_open = asyncio.Event()
        self.failure: Exception | None = None

    async def fetch(self, url: str, **_: Any) -> Fetched:
        await self.is_open.wait()
        if self.failure is not None:
            raise self.failure
        return Fetched(url, 200, "text/html", "utf-8", PAGE.encode())

    def behind(self, services: Services) -> Services:
        """Return the services with this web."""
        reading = ReadingService(
            articles=services._store.articles, fetcher=self, offload=services.offload, clock=services.now
        )
        return replace(services, reading=reading)


async def test_slow_page_gets_a_placeholder_that_the_summary_replaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guest, "PLACEHOLDER_AFTER_S", 0.0)
    web = Web()
    async with open_stage(tmp_path, PLACES, web.behind) as stage:
        post = guest.GuestAnswer.show

        async def show_and_open(answer: guest.GuestAnswer, shown: OutgoingMessage) -> None:
            await post(answer, shown)
            web.is_open.set()

        monkeypatch.setattr(guest.GuestAnswer, "show", show_and_open)
        first, second = await summon(stage, f"{BOT} https://kabar.example/baru")
        assert read_answer(first) == "Sebentar, saya baca dulu …"
        assert second.parameters["inline_message_id"] == first.result["inline_message_id"]
        assert SUMMARY in read_answer(second)
        chat = stage.server.sandbox.worlds[stage.server.token].chats[GROUP]
        assert SUMMARY in chat.messages[2].body.text
        # The page is shared, as anywhere else; nothing belongs to a chat or person.
        assert not [name for name, rows in stage.rows().items() if rows]


@pytest.mark.parametrize(
    ("failure", "said"),
    [(TransientFetchError("away"), "Halaman itu sedang tidak bisa dibuka."), (RuntimeError("broken"), "kode ini")],
)
async def test_placeholder_is_replaced_by_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception, said: str
) -> None:
    monkeypatch.setattr(guest, "PLACEHOLDER_AFTER_S", 0.0)
    web = Web()
    web.failure = failure
    web.is_open.set()
    async with open_stage(tmp_path, PLACES, web.behind) as stage:
        post(stage, f"{BOT} https://kabar.example/baru")
        update = stage.read(guest_message=take_update(stage)["guest_message"])
        await stage.app.process_update(update)
        failed, stage.failures.seen = stage.failures.seen, []
        assert len(failed) == (1 if isinstance(failure, RuntimeError) else 0)
        chat = stage.server.sandbox.worlds[stage.server.token].chats[GROUP]
        assert said in chat.messages[2].body.text


async def test_refused_markup_becomes_plain_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def render(*_: Any) -> OutgoingMessage:
        # Telegram's servers refuse a date so far ahead.
        return OutgoingMessage('<b>Gempa</b> <tg-time unix="2147483000" format="t">03.14 WIB</tg-time>')

    monkeypatch.setattr(guest, "render_found", render)
    async with open_stage(tmp_path, PLACES) as stage:
        await add_article(stage)
        refused, plain = await summon(stage, f"{LINK} {BOT}")
        assert refused.status == 400
        assert read_answer(plain) == "Gempa 03.14 WIB"


async def test_placeholder_is_replaced_when_the_process_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guest, "PLACEHOLDER_AFTER_S", 0.0)
    monkeypatch.setattr(guest, "GIVING_UP_S", 60.0)
    is_shown = asyncio.Event()
    show = guest.GuestAnswer.show

    async def show_and_note(answer: guest.GuestAnswer, shown: OutgoingMessage) -> None:
        await show(answer, shown)
        is_shown.set()

    monkeypatch.setattr(guest.GuestAnswer, "show", show_and_note)
    async with open_stage(tmp_path, PLACES, Web().behind) as stage:
        post(stage, f"{BOT} https://kabar.example/baru")
        update = stage.read(guest_message=take_update(stage)["guest_message"])
        answering = asyncio.create_task(stage.app.process_update(update))
        await is_shown.wait()
        answering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await answering
        chat = stage.server.sandbox.worlds[stage.server.token].chats[GROUP]
        assert chat.messages[2].body.text.startswith("Saya terhenti di tengah jalan.")


async def test_texts_and_files_are_summarised_and_not_stored(tmp_path: Path) -> None:
    content = base64.b64encode(TEXT.encode()).decode()
    document = {"file_name": "berita.txt", "mime_type": "text/plain", "content_base64": content}
    async with open_stage(tmp_path, PLACES) as stage:
        before = list_tables(stage)
        *_, own = await summon(stage, f"{BOT} {TEXT}")
        *_, quoted = await summon(stage, reply_to_message_id=post(stage, TEXT, FRIEND)["message_id"])
        *_, file = await summon(stage, reply_to_message_id=post(stage, "", FRIEND, document=document)["message_id"])
        for call in (own, quoted, file):
            assert SUMMARY in read_answer(call)
            assert "reply_markup" not in json.loads(call.parameters["result"])
        assert list_tables(stage) == before


async def test_fact_check_comes_first(tmp_path: Path) -> None:
    async with open_stage(tmp_path, PLACES) as stage:
        services: Services = stage.app.bot_data.services
        await services.writer.add(prepare(CHECKED), origin=Origin.FEED)
        asked = post(stage, f"{CLAIM} https://perahu-gratis.example/daftar", FRIEND)
        (call,) = await summon(stage, reply_to_message_id=asked["message_id"])
        text = read_answer(call)
        assert text.startswith("Mirip hoaks yang sudah dibantah:")
        assert "perahu-gratis" not in text


async def test_rate_limit_of_the_asker_applies(tmp_path: Path) -> None:
    def limit(services: Services) -> Services:
        return replace(services, user_limiter=UserRateLimiter(per_minute=1, burst=1, clock_s=lambda: 0.0))

    async with open_stage(tmp_path, PLACES, limit) as stage:
        await add_article(stage)
        link = f"{BOT} {LINK}"
        texts = [[read_answer(call) for call in await summon(stage, link)] for _ in range(3)]
        assert SUMMARY in texts[0][0]
        assert texts[1] == ["Satu per satu dulu, ya. Kirim lagi dalam 60 detik."]
        # A third notice would only fill a chat of strangers.
        assert texts[2] == []
        assert SUMMARY in read_answer((await summon(stage, link, FRIEND))[0])


async def test_hint_and_silence(tmp_path: Path) -> None:
    async with open_stage(tmp_path, PLACES) as stage:
        await add_article(stage)
        (hint,) = await summon(stage)
        assert "Balas pesan berisi tautan" in read_answer(hint)
        (short,) = await summon(stage, BOT, reply_to_message_id=post(stage, "halo semua", FRIEND)["message_id"])
        assert "Balas pesan" not in read_answer(short)
        (answer,) = await summon(stage, f"{BOT} {LINK}")
        own = {"reply_to_message_id": max(stage.server.sandbox.worlds[stage.server.token].chats[GROUP].messages)}
        assert answer.method == "answerGuestQuery"
        assert await summon(stage, "terima kasih", **own) == []
        (again,) = await summon(stage, f"{BOT} terima kasih", **own)
        assert "Balas pesan berisi tautan" in read_answer(again)
        (other,) = await summon(stage, f"bagaimana dengan {LINK}?", **own)
        assert SUMMARY in read_answer(other)


async def test_other_bots_and_late_queries_get_no_answer_and_anonymous_people_a_notice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_stage(tmp_path, PLACES) as stage:
        await add_article(stage)
        answers = []
        for asker_id in (99, 1087968824):
            post(stage, f"{BOT} {LINK}")
            asker = {"id": asker_id, "is_bot": True, "first_name": ""}
            update = take_update(stage)["guest_message"] | {"from": asker}
            answers += [read_answer(call) for call in await stage.receive(guest_message=update)]
        assert answers == ["Di sini saya tidak tahu siapa Anda. Kirim tautannya lewat obrolan pribadi dengan saya."]
        post(stage, f"{BOT} {LINK}")
        update = take_update(stage)["guest_message"]
        world = stage.server.sandbox.worlds[stage.server.token]
        world.guest_queries[update["guest_query_id"]].at -= 60
        with caplog.at_level(logging.INFO, "bot.handlers.guest"):
            (call,) = await stage.receive(guest_message=update)
        assert call.status == 400
        assert "a guest query can't be answered" in caplog.text


async def test_nothing_of_the_chat_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def break_claims(services: Services) -> Services:
        class Broken(ReadingService):
            async def find(self, url: str, **_: Any) -> Any:
                raise StoreBusy("in use")

        reading = Broken(articles=services._store.articles, fetcher=Web(), offload=services.offload, clock=services.now)
        return replace(services, reading=reading)

    caplog.set_level(logging.DEBUG)
    async with open_stage(tmp_path, PLACES, break_claims) as stage:
        caplog.clear()
        await summon(stage, f"{BOT} {LINK}")
        said = "".join(record.getMessage() for record in caplog.records if record.name.startswith(("bot.", "telegram")))
        assert said
        assert TITLE not in said
        assert str(GROUP) not in said
