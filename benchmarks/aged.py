"""Compare a bot after a year with a new one, and write the section of docs/measurements/benchmarks.md.

    python -m benchmarks.aged [--articles N] [--rounds N] [--archives DIR] [--smoke]

Both run over a sandbox of their own. The old one has an archive of articles, a full window of stories, and a year of
digests, readers' articles and news that it deletes while readers ask. Its file is not in the system's cache then, nor
before some of its starts. `--smoke` runs over very little and writes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from math import exp
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.archive import MINUTES_APART, open_archive
from benchmarks.news import common_words, make_event
from benchmarks.outlets import base_urls, run_outlets
from benchmarks.report import describe_machine, publish, table
from benchmarks.rounds import percentile
from benchmarks.scene import FIRST_CHAT, Bystander, Scene, open_scene
from bot.background import scheduler
from bot.cli import main as run_command
from summaries.model import Old
from summaries.storage.values import stored_moment
from summaries.stories import WINDOW, Signature
from summaries.upkeep import UpkeepService
from tests.ports import free_port

SECTION = "What readers and operators notice"
YOUNG, AGED, UNCACHED = "a new bot", "after a year", "after a year, nothing cached"
ROUNDS = 3
READERS = 200
ASK_EVERY_S = 0.1
TIMEOUT_S = 60.0
# Seconds for which readers ask while nothing is deleted, in short form for trials.
QUIET_S, SMOKE_QUIET_S = 15.0, 1.0
ENDED = "deleting ended"
START_BAR_S, WAIT_BAR_MS = 1.3, 50.0
BERITA, RINGKAS = "/berita", "/ringkas"


@dataclass(frozen=True, slots=True)
class Age:
    """The contents of a bot's database: digests of each of `chats` a day for a year, eight articles each; the newest
    `window` articles are of the last days. As many of the oldest articles as `uploads` are old enough to be deleted."""

    articles: int
    window: int
    chats: int
    uploads: int

    @property
    def keep_days(self) -> int:
        """Return KEEP_NEWS_DAYS, of which the least is 30."""
        return max(30, 7 + int((self.articles - self.uploads) * MINUTES_APART / 60 / 24))


YEAR = Age(300_000, 15_000, 50, 3_000)
SMOKE = Age(1_000, 200, 2, 50)
DIGEST_DAYS = 365
UPLOADS = """
WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :uploads)
INSERT INTO articles (key, title, text, origin, is_public, dated_at, added_at, updated_at)
    SELECT printf('upload-%d', n), title, text, 'chat', 0, :old, :old, :old FROM n JOIN articles a ON a.id = n
"""
DELIVERIES = """
INSERT INTO deliveries (chat_id, zone, due_at, is_composed, outcome, created_at, finished_at)
    VALUES (?, 'Asia/Jakarta', ?, 1, 'sent', ?, ?)
"""
DELIVERED = """
INSERT OR IGNORE INTO delivered_articles (chat_id, article_id, delivered_at)
    SELECT d.chat_id, 1 + (d.id * 8 + p.value) % :articles, d.due_at
    FROM deliveries d CROSS JOIN json_each('[0, 1, 2, 3, 4, 5, 6, 7]') p
"""
RECENT = (
    "UPDATE articles SET dated_at = :at WHERE id = :id",
    "UPDATE story_articles SET dated_at = :at WHERE article_id = :id",
    "UPDATE stories SET latest_at = :at WHERE id = :id",
    "INSERT INTO signatures (article_id, revision, dated_at, signature) VALUES (:id, :id, :at, :signature)",
)


def age(path: Path, to: Age) -> None:
    """Add a year to an archive: a full window, digests, and readers' articles that are due to be deleted."""
    now = datetime.now(UTC)
    days = [stored_moment(now - timedelta(days=day)) for day in range(DIGEST_DAYS, 0, -1)]
    with closing(sqlite3.connect(path)) as db, db:
        values = {"uploads": to.uploads, "old": stored_moment(now - timedelta(days=3)), "articles": to.articles}
        db.execute(UPLOADS, values)
        chats = range(FIRST_CHAT, FIRST_CHAT + to.chats)
        db.executemany(DELIVERIES, ((chat, day, day, day) for day in days for chat in chats))
        db.execute(DELIVERED, values)
        window = [
            {"id": article, "at": stored_moment(moment), "signature": signature.to_bytes()}
            for article, moment, signature in make_window(to, now)
        ]
        for statement in RECENT:
            db.executemany(statement, window)
        db.execute("UPDATE story_state SET revision = ?", [to.articles])
    with path.open("rb") as file:
        os.fsync(file.fileno())


