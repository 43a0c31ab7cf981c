"""Updates that can't be answered, and errors that no handler expected."""

from __future__ import annotations

import ast
import asyncio
import inspect
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from telegram import CallbackQuery, Message
from telegram.error import BadRequest

import bot
from bot.errors import AdminsOnly
from bot.handlers.context import BotContext
from bot.handlers.replies import answer_callback, button_handler
from summaries.errors import RingkasError, StoreBusy
from tests.bot.stage import Stage, open_stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

READER, OWNER, MUTED, FORUM = 2002, 7007, -1001, -1002


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    chats = (
        {"type": "private", "chat_id": READER},
        {"type": "supergroup", "chat_id": MUTED, "admins": [OWNER], "bot_status": "restricted"},
        {"type": "forum", "chat_id": FORUM, "admins": [OWNER]},
    )
    async with open_stage(tmp_path_factory.mktemp("stage"), chats) as made:
        yield made


@pytest.mark.parametrize(
    ("chat_id", "fields", "reason"),
    [
        (MUTED, {}, "Not enough rights to send text messages to the chat"),
        (FORUM, {"message_thread_id": 77, "is_topic_message": True}, "Message thread not found"),
        (-1009, {}, "Chat not found"),
    ],
)
async def test_chat_without_write_permission_is_logged_only(
    stage: Stage, chat_id: int, fields: dict[str, Any], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "bot.handlers"):
        calls = await stage.say(chat_id, OWNER, "/bantuan", **fields)
    assert [(call.method, call.status) for call in calls] == [("sendMessage", 400)]
    assert f"an update could not be answered: {reason}" in caplog.messages


@pytest.mark.parametrize(
    ("error", "is_settled", "said"),
    [
        (AdminsOnly(), False, [("answerCallbackQuery", "Hanya admin grup atau kanal ini yang bisa mengubahnya.")]),
        (StoreBusy(), False, [("answerCallbackQuery", "Data saya sedang tidak bisa dibuka. Coba lagi sebentar, ya.")]),
        # The press was answered already, or is too old: an error is shown in the chat, a refusal is not.
        (StoreBusy(), True, [("sendMessage", "Data saya sedang tidak bisa dibuka. Coba lagi sebentar, ya.")]),
        (AdminsOnly(), True, []),
    ],
)
async def test_expected_error_of_a_button_is_shown_once(
    stage: Stage, error: RingkasError, is_settled: bool, said: list[tuple[str, str]]
) -> None:
    @button_handler
    async def failing(pressed: CallbackQuery, _message: Message, _context: BotContext) -> None:
        if is_settled:
            await answer_callback(pressed)
        raise error

    message = await stage.posted(READER)
    update = stage.pressed(message, READER, "x")
    calls = await stage.calls_of(failing(update, BotContext.from_update(update, stage.app)))
    shown = [
        (call.method, call.parameters["text"]) for call in calls if call.status == 200 and "text" in call.parameters
    ]
    assert shown == said


async def test_refused_alert_is_not_shown() -> None:
    class Refusing:
        async def answer(self, text: str, *, show_alert: bool) -> bool:
            raise BadRequest("Message_too_long")

    query: Any = Refusing()
    assert await answer_callback(query, "x", is_alert=True) is False
    with pytest.raises(BadRequest):
        await answer_callback(query, "x")


# Methods that Telegram can refuse because the message is gone: all except the chat action.
REPLIES = {
    name
    for name, method in inspect.getmembers(Message, inspect.isfunction)
    if name.startswith("reply_") and "allow_sending_without_reply" in inspect.signature(method).parameters
}


def find_replies(tree: ast.AST) -> Iterator[tuple[str, ast.Call | None]]:
    """Each mention of a message's `reply_…` method, with its call (direct, or a partial of it)."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in REPLIES:
            yield node.attr, next((call for call in calls if node is call.func or node in call.args), None)


def parse_sources() -> dict[Path, ast.AST]:
    """Return the modules of the bot that reply."""
    sources = {path: path.read_text(encoding="utf-8") for path in Path(next(iter(bot.__path__))).rglob("*.py")}
    return {path: ast.parse(source) for path, source in sources.items() if "reply_" in source}


async def test_every_reply_allows_a_deleted_message() -> None:
    found = [(path, name, call) for path, tree in parse_sources().items() for name, call in find_replies(tree)]
    assert len(found) >= 4
    for path, name, call in found:
        values = [word.value for word in call.keywords if word.arg == "allow_sending_without_reply"] if call else []
        assert [getattr(value, "value", None) for value in values] == [True], f"{path.name}: {name}"


async def test_list_waits_for_no_write_lock(stage: Stage) -> None:
    """Another process writes: the list comes, and only its buttons are out of date."""
    log = stage.server.sandbox.log
    with closing(sqlite3.connect(stage.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        before = log.count
        answering = asyncio.create_task(stage.say(READER, READER, "/berita"))
        # A write waits for ten seconds.
        async with asyncio.timeout(8):
            while not any(call.method == "sendMessage" for call in log.calls if call.number > before):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        other.execute("ROLLBACK")
        (sent, *_) = await answering
    assert "Belum ada berita" in sent.text
