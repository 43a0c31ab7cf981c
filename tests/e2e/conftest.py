"""The bot as a process against the sandbox, and a person who uses it over HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from telegram import Chat, Message, MessageEntity

from bot.sandbox.server import SandboxServer
from tests.bot_forks import BotProcess, ForkServer
from tests.command_line import Finished, run_ringkas

Json = dict[str, Any]
Until = Callable[..., None]
# Upper limits for a machine that is busy with other work; no passing test waits for them.
ANSWER_S = 60.0
UNTIL_S = 120.0
STOP_S = 60
PROGRESS = "Sedang membuka halamannya …"
COMMAND = re.compile(r"/[a-z_]+(?:@\w+)?\s*")
# Shorter texts occur in logs by chance, so finding one proves nothing.
TELLING = 6

ARTICLE = """\
Harga Beras di Pasar Sukamakmur Turun Setelah Panen Raya

Kabar Desa | Senin, 02/11/2026 08:30 WITA
Warga memilih beras di Pasar Sukamakmur, Minggu (1/11). (Dok. Kabar Desa)
Makassar, Kabar Desa -- Harga beras medium di Pasar Sukamakmur turun menjadi Rp11.800 per kilogram pada Senin (2/11), \
setelah panen raya di tiga kecamatan menambah pasokan gabah petani.

Kepala pasar, Sitti Rahma, mengatakan harga sempat menyentuh Rp13.500 pada awal Oktober karena stok pedagang menipis.

"Sejak Sabtu truk dari desa datang dua kali sehari, jadi pedagang berani menurunkan harga," kata Rahma.

Dinas Perdagangan memperkirakan harga akan bertahan hingga akhir bulan. Warga menyambut baik penurunan itu karena \
kebutuhan lain masih mahal. Pedagang berharap pemerintah menyerap gabah agar petani tidak merugi. (rhm)
"""


def html(message: Json) -> str:
    """The message's text with its entities as HTML."""
    text, entities = message["text"], MessageEntity.de_list(message["entities"])
    return Message(1, datetime.now(UTC), Chat(1, Chat.PRIVATE), text=text, entities=entities).text_html


class PrivateTexts:
    """All texts that the tests' people wrote in the session; no bot may log any of them."""

    def __init__(self) -> None:
        self.texts: set[str] = set()
        self.processes = 0
        self.looked_for = 0

    def note(self, text: str | None) -> None:
        """Keep the texts worth searching for: a command's arguments, and each line that is long enough."""
        rest = COMMAND.sub("", text or "", count=1)
        self.texts.update(part.strip() for part in (rest, *rest.splitlines()) if len(part.strip()) >= TELLING)

    def found_in(self, output: str, names: set[str]) -> list[str]:
        """Return the texts that `output` contains, also in JSON's escapes."""
        self.processes += 1
        wanted = self.texts | {name for name in names if len(name) >= TELLING}
        self.looked_for += len(wanted)
        return [text for text in wanted if text in output or json.dumps(text)[1:-1] in output]


