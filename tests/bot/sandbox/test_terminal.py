"""The terminal chat fed from a pipe, with a small bot on the other side."""

from __future__ import annotations

import asyncio
import io
import os
from contextlib import asynccontextmanager, suppress
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from httpx import AsyncClient

from bot.sandbox import user_actions
from bot.sandbox.errors import SimError
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.server import SandboxServer
from bot.sandbox.terminal import Button, LineGrouper, Screen, chat, exchange, send, wrapped

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ARTICLE = "/ringkas\nJudul berita\n\nParagraf pertama.\nParagraf kedua.\n"


@pytest.fixture
async def server() -> AsyncIterator[SandboxServer]:
    """A sandbox in the test's own event loop, which the terminal shares."""
    server = SandboxServer(Sandbox(settle_s=0.05))
    serving = asyncio.create_task(server.serve())
    yield server
    server.request_stop()
    await serving


async def _serve_updates(url: str, token: str) -> None:
    """Repeats each message with two buttons; a press changes the message."""
    async with AsyncClient(base_url=f"{url}/bot{token}/", trust_env=False, timeout=30) as api:
        offset = 0
        while True:
            updates = (await api.post("getUpdates", json={"offset": offset, "timeout": 10})).json()
            for update in updates["result"]:
                offset = update["update_id"] + 1
                for method, body in _make_replies(update):
                    assert (await api.post(method, json=body)).status_code == 200


def _make_replies(update: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    if "callback_query" in update:
        query = update["callback_query"]
        where = {"chat_id": query["message"]["chat"]["id"], "message_id": query["message"]["message_id"]}
        return [
            ("answerCallbackQuery", {"callback_query_id": query["id"], "text": "Siap"}),
            ("editMessageText", where | {"text": f"tombol {query['data']}"}),
        ]
    if "inline_query" in update:
        content = {"message_text": "Isi kartu"}
        card = {"type": "article", "id": "k", "title": "Kartu", "description": "x", "input_message_content": content}
        results = [card] if update["inline_query"]["query"] == "berita" else []
        return [("answerInlineQuery", {"inline_query_id": update["inline_query"]["id"], "results": results})]
    if "guest_message" in update:
        asked = update["guest_message"]
        content = {"message_text": f"Tamu: {asked['text']}"}
        answer = {"type": "article", "id": "k", "title": "Jawaban", "input_message_content": content}
        return [("answerGuestQuery", {"guest_query_id": asked["guest_query_id"], "result": answer})]
    message = update["message"]
    if "via_bot" in message:
        return []
    keyboard = [[{"text": "Lagi", "callback_data": "a"}, {"text": "Lagi", "callback_data": "b"}]]
    text = f"<b>{message['text'].splitlines()[0]}</b> <a href='http://contoh.id/a'>baca</a> {len(message['text'])}"
    markup = {"inline_keyboard": keyboard}
    return [
        ("sendMessage", {"chat_id": message["chat"]["id"], "text": text, "parse_mode": "HTML", "reply_markup": markup})
    ]


@asynccontextmanager
async def run_small_bot(server: SandboxServer) -> AsyncIterator[None]:
    task = asyncio.create_task(_serve_updates(server.url, server.token))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _run_with_input(server: SandboxServer, text: str) -> tuple[bool, str]:
    reader, writer = os.pipe()
    os.write(writer, text.encode())
    os.close(writer)
    out = io.StringIO()
    with os.fdopen(reader) as stdin:
        had_input = await chat(server.sandbox, stdin=stdin, stdout=out, answer_s=5)
    return had_input, out.getvalue()


async def test_each_line_gets_a_reply(server: SandboxServer) -> None:
    async with run_small_bot(server):
        had_input, shown = await _run_with_input(server, "/start\n\n2\nhalo")
    assert had_input
    assert shown == (
        "> /start\nRingkas:\n/start baca (http://contoh.id/a) 6\n[1] Lagi  [2] Lagi\n\n"
        "> 2\nRingkas (diedit):\ntombol b\n\n(Siap)\n\n"
        "> halo\nRingkas:\nhalo baca (http://contoh.id/a) 4\n[1] Lagi  [2] Lagi\n\n"
    )


async def test_inline_results_are_offered_and_sent(server: SandboxServer) -> None:
    async with run_small_bot(server):
        _, said = await _run_with_input(server, "halo\n@sebuah_bot berita\n1\n@sebuah_bot lain\n")
    assert "[1] Kartu – x" in said
    assert "(kartu terkirim)" in said
    assert "(tidak ada kartu)" in said
    (world,) = server.sandbox.worlds.values()
    assert "Isi kartu" in [message.body.text for message in world.chats[1001].messages.values()]


async def test_guest_answers_in_a_group_without_the_bot(server: SandboxServer) -> None:
    async with run_small_bot(server):
        _, said = await _run_with_input(server, "tamu: https://contoh.id/a\nTAMU: lagi\n")
    assert "Tamu: https://contoh.id/a @ringkas_sandbox_bot" in said
    assert "Tamu: lagi @ringkas_sandbox_bot" in said


async def test_number_of_a_removed_button_is_sent_as_text(server: SandboxServer) -> None:
    async with run_small_bot(server):
        _, shown = await _run_with_input(server, "/start\n1\n1\n")
    assert shown.count("tombol a") == 1
    assert shown.endswith("> 1\nRingkas:\n1 baca (http://contoh.id/a) 1\n[1] Lagi  [2] Lagi\n\n")


async def test_press_on_a_vanished_button_prints_a_notice(server: SandboxServer) -> None:
    (world,) = server.sandbox.worlds.values()
    with pytest.raises(SimError):
        user_actions.press(world, *user_actions.find_place(world, None, None), 99, "a")
    out = io.StringIO()
    assert await exchange(server.sandbox, Screen(buttons={"1": Button(99, "a")}), "1", 7, out, 1) == 7
    assert "tombol itu sudah tidak ada" in out.getvalue()


async def test_piped_article_is_one_message(server: SandboxServer) -> None:
    async with run_small_bot(server):
        _, shown = await _run_with_input(server, ARTICLE + "/berita\n")
    assert "> /ringkas … (+4 baris)" in shown
    assert f"/ringkas baca (http://contoh.id/a) {len(ARTICLE.strip())}" in shown
    assert shown.count("> ") == 2


async def test_empty_pipe_is_no_input(server: SandboxServer) -> None:
    assert await _run_with_input(server, "") == (False, "")


@pytest.mark.parametrize("text", ["\n", "  \n\n"])
async def test_blank_lines_count_as_input(server: SandboxServer, text: str) -> None:
    assert await _run_with_input(server, text) == (True, "")


async def test_null_device_is_no_input(server: SandboxServer) -> None:
    with open(os.devnull) as stdin:  # noqa: ASYNC230, PTH123  a device, not a file to wait for
        assert not await chat(server.sandbox, stdin=stdin)


async def test_missing_reply_prints_a_notice(server: SandboxServer) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"halo\n")
    os.close(writer)
    out = io.StringIO()
    with os.fdopen(reader) as stdin:
        assert await chat(server.sandbox, stdin=stdin, stdout=out, answer_s=0.05)
    assert "belum ada jawaban" in out.getvalue()


