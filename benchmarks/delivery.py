"""Measure digests under load, and write the sections of docs/measurements/benchmarks.md.

    python -m benchmarks.delivery [--parts PART ...] [--rounds N] [--smoke]

`composing`: digests that are due in very many chats at once. `preferring`: the same with preferences that make more of
them different. `sending`: composed digests without rate limits, compared with python-telegram-bot alone. `holding`:
Telegram's rate limit for ten minutes while readers ask questions. `--smoke` runs over very little and writes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from telegram.error import NetworkError
from telegram.ext import ApplicationBuilder

import seeds
from benchmarks.answers import serve_article
from benchmarks.archive import draw_tastes, mark_delivered, prefer_regions, subscribe
from benchmarks.fan_out import FanOut
from benchmarks.news import TOPICS, make_news
from benchmarks.processes import peak_mib
from benchmarks.report import DETAILS, PAGE, describe_machine, publish, table
from benchmarks.rounds import percentile, ratios
from benchmarks.scene import FIRST_CHAT, Bystander, Reader, Scene, open_scene, run_isolated, sandbox_process
from bot.app import build_application
from bot.cli.digest import choose
from bot.config import load_settings
from bot.services import open_services
from summaries.delivery import SENDERS
from summaries.model import Article
from summaries.storage import open_store

SAMPLES = [(sample.name, sample.text.encode(), sample.category) for sample in seeds.sample_articles()]
SECTIONS = {
    "sending": "Digests sent, compared with sending alone",
    "composing": "Digests composed",
    "preferring": "Digests composed, by preferences",
    "holding": "Telegram's rate limit, while readers ask",
}
IN_DETAILS = ("preferring", "holding")
LIBRARIES = ("python-telegram-bot", "httpx", "APScheduler", "SQLite")
CHATS, ROUNDS, MINUTES = 100_000, 7, 10.0
SENT_CHATS = 1500
COMPOSE_BAR_S, COMPOSE_BAR_MIB, RATIO_BAR, RATE_BAR, ANSWER_BAR_MS = 30, 400, 0.9, 28, 500
FIRST_READER = 2_000_000
# The most important stories were delivered yesterday, each to half of the chats.
DELIVERED = 8
# Outlets and the articles of each in a day: 2,000 articles in about 1,000 stories.
OUTLETS, ENTRIES = 40, 50
# The names that chats want more or less of.
NAMES = 200
# The number of these that continue an affair. Half of the chats received its earlier story, too.
DEVELOPMENTS = 3
# More connections make each call of the library dearer, so it is also measured with few; the better rate counts.
BASELINE_SENDERS = (6, SENDERS)
TELEGRAM_PER_S = 30
# Digests due beyond those that can go out in the time.
SPARE = 1000
WARM_UP_S = 5.0
ASK_EVERY_S = 1.0
SAMPLE_S = 10.0


@dataclass(frozen=True, slots=True)
class Composing:
    chats: int
    stored: int
    bodies: int
    wall_s: float
    processor_s: float
    peak_mib: float


def make_articles(now: datetime) -> list[Article]:
    """Return a day's news of OUTLETS outlets."""
    return [
        Article(
            item.title,
            "\n\n".join(item.paragraphs),
            outlet=f"Media {number}",
            category=TOPICS[number % len(TOPICS)],
            url=f"https://media{number}.example{item.path}",
            published_at=item.published_at,
        )
        for number, items in enumerate(make_news(OUTLETS, ENTRIES, seed=1, now=now))
        for item in items
    ]


def link(connection: sqlite3.Connection, earlier: Sequence[int], later: Sequence[int]) -> list[int]:
    """Make the first of the `later` stories developments of the `earlier` ones, which are no longer new; return the
    first articles of these."""
    find = "SELECT story_id FROM story_articles WHERE article_id = ?"
    firsts: list[int] = []
    for chain, pair in enumerate(zip(earlier, later, strict=False), 1):
        before, after = (connection.execute(find, [article_id]).fetchone()[0] for article_id in pair)
        connection.execute("UPDATE stories SET chain_id = ? WHERE id IN (?, ?)", [chain, before, after])
        connection.execute("UPDATE stories SET added_at = '2000-01-01' WHERE id = ?", [before])
        first = "SELECT min(article_id) FROM story_articles WHERE story_id = ?"
        firsts.append(connection.execute(first, [before]).fetchone()[0])
    connection.commit()
    return firsts