class Person:
    """Somebody in one chat with the bot."""

    def __init__(
        self, http: httpx.Client, chat_id: int, user_id: int | None = None, said: PrivateTexts | None = None
    ) -> None:
        self._http = http
        self._said = said or PrivateTexts()
        self.chat_id = chat_id
        self._place = {"chat_id": chat_id} | ({} if user_id is None else {"user_id": user_id})

    def send(self, text: str | None = None, **more: Any) -> Json:
        """Send a message without waiting; the message as the bot sees it."""
        self._said.note(text)
        self._said.note(more.get("caption"))
        fields = self._place | ({} if text is None else {"text": text}) | more
        sent: Json = ask(self._http.post("/sim/messages", json=fields))
        return sent

    def say(self, text: str | None = None, **more: Any) -> list[str]:
        """Send a message, and return the texts of the bot's new and edited messages."""
        return [message["text"] for message in self.exchange(text, **more)]

    def hear(self, text: str | None = None, **more: Any) -> Json:
        """Send a message, and return the bot's first new message without waiting for edits of others."""
        return self.hear_all(text, 1, **more)[0]

    def hear_all(self, text: str | None, count: int, **more: Any) -> list[Json]:
        """Send a message, and return the bot's new messages as soon as there are `count`."""
        event = self.send(text, **more)["sandbox"]["event"]
        deadline = time.monotonic() + ANSWER_S
        while time.monotonic() < deadline:
            found = [message for message in self.feed(event) if message["is_new"]]
            if len(found) >= count:
                return found
            time.sleep(0.02)
        raise AssertionError(f"no {count} answers in {ANSWER_S} s")

    def exchange(self, text: str | None = None, **more: Any) -> list[Json]:
        return self.answers(self.send(text, **more)["sandbox"]["event"])

    def press(self, message: Json, button: str) -> Json:
        """Press a button, and return the bot's answer with messages and toasts.

        If the press is answered without text, its changes may come later: see `press_and_read`.
        """
        fields = self._place | {"message_id": message["message_id"], "button": button}
        event = ask(self._http.post("/sim/press", json=fields))["event"]
        return self._wait(event)

    def press_and_read(self, message: Json, button: str) -> Json:
        """Press a button; the message that changes or comes by that."""
        return self.press_and_read_all(message, button, 1)[0]

    def press_and_read_all(self, message: Json, button: str, count: int) -> list[Json]:
        """Press a button; the messages that change or come by that, as soon as there are so many. The press itself may
        be answered long before."""
        event = self.tap(message, button)
        deadline = time.monotonic() + ANSWER_S
        while time.monotonic() < deadline:
            found = self.feed(event)
            if len(found) >= count:
                return found
            time.sleep(0.02)
        raise AssertionError(f"no {count} messages changed in {ANSWER_S} s")

    def tap(self, message: Json, button: str, times: int = 1) -> int:
        """Press a button `times` times at once, without waiting. Return the event of the last press."""
        fields = self._place | {"message_id": message["message_id"], "button": button, "times": times}
        event: int = ask(self._http.post("/sim/press", json=fields))["event"]
        return event

    def forge(self, message: Json, data: str) -> Json:
        """Send data that is on no button, and return the bot's answer with messages and toasts."""
        fields = self._place | {"message_id": message["message_id"], "forged_data": data}
        return self._wait(ask(self._http.post("/sim/press", json=fields))["event"])

    def happen(self, event: str, **details: Any) -> Json:
        """Let something happen in the chat: see the sandbox's events."""
        happened: Json = ask(self._http.post(f"/sim/chats/{self.chat_id}/{event}", json=details))
        return happened

    def member(self, user_id: int) -> Person:
        """Another one in the same chat."""
        return Person(self._http, self.chat_id, user_id, self._said)

    def edit(self, sent: Json, text: str) -> list[Json]:
        """Edit a sent message, and return the messages that the bot then sends or edits."""
        self._said.note(text)
        fields = {"chat_id": self.chat_id, "message_id": sent["message_id"], "text": text}
        return self.answers(ask(self._http.put("/sim/messages", json=fields))["sandbox"]["event"])

    def answers(self, event: int) -> list[Json]:
        """Wait until the bot has answered; on a busy machine a progress message may come first."""
        deadline = time.monotonic() + ANSWER_S
        while True:
            messages = list(self._wait(event)["messages"])
            if not any(message["text"] == PROGRESS for message in messages) or time.monotonic() > deadline:
                return messages
            time.sleep(0.02)

    def _wait(self, event: int) -> Json:
        query = {"chat_id": self.chat_id, "after_event": event, "timeout_s": ANSWER_S}
        waited: Json = ask(self._http.get("/sim/wait", params=query, timeout=ANSWER_S + 10))
        assert not waited["timed_out"], f"no answer in {ANSWER_S} s"
        return waited

    def feed(self, event: int) -> list[Json]:
        """Return the messages that the bot sends after the event, as soon as there are any."""
        query = {"chat_id": self.chat_id, "after_event": event, "timeout_s": ANSWER_S}
        return list(ask(self._http.get("/sim/feed", params=query, timeout=ANSWER_S + 10))["messages"])

    def shown(self, message: Json) -> Json:
        """A message as it is on the screen now."""
        (found,) = [m for m in self.screen()["messages"] if m["message_id"] == message["message_id"]]
        return dict(found)

    def inline(self, query: str, offset: str = "") -> Json:
        """Type "@bot query", and return the offered results."""
        self._said.note(query)
        fields = {"user_id": self.chat_id, "query": query, "offset": offset}
        offered: Json = ask(self._http.post("/sim/inline", json=fields))
        assert not offered["timed_out"]
        return offered

    def drop(self, offered: Json, number: int) -> Json:
        """Send a card of those that the bot offered."""
        chosen = {"inline_query_id": offered["inline_query_id"], "result_id": offered["results"][number]["id"]}
        sent: Json = ask(self._http.post("/sim/drop", json=self._place | chosen))
        return sent

    def screen(self) -> Json:
        seen: Json = ask(self._http.get(f"/sim/chats/{self.chat_id}"))
        return seen


