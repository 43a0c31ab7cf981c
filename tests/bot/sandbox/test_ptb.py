"""python-telegram-bot itself against the sandbox: it must find nothing to complain about."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from httpx import AsyncClient
from telegram import (
    Bot,
    BotCommandScopeAllPrivateChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MenuButtonCommands,
    Update,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes, MessageHandler, filters

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.server import SandboxServer

CHAT = 1001
PTB = Application[Any, Any, Any, Any, Any, Any]


class _SandboxUser:
    """The user's side, without blocking the loop that the bot runs in."""

    def __init__(self, url: str) -> None:
        self._client = AsyncClient(base_url=url, trust_env=False, timeout=10)

    async def __aenter__(self) -> _SandboxUser:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def get(self, path: str, **query: Any) -> Any:
        response = await self._client.get(path, params=query)
        assert response.status_code == 200, response.text
        return response.json()

    async def post(self, path: str, **body: Any) -> Any:
        response = await self._client.post(path, json=body)
        assert response.status_code == 200, response.text
        return response.json()

    async def say(self, text: str, **more: Any) -> Any:
        return await self.post("/sim/messages", text=text, **more)

    async def press(self, message_id: int, button: str, **more: Any) -> Any:
        return await self.post("/sim/press", message_id=message_id, button=button, **more)

    async def wait(self, **query: Any) -> Any:
        return await self.get("/sim/wait", **query)

    async def event(self, chat_id: int, name: str, **body: Any) -> Any:
        return await self.post(f"/sim/chats/{chat_id}/{name}", **body)