async def compose(path: Path, chats: int, *, has_regions: bool = False, has_tastes: bool = False) -> Composing:
    """Compose one digest for each of `chats` chats in the database at `path`, which is created if it is missing.

    With `has_regions` some chats prefer news of a region, with `has_tastes` some want more or less of something.
    """
    settings = load_settings(database_url=f"sqlite:///{path}")
    articles = make_articles(datetime.now(UTC))
    async with open_services(settings) as services:
        await services.load_samples(articles)
    store = await open_store(settings.database_url)
    news = await choose(store, datetime.now(UTC), DELIVERED + DEVELOPMENTS)
    await store.close()
    with closing(sqlite3.connect(path)) as connection:
        names = list(dict.fromkeys(article.title.split()[0] for article in articles))[:NAMES]
        tastes = draw_tastes(names, chats) if has_tastes else [()]
        subscribe(connection, range(1, chats + 1), datetime.now(UTC), tastes)
        if has_regions:
            prefer_regions(connection, range(1, chats + 1))
        # Earlier deliveries differ from chat to chat, so their digests do too.
        delivered, earlier = news.headline_ids[:DELIVERED], news.headline_ids[DELIVERED:]
        firsts = link(connection, earlier, delivered)
        mark_delivered(connection, range(1, chats + 1), [*delivered, *firsts])
    async with open_services(settings) as services:
        began, used = time.perf_counter(), time.process_time()
        await services.composing(lambda: None).prepare_due()
        wall_s, processor_s = time.perf_counter() - began, time.process_time() - used
    with closing(sqlite3.connect(path)) as connection:
        (stored,) = connection.execute("SELECT count(*) FROM deliveries WHERE is_composed").fetchone()
        (bodies,) = connection.execute("SELECT count(*) FROM bodies").fetchone()
    return Composing(chats, stored, bodies, wall_s, processor_s, peak_mib())


def run_composing(chats: int, *options: str) -> Composing:
    """Compose in a process of its own, for its peak memory."""
    return Composing(**run_isolated("benchmarks.delivery", "--compose", chats, *options))


def render_composing(done: Composing, *others: Composing) -> str:
    rows = []
    for name, key, bar in (
        ("on the clock, s", "wall_s", f"within {COMPOSE_BAR_S}"),
        ("processor time, s", "processor_s", ""),
        ("peak memory of the process, MiB", "peak_mib", f"within {COMPOSE_BAR_MIB}"),
        ("different messages", "bodies", ""),
    ):
        usual, *more = (getattr(composing, key) for composing in (done, *others))
        compared = [text for other in more for text in (f"{other:,.1f}", f"{other / usual:.2f}")]
        rows.append((name, f"{usual:,.1f}", bar, *compared))
    if not others:
        return (
            f"{done.chats:,} chats are due in the same minute, {OUTLETS * ENTRIES:,} articles of {OUTLETS} outlets are"
            f" new, preferences and delivery histories vary: {done.bodies:,} different messages. Claimed, composed,"
            " rendered and stored, in one process:\n\n"
        ) + table(("", "measured", "bar"), rows[:-1])
    return (
        f"{done.chats:,} chats as on the first page; once more with a province, regency or city in the preferences of"
        " every fifth chat, and with one to four tastes of every tenth, and the ratios:\n\n"
    ) + table(("", "measured", "bar", "with regions", "ratio", "with tastes", "ratio"), rows)


@dataclass(frozen=True, slots=True)
class Rate:
    """Messages per second, and the processor time of one in the sending process."""

    per_s: float
    processor_ms: float


async def time_sends(send: Callable[[int], Awaitable[object]], chats: int, senders: int) -> Rate:
    """Send one message to each chat with concurrent senders, again if the connection broke."""
    chat_ids = iter(range(FIRST_CHAT, FIRST_CHAT + chats))

    async def work() -> None:
        for chat_id in chat_ids:
            while True:
                with suppress(NetworkError):
                    await send(chat_id)
                    break

    began, used = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work() for _ in range(senders)))
    return Rate(chats / (time.perf_counter() - began), 1000 * (time.process_time() - used) / chats)