class World:
    """A sandbox, and bots that are started and stopped in it over one database. Its people write to the first of the
    sandbox's bots, or to the one of the token."""

    def __init__(
        self, server: SandboxServer, folder: Path, said: PrivateTexts, forks: ForkServer, token: str | None = None
    ) -> None:
        self.server = server
        self._forks = forks
        self.token = token or server.token
        self._said = said
        self.folder = folder
        self.database = folder / "ringkas.db"
        query = {"bot": self.token.partition(":")[0]}
        self.http = httpx.Client(base_url=server.url, params=query, trust_env=False, timeout=ANSWER_S)
        self._people = 0

    def of_bot(self, token: str) -> World:
        """The same, as the people of that bot see it."""
        return World(self.server, self.folder, self._said, self._forks, token)

    def environment(self, **settings: str) -> dict[str, str]:
        return {
            **os.environ,
            "TELEGRAM_BOT_TOKEN": self.server.token,
            "TELEGRAM_API_URL": self.server.url,
            "DATABASE_URL": f"sqlite:///{self.database}",
            "ALLOW_PRIVATE_ADDRESSES": "true",
            "REFRESH_MINUTES": "0",
            **settings,
        }

    def command(self, *arguments: str, stdin: str | None = None, **settings: str) -> Finished:
        """Run `ringkas` to its end, in this process. No token may appear in its output."""
        done = run_ringkas(*arguments, folder=self.folder, stdin=stdin, **self.environment(**settings))
        self._check_tokens(done)
        return done

    def process(self, *arguments: str, **settings: str) -> Finished:
        """Run `ringkas` to its end in a process of its own. No token may appear in its output."""
        with TemporaryDirectory(dir=self.folder) as folder:
            stdout, stderr = Path(folder, "stdout"), Path(folder, "stderr")
            environment = self.environment(**settings)
            process = self._forks.start(
                *arguments, environment=environment, folder=self.folder, stdout=stdout, stderr=stderr
            )
            code = process.wait(timeout=60)
            done = Finished(code, stdout.read_text(encoding="utf-8"), stderr.read_text(encoding="utf-8"))
        self._check_tokens(done)
        return done

    def _check_tokens(self, done: Finished) -> None:
        assert not [token for token in self.tokens() if token in done.stdout + done.stderr]

    @contextmanager
    def bot(
        self, *command: str, may_end_itself: bool = False, is_fork: bool = True, **settings: str
    ) -> Iterator[BotProcess]:
        """Run a bot (or another command) during the block, and stop it by SIGTERM unless the test killed it.

        It must end with code 0, and log neither the token nor texts and names of people. It is `python -m bot` if
        `is_fork` is false; that takes 1.5 s of processor time more.
        """
        log = self.folder / "bot.log"
        began_at = log.stat().st_size if log.exists() else 0
        arguments, environment = command or ("run",), self.environment(**settings)
        process = (
            self._forks.start(*arguments, environment=environment, folder=self.folder, stdout=log, stderr=log)
            if is_fork
            else start_program(*arguments, environment=environment, folder=self.folder, log=log)
        )
        try:
            yield process
            if process.poll() is None and not may_end_itself:
                process.send_signal(signal.SIGTERM)
                assert process.wait(timeout=STOP_S) == 0, self.log()
        finally:
            process.kill()
            process.wait()
        self.check_output(log.read_bytes()[began_at:].decode())

    def check_output(self, output: str) -> None:
        """Check that a bot printed nothing private."""
        assert not [token for token in self.tokens() if token in output]
        assert self._said.found_in(output, self.names()) == []

    def tokens(self) -> list[str]:
        """Return the secret part of each token."""
        return [token.partition(":")[2] for token in self.server.sandbox.tokens]

    def names(self) -> set[str]:
        """Return the names of the sandbox's people and chats."""
        named: set[str | None] = set()
        for world in self.server.sandbox.worlds.values():
            for user in list(world.users.values()):
                named |= set() if user.is_bot else {user.first_name, user.last_name, user.username}
            for chat in list(world.chats.values()):
                named |= {chat.title, chat.username}
        return {name for name in named if name}

    def log(self) -> str:
        path = self.folder / "bot.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def person(self, **chat: Any) -> Person:
        """Somebody new in a chat of their own; by default a private chat."""
        self._people += 1
        wanted = chat or {"type": "private", "chat_id": 2000 + self._people}
        made = ask(self.http.post("/sim/chats", json=wanted))
        if wanted["type"] == "private":
            named = {"user_id": made["chat_id"], "last_name": f"Penanda-{made['chat_id']}"}
            ask(self.http.post("/sim/users", json=named))
        return Person(self.http, made["chat_id"], said=self._said)

    def file(self, file_id: str) -> bytes:
        """The bytes of a file that the bot sent."""
        path = self.api("getFile", file_id=file_id).json()["result"]["file_path"]
        return self._ask_server(f"/file/bot{self.token}/{path}").content

    def api(self, method: str, **parameters: str) -> httpx.Response:
        """Telegram's answer to somebody else who has the bot's token."""
        return self._ask_server(f"/bot{self.token}/{method}", **parameters)

    def _ask_server(self, path: str, **parameters: str) -> httpx.Response:
        """Without the sandbox's own parameters, which Telegram does not know."""
        with httpx.Client(base_url=self.server.url, trust_env=False, timeout=ANSWER_S) as http:
            return http.get(path, params=parameters)

    def calls(self, method: str) -> list[Json]:
        return list(ask(self.http.get("/sim/calls", params={"method": method})))

    def fault(self, **fault: Any) -> None:
        ask(self.http.post("/sim/faults", json=fault))

    def breaks(self) -> list[Json]:
        return list(ask(self.http.get("/sim/breaks")))