@pytest.mark.parametrize(
    ("lines", "messages"),
    [
        (["/start", "", "/berita"], ["/start", "/berita"]),
        (["/ringkas", "satu", "", "dua", "/berita"], ["/ringkas\nsatu\n\ndua", "/berita"]),
        (["/ringkas https://contoh.id/a", "halo"], ["/ringkas https://contoh.id/a", "halo"]),
        (
            ["/ringkas@bot Judul", "isi dengan https://contoh.id", "/x"],
            ["/ringkas@bot Judul\nisi dengan https://contoh.id", "/x"],
        ),
        (["/ringkas", "satu", "/ringkas", "dua"], ["/ringkas\nsatu", "/ringkas\ndua"]),
        (["/ringkasan", "halo"], ["/ringkasan", "halo"]),
        (["halo\r"], ["halo"]),
    ],
)
def test_lines_are_grouped_into_messages(lines: list[str], messages: list[str]) -> None:
    grouper = LineGrouper()
    assert [m for line in lines for m in grouper.feed(line)] + grouper.close() == messages


def test_escape_sequences_are_removed() -> None:
    entities = [{"type": "text_link", "offset": 0, "length": 3, "url": "http://a.id/\x1b[2J"}]
    assert Screen(has_colour=False).text("\x1b]8;;abc\x07\u202edef", entities) == "]8 (http://a.id/[2J);;abcdef"


@pytest.mark.parametrize(
    ("form", "shown"),
    [("wDt", "Rabu, 15 November 2023, 07.13"), ("T", "07.13.20"), ("r", "2 jam yang lalu"), ("", "tadi")],
)
def test_moments_are_in_the_zone_of_the_terminal(form: str, shown: str) -> None:
    screen = Screen(clock=lambda: 1_700_007_300.0, zone=timezone(timedelta(hours=9)))
    moment = {"type": "date_time", "offset": 6, "length": 4, "unix_time": 1_700_000_000, "date_time_format": form}
    assert screen.text("Pukul tadi.", [moment]) == f"Pukul {shown}."


async def test_copied_text_is_printed_and_styles_are_colours(server: SandboxServer) -> None:
    (world,) = server.sandbox.worlds.values()
    _, dialog, _ = place = (world, *user_actions.find_place(world, None, None))
    buttons = [
        {"text": "Salin", "copy_text": {"text": "Isi"}},
        {"text": "Hapus", "callback_data": "h", "style": "danger"},
    ]
    sent = user_actions.say(*place, "halo")[-1]
    world.add_message(dialog, world.bot.id, sent.body, is_outgoing=True, keyboard={"inline_keyboard": [buttons]})
    screen = Screen(has_colour=True)
    assert screen.show(await user_actions.wait_for_change(world, dialog, since=0, timeout_s=0)).endswith(
        "[1] Salin  \x1b[31m[2] Hapus\x1b[39m"
    )
    assert await send(server.sandbox, screen, "1") == "(disalin: Isi)"


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("satu dua tiga", 80, ["satu dua tiga"]),
        ("satu dua tiga", 8, ["satu dua", "tiga"]),
        ("satu dua tiga", 7, ["satu", "dua", "tiga"]),
        ("lihat https://contoh.id/panjang ya", 10, ["lihat", "https://contoh.id/panjang", "ya"]),
        ("[1] Jam  [2] Hari", 80, ["[1] Jam  [2] Hari"]),
        ("\x1b[1msatu\x1b[22m dua", 8, ["\x1b[1msatu\x1b[22m dua"]),
        ("satu\n\ndua", 80, ["satu", "", "dua"]),
        ("", 80, [""]),
    ],
)
def test_long_lines_are_wrapped_between_words(text: str, columns: int, lines: list[str]) -> None:
    assert wrapped(text, columns).split("\n") == lines