async def _start(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Berikutnya", callback_data="next:1")]])
    assert update.message
    await update.message.reply_chat_action("typing")
    await update.message.reply_html("<b>Halo</b> &amp; selamat datang", reply_markup=keyboard, do_quote=True)


async def _next(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.callback_query
    await update.callback_query.answer()
    await update.callback_query.edit_message_text("Halaman 2")


async def _echo(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.effective_message
    await update.effective_message.reply_text(update.effective_message.text or "?")


@pytest.fixture
async def application(server: SandboxServer) -> AsyncIterator[PTB]:
    app = (
        Application.builder()
        .token(server.token)
        .base_url(f"{server.url}/bot")
        .base_file_url(f"{server.url}/file/bot")
        .build()
    )
    app.add_handler(CommandHandler("start", _start))
    app.add_handler(CallbackQueryHandler(_next))
    app.add_handler(MessageHandler(filters.TEXT, _echo))
    async with app:
        assert app.updater
        await app.updater.start_polling(timeout=5)
        await app.start()
        yield app
        await app.updater.stop()
        await app.stop()


async def test_conversation_with_commands_and_buttons(application: PTB, server: SandboxServer) -> None:
    await application.bot.set_my_commands([("start", "Mulai")])
    async with _SandboxUser(server.url) as person:
        said = await person.say("/start")
        assert said["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
        first = await person.wait()
        assert not first["timed_out"]
        [answer] = first["messages"]
        assert answer["text"] == "Halo & selamat datang"
        assert answer["entities"] == [{"type": "bold", "offset": 0, "length": 4}]
        assert answer["reply_to_message_id"] == said["message_id"]
        await person.press(answer["message_id"], "Berikutnya")
        second = await person.wait()
        [edited] = second["messages"]
        assert (edited["text"], edited["is_edited"], edited["is_new"]) == ("Halaman 2", True, False)
        assert await person.get("/sim/breaks") == []
        commands = await person.get("/sim/commands")
        assert commands["commands"] == [{"command": "start", "description": "Mulai"}]


@pytest.fixture
async def bot(server: SandboxServer) -> AsyncIterator[Bot]:
    bot = Bot(server.token, base_url=f"{server.url}/bot", base_file_url=f"{server.url}/file/bot")
    async with bot:
        yield bot


@pytest.fixture
async def person(server: SandboxServer) -> AsyncIterator[_SandboxUser]:
    async with _SandboxUser(server.url) as person:
        yield person


async def test_ptb_parses_messages_of_every_kind(bot: Bot, person: _SandboxUser) -> None:
    said = await person.say("/start lihat https://contoh.id/a")
    document = await bot.send_document(CHAT, b"{}", caption="<b>Data</b>", parse_mode="HTML", filename="data.json")
    assert document.document
    file = await bot.get_file(document.document.file_id)
    assert bytes(await file.download_as_bytearray()) == b"{}"
    assert (await bot.send_document(CHAT, document.document.file_id)).document == document.document
    await bot.copy_message(CHAT, CHAT, said["message_id"])
    forwarded = await bot.forward_message(CHAT, CHAT, said["message_id"])
    assert forwarded.forward_origin
    assert (await bot.get_chat(CHAT)).first_name == "Sari"
    assert (await bot.get_my_name()).name == "Ringkas"
    await bot.set_my_commands([("a", "b")], scope=BotCommandScopeAllPrivateChats(), language_code="id")
    assert await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
    assert [u.message.text for u in await bot.get_updates() if u.message] == ["/start lihat https://contoh.id/a"]
    assert await bot.delete_message(CHAT, document.message_id)
    assert await person.get("/sim/breaks") == []


async def test_ptb_parses_every_chat_type(bot: Bot, person: _SandboxUser) -> None:
    for kind in ("group", "forum", "channel"):
        chat_id = (await person.post("/sim/chats", type=kind))["chat_id"]
        await person.event(chat_id, "promote")
        sent = await bot.send_message(chat_id, "halo")
        assert sent.chat.id == chat_id
        owner, *_ = await bot.get_chat_administrators(chat_id)
        assert owner.user.id == CHAT
        assert (await bot.get_chat_member(chat_id, bot.id)).status == "administrator"
    changes = [u.my_chat_member for u in await bot.get_updates() if u.my_chat_member]
    assert [c.new_chat_member.status for c in changes] == ["administrator"] * 3


@pytest.mark.parametrize(
    ("place", "event", "error", "words"),
    [
        ("private", "block", Forbidden, "blocked by the user"),
        ("private", "deactivate", Forbidden, "user is deactivated"),
        ("supergroup", "kick", Forbidden, "kicked from the supergroup chat"),
        ("group", "migrate", ChatMigrated, "migrated"),
        ("channel", "demote", BadRequest, "Need administrator rights"),
    ],
)
async def test_chat_errors_are_ptb_errors(
    bot: Bot, person: _SandboxUser, place: str, event: str, error: type[TelegramError], words: str
) -> None:
    chat_id = (await person.post("/sim/chats", type=place))["chat_id"]
    await person.event(chat_id, event)
    with pytest.raises(error, match=words):
        await bot.send_message(chat_id, "halo")


async def test_request_errors_are_ptb_errors(
    bot: Bot, person: _SandboxUser, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    said = await person.say("/start")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(77, "halo")
    with pytest.raises(BadRequest, match="Can't parse entities"):
        await bot.send_message(CHAT, "<b>", parse_mode="HTML")
    sent = await bot.send_message(CHAT, "halo")
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_text("halo", CHAT, sent.message_id)
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("halo", CHAT, said["message_id"])
    for _ in range(4):
        await bot.send_message(CHAT, "halo")
    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(CHAT, "halo")
    assert caught.value.retry_after == timedelta(seconds=1)
    stranger = Bot("8:" + "x" * 35, base_url=f"{server.url}/bot")
    with pytest.raises(InvalidToken):
        await stranger.initialize()
    await stranger.shutdown()
    await bot.set_webhook("http://127.0.0.1:9/")
    with pytest.raises(Conflict):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await person.get("/sim/breaks") == []


async def test_faults_are_ptb_network_errors(bot: Bot, person: _SandboxUser) -> None:
    await person.say("/start")
    await person.post("/sim/faults", kind="reset_before", method="sendMessage")
    await person.post("/sim/faults", kind="status", code=502, body="<html></html>", method="sendMessage")
    await person.post("/sim/faults", kind="hang", method="sendMessage")
    with pytest.raises(NetworkError):
        await bot.send_message(CHAT, "halo")
    with pytest.raises(NetworkError):
        await bot.send_message(CHAT, "halo")
    with pytest.raises(TimedOut):
        await bot.send_message(CHAT, "halo", read_timeout=0.1)
    assert (await bot.send_message(CHAT, "halo")).text == "halo"
