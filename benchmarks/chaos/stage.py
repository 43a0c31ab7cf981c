"""A sandbox with chats, a database in which they are due, and the bot as a process that is started and ended."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import httpx

from benchmarks.chaos.results import Count
from benchmarks.news import Item, make_news
from benchmarks.scene import FIRST_CHAT, Json, Scene
from bot.sandbox.sandbox import Call
from bot.sandbox.server import SandboxServer

FIRST_WATCHER = 300_000
WORD = "mangrove"
MAX_ROUND_S = 900.0
MAX_START_S = 60.0
# Messages due in this round, except to chats that are gone, and whether it is unknown that they arrived.
WANTED = """
SELECT d.chat_id, b.html, d.outcome = 'unknown' AND p.state <> 'sent' FROM deliveries d
    JOIN outbox p ON p.delivery_id = d.id JOIN bodies b ON b.id = p.body_id
    WHERE d.reason IS NULL OR d.reason <> 'gone'
"""
# Stories recorded as delivered without a sent message, and stories of sent messages without that record.
WRONG_DIGESTS = """
SELECT (SELECT count(*) FROM delivered_articles t WHERE NOT EXISTS (
        SELECT 1 FROM outbox p JOIN bodies b ON b.id = p.body_id, json_each(b.article_ids) j
        WHERE p.chat_id = t.chat_id AND p.state = 'sent' AND j.value = t.article_id))
    + (SELECT count(*) FROM outbox p JOIN deliveries d ON d.id = p.delivery_id
        JOIN bodies b ON b.id = p.body_id, json_each(b.article_ids) j
        WHERE p.state = 'sent' AND NOT EXISTS (
            SELECT 1 FROM delivered_articles t WHERE t.chat_id = d.chat_id AND t.article_id = j.value))
"""
WANTED_ALERTS = """
SELECT w.chat_id, EXISTS (SELECT 1 FROM outbox a WHERE a.watch_id = w.id AND a.state = 'uncertain') FROM watches w
"""
WRONG_ALERTS = """
SELECT count(*) FROM outbox a WHERE a.kind = 'alert' AND (a.state = 'sent') <> EXISTS (
    SELECT 1 FROM story_articles s JOIN story_articles o ON o.story_id = s.story_id
    JOIN delivered_articles t ON t.article_id = o.article_id AND t.chat_id = a.chat_id
    WHERE s.article_id = a.article_id)
