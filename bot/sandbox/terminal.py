"""Chat with the bot in the terminal or through a pipe, in the event loop that serves the sandbox."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import TextIO

from babel.dates import format_datetime, format_timedelta
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import Completer, DynamicCompleter, WordCompleter
from prompt_toolkit.patch_stdout import patch_stdout

from bot.sandbox import Json, user_actions
from bot.sandbox.chat_events import NewChat, make_chat
from bot.sandbox.entities import Entity, Marked, replace_moments, weave
from bot.sandbox.errors import SandboxError
from bot.sandbox.sandbox import BOT_NAME, Sandbox
from bot.sandbox.state import Chat, User, World

# "@bot words" is an inline query, for any name of the bot.
INLINE = re.compile(r"@\w{5,32}\s+(?P<query>.*)", re.DOTALL)
# "tamu: words" names the bot in a group that it is not in, where it answers as a guest.
GUEST = re.compile(r"tamu:\s*(?P<text>.+)", re.DOTALL | re.IGNORECASE)
GUEST_GROUP_ID = -4_000_003
# A guest's placeholder has no "typing…" while the page is read, so the quiet must last this many times longer.
GUEST_PATIENCE = 5
NO_CARDS = "(tidak ada kartu)"
DROPPED = "(kartu terkirim)"
GREETING = "Ketik pesan lalu Enter; ketik nomor tombol (misalnya 1) untuk menekannya; Ctrl+D untuk keluar."
NO_ANSWER = "(belum ada jawaban setelah {seconds:g} detik)"
COPIED = "(disalin: {text})"
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
    grouper, screen, cursor, has_input = LineGrouper(), Screen(clock=sandbox.time), 0, False
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
    sent = await send(sandbox, screen, message)
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

    Return the number of the event, or the text to show for an inline query, a card, a guest, a copied text
    or a refusal.
    """
    message = message.strip()
    world, dialog, user = _reader(sandbox)
    try:
        if card := screen.cards.get(message):
            user_actions.drop(world, dialog, user, card.query_id, card.result_id)
            return DROPPED
        if asked := INLINE.fullmatch(message):
            offered = await user_actions.ask_inline(world, user, asked.group("query"), timeout_s=ANSWER_S)
            return screen.show_cards(offered) or NO_CARDS
        if guest := GUEST.fullmatch(message):
            answered = await summon_guest(world, user, guest.group("text"), settle_s=GUEST_PATIENCE * sandbox.settle_s)
            return screen.show(answered) or NO_ANSWER.format(seconds=ANSWER_S)
        if button := screen.buttons.get(message):
            pressed = user_actions.press(world, dialog, user, button.message_id, button.name)
            return COPIED.format(text=_clean(pressed["copied"])) if "copied" in pressed else int(pressed["event"])
        return user_actions.say(world, dialog, user, message)[-1].changed_event
    except SandboxError:
        return NOT_DONE


async def summon_guest(world: World, user: User, text: str, *, settle_s: float) -> Json:
    """Write the text with the bot's name in a group without the bot; return the answer there."""
    group = world.chats.get(GUEST_GROUP_ID) or make_chat(
        world,
        NewChat(type="group", chat_id=GUEST_GROUP_ID, title="Grup tanpa bot", members=[user.id], bot_status="left"),
    )
    sent = user_actions.say(world, group, user, f"{text} @{world.bot.username}")[-1]
    since = sent.created_event
    return await user_actions.wait_for_answer(world, group, since=since, timeout_s=ANSWER_S, settle_s=settle_s)


def _write(stdout: TextIO, text: str) -> None:
    stdout.write(text + "\n")
    stdout.flush()


async def read_lines(fd: int) -> AsyncIterator[str]:
    """Yield the lines of a pipe or file as they arrive, without blocking the loop."""
    loop, lines = asyncio.get_running_loop(), asyncio.Queue[str]()

    def pump() -> None:
        with suppress(RuntimeError):  # the loop has ended
            # Not `sys.stdin`: an abandoned read would hold its lock at exit.
            with suppress(OSError), open(fd, encoding="utf-8", errors="replace", newline="\n", closefd=False) as file:
                for line in file:
                    loop.call_soon_threadsafe(lines.put_nowait, line)
            loop.call_soon_threadsafe(lines.put_nowait, "")

    threading.Thread(target=pump, name="sandbox-stdin", daemon=True).start()
    while line := await lines.get():
        yield line


# A terminal


async def _terminal(sandbox: Sandbox) -> None:
    screen = Screen(has_colour=True, clock=sandbox.time)
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
        sent = await send(sandbox, screen, message)
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


# The screen