async def send_with_library(url: str, token: str, chats: int, senders: int, text: str) -> Rate:
    app = ApplicationBuilder().token(token).base_url(f"{url}/bot").connection_pool_size(256).read_timeout(60).build()
    async with app.bot:
        return await time_sends(lambda chat_id: app.bot.send_message(chat_id, text, parse_mode="HTML"), chats, senders)


async def send_digests(url: str, token: str, path: Path, chats: int) -> Rate:
    """Send composed digests with the bot, its rate limits lifted."""
    settings = load_settings(
        telegram_bot_token=token,
        telegram_api_url=url,
        database_url=f"sqlite:///{path}",
        messages_per_second=10_000,
        chat_messages_per_second=1_000,
    )
    async with open_services(settings) as services:
        bot = build_application(services, token)
        await bot.app.initialize()
        digests = bot.jobs.digests
        with closing(sqlite3.connect(path)) as connection:
            # Every round sends the same news.
            for name in ("subscriptions", "outbox", "deliveries", "delivered_articles"):
                connection.execute(f"DELETE FROM {name}")  # noqa: S608
            subscribe(connection, range(FIRST_CHAT, FIRST_CHAT + chats), datetime.now(UTC))
        await digests.prepare_due()
        began, used = time.perf_counter(), time.process_time()
        count = await digests.send_due()
        rate = Rate(count / (time.perf_counter() - began), 1000 * (time.process_time() - used) / count)
        await bot.app.shutdown()
    return rate


async def measure_sending(url: str, token: str, chats: int, rounds: int) -> list[tuple[Rate, Rate]]:
    """Return the rates of the bot and of the library in each round."""
    with closing(Reader(url)) as reader:
        reader.make_chats(FIRST_CHAT, chats)
    done = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ringkas.db"
        async with open_services(load_settings(database_url=f"sqlite:///{path}")) as services:
            await services.load_files(SAMPLES)
        for _ in range(rounds):
            ours = await send_digests(url, token, path, chats)
            with closing(sqlite3.connect(path)) as connection:
                (text,) = connection.execute("SELECT html FROM bodies ORDER BY length(html) DESC LIMIT 1").fetchone()
            rates = [await send_with_library(url, token, chats, senders, text) for senders in BASELINE_SENDERS]
            done.append((ours, max(rates, key=lambda rate: rate.per_s)))
    return done


def render_sending(rounds: Sequence[tuple[Rate, Rate]], chats: int) -> str:
    rows = []
    for name, key, bar in (
        ("messages a second", "per_s", f" (at least {RATIO_BAR})"),
        ("processor time of a message, ms", "processor_ms", ""),
    ):
        ours, library = ([getattr(rates[side], key) for rates in rounds] for side in range(2))
        middles = [f"{median(values):.1f}" for values in (ours, library)]
        rows.append([name, *middles, f"{ratios(ours, library)}{bar}"])
    return (
        f"Without rate limits, {chats:,} composed digests, compared with python-telegram-bot alone, which sends the"
        " longest of their texts to as many chats and records nothing (with 6 and with 24 senders; the better counts)."
        f" In turn, {len(rounds)} times; medians, with smallest and largest ratio in brackets.\n\n"
    ) + table(("", "ours", "python-telegram-bot alone", "ratio"), rows)


@dataclass(frozen=True, slots=True)
class Holding:
    """Messages sent at Telegram's limit, and the seconds that readers waited for answers, by command."""

    minutes: float
    per_s: float
    slowest_per_s: float
    answers_s: dict[str, list[float]]
    peak_mib: float
    processor: float


