"""Chat with the bot in the terminal or through a pipe, in the event loop that serves the sandbox."""

from __future__ import annotations

import asyncio
import codecs
import os
import re
import shutil
import sys
import threading
from collections.abc import AsyncIterator
from typing import TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import Completer, DynamicCompleter, WordCompleter
from prompt_toolkit.patch_stdout import patch_stdout

from bot.sandbox import user_actions
from bot.sandbox.errors import SandboxError
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.state import Chat, User, World
from bot.sandbox.terminal_view import LineGrouper, Screen, echo, wrapped

# "@bot words" is an inline query, for any name of the bot.
INLINE = re.compile(r"@\w{5,32}\s+(?P<query>.*)", re.DOTALL)
NO_CARDS = "(tidak ada kartu)"
DROPPED = "(kartu terkirim)"
GREETING = "Ketik pesan lalu Enter; ketik nomor tombol (misalnya 1) untuk menekannya; Ctrl+D untuk keluar."
NO_ANSWER = "(belum ada jawaban setelah {seconds:g} detik)"
NOT_DONE = "(tidak terkirim: tombol itu sudah tidak ada, atau pesannya kosong)"
FEED_S = 25.0
ANSWER_S = 60.0


async def chat(
    sandbox: Sandbox, *, stdin: TextIO | None = None, stdout: TextIO | None = None, answer_s: float = ANSWER_S
) -> bool:
    """Chat with the bot until the input ends. `stdin` and `stdout` default to those of the process.

    Return True for a terminal, or a pipe or file with at least one line. Return False if there is no input at all
    (closed, /dev/null, an empty pipe): the caller then serves until it is stopped. An open pipe without a line keeps
    this waiting; cancelling is safe.
    """
    stdin, stdout = stdin or sys.stdin, stdout or sys.stdout
    if stdin is None or stdin.closed:
        return False
    if stdin.isatty():
        await _terminal(sandbox)
        return True
    return await _pipe(sandbox, stdin.fileno(), stdout, answer_s)


def _reader(sandbox: Sandbox) -> tuple[World, Chat, User]:
    """Return the first bot's world, the reader's dialog with it, and the reader. A reset replaces all three."""
    world = sandbox.worlds[sandbox.tokens[0]]
    return world, *user_actions.find_place(world, None, None)


# A pipe


async def _pipe(sandbox: Sandbox, fd: int, stdout: TextIO, answer_s: float) -> bool:
    grouper, screen, cursor, has_input = LineGrouper(), Screen(), 0, False
    async for line in read_lines(fd):
        has_input = True
        for message in grouper.feed(line):
            cursor = await exchange(sandbox, screen, message, cursor, stdout, answer_s)
    for message in grouper.close():
        cursor = await exchange(sandbox, screen, message, cursor, stdout, answer_s)
    return has_input


async def exchange(sandbox: Sandbox, screen: Screen, message: str, cursor: int, stdout: TextIO, answer_s: float) -> int:
    """Send one message, print it and the bot's reply. Return the number of the last event."""
    _write(stdout, echo(message))
    try:
        sent = await send(sandbox, screen, message)
    except SandboxError:
        _write(stdout, NOT_DONE)
        return cursor
    if isinstance(sent, str):
        _write(stdout, sent + "\n")
        return cursor
    world, dialog, _ = _reader(sandbox)
    settle_s = sandbox.settle_s
    waited = await user_actions.wait_for_answer(world, dialog, since=sent, timeout_s=answer_s, settle_s=settle_s)
    feed = await user_actions.wait_for_change(world, dialog, since=cursor, timeout_s=0)
    text = screen.show(feed)
    if waited["timed_out"]:
        text = "\n".join(filter(None, [text, NO_ANSWER.format(seconds=answer_s)]))
    _write(stdout, text + "\n")
    return int(feed["event"])


async def send(sandbox: Sandbox, screen: Screen, message: str) -> int | str:
    """Press the button or send the card with this number, or send the text as an inline query or a message.

    Return the number of the event, or the text to show for an inline query or a card.
    """
    message = message.strip()
    world, dialog, user = _reader(sandbox)
    if card := screen.cards.get(message):
        user_actions.drop(world, dialog, user, card.query_id, card.result_id)
        return DROPPED
    if asked := INLINE.fullmatch(message):
        offered = await user_actions.ask_inline(world, user, asked.group("query"), timeout_s=ANSWER_S)
        return screen.show_cards(offered) or NO_CARDS
    if button := screen.buttons.get(message):
        return int(user_actions.press(world, dialog, user, button.message_id, button.name)["event"])
    return user_actions.say(world, dialog, user, message)[-1].changed_event


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


async def _terminal(sandbox: Sandbox) -> None:
    screen = Screen(has_colour=True)
    sys.stdout.write(GREETING + "\n")
    with patch_stdout(raw=True):
        printer = asyncio.create_task(_print_arrivals(sandbox, screen))
        try:
            completer = DynamicCompleter(lambda: _menu_completer(sandbox))
            session = PromptSession[str]("Anda: ", completer=completer, complete_while_typing=False)
            await _converse(sandbox, screen, session)
        finally:
            printer.cancel()


async def _converse(sandbox: Sandbox, screen: Screen, session: PromptSession[str]) -> None:
    while True:
        try:
            message = (await session.prompt_async(handle_sigint=False)).strip()
        except (EOFError, KeyboardInterrupt):
            return
        if not message:
            continue
        try:
            sent = await send(sandbox, screen, message)
        except SandboxError:
            sent = NOT_DONE
        if isinstance(sent, str):
            _write(sys.stdout, wrapped(sent, shutil.get_terminal_size().columns))


async def _print_arrivals(sandbox: Sandbox, screen: Screen) -> None:
    """Print all messages of the bot as they arrive, until the sandbox stops."""
    cursor = 0
    while not (reader := _reader(sandbox))[0].is_closing:
        feed = await user_actions.wait_for_change(*reader[:2], since=cursor, timeout_s=FEED_S)
        cursor = int(feed["event"])
        text = screen.show(feed)
        if text:
            _write(sys.stdout, wrapped(text, shutil.get_terminal_size().columns) + "\n")


def _menu_completer(sandbox: Sandbox) -> Completer:
    """Complete a command from the bot's current menu."""
    menu = _reader(sandbox)[0].commands.get(("default", ""), [])
    commands = {f"/{command['command']}": command["description"] for command in menu}
    return WordCompleter(list(commands), meta_dict=commands, sentence=True)
