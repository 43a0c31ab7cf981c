"""The bot in this process over its own database and sandbox: one update at a time, and the calls that follow."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from telegram import Update

import seeds
from bot.app import App, build_application
from bot.background.jobs import BackgroundJobs
from bot.config import Settings
from bot.sandbox.limits import Limits
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import Callback
from bot.services import Services, open_services
from bot.telegram_text import visible_text
from summaries.articles.prepare import prepare
from summaries.fetch.plain.article import read_plain_text
from summaries.model import ChatQuota, Origin

Json = dict[str, Any]
# Sent only if a reply takes long, so it depends on the speed of the machine.
UNCERTAIN = frozenset({"sendChatAction"})
TABLES_OF_CHATS = """
SELECT name FROM sqlite_master WHERE type = 'table'
    AND (name = 'broadcasts'
        OR EXISTS (SELECT 1 FROM pragma_table_info(sqlite_master.name) AS c WHERE c.name = 'chat_id'))
"""
ANONYMOUS: Json = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}


class NoRateLimit:
    """Fulfils `pacing.Turning`: everybody's turn is now."""

    async def acquire(
        self, *, is_background: bool, chat: str = "", is_late: bool = False, chats: Sequence[ChatQuota] = ()
    ) -> None:
        """Nothing to wait for."""


class Failures(logging.Handler):
    """Keeps the reports of the application's error handler."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.seen.append(f"{record.getMessage()}: {error!r}")


@dataclass(frozen=True)
class BotCall:
    """A call of the bot."""

    method: str
    parameters: Json
    status: int | None
    result: Any

    @property
    def text(self) -> str:
        """Return all its text, to search in it."""
        return json.dumps(self.parameters, ensure_ascii=False)

    @property
    def shown(self) -> str:
        """Return the text of its message as a reader sees it."""
        return visible_text(str(self.parameters["text"]))


def list_buttons(message: Json) -> dict[str, str]:
    """Return the data of the message's buttons by their labels."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return {button["text"]: button["callback_data"] for row in rows for button in row if "callback_data" in button}