def make_window(to: Age, now: datetime) -> Iterator[tuple[int, datetime, Signature]]:
    """Yield ids, times and signatures of the newest articles, two of each event."""
    rng = random.Random(to.window)
    events = [make_event(rng) for _ in range(to.window // 2 + 1)]
    for n in range(to.window):
        event, moment = events[n // 2], now - WINDOW * 0.9 * (to.window - n) / to.window
        terms = [*event.names, *event.words, *common_words(rng, 60)]
        weights = {term: exp(-place / 40) for place, term in enumerate(terms)}
        name, outlet = f"lama-{n}", f"Media {n % 200}"
        yield (
            to.articles - to.window + 1 + n,
            moment,
            Signature(name, outlet, moment, tuple(terms[:8]), weights, frozenset(event.names)),
        )


@dataclass(slots=True)
class Figures:
    """Seconds from a start to the first reply and of a command, seconds of answers by command, memory and disk."""

    starts_s: list[float] = field(default_factory=list)
    commands_s: list[float] = field(default_factory=list)
    alone_s: Mapping[str, Sequence[float]] = field(default_factory=dict)
    deleting_s: Mapping[str, Sequence[float]] = field(default_factory=dict)
    mib: float = 0.0
    file_mib: float = 0.0
    deleted: str = ""


class Case:
    """One bot with its scene."""

    def __init__(self, scene: Scene, articles: int) -> None:
        self.scene = scene
        self._rng = random.Random(articles)
        self._pages = range(max(1, articles // 2), articles + 1)
        scene.make_chats(FIRST_CHAT, READERS)
        self._chats = cycle(range(FIRST_CHAT, FIRST_CHAT + READERS))

    def time_start(self, figures: Figures, *, is_cached: bool = True) -> None:
        """Start the bot while a question waits, and stop it after its answer."""
        chat = next(self._chats)
        event = self.scene.say(chat, BERITA)
        if not is_cached:
            evict(self.scene.database)
        began = time.perf_counter()
        self.scene.start()
        self.scene.first_message(chat, event, TIMEOUT_S)
        figures.starts_s.append(time.perf_counter() - began)
        self.scene.stop()
        began = time.perf_counter()
        self.scene.run("sources", "list")
        figures.commands_s.append(time.perf_counter() - began)

    def use(self, figures: Figures, outlet_port: int, quiet_s: float) -> None:
        """Run the bot with a full window, and ask before it deletes old rows and meanwhile."""
        scene = self.scene
        scene.replace_sources(base_urls(1, outlet_port))
        (before,) = scene.read("SELECT count(*) FROM stories")
        scene.environment["REFRESH_MINUTES"] = "1"
        figures.file_mib = scene.database.stat().st_size / 2**20
        bot = scene.start(program=(sys.executable, "-m", "benchmarks.aged", "--bot"))
        began = time.monotonic()
        scene.time_answer(next(self._chats), BERITA, TIMEOUT_S)
        # A new story shows that the window was restored.
        while scene.read("SELECT count(*) FROM stories") == [before]:
            if time.monotonic() - began > TIMEOUT_S:
                raise SystemExit(f"no news came in: see {scene.log}")
            time.sleep(0.1)
        alone = self._ask()
        time.sleep(quiet_s)
        alone.stop()
        evict(scene.database)
        deleting = self._ask()
        bot.send_signal(signal.SIGUSR1)
        while ENDED not in scene.log.read_text():
            figures.mib = max(figures.mib, scene.usage().main_mib)
            time.sleep(0.1)
        time.sleep(4 * ASK_EVERY_S)
        deleting.stop()
        if alone.unanswered or deleting.unanswered:
            raise SystemExit(f"the bot did not answer: see {scene.log}")
        figures.alone_s, figures.deleting_s = alone.took_s, deleting.took_s
        figures.deleted = "".join(re.findall(r'forgot what is old: ([^"]*+)', scene.log.read_text()))
        scene.stop()

    def _ask(self) -> Bystander:
        bystander = Bystander(self.scene.url, self._questions(), ASK_EVERY_S, TIMEOUT_S)
        bystander.start()
        return bystander

    def _questions(self) -> Iterator[tuple[int, str]]:
        while True:
            yield next(self._chats), BERITA
            yield next(self._chats), f"{RINGKAS} https://lama.example/{self._rng.choice(self._pages):09d}"


def evict(path: Path) -> None:
    """Write the file to disk and drop it from the system's cache. No process may have locked it through this one."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def run_bot() -> None:
    """Run the bot, which deletes old rows after SIGUSR1, and prints when it has ended."""
    forget = UpkeepService.forget

    async def wait_and_forget(self: UpkeepService) -> Mapping[Old, int]:
        wanted = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, wanted.set)
        await wanted.wait()
        try:
            return await forget(self)
        finally:
            print(ENDED, flush=True)

    UpkeepService.forget = wait_and_forget  # type: ignore[method-assign]
    scheduler.FIRST_PRUNE_S = 0
    sys.argv[1:] = ["run"]
    run_command()


def measure(folder: Path, archives: Path, to: Age, rounds: int, quiet_s: float) -> dict[str, Figures]:
    """Return the figures of a new bot, of one after a year, and of that one's starts with nothing cached."""
    figures = {name: Figures() for name in (YOUNG, AGED, UNCACHED)}
    with ExitStack() as stack:
        cases: dict[str, Case] = {}
        for name in (YOUNG, AGED):
            own = folder / str(len(cases))
            own.mkdir()
            if name == AGED:
                shutil.copyfile(open_archive(archives, to.articles), own / "ringkas.db")
                age(own / "ringkas.db", to)
            settings = {"KEEP_NEWS_DAYS": str(to.keep_days), "RINGKAS_PER_MINUTE": "60"}
            scene = stack.enter_context(open_scene(own, is_limited=False, **settings))
            cases[name] = Case(scene, to.articles)
        for _ in range(rounds):
            for name, case in cases.items():
                case.time_start(figures[name])
            cases[AGED].time_start(figures[UNCACHED], is_cached=False)
        port = free_port()
        stack.enter_context(run_outlets(1, 4, 1, port))
        for name, case in cases.items():
            case.use(figures[name], port, quiet_s)
    return figures


def render(figures: Mapping[str, Figures], to: Age, rounds: int) -> str:
    young, aged, uncached = (figures[name] for name in (YOUNG, AGED, UNCACHED))
    rows: list[Sequence[object]] = [
        ("from the start to the first reply, s", in_s(young.starts_s), in_s(aged.starts_s), START_BAR_S),
        ("… with nothing of the file cached", "", in_s(uncached.starts_s), START_BAR_S),
        ("`ringkas sources list`, s", in_s(young.commands_s), in_s(aged.commands_s), ""),
    ]
    for command, name in ((BERITA, f"{BERITA}, ms"), (RINGKAS, f"{RINGKAS}, a known page, ms")):
        alone_s, deleting_s = aged.alone_s[command], aged.deleting_s[command]
        bar = f"slowest {1000 * median(alone_s) + WAIT_BAR_MS:.0f}"
        rows += [(name, in_ms(young.alone_s[command]), in_ms(alone_s), ""),
                 ("… while old rows are deleted, nothing cached", "", in_ms(deleting_s), bar)]  # fmt: skip
    rows += [
        ("memory of the main process, MiB", f"{young.mib:.0f}", f"{aged.mib:.0f}", ""),
        ("the database, MiB", f"{young.file_mib:.0f}", f"{aged.file_mib:,.0f}", ""),
    ]
    return f"""\
{describe_machine("python-telegram-bot", "SQLite")}
After a year a bot has {to.articles:,} made-up articles of some 120 words, {to.window:,} of them in the three days in
which it looks for the stories of new ones, and a digest a day for {to.chats} chats. A new bot has the sample articles.
A reader asks every {ASK_EVERY_S:g} s. Seconds are the median and the slowest of {rounds}, milliseconds the median, the
95th percentile and the slowest; a bar for deleting is {WAIT_BAR_MS:g} ms more than the median without. Deleted were
{aged.deleted or "no rows"}.

{table(("", YOUNG, AGED, "bar"), rows)}"""


def in_s(values: Sequence[float]) -> str:
    return f"{median(values):.2f} · {max(values):.2f}"


def in_ms(values_s: Sequence[float]) -> str:
    return " · ".join(f"{1000 * one:.0f}" for one in (median(values_s), percentile(values_s, 95), max(values_s)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=YEAR.articles)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--archives", type=Path, help="keep the archive in this folder, for the next time")
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--bot", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bot:
        run_bot()
    to = SMOKE if options.smoke else replace(YEAR, articles=options.articles)
    rounds, quiet_s = (1, SMOKE_QUIET_S) if options.smoke else (options.rounds, QUIET_S)
    with TemporaryDirectory(prefix="ringkas-") as folder:
        figures = measure(Path(folder), options.archives or Path(folder), to, rounds, quiet_s)
    publish(SECTION, render(figures, to, rounds), is_trial=options.smoke)


if __name__ == "__main__":
    main()