def hold(scene: Scene, site_url: str, minutes: float) -> Holding:
    """Send digests with the scene's bot for some minutes while readers ask."""
    fan_out = FanOut(scene)
    fan_out.add(round(TELEGRAM_PER_S * 60 * minutes) + SPARE)
    scene.start()
    fan_out.wait_for_first()
    time.sleep(WARM_UP_S)
    scene.new_sends()
    began, before = time.monotonic(), scene.usage()
    intervals: list[tuple[float, int]] = []
    memory_mib: list[float] = []
    texts = itertools.cycle(("/berita", f"/ringkas {site_url}/{{number}}"))
    questions = ((FIRST_READER + n, text.format(number=n)) for n, text in enumerate(texts))
    readers = Bystander(scene.url, questions, ASK_EVERY_S, timeout_s=20)
    scene.make_chats(FIRST_READER, round(minutes * 60 / ASK_EVERY_S) + SPARE)
    readers.start()
    sampled = began
    while sampled - began < minutes * 60:
        time.sleep(min(SAMPLE_S, max(0.1, began + minutes * 60 - sampled)))
        sent, now = len(scene.new_sends()), time.monotonic()
        intervals.append((now - sampled, sent))
        memory_mib.append(scene.usage().mib)
        sampled = now
    took_s = sampled - began
    processor_s = scene.usage().processor_s - before.processor_s
    (failed,) = scene.read("SELECT count(*) FROM outbox WHERE kind = 'digest' AND state IN ('failed', 'uncertain')")
    readers.stop()
    if failed or readers.unanswered:
        raise SystemExit(f"{failed} messages did not go out, {readers.unanswered} questions had no answer")
    return Holding(
        minutes=took_s / 60,
        per_s=sum(sent for _, sent in intervals) / took_s,
        slowest_per_s=min(sent / seconds for seconds, sent in intervals),
        answers_s=readers.took_s,
        peak_mib=max(memory_mib),
        processor=processor_s / took_s,
    )


def render_holding(done: Holding) -> str:
    rows = [
        ("messages a second, of 30 that Telegram accepts", f"{done.per_s:.1f}", f"at least {RATE_BAR}"),
        ("in the slowest ten seconds", f"{done.slowest_per_s:.1f}", ""),
    ]
    for kind, times in done.answers_s.items():
        figures = " · ".join(f"{1000 * value:.0f}" for value in (median(times), percentile(times, 95), max(times)))
        rows.append((f"{kind}, median · p95 · slowest, ms", figures, f"p95 within {ANSWER_BAR_MS}"))
    rows += [
        ("processor time, of one core", f"{done.processor:.0%}", ""),
        ("peak memory, MiB", f"{done.peak_mib:.0f}", ""),
    ]
    return (
        f"With Telegram's limits, for {done.minutes:.2g} minutes, more digests are due than can go out; meanwhile"
        f" a reader asks every second, {sum(map(len, done.answers_s.values())):,} times in all, /berita and /ringkas (a"
        " new page) in turn.\n\n"
    ) + table(("", "measured", "bar"), rows)


def run_part(part: str, chats: int, sent: int, rounds: int, minutes: float) -> str:
    """Measure a part and return its section."""
    if part == "composing":
        return render_composing(run_composing(chats))
    if part == "preferring":
        return render_composing(*(run_composing(chats, *options) for options in ((), ("--regions",), ("--tastes",))))
    if part == "sending":
        with sandbox_process(is_limited=False) as (url, token):
            return render_sending(asyncio.run(measure_sending(url, token, sent, rounds)), sent)
    with (
        TemporaryDirectory() as folder,
        serve_article() as site_url,
        open_scene(Path(folder), is_limited=True) as scene,
    ):
        return render_holding(hold(scene, site_url, minutes))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often digests are sent")
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--compose", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--regions", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--tastes", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.compose:
        with TemporaryDirectory() as folder:
            kinds = {"has_regions": options.regions, "has_tastes": options.tastes}
            done = compose(Path(folder) / "ringkas.db", options.compose, **kinds)
            print(json.dumps(asdict(asyncio.run(done))))
        return
    chats, sent, rounds, minutes = CHATS, SENT_CHATS, options.rounds, MINUTES
    if options.smoke:
        chats, sent, rounds, minutes = 500, 50, 1, 0.1
    for part in options.parts:
        text = f"{describe_machine(*LIBRARIES)}\n{run_part(part, chats, sent, rounds, minutes)}"
        page = DETAILS if part in IN_DETAILS else PAGE
        publish(SECTIONS[part], text, is_trial=options.smoke, page=page)


if __name__ == "__main__":
    main()
