"""Alerts while something fails: every chat waits for a word, and in each round an article with it comes in."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

from benchmarks.chaos.results import Count
from benchmarks.chaos.stage import Stage
from benchmarks.ingest.news import make_news

if TYPE_CHECKING:
    from pathlib import Path

    from bot.sandbox.server import SandboxServer

FIRST_WATCHER = 300_000
WORD = "mangrove"
# Stories that count as told though their alert was not sent, and those of one that was, which do not count as told.
WRONG = """
SELECT count(*) FROM outbox a WHERE a.kind = 'alert' AND (a.state = 'sent') <> EXISTS (
    SELECT 1 FROM told_articles t WHERE t.chat_id = a.chat_id AND t.article_id = a.article_id)
"""


class AlertStage(Stage):
    """A database of its own, in which chats wait for a word and have no digest. Its chats are due when an article with
    the word came in: the bot has to find that itself."""

    def __init__(self, server: SandboxServer, folder: Path, chats: int) -> None:
        self._rounds = 0
        self._article_id = 0
        self._title = ""
        folder.mkdir(exist_ok=True)
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
        self._rounds += 1
        ((item,),) = make_news(1, 1, seed=self._rounds, now=datetime.now(UTC))
        self._title = f"Hutan {WORD.title()} {item.title}"
        path = self.folder / "kabar.txt"
        path.write_text("\n\n".join((self._title, *item.paragraphs)), encoding="utf-8")
        self.run("import", str(path))
        self._article_id = self.count("SELECT max(id) FROM articles")
        return self.count("SELECT count(*) FROM watches WHERE listens_since NOT NULL")

    def is_drained(self) -> bool:
        """Not before every chat has its alert of this round, well or not."""
        return not self.count(
            "SELECT count(*) FROM watches w WHERE listens_since NOT NULL AND NOT EXISTS ("
            " SELECT 1 FROM outbox a WHERE a.watch_id = w.id AND a.article_id = ? AND a.state IN ('sent', 'failed'))",
            self._article_id,
        )

    def kill(self) -> set[tuple[int, ...]]:
        self.process().kill()
        self.process().wait()
        with self.connection() as connection:
            return set(connection.execute("SELECT id, attempts FROM outbox WHERE kind = 'alert' AND state = 'sending'"))

    def tally(self) -> Count:
        """Every chat that listens was to get one alert of this round's article, whatever the bot's rows say."""
        came = Counter(chat_id for chat_id, text in self.came() if escape(self._title) in text)
        with self.connection() as connection:
            wanted = [chat_id for (chat_id,) in connection.execute("SELECT chat_id FROM watches")]
            wrong = int(connection.execute(WRONG).fetchone()[0])
            # Else the next round's would wait until the pace of alerts lets them.
            for table in ("alerts", "told_articles"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608
        return Count.of([came[chat_id] for chat_id in wanted], wrong)