_STYLES = {
    "bold": (1, 22), "italic": (3, 23), "underline": (4, 24), "strikethrough": (9, 29),
    # The styles of buttons: red, blue and green.
    "danger": (31, 39), "primary": (34, 39), "success": (32, 39),
}  # fmt: skip
_PARTS = {"w": "EEEE", "d": "dd/MM/yy", "D": "d MMMM y", "t": "HH.mm", "T": "HH.mm.ss"}
# The bot's text may come from any web page, so escape sequences must not reach the terminal.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_STYLING = re.compile(r"\x1b\[[0-9;]*m")
_URL = re.compile(r"https?://\S", re.IGNORECASE)
_ARTICLE_COMMAND = re.compile(r"/ringkas(@\w+)?(\s|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Button:
    """A numbered button on the screen; `name` identifies it in the sandbox."""

    message_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Card:
    """A numbered inline result."""

    query_id: str
    result_id: str


@dataclass(slots=True)
class Screen:
    """Render replies and keep the numbers of the latest buttons.

    Times are shown in `zone`, by default that of this machine; `clock` returns the sandbox's Unix time.
    """

    has_colour: bool = False
    clock: Callable[[], float] = time.time
    zone: tzinfo | None = None
    buttons: dict[str, Button] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)

    def show(self, feed: Json) -> str:
        """Return the text of the bot's messages. Their keyboards replace earlier numbers."""
        shown = {m["message_id"] for m in feed["messages"]}
        self.cards = {} if shown else self.cards
        has_keyboard = any(row for m in feed["messages"] for row in m["keyboard"])
        self.buttons = {} if has_keyboard else {n: b for n, b in self.buttons.items() if b.message_id not in shown}
        blocks = [self._message(m) for m in feed["messages"]]
        blocks += [f"({_clean(t['text'])})" for t in feed["toasts"] if t.get("text")]
        return "\n\n".join(blocks)

    def show_cards(self, offered: Json) -> str:
        """Return the text of inline results. Their numbers replace those of buttons."""
        self.buttons, self.cards = {}, {}
        lines = []
        for number, result in enumerate(offered.get("results") or [], 1):
            self.cards[str(number)] = Card(offered["inline_query_id"], result["id"])
            lines.append(f"[{number}] {_clean(result.get('title', ''))} – {_clean(result.get('description', ''))}")
        return "\n".join(lines)

    def _message(self, message: Json) -> str:
        name = self._escape("bold", 0) + BOT_NAME + self._escape("bold", 1)
        parts = [name + (" (diedit):" if message["is_edited"] else ":")]
        if "document" in message:
            parts.append(f"[berkas] {_clean(message['document']['file_name'])}")
        if "photo" in message:
            parts.append(f"[foto] {message['photo']['width']}×{message['photo']['height']}")
        if message["text"]:
            parts.append(self.text(message["text"], message["entities"]))
        parts += [row for row in (self._row(message["message_id"], r) for r in message["keyboard"]) if row]
        return "\n".join(parts)

    def text(self, text: str, entities: Iterable[Json]) -> str:
        """Apply styles if colours are on; a link is followed by its URL."""
        extra = ("url", "unix_time", "date_time_format")
        known = tuple(
            Entity(e["type"], e["offset"], e["length"], tuple((name, e.get(name, "")) for name in extra))
            for e in entities
        )
        marked = replace_moments(Marked(text, known), self._moment)
        return weave(marked.text, marked.entities, self._open, self._close, _clean)

    def _moment(self, unix_time: int, letters: str) -> str:
        if letters == "r":
            return format_timedelta(timedelta(seconds=unix_time - self.clock()), add_direction=True, locale="id")
        pattern = ", ".join(part for letter, part in _PARTS.items() if letter in letters)
        return format_datetime(datetime.fromtimestamp(unix_time, self.zone), pattern, locale="id")

    def _open(self, entity: Entity) -> str:
        if entity.type in {"blockquote", "expandable_blockquote"}:
            return "│ "
        return self._escape(entity.type, 0)

    def _close(self, entity: Entity) -> str:
        if entity.type == "text_link":
            return f" ({_clean(dict(entity.extra)['url'])})"
        return self._escape(entity.type, 1)

    def _escape(self, style: str, index: int) -> str:
        """Return the sequence that turns the style on (index 0) or off (1); nothing without colours."""
        return f"\x1b[{_STYLES[style][index]}m" if self.has_colour and style in _STYLES else ""

    def _row(self, message_id: int, row: list[Json]) -> str:
        shown = []
        for button in row:
            label = _clean(button["text"])
            if button["kind"] == "url":
                shown.append(f"{label} ({_clean(button['value'])})")
                continue
            number = str(len(self.buttons) + 1)
            # Buttons with equal labels are distinguished by their data.
            name = button["value"] if button["kind"] == "callback_data" else button["text"]
            self.buttons[number] = Button(message_id, name)
            style = button.get("style", "")
            shown.append(f"{self._escape(style, 0)}[{number}] {label}{self._escape(style, 1)}")
        return "  ".join(shown)


def _clean(text: str) -> str:
    return _CONTROL.sub("", text)


@dataclass(slots=True)
class LineGrouper:
    """Group lines of a pipe into messages: one each, except that the lines after a /ringkas without a link are its
    article.

    The article ends at a line that starts with "/" or at the end of input.
    """

    article: list[str] = field(default_factory=list)

    def feed(self, line: str) -> list[str]:
        """Return the messages that this line completes, in order."""
        line = line.rstrip("\r\n")
        if self.article and not line.startswith("/"):
            self.article.append(line)
            return []
        done = self.close()
        if _ARTICLE_COMMAND.match(line) and not _URL.search(line):
            self.article = [line]
        elif line.strip():
            done.append(line.strip())
        return done

    def close(self) -> list[str]:
        """Return the article that the end of input completes."""
        done = ["\n".join(self.article).strip()] if self.article else []
        self.article = []
        return done


def echo(message: str) -> str:
    """Return a piped message as echoed before its reply."""
    first, *rest = message.split("\n")
    return f"> {_clean(first)}" + (f" … (+{len(rest)} baris)" if rest else "")


def wrapped(text: str, columns: int) -> str:
    """Wrap the text to the given number of columns, between words; a longer word, such as a URL, is not cut.

    Double spaces are kept except at line breaks. Style codes have no width.
    """
    return "\n".join(piece for line in text.split("\n") for piece in _pieces(line, columns))


def _pieces(line: str, columns: int) -> Iterable[str]:
    piece, room = "", columns
    for space, word in re.findall(r"(?<!\s)(\s*+)(\S++)", line):
        width = len(_STYLING.sub("", word))
        if piece and len(space) + width > room:
            yield piece
            piece, room = word, columns - width
        else:
            piece += space + word
            room -= len(space) + width
    yield piece
