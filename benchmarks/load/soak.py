"""Let the bot work for an hour as it does for years, and write what it held into docs/measurements/benchmarks.md.

    python -m benchmarks.load.soak [--minutes N] [--smoke]

News come in from made-up outlets, some chats' digests are due every minute, people ask all the time. The bot keeps the
stories of three days in memory: its clock goes faster, so that they have come and gone, and what grows after that grows
for ever. Memory and open files are looked at every few seconds, and drawn. `--smoke` does it for moments and writes
nothing.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import linear_regression, median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.ingest.server import bases_of
from benchmarks.load.scene import FIRST_CHAT, Scene, scene
from benchmarks.page import PAGE, machine, write_part
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.load.scene import Taken

PART = "An hour without a break"
MINUTES = 60.0
SMOKE_MINUTES = 0.5
OUTLETS, ENTRIES = 20, 3
# The outlets print other articles from then on.
EDITION_S = 240.0
DIGESTS_A_MINUTE = 60
CHATS = 600
FIRST_READER, READERS = 2_000_000, 200
ASK_EVERY_S = 2.0
LOOK_EVERY_S, FEWEST_LOOKS = 10.0, 20
# Until caches and indexes are filled: by then the clock was put forward by as much as stories are kept, and some more.
WARM_SHARE = 0.4
KEPT = timedelta(days=3)
MORE = 1.1
ARTICLES_SHARE = 0.25
QUESTIONS = (
    *("/berita", "/cari harga", "/topik", "/bantuan", "/berita ekonomi", "/tren", "/sumber", "/mengapa", "/jadwal"),
    *("/tersimpan", "/pantau banjir", "/dataku"),
)


@dataclass(frozen=True, slots=True)
class Look:
    """What the bot held so many minutes after its start."""

    minute: float
    taken: Taken


@dataclass(frozen=True, slots=True)
class Soaked:
    looks: tuple[Look, ...]
    answers: int
    messages: int
    articles: int
    days: float
    load: float


def soak(folder: Path, minutes: float) -> Soaked:
    chance = random.Random(6)
    looks: list[Look] = []
    answers, messages = 0, 0
    with ExitStack() as stack:
        port = free_port()
        stage = stack.enter_context(
            scene(folder, is_limited=True, REFRESH_MINUTES="1", RINGKAS_PER_MINUTE="60", RINGKAS_BURST="60")
        )
        prepare(stage, port)
        step = KEPT * MORE / max(1.0, WARM_SHARE * minutes * 60 / EDITION_S)
        editions = itertools.count(1)
        paper = stack.enter_context(ExitStack())
        paper.enter_context(outlets(next(editions), port, stage.ahead))
        stage.follow_clock()
        stage.start()
        stage.answer_s(FIRST_READER, "/bantuan", timeout_s=60)
        began = time.monotonic()
        due_at, edition_at, look_at = began, began + EDITION_S, began
        due_chats = itertools.cycle(range(0, CHATS, DIGESTS_A_MINUTE))
        while (now := time.monotonic()) - began < minutes * 60:
            if now >= due_at:
                first = FIRST_CHAT + next(due_chats)
                stage.make_due(first, first + DIGESTS_A_MINUTE - 1)
                due_at += 60
            if now >= edition_at:
                paper.close()
                stage.forward(step)
                paper.enter_context(outlets(next(editions), port, stage.ahead))
                stage.check_sources()
                edition_at += EDITION_S
            if now >= look_at:
                looks.append(Look((now - began) / 60, stage.taken()))
                messages += len(stage.new_sends())
                look_at += min(LOOK_EVERY_S, minutes * 60 / FEWEST_LOOKS)
            stage.answer_s(FIRST_READER + chance.randrange(READERS), question(stage, chance), timeout_s=60)
            answers += 1
            time.sleep(ASK_EVERY_S)
        (articles,) = stage.read("SELECT count(*) FROM articles")
        days = stage.ahead / timedelta(days=1)
    return Soaked(tuple(looks), answers, messages, articles, days, os.getloadavg()[0])


def prepare(stage: Scene, port: int) -> None:
    """Chats with digests that are made due by hand, and the outlets in place of the catalogue."""
    stage.make_chats(FIRST_CHAT, CHATS)
    stage.make_chats(FIRST_READER, READERS)
    stage.subscribe(range(FIRST_CHAT, FIRST_CHAT + CHATS), datetime.now(UTC) + timedelta(days=1))
    stage.run("sources", "list")
    stage.run("sources", "remove", *stage.read("SELECT key FROM sources"))
    feeds = "".join(f'<outline type="rss" text="{base}" xmlUrl="{base}/rss"/>' for base in bases_of(OUTLETS, port))
    opml = f'<opml version="2.0"><head><title>Kabar</title></head><body>{feeds}</body></opml>'
    stage.run("sources", "import", "-", stdin=opml)


@contextmanager
def outlets(edition: int, port: int, ahead: timedelta) -> Iterator[None]:
    """The outlets with the articles of an edition, in a process of their own."""
    numbers = (OUTLETS, ENTRIES, edition, port, round(ahead.total_seconds()))
    command = [sys.executable, "-m", "benchmarks.ingest.server", *map(str, numbers)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE) as server:
        try:
            if server.stdout is None or not server.stdout.readline():
                raise SystemExit("the outlets do not serve")
            yield
        finally:
            server.terminate()


def question(stage: Scene, chance: random.Random) -> str:
    """A command, or now and then an article that came in."""
    if chance.random() < ARTICLES_SHARE and (
        urls := stage.read("SELECT url FROM articles WHERE url LIKE 'http://127.%' ORDER BY id DESC LIMIT 200")
    ):
        return f"/ringkas {chance.choice(urls)}"
    return chance.choice(QUESTIONS)


def settled(soaked: Soaked) -> list[Look]:
    """What was seen after the warming up."""
    last = soaked.looks[-1].minute
    return [look for look in soaked.looks if look.minute >= WARM_SHARE * last]


HOW_TO_READ = (
    "The halves are the medians of each half of that time; the last column is by how much the straight line nearest to"
    " what was seen rises in an hour. Workers are there for a minute after each edition, then they end, and the files"
    " that lead to them are closed: the main process shows whether anything grows. Its open files are its own and the"
    " outlets' connections, two a host at most between editions, closed when another host is asked 15 seconds later."
)


def page_of(soaked: Soaked) -> str:
    looks = settled(soaked)
    first, last = looks[0], looks[-1]
    cpu = (last.taken.processor_s - first.taken.processor_s) / (60 * (last.minute - first.minute))
    about = (
        f"The bot as a process for {last.minute:.0f} minutes (`make soak`, an hour by default): {OUTLETS} outlets, each"
        f" with {ENTRIES} new articles every {EDITION_S / 60:.0f} minutes ({soaked.articles:,} stored in the end);"
        f" {DIGESTS_A_MINUTE} digests a minute; somebody who asks every {ASK_EVERY_S:.0f} seconds"
        f" ({soaked.answers:,} questions, all answered). {soaked.messages:,} messages were sent. Its clock was put"
        f" forward by {soaked.days:.1f} days meanwhile, step by step: the stories of three days, which it keeps in"
        " memory, have come and gone. At the end"
        f" {soaked.load:.1f} processes wanted the cores."
    )
    rows: dict[str, Callable[[Taken], float]] = {
        "memory of the main process, MiB": lambda taken: taken.main_mib,
        "memory with its workers, MiB (what they share counts once)": lambda taken: taken.mib,
        "open files of the main process": lambda taken: taken.main_files,
        "open files with its workers": lambda taken: taken.files,
    }
    lines = [
        machine("python-telegram-bot", "APScheduler", "httpx", "SQLite"),
        about,
        "",
        f"| after the first {WARM_SHARE:.0%} | least | median | most | first half | second half | by the hour |",
        "|---|---|---|---|---|---|---|",
        *(row(name, looks, value) for name, value in rows.items()),
        "",
        HOW_TO_READ,
        "",
        f"They took {100 * cpu:.1f}% of one core.",
        "",
        *(f"![memory and open files](plots/soak-{kind}.png#gh-{kind}-mode-only)" for kind in ("light", "dark")),
    ]
    return "\n".join(lines)


def row(name: str, looks: Sequence[Look], value: Callable[[Taken], float]) -> str:
    seen = [value(look.taken) for look in looks]
    middle = (looks[0].minute + looks[-1].minute) / 2
    first = median(value(look.taken) for look in looks if look.minute <= middle)
    second = median(value(look.taken) for look in looks if look.minute >= middle)
    slope = linear_regression([look.minute / 60 for look in looks], seen).slope
    figures = (min(seen), median(seen), max(seen), first, second)
    return f"| {name} | {' | '.join(f'{figure:.0f}' for figure in figures)} | {slope:+.1f} |"


def plot(soaked: Soaked, folder: Path) -> None:
    from benchmarks.plots import LIGHT_AND_DARK, figure

    minutes = [look.minute for look in soaked.looks]
    for style in LIGHT_AND_DARK:
        with figure(style, folder / "soak") as axes:
            axes.plot(minutes, [look.taken.main_mib for look in soaked.looks], color=style.accent, label="memory, MiB")
            axes.plot(
                minutes, [look.taken.mib for look in soaked.looks], color=style.accent, alpha=0.4, label="with workers"
            )
            axes.plot(minutes, [look.taken.files for look in soaked.looks], ":", color=style.ink, label="open files")
            axes.set_ylim(bottom=0)
            axes.set_xlabel("minutes since the start")
            axes.legend(frameon=False, loc="lower right")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--smoke", action="store_true", help="for moments, and write nothing")
    parser.add_argument("--page", type=Path, default=PAGE)
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        soaked = soak(Path(folder), SMOKE_MINUTES if asked.smoke else asked.minutes)
    text = page_of(soaked)
    if asked.smoke:
        print(text)
        print("the harness works")
        return
    plot(soaked, asked.page.parent / "plots")
    write_part(PART, text, asked.page)


if __name__ == "__main__":
    main()
