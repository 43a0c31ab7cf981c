"""python-telegram-bot itself against the sandbox: it must find nothing to complain about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from httpx import AsyncClient
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes, MessageHandler, filters

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.server import SandboxServer

PTB = Application[Any, Any, Any, Any, Any, Any]


class _Person:
    """The user's side, without blocking the loop that the bot runs in."""

    def __init__(self, url: str) -> None:
        self._client = AsyncClient(base_url=url, trust_env=False, timeout=10)

    async def __aenter__(self) -> _Person:
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


async def test_a_conversation(application: PTB, server: SandboxServer) -> None:
    await application.bot.set_my_commands([("start", "Mulai")])
    async with _Person(server.url) as person:
        said = await person.say("/start")
        assert said["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
        first = await person.wait()
        assert not first["timed_out"]
        [answer] = first["messages"]
        assert answer["text"] == "Halo & selamat datang"
        assert answer["html"] == "<b>Halo</b> &amp; selamat datang"
        assert answer["reply_to_message_id"] == said["message_id"]
        await person.press(answer["message_id"], "Berikutnya")
        second = await person.wait()
        [edited] = second["messages"]
        assert (edited["text"], edited["is_edited"], edited["is_new"]) == ("Halaman 2", True, False)
        assert await person.get("/sim/breaks") == []
        commands = await person.get("/sim/commands")
        assert commands["commands"] == [{"command": "start", "description": "Mulai"}]