"""


class Stage(Scene):
    """One database over an in-process sandbox. In each round all its chats are due."""

    def __init__(self, server: SandboxServer, folder: Path, chats: int, *, first_chat: int = FIRST_CHAT) -> None:
        folder.mkdir(exist_ok=True)
        super().__init__(server.url, server.token, folder)
        self.server = server
        self.chat_ids = range(first_chat, first_chat + chats)
        self._last_call_of_round = 0
        self.make_chats(first_chat, chats)
        self.run("import", "seeds/articles")
        self.subscribe_all()

    def subscribe_all(self) -> None:
        """Subscribe the chats to digests."""
        self.set_up_digests(self.chat_ids)

    def set_up_digests(
        self, chat_ids: Sequence[int], *, thread_id: int | None = None, set_up_by: int | None = None
    ) -> None:
        self.subscribe(chat_ids, datetime.now(UTC) + timedelta(days=1))
        with self.connection() as connection:
            connection.executemany(
                "UPDATE subscriptions SET thread_id = ?, set_up_by = ? WHERE chat_id = ?",
                [(thread_id, set_up_by, chat_id) for chat_id in chat_ids],
            )

    def post(self, path: str, **fields: Any) -> Json:
        answer: Json = self.ask("POST", path, fields)
        return answer

    def make_due(self) -> int:
        """Begin a round in which all chats are due now, and return how many."""
        self.begin_round()
        with self.connection() as connection:
            now = datetime.now(UTC).isoformat(timespec="microseconds")
            return connection.execute("UPDATE subscriptions SET next_due_at = ? WHERE is_active", [now]).rowcount

    def begin_round(self) -> None:
        """Leave earlier calls out of the count."""
        self._last_call_of_round = max(self._last_call_of_round, self.server.sandbox.log.count)

    def process(self) -> subprocess.Popen[bytes]:
        if self.bot is None:
            raise RuntimeError("no bot was started")
        return self.bot

    def kill(self) -> set[tuple[int, ...]]:
        """Kill the bot with SIGKILL, and return delivery, position and attempt of the messages on their way."""
        self._kill()
        with self.connection() as connection:
            sending = "SELECT delivery_id, position, attempts FROM outbox WHERE kind = 'digest' AND state = 'sending'"
            return set(connection.execute(sending))

    def _kill(self) -> None:
        self.process().kill()
        self.process().wait()

    def terminate(self) -> float:
        """Stop the bot with SIGTERM, and return the seconds that it took.

        Raises:
            RuntimeError: it ended with an error.
        """
        began = time.monotonic()
        self.process().send_signal(signal.SIGTERM)
        # A bot that is still starting has nothing to finish, and ends by the signal.
        if self.process().wait(timeout=60) not in {0, -signal.SIGTERM}:
            raise RuntimeError(f"the bot ended with {self.process().returncode}: see {self.log}")
        return time.monotonic() - began

    def count(self, sql: str, *values: str | int) -> int:
        return int(self.read(sql, *values)[0])

    def calls(self, after: int = 0, method: str = "sendMessage") -> list[Call]:
        """Return the calls of a method after that call number, as far back as the sandbox keeps them."""
        return [call for call in list(self.server.sandbox.log.calls) if call.number > after and call.method == method]

    def wait_for_messages(self, more: int = 1) -> None:
        """Wait until this many more messages were begun, or none is left."""
        wanted = len(self.calls()) + more
        self.wait_until(lambda: len(self.calls()) >= wanted or self.is_drained(), MAX_START_S)

    def wait_until(self, condition: Callable[[], bool], timeout_s: float, step_s: float = 0.05) -> None:
        """Poll the condition.

        Raises:
            RuntimeError: it did not become true in time, or the bot ended.
        """
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                raise RuntimeError(f"it did not happen within {timeout_s:.0f} s: see {self.log}")
            if self.bot is not None and self.bot.poll() not in {None, -signal.SIGKILL}:
                raise RuntimeError(f"the bot ended with {self.bot.returncode}: see {self.log}")
            time.sleep(step_s)

    def is_drained(self) -> bool:
        """Whether everything due was sent."""
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        return not self.count(
            "SELECT (SELECT count(*) FROM deliveries WHERE finished_at IS NULL)"
            " + (SELECT count(*) FROM subscriptions WHERE next_due_at <= ?)",
            now,
        )

    def drain(self) -> None:
        self.wait_until(self.is_drained, MAX_ROUND_S, step_s=0.3)

    def finish(self) -> None:
        """Let a new bot send everything that is left, and stop it."""
        self.start()
        self.drain()
        self.terminate()

    def inject_fault(self, **fault: Any) -> None:
        self.post("/sim/faults", **fault)

    def clear_faults(self) -> None:
        self.http.delete("/sim/faults").raise_for_status()

    def refuse_connections(self) -> None:
        self.server.stop()

    def accept_connections(self) -> None:
        """Serve again at the same address, with the same state."""
        self.server = SandboxServer(self.server.sandbox, port=self.server.port).start()

    def drop_updates(self) -> None:
        """Acknowledge all waiting updates, so that the bot never gets them."""
        polls = f"/bot{self.server.token}/getUpdates"
        if updates := self.http.get(polls, params={"offset": -1}).json()["result"]:
            self.http.get(polls, params={"offset": updates[-1]["update_id"] + 1}).raise_for_status()

    def accepted(self) -> list[tuple[int, str]]:
        """Return chat and text of each message that the sandbox accepted in this round, and end the round.

        Raises:
            RuntimeError: the round had more calls than the sandbox keeps.
        """
        log = self.server.sandbox.log
        if log.calls and log.calls[0].number > self._last_call_of_round + 1 and len(log.calls) == log.calls.maxlen:
            raise RuntimeError("there were more calls than the sandbox remembers")
        calls = self.ask("GET", "/sim/calls", method="sendMessage", since=self._last_call_of_round)
        self._last_call_of_round = max(log.count, *(call["number"] for call in calls), self._last_call_of_round)
        return [
            (int(call["parameters"]["chat_id"]), call["parameters"]["text"])
            for call in calls
            # A fault may answer 200 to a message that was not accepted.
            if call["status"] == httpx.codes.OK and call["fault"] != "status"
        ]

    def tally(self) -> Count:
        """Compare the round's deliveries with the messages that the sandbox accepted, and clear them."""
        accepted = Counter(self.accepted())
        with self.connection() as connection:
            wanted = connection.execute(WANTED).fetchall()
            wrong = int(connection.execute(WRONG_DIGESTS).fetchone()[0])
            for table in ("outbox", "deliveries", "delivered_articles"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608
        return Count.of([(accepted[chat_id, html], bool(unknown)) for chat_id, html, unknown in wanted], wrong)


class AlertStage(Stage):
    """A database whose chats watch a word. In each round a new article with it is imported, for the bot to find.

    `shown` is the text by which the messages of the round are recognised.
    """

    lead = f"Hutan {WORD.title()}"

    def __init__(self, server: SandboxServer, folder: Path, chats: int) -> None:
        self._rounds = 0
        self._article_id = 0
        self.shown = ""
        super().__init__(server, folder, chats, first_chat=FIRST_WATCHER)

    def subscribe_all(self) -> None:
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        with self.connection() as connection:
            connection.executemany(
                "INSERT INTO watches (chat_id, words, created_at, listens_since) VALUES (?, ?, ?, ?)",
                [(chat_id, WORD, now, now) for chat_id in self.chat_ids],
            )

    def make_due(self) -> int:
        self.begin_round()
        self.shown = self.add_article()
        return self.count("SELECT count(*) FROM watches WHERE listens_since NOT NULL")

    def add_article(self) -> str:
        """Import a new article about the subject of the watches, and return its title."""
        self._rounds += 1
        ((item,),) = make_news(1, 1, seed=self._rounds, now=datetime.now(UTC))
        title = f"{self.lead} {item.title}"
        path = self.folder / "kabar.txt"
        path.write_text("\n\n".join((title, *self.paragraphs(item))), encoding="utf-8")
        self.run("import", str(path))
        self._article_id = self.count("SELECT max(id) FROM articles")
        return title

    def paragraphs(self, item: Item) -> Sequence[str]:
        return item.paragraphs

    def is_drained(self) -> bool:
        """Whether every chat's alert of this round has an outcome."""
        return not self.count(
            "SELECT count(*) FROM watches w WHERE listens_since NOT NULL AND NOT EXISTS ("
            " SELECT 1 FROM outbox a WHERE a.watch_id = w.id AND a.article_id = ? AND a.not_before IS NULL)",
            self._article_id,
        )

    def kill(self) -> set[tuple[int, ...]]:
        self._kill()
        with self.connection() as connection:
            return set(connection.execute("SELECT id, attempts FROM outbox WHERE kind = 'alert' AND state = 'sending'"))

    def tally(self) -> Count:
        accepted = Counter(chat_id for chat_id, text in self.accepted() if escape(self.shown) in text)
        with self.connection() as connection:
            wanted = connection.execute(WANTED_ALERTS).fetchall()
            wrong = int(connection.execute(WRONG_ALERTS).fetchone()[0])
            # Otherwise the limit of alerts per chat would delay the next round.
            for table in ("outbox", "delivered_articles"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608
        return Count.of([(accepted[chat_id], bool(unknown)) for chat_id, unknown in wanted], wrong)


class FollowStage(AlertStage):
    """A database whose chats follow a story. In each round a new article of its affair is imported."""

    lead = "Bendungan Wairana Sukamakmur Kalasan Jebol:"

    def subscribe_all(self) -> None:
        self._title = self.add_article()
        now = datetime.now(UTC)
        # Details of a story that was followed just now would wait.
        followed_at, seen_at = (
            (now - ago).isoformat(timespec="microseconds") for ago in (timedelta(days=1), timedelta())
        )
        with self.connection() as connection:
            connection.executemany(
                "INSERT INTO watches (chat_id, words, article_id, created_at, listens_since) VALUES (?, ?, ?, ?, ?)",
                [(chat_id, self._title, self._article_id, followed_at, seen_at) for chat_id in self.chat_ids],
            )

    def paragraphs(self, item: Item) -> Sequence[str]:
        """Return a sentence of new words for each of three paragraphs, without quotations."""
        words = sorted({word for word in "".join(item.paragraphs).split() if word.isalpha() and word.islower()})
        random.Random(item.title).shuffle(words)
        return [f"Tim di Wairana {' '.join(words[start : start + 14])}." for start in (0, 14, 28)]

    def make_due(self) -> int:
        count = super().make_due()
        # Updates name the followed story.
        self.shown = self._title
        return count
