"""Run the bot for an hour under a load that covers days of its clock, and write its section of benchmark-details.md.

    python -m benchmarks.soak [--minutes N] [--smoke]

News comes in from made-up outlets, digests are due every minute, and readers ask all the time. The bot keeps the
stories of three days in memory; its clock runs faster, so that they come and go, and anything that grows after that is
a leak. `--smoke` runs for half a minute and writes nothing.
"""

from __future__ import annotations

import argparse
import itertools
import random
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import linear_regression, median
from tempfile import TemporaryDirectory

from benchmarks.outlets import base_urls, run_outlets
from benchmarks.report import DETAILS, describe_machine, publish, table
from benchmarks.scene import FIRST_CHAT, Scene, Usage, open_scene
from tests.ports import free_port

SECTION = "An hour without a break"
MINUTES = 60.0
SMOKE_MINUTES = 0.5
OUTLETS, ENTRIES = 20, 3
# After this long the outlets publish new articles.
EDITION_S = 240.0
DIGESTS_A_MINUTE = 60
CHATS = 600
FIRST_READER, READERS = 2_000_000, 200
ASK_EVERY_S = 2.0
SAMPLE_S, MIN_SAMPLES = 10.0, 20
# The share of the run until caches and indexes are full: by then the clock has advanced by more than stories are kept.
WARM_UP_SHARE = 0.4
STORIES_KEPT = timedelta(days=3)
CLOCK_MARGIN = 1.1
ARTICLES_SHARE = 0.25
QUESTIONS = (
    *("/berita", "/cari harga", "/topik", "/bantuan", "/berita ekonomi", "/tren", "/sumber", "/mengapa", "/jadwal"),
    *("/tersimpan", "/pantau banjir", "/dataku"),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """The bot's resources, this many minutes after its start."""

    minute: float
    usage: Usage


@dataclass(frozen=True, slots=True)
class Soak:
    samples: tuple[Sample, ...]
    answers: int
    messages: int
    articles: int
    days: float

    def settled(self) -> list[Sample]:
        """Return the samples after the warm-up."""
        return [one for one in self.samples if one.minute >= WARM_UP_SHARE * self.samples[-1].minute]


def soak(folder: Path, minutes: float) -> Soak:
    rng = random.Random(6)
    samples: list[Sample] = []
    answers, messages = 0, 0
    port = free_port()
    settings = {"REFRESH_MINUTES": "1", "RINGKAS_PER_MINUTE": "60", "RINGKAS_BURST": "60"}
    with open_scene(folder, is_limited=True, **settings) as scene, ExitStack() as edition:
        prepare(scene, port)
        clock_step = STORIES_KEPT * CLOCK_MARGIN / max(1.0, WARM_UP_SHARE * minutes * 60 / EDITION_S)
        numbers = itertools.count(1)
        edition.enter_context(run_outlets(OUTLETS, ENTRIES, next(numbers), port))
        scene.environment["SANDBOX_CLOCK_URL"] = f"{scene.url}/sim/clock"
        scene.start()
        scene.time_answer(FIRST_READER, "/bantuan", timeout_s=60)
        began = time.monotonic()
        due_at, edition_at, sample_at = began, began + EDITION_S, began
        due_chats = itertools.cycle(range(0, CHATS, DIGESTS_A_MINUTE))
        while (now := time.monotonic()) - began < minutes * 60:
            if now >= due_at:
                make_digests_due(scene, FIRST_CHAT + next(due_chats))
                due_at += 60
            if now >= edition_at:
                edition.close()
                scene.advance_clock(clock_step)
                edition.enter_context(run_outlets(OUTLETS, ENTRIES, next(numbers), port, scene.clock_offset))
                with scene.connection() as connection:
                    connection.execute("UPDATE sources SET next_check_at = NULL WHERE is_active")
                edition_at += EDITION_S
            if now >= sample_at:
                samples.append(Sample((now - began) / 60, scene.usage()))
                messages += len(scene.new_sends())
                sample_at += min(SAMPLE_S, minutes * 60 / MIN_SAMPLES)
            scene.time_answer(FIRST_READER + rng.randrange(READERS), pick_question(scene, rng), timeout_s=60)
            answers += 1
            time.sleep(ASK_EVERY_S)
        (articles,) = scene.read("SELECT count(*) FROM articles")
        return Soak(tuple(samples), answers, messages, articles, scene.clock_offset / timedelta(days=1))


def prepare(scene: Scene, port: int) -> None:
    """Create chats with digests that are due tomorrow, and replace the catalogue by the made-up outlets."""
    scene.make_chats(FIRST_CHAT, CHATS)
    scene.make_chats(FIRST_READER, READERS)
    scene.subscribe(range(FIRST_CHAT, FIRST_CHAT + CHATS), datetime.now(UTC) + timedelta(days=1))
    scene.replace_sources(base_urls(OUTLETS, port))


def make_digests_due(scene: Scene, first: int) -> None:
    """Make the digests of a minute's chats due now, by the sandbox's clock."""
    now = (datetime.now(UTC) + scene.clock_offset).isoformat(timespec="microseconds")
    with scene.connection() as connection:
        connection.execute(
            "UPDATE subscriptions SET next_due_at = ? WHERE chat_id BETWEEN ? AND ?",
            [now, first, first + DIGESTS_A_MINUTE - 1],
        )


def pick_question(scene: Scene, rng: random.Random) -> str:
    """Return a command, or a link to an article that came in."""
    if rng.random() < ARTICLES_SHARE and (
        urls := scene.read("SELECT url FROM articles WHERE url LIKE 'http://127.%' ORDER BY id DESC LIMIT 200")
    ):
        return f"/ringkas {rng.choice(urls)}"
    return rng.choice(QUESTIONS)


def render(done: Soak) -> str:
    settled = done.settled()
    first, last = settled[0], settled[-1]
    processor = (last.usage.processor_s - first.usage.processor_s) / (60 * (last.minute - first.minute))
    figures: dict[str, Callable[[Usage], float]] = {
        "memory of the main process, MiB": lambda usage: usage.main_mib,
        "memory with its workers, MiB (shared memory once)": lambda usage: usage.mib,
        "open files of the main process": lambda usage: usage.main_files,
        "open files with its workers": lambda usage: usage.files,
    }
    heads = (
        *(f"after the first {WARM_UP_SHARE:.0%}", "least", "median", "most", "first half", "second half"),
        "growth an hour",
    )
    rows = [summarize_samples(name, settled, value) for name, value in figures.items()]
    return f"""\
{describe_machine("python-telegram-bot", "APScheduler", "httpx", "SQLite")}
The bot as a process for {last.minute:.0f} minutes (`make soak`, an hour by default): {OUTLETS} outlets, each with
{ENTRIES} new articles every {EDITION_S / 60:.0f} minutes ({done.articles:,} stored in the end); {DIGESTS_A_MINUTE}
digests a minute; a question every {ASK_EVERY_S:.0f} seconds ({done.answers:,}, all answered). {done.messages:,}
messages were sent. Its clock advanced by {done.days:.1f} days, so that the stories of three days, which it keeps in
memory, came and went.

{table(heads, rows)}

The halves are the medians of each half of that time; the last column is the slope of the least-squares line. Workers
run for a minute after each edition, then end, so the main process shows whether anything grows. Its open files are its
own and its connections to outlets: two a host at most, closed after 15 idle seconds.

The processes took {processor:.1%} of one core."""


def summarize_samples(name: str, samples: Sequence[Sample], value: Callable[[Usage], float]) -> list[str]:
    """Return a row of the table."""
    values = [value(one.usage) for one in samples]
    middle = (samples[0].minute + samples[-1].minute) / 2
    first = median(value(one.usage) for one in samples if one.minute <= middle)
    second = median(value(one.usage) for one in samples if one.minute >= middle)
    slope = linear_regression([one.minute / 60 for one in samples], values).slope
    figures = (min(values), median(values), max(values), first, second)
    return [name, *(f"{figure:.0f}" for figure in figures), f"{slope:+.1f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        text = render(soak(Path(folder), SMOKE_MINUTES if options.smoke else options.minutes))
    publish(SECTION, text, is_trial=options.smoke, page=DETAILS)


if __name__ == "__main__":
    main()