@dataclass
class Stage:
    """The bot and the world around it. Every update must end without an unexpected error."""

    app: App
    server: SandboxServer
    database: Path
    failures: Failures
    jobs: BackgroundJobs
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    # The tables of chats, once they were looked up.
    tables: list[str] = field(default_factory=list)

    async def add_samples(self, names: Sequence[str]) -> None:
        """Add these sample articles as news of https://berita.example, each an hour younger than the one before."""
        services: Services = self.app.bot_data.services
        texts = {Path(file.name).stem: file.text for file in seeds.sample_articles()}
        for number, name in enumerate(names):
            article = replace(
                read_plain_text(texts[name]),
                url=f"https://berita.example/{name}",
                published_at=services.now() - timedelta(hours=len(names) - number),
            )
            await services.writer.add(prepare(article), origin=Origin.FEED)

    async def receive(self, **update: Any) -> list[BotCall]:
        """Let the bot handle the update, and return its calls."""
        read = self.read(**update)
        return await self.calls_of(self.app.process_update(read))

    def read(self, **update: Any) -> Update:
        """The update as the bot reads it."""
        return Update.de_json({"update_id": next(self.numbers), **update}, self.app.bot)

    async def calls_of(self, work: Coroutine[Any, Any, None]) -> list[BotCall]:
        """Return the calls of the bot in that work, which no unexpected error may end."""
        log = self.server.sandbox.log
        before = log.count
        # In a task of its own, like python-telegram-bot, so that no context variables stay.
        await asyncio.create_task(work)
        failed, self.failures.seen = self.failures.seen, []
        assert failed == []
        calls = [call for call in log.calls if call.number > before]
        assert [call.problem for call in calls if not call.is_valid] == []
        return [
            BotCall(call.method, call.parameters, call.status, call.response)
            for call in calls
            if call.method not in UNCERTAIN
        ]

    def chat(self, chat_id: int) -> Json:
        """The chat as Telegram describes it, whether the sandbox knows it or not."""
        known = self.server.sandbox.worlds[self.server.token].chats.get(chat_id)
        if known is None or known.kind == "private":
            return {"id": chat_id, "type": "private" if chat_id > 0 else "supergroup", "first_name": f"Orang {chat_id}"}
        return {"id": chat_id, "type": known.kind, "title": known.title}

    async def say(self, chat_id: int, user_id: int | None, text: str, **fields: Any) -> list[BotCall]:
        """Somebody writes; None is the chat itself, as an anonymous administrator. The sandbox does not know the
        message, as if a cleaning bot had deleted it at once."""
        chat = self.chat(chat_id)
        sender = {"from": ANONYMOUS, "sender_chat": chat} if user_id is None else {"from": person(user_id)}
        message: Json = {"message_id": 500_000 + next(self.numbers), "date": 1_800_000_000, "chat": chat, **sender}
        if text:
            message["text"] = text
        if text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]
        return await self.receive(message=message | fields)

    async def press(self, message: Json, user_id: int, data: str) -> list[BotCall]:
        """Somebody presses a button, or forges a press; of a message without a chat it is one of inline mode."""
        return await self.calls_of(self.app.process_update(self.pressed(message, user_id, data)))

    def pressed(self, message: Json, user_id: int, data: str) -> Update:
        """The update of that press, whose answer the sandbox will take."""
        world = self.server.sandbox.worlds[self.server.token]
        number = str(next(self.numbers))
        chat_id = message.get("chat", {}).get("id", user_id)
        world.callbacks[number] = Callback(number, chat_id, message.get("message_id", 0), user_id, world.clock(), 0)
        where = {"message": message} if "chat" in message else message
        query = {"id": number, "from": person(user_id), "chat_instance": "1", "data": data, **where}
        return self.read(callback_query=query)

    async def deliver(self, chat_id: int) -> list[Json]:
        """Let the chat's digest be due now, and return its messages."""
        with sqlite3.connect(self.database, timeout=10) as connection:
            now = datetime.now(UTC).isoformat(timespec="microseconds")
            connection.execute("UPDATE subscriptions SET next_due_at = ? WHERE chat_id = ?", [now, chat_id])
        connection.close()
        await self.calls_of(self.jobs.compose())
        calls = await self.calls_of(self.jobs.send())
        return [call.result | {"chat": self.chat(chat_id)} for call in calls if call.method == "sendMessage"]

    async def posted(self, chat_id: int, text: str = "Halo", **more: Any) -> Json:
        """A message of the bot's in the chat."""
        sent = await self.app.bot.send_message(chat_id, text, **more)
        message: Json = json.loads(sent.to_json())
        return message | {"chat": self.chat(chat_id)}

    def rows(self) -> dict[str, list[Json]]:
        """All that is stored of chats and people, and the broadcasts, by table."""
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10) as connection:
            connection.row_factory = sqlite3.Row
            tables = self.tables or [name for (name,) in connection.execute(TABLES_OF_CHATS)]
            self.tables = tables
            found = {name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")] for name in tables}  # noqa: S608
        connection.close()
        return found


def person(user_id: int) -> Json:
    return {"id": user_id, "is_bot": False, "first_name": f"Orang {user_id}", "language_code": "id"}


@asynccontextmanager
async def open_stage(
    folder: Path,
    chats: Iterable[Json],
    change: Callable[[Services], Services] = lambda services: services,
    **settings: Any,
) -> AsyncIterator[Stage]:
    """Set it up with these chats (see the sandbox's /sim/chats); `change` may replace some of the services."""
    failures = Failures()
    database = folder / "ringkas.db"
    with SandboxServer(Sandbox(limits=Limits(is_on=False))) as server:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
            for chat in chats:
                assert (await http.post("/sim/chats", json=chat)).status_code == httpx.codes.OK
        wanted = Settings(
            telegram_bot_token=SecretStr(server.token),
            telegram_api_url=server.url,
            database_url=f"sqlite:///{database}",
            refresh_minutes=0,
            backup_hours=0,
            **settings,
        )
        async with open_services(wanted, is_bot=True) as services:
            built = build_application(change(services), server.token, limiter=NoRateLimit())
            app = built.app
            await app.initialize()
            logging.getLogger("bot.handlers").addHandler(failures)
            try:
                yield Stage(app, server, database, failures, built.jobs)
            finally:
                logging.getLogger("bot.handlers").removeHandler(failures)
                await app.shutdown()
