"""Chat with the bot in the terminal or through a pipe, against a running sandbox."""

from __future__ import annotations

import asyncio
import codecs
import os
import re
import shutil
import sys
import threading
from typing import TYPE_CHECKING, Any, TextIO

import httpx

from bot.sandbox.client import SimClient
from bot.sandbox.errors import SimError
from bot.sandbox.terminal_view import LineGrouper, Screen, echo, wrapped

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterable

    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import CompleteEvent, Completion
    from prompt_toolkit.document import Document


# "@bot words" is an inline query, for any name of the bot.
INLINE = re.compile(r"@\w{5,32}\s+(?P<query>.*)", re.DOTALL)
NO_CARDS = "(tidak ada kartu)"
DROPPED = "(kartu terkirim)"
GREETING = "Ketik pesan lalu Enter; ketik nomor tombol (misalnya 1) untuk menekannya; Ctrl+D untuk keluar."
NO_ANSWER = "(belum ada jawaban setelah {seconds:g} detik)"
NOT_DONE = "(tidak terkirim: tombol itu sudah tidak ada, atau pesannya kosong)"
STOPPED = "(bot sudah berhenti)"
FEED_S = 25.0
ANSWER_S = 60.0


async def chat(
    url: str, *, stdin: TextIO | None = None, stdout: TextIO | None = None, answer_s: float = ANSWER_S
) -> bool:
    """Chat with the bot until the input ends. `stdin` and `stdout` default to those of the process.

    Return True for a terminal, or a pipe or file with at least one line. Return False if there is no input at all
    (closed, /dev/null, an empty pipe): the caller then serves until it is stopped. An open pipe without a line keeps
    this waiting; cancelling is safe.
    """
    stdin, stdout = stdin or sys.stdin, stdout or sys.stdout
    if stdin is None or stdin.closed:
        return False
    async with SimClient(url) as client:
        if stdin.isatty():
            await _terminal(client)
            return True
        return await _pipe(client, stdin.fileno(), stdout, answer_s)


# A pipe


async def _pipe(client: SimClient, fd: int, stdout: TextIO, answer_s: float) -> bool:
    grouper, screen, cursor, has_input = LineGrouper(), Screen(), 0, False
    async for line in read_lines(fd):
        has_input = True
        for message in grouper.feed(line):
            cursor = await exchange(client, screen, message, cursor, stdout, answer_s)
    for message in grouper.close():
        cursor = await exchange(client, screen, message, cursor, stdout, answer_s)
    return has_input


async def exchange(
    client: SimClient, screen: Screen, message: str, cursor: int, stdout: TextIO, answer_s: float
) -> int:
    """Send one message, print it and the bot's reply. Return the number of the last event."""
    _write(stdout, echo(message))
    try:
        if shown := await inline(client, screen, message):
            _write(stdout, shown + "\n")
            return cursor
        event = await _send(client, screen, message)
        waited = await client.wait(after_event=event, timeout_s=answer_s)
    except SimError:
        _write(stdout, f"{NOT_DONE}\n")
        return cursor
    feed = await client.feed(after_event=cursor)
    text = screen.show(feed)
    if waited["timed_out"]:
        text = "\n".join(filter(None, [text, NO_ANSWER.format(seconds=answer_s)]))
    _write(stdout, text + "\n")
    return int(feed["event"])


async def inline(client: SimClient, screen: Screen, message: str) -> str | None:
    """Return the results of an inline query or a note about a sent card; None for any other message."""
    if card := screen.cards.get(message.strip()):
        await client.drop(card.query_id, card.result_id)
        return DROPPED
    asked = INLINE.fullmatch(message.strip())
    if asked is None:
        return None
    return screen.show_cards(await client.inline(asked.group("query"), timeout_s=ANSWER_S)) or NO_CARDS


async def _send(client: SimClient, screen: Screen, message: str) -> int:
    """Press the button with this number, or send the text as a message. Return the event's number."""
    button = screen.buttons.get(message.strip())
    if button is not None:
        return int((await client.press(button.message_id, button.name))["event"])
    return int((await client.say(message))["sandbox"]["event"])


def _write(stdout: TextIO, text: str) -> None:
    stdout.write(text + "\n")
    stdout.flush()


async def read_lines(fd: int) -> AsyncIterator[str]:
    """Yield the lines of a pipe or file as they arrive, without blocking the loop.

    A thread reads the descriptor directly: an abandoned read of `sys.stdin` would hold its lock at exit.
    """
    loop = asyncio.get_running_loop()
    chunks: asyncio.Queue[bytes] = asyncio.Queue()

    def pump() -> None:
        while True:
            try:
                chunk = os.read(fd, 1 << 16)
            except OSError:
                chunk = b""
            try:
                loop.call_soon_threadsafe(chunks.put_nowait, chunk)
            except RuntimeError:  # the loop has ended
                return
            if not chunk:
                return

    threading.Thread(target=pump, name="sandbox-stdin", daemon=True).start()
    decoder, rest = codecs.getincrementaldecoder("utf-8")(errors="replace"), ""
    while chunk := await chunks.get():
        *lines, rest = (rest + decoder.decode(chunk)).split("\n")
        for line in lines:
            yield line
    rest += decoder.decode(b"", final=True)
    if rest:
        yield rest


# A terminal


async def _terminal(client: SimClient) -> None:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.patch_stdout import patch_stdout

    screen = Screen(has_colour=True)
    sys.stdout.write(GREETING + "\n")
    with patch_stdout(raw=True):
        printer = asyncio.create_task(_print_arrivals(client, screen))
        try:
            completer = _menu_completer(client)
            session = PromptSession[str]("Anda: ", completer=completer, complete_while_typing=False)
            await _converse(client, screen, session)
        finally:
            printer.cancel()


async def _converse(client: SimClient, screen: Screen, session: PromptSession[str]) -> None:
    while True:
        try:
            message = (await session.prompt_async(handle_sigint=False)).strip()
        except (EOFError, KeyboardInterrupt):
            return
        if not message:
            continue
        try:
            if shown := await inline(client, screen, message):
                _write(sys.stdout, wrapped(shown, shutil.get_terminal_size().columns))
                continue
            await _send(client, screen, message)
        except SimError:
            _write(sys.stdout, NOT_DONE)
        except httpx.HTTPError:
            _write(sys.stdout, STOPPED)
            return


async def _print_arrivals(client: SimClient, screen: Screen) -> None:
    """Print all messages of the bot as they arrive."""
    cursor = 0
    while True:
        try:
            feed = await client.feed(after_event=cursor, timeout_s=FEED_S)
        except httpx.HTTPError:  # the sandbox stopped; the prompt reports it at the next input
            return
        cursor = int(feed["event"])
        text = screen.show(feed)
        if text:
            _write(sys.stdout, wrapped(text, shutil.get_terminal_size().columns) + "\n")


def _menu_completer(client: SimClient) -> Any:
    """Complete a command from the bot's current menu."""
    from prompt_toolkit.completion import Completer, Completion

    class Menu(Completer):
        def get_completions(self, _document: Document, _complete_event: CompleteEvent) -> Iterable[Completion]:
            return ()

        async def get_completions_async(
            self, document: Document, _complete_event: CompleteEvent
        ) -> AsyncGenerator[Completion, None]:
            typed: str = document.text_before_cursor
            if not typed.startswith("/") or " " in typed:
                return
            for command in await client.commands():
                if command["command"].startswith(typed[1:]):
                    yield Completion(
                        f"/{command['command']}", start_position=-len(typed), display_meta=command["description"]
                    )

    return Menu()