def start_program(*arguments: str, environment: dict[str, str], folder: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start `python -m bot`, with its output in `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )


def ask(response: httpx.Response) -> Any:
    assert response.status_code == httpx.codes.OK, response.text
    return response.json()


@pytest.fixture(scope="session")
def private_texts() -> Iterator[PrivateTexts]:
    """The texts that people wrote in this session, compared with the output of all its bots."""
    said = PrivateTexts()
    yield said
    # A few tests alone may hold nothing but commands: then it is names.
    assert said.processes == 0 or said.looked_for, "bots ran, and nothing that was said was looked for"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, private_texts: PrivateTexts, forks: ForkServer) -> Iterator[World]:
    """One sandbox a module. At the end no call of the bot may have broken the API's schema."""
    with SandboxServer() as server:
        world = World(server, tmp_path_factory.mktemp("world"), private_texts, forks)
        yield world
        assert world.breaks() == []
        world.http.close()


@pytest.fixture(scope="module")
def site() -> Iterator[Callable[..., str]]:
    """A news site on loopback: `site(path, body, media_type)` publishes a page and gives its address.

    A page with an event `is_open` is not answered before the event is set.
    """
    pages: dict[str, tuple[bytes, str, threading.Event | None]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, media_type, is_open = pages.get(self.path, (b"tidak ada", "text/html", None))
            if is_open is not None:
                is_open.wait()
            self.send_response(200 if self.path in pages else 404)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def publish(
            path: str,
            body: str,
            media_type: str = "text/html; charset=utf-8",
            *,
            is_open: threading.Event | None = None,
        ) -> str:
            pages[path] = (body.encode(), media_type, is_open)
            return f"http://127.0.0.1:{server.server_port}{path}"

        yield publish
        server.shutdown()


@pytest.fixture(scope="session")
def until() -> Until:
    """Wait for a condition that another process makes true without a signal."""

    def until(condition: Callable[[], bool], timeout_s: float = UNTIL_S) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.05)

    return until


@pytest.fixture(scope="session")
def article() -> str:
    return ARTICLE


@pytest.fixture
def page() -> str:
    """The article as a news site's page, with the usual navigation and footer."""
    title, _, rest = ARTICLE.partition("\n")
    paragraphs = [line for line in rest.splitlines()[3:] if line]
    body = "\n".join(f"<p>{line}</p>" for line in paragraphs)
    return f"""<!doctype html><html lang="id"><head><meta charset="utf-8"><title>{title} - Kabar Desa</title>
<meta property="og:type" content="article"><meta property="og:title" content="{title}">
<meta property="og:site_name" content="Kabar Desa">
<meta property="article:published_time" content="2026-11-02T08:30:00+08:00"></head>
<body><nav><a href="/">Beranda</a> <a href="/ekonomi">Ekonomi</a></nav>
<article><h1>{title}</h1><p class="date">Senin, 02/11/2026 08:30 WITA</p>{body}</article>
<footer>Hak cipta Kabar Desa</footer></body></html>"""
