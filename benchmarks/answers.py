"""Measure how soon the bot answers in the sandbox, and write the section of docs/measurements/benchmarks.md.

    python -m benchmarks.answers [--rounds N] [--smoke]

Measures the time from a reader's message or button press to the answer in the chat. Every command, several buttons and
slow pages are covered, first with nothing else to do, then while digests go out. `--smoke` does each once and writes
nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import multiprocessing
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from benchmarks.fan_out import FanOut, Interval
from benchmarks.report import DETAILS, describe_machine, publish, table
from benchmarks.rounds import percentile
from benchmarks.scene import FIRST_CHAT, Json, Reader, Scene, open_scene, serve_pages
from bot.sandbox.sandbox import SANDBOX_TOKEN

SECTION, KINDS_SECTION = "Answers", "Answers of each kind"
ROUNDS = 30
# Rounds without digests and rounds with digests alternate in blocks of this many.
BLOCK = 4
# Digests due when a round begins: they last at least eight seconds, and a round takes four.
BACKLOG = 240
FIRST_READER = 1001
FAN_OUT_CHAT = 4_000_000
BASELINE_BOT = "8"
BASELINE_TOKEN = f"{BASELINE_BOT}:{'b' * 35}"
# One admin for each pair of commands of each round.
ADMINS = range(900_001, 900_401)
# Seconds between questions: at most half of Telegram's thirty messages a second, so that the bot's own rate limiter
# never delays an answer; varied, so that questions do not always meet the limiter's clock at the same moment.
PAUSE_S = (2 / 30, 3 / 30)
# Longer than the bot waits before it shows that it is typing.
SLOW_PAGE_S = 0.5
BERITA = "/berita"
KNOWN, FIRST = "/ringkas, a known page", "/ringkas, a new page"
TYPING, ANSWERED = "“typing” for a slow page", "a button, until the press is answered"
CHANGED = "a button, until the message has changed"
BASELINE = "python-telegram-bot alone, with a one-word answer"
# Milliseconds for the 95th percentile; during digests FAN_OUT_BAR applies to all other kinds.
BARS = {KNOWN: 150, TYPING: 300, ANSWERED: 1000}
FAN_OUT_BAR = 500
# On the first page, the other kinds have one row.
LEADING = (BERITA, KNOWN, FIRST, TYPING, ANSWERED, CHANGED, BASELINE)
HEADS = (
    *("answer", "alone: median · p95, ms", "times the baseline"),
    *("during digests: median · p95, ms", "times alone", "bar, ms"),
)
# Two for each reader: more would exceed the rate limit of a chat. Commands that depend on each other share a pair.
COMMANDS = (
    ("/start", "/bantuan"), ("/ringkas", "/topik"), (BERITA, "/berita ekonomi"),
    ("/cari harga sejak 2020", '/cari "harga beras"'), ("/pantau gempa lombok", "/pantau"), ("/tersimpan", "/sumber"),
    ("/langganan", "/jadwal 06:30 18:00 WITA"), ("/bahasa", "/mengapa"), ("/langganan", "/berhenti"),
    ("/pantau banjir", "/dataku"), ("/hapusdata", "/perintah-lain"),
)  # fmt: skip
ADMIN_COMMANDS = (("/status", "/blokir"), ("/siaran Halo", "/sumber"))
INTRODUCTION = """\
Time from a reader's message or press to the answer in the chat, in the sandbox with the sample articles and Telegram's
limits, {rounds} times each: first alone, then while digests go out, {block} rounds of each in turn. Every round has new
readers. The baseline is a bot of python-telegram-bot alone that answers every message with one word, measured in the
same rounds. During the rounds with digests {digests:.1f} of them went out per second ({slowest:.1f} in the slowest
round), of thirty that Telegram accepts.
"""
Times = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Answers:
    """Milliseconds of each kind of answer, alone and during digests, and the digests sent in each round."""

    alone: Times
    busy: Times
    intervals: Sequence[Interval]


class Chat:
    """A reader in a private chat."""

    def __init__(self, reader: Reader, chat_id: int) -> None:
        self._reader = reader
        self._chat_id = chat_id
        self._rng = random.Random(chat_id)
        reader.make_chats(chat_id, 1)

    def say(self, text: str) -> tuple[float, Json]:
        """Return the seconds until the first message of the answer, and that message."""
        time.sleep(self._rng.uniform(*PAUSE_S))
        began = time.perf_counter()
        return self._wait_for_message(began, self._reader.say(self._chat_id, text))

    def press(self, message: Json, button: str) -> tuple[float, float, Json]:
        """Return the seconds until the press is answered and until the message has changed, and that message."""
        fields = {"chat_id": self._chat_id, "message_id": message["message_id"], "button": button}
        time.sleep(self._rng.uniform(*PAUSE_S))
        began = time.perf_counter()
        event = self._reader.ask("POST", "/sim/press", fields)["event"]
        self._reader.wait_for_event(self._chat_id, event)
        return time.perf_counter() - began, *self._wait_for_message(began, event)

    def time_typing(self, text: str) -> float:
        """Return the seconds from a message to the bot's "typing" status."""
        sent_at = time.time()
        self.say(text)
        calls = self._reader.ask("GET", "/sim/calls", method="sendChatAction")
        # The bot repeats the status if the answer takes long.
        shown_at: float = min(
            call["time"]
            for call in calls
            if call["time"] >= sent_at and int(call["parameters"]["chat_id"]) == self._chat_id
        )
        return shown_at - sent_at

    def time_inline(self, query: str) -> float:
        began = time.perf_counter()
        self._reader.ask("POST", "/sim/inline", {"user_id": self._chat_id, "query": query})
        return time.perf_counter() - began

    def _wait_for_message(self, began: float, event: int) -> tuple[float, Json]:
        message = self._reader.first_message(self._chat_id, event)
        return time.perf_counter() - began, message


class Questions:
    """Asks our bot and the baseline bot; each round uses new readers."""

    def __init__(self, ours: Reader, baseline: Reader, site_url: str) -> None:
        self._ours = ours
        self._baseline = baseline
        self._site_url = site_url
        self._readers = iter(range(FIRST_READER, FIRST_CHAT))
        self._admins = iter(ADMINS)
        self._pages = itertools.count()

    def warm_up(self) -> None:
        """Ask once so that lazily loaded parts do not count."""
        reader = self._new_reader()
        reader.say(f"/ringkas {self._site_url}/awal")
        reader.say("/tren")
        Chat(self._baseline, FIRST_READER).say("Halo")

    def ask_all(self, times: Times) -> None:
        """Ask everything once and append the milliseconds of each kind of answer to `times`."""

        def add(kind: str, seconds: float) -> None:
            times.setdefault(kind, []).append(1000 * seconds)

        page = next(self._pages)
        add(FIRST, self._new_reader().say(f"/ringkas {self._site_url}/{page}")[0])
        reader = self._new_reader()
        seconds, message = reader.say(f"/ringkas {self._site_url}/{page}")
        add(KNOWN, seconds)
        for button in ("Lebih panjang", "Poin-poin"):
            answered, changed, message = reader.press(message, button)
            add(ANSWERED, answered)
            add(CHANGED, changed)
        add(TYPING, self._new_reader().time_typing(f"/ringkas {self._site_url}/lambat/{page}"))
        add(BASELINE, Chat(self._baseline, FIRST_READER + 1 + page).say("Halo")[0])
        reader, other = self._new_reader(), self._new_reader()
        answered, changed, _ = reader.press(reader.say("/berita")[1], "Berikutnya ›")
        add(ANSWERED, answered)
        add("the next page of /berita", changed)
        add("/tren, a cached chart", other.say("/tren")[0])
        add("inline", other.time_inline("harga"))
        for pairs, ids in ((COMMANDS, self._readers), (ADMIN_COMMANDS, self._admins)):
            for pair in pairs:
                chat = Chat(self._ours, next(ids))
                for command in pair:
                    add(command, chat.say(command)[0])

    def _new_reader(self) -> Chat:
        return Chat(self._ours, next(self._readers))


@contextlib.contextmanager
def serve_article() -> Iterator[str]:
    """Serve one article at every path; below /lambat it takes half a second. Yields the base address."""
    path = min((files("seeds") / "articles" / "ekonomi").iterdir(), key=str)
    title, _, rest = path.read_text(encoding="utf-8").partition("\n")
    body = "".join(f"<p>{line}</p>" for line in rest.splitlines()[2:] if line.strip())
    page = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>"

    def page_at(path: str) -> bytes | None:
        if path.startswith("/lambat"):
            time.sleep(SLOW_PAGE_S)
        return None if path == "/robots.txt" else page.encode()

    with serve_pages(page_at) as url:
        yield url


async def answer_halo(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    if update.effective_message is not None:
        await update.effective_message.reply_text("Halo")


def run_baseline_bot(url: str) -> None:
    app: Application[Any, Any, Any, Any, Any, Any] = (
        Application.builder().token(BASELINE_TOKEN).base_url(f"{url}/bot").concurrent_updates(True).build()
    )
    app.add_handler(MessageHandler(filters.ALL, answer_halo))
    app.run_polling()


@contextlib.contextmanager
def baseline_bot(url: str) -> Iterator[Reader]:
    """Run python-telegram-bot alone in a process of its own; yield the readers' side of its chats."""
    process = multiprocessing.get_context("spawn").Process(target=run_baseline_bot, args=(url,))
    process.start()
    with contextlib.closing(Reader(url, bot=BASELINE_BOT)) as reader:
        try:
            yield reader
        finally:
            process.terminate()
            process.join(30)


def measure(questions: Questions, fan_out: FanOut, rounds: int) -> Answers:
    """Ask for `rounds` rounds alone, and as many while at least `BACKLOG` digests are due."""
    answers = Answers({}, {}, intervals := [])
    questions.warm_up()
    for begun in range(0, rounds, BLOCK):
        block = range(begun, min(begun + BLOCK, rounds))
        for _ in block:
            questions.ask_all(answers.alone)
        fan_out.fill(BACKLOG)
        fan_out.wait_for_first()
        for _ in block:
            fan_out.fill(BACKLOG)
            fan_out.next_interval()
            questions.ask_all(answers.busy)
            intervals.append(fan_out.next_interval())
        fan_out.wait_for_last()
    return answers


def check_intervals(intervals: Sequence[Interval]) -> None:
    """Raises SystemExit if a round's digests ended before its questions."""
    if ended := sum(not interval.is_whole for interval in intervals):
        raise SystemExit(f"in {ended} of {len(intervals)} rounds all digests were out before the last answer")


def render_kinds(answers: Answers, kinds: Iterable[str]) -> list[list[object]]:
    """Return the rows of these kinds of answers."""
    least = median(answers.alone[BASELINE])
    rows: list[list[object]] = []
    for kind in kinds:
        alone, busy = answers.alone[kind], answers.busy[kind]
        rows.append([
            kind, f"{median(alone):.0f} · {percentile(alone, 95):.0f}", f"{median(alone) / least:.1f}",
            f"{median(busy):.0f} · {percentile(busy, 95):.0f}", f"{median(busy) / median(alone):.1f}",
            BARS.get(kind, ""),
        ])  # fmt: skip
    return rows


def render_each(answers: Answers) -> str:
    """Return the table of every kind."""
    kinds = sorted(answers.alone, key=lambda kind: (kind not in BARS, kind.startswith("/"), kind))
    return table(HEADS, render_kinds(answers, kinds))


def render(answers: Answers, rounds: int) -> str:
    """Return the introduction, the leading kinds with the slowest of the others, and the bars missed."""
    others = answers.alone.keys() - set(LEADING)
    rows = render_kinds(answers, (kind for kind in LEADING if kind in answers.alone))
    if others:
        slowest = max(others, key=lambda kind: percentile(answers.alone[kind], 95))
        (row,) = render_kinds(answers, [slowest])
        rows.append([f"{slowest}, the slowest of {len(others)} others", *row[1:]])
    missed = [kind for kind, bar in BARS.items() if percentile(answers.alone[kind], 95) > bar]
    missed += [
        f"{kind} during digests"
        for kind, times in answers.busy.items()
        if percentile(times, 95) > BARS.get(kind, FAN_OUT_BAR)
    ]
    introduction = INTRODUCTION.format(
        rounds=rounds,
        block=min(BLOCK, rounds),
        digests=sum(one.digests for one in answers.intervals) / sum(one.seconds for one in answers.intervals),
        slowest=min(one.digests / one.seconds for one in answers.intervals),
    )
    return f"{introduction}\n{table(HEADS, rows)}\n\nBars missed: {'; '.join(missed) or 'none'}."


def import_article_of_today(scene: Scene) -> None:
    """Import an article without a date, which counts as today's: /tren needs one for its chart."""
    path = scene.folder / "hari-ini.txt"
    path.write_text("Pasar Ramai Lagi\n\n" + "Pedagang kembali berjualan sejak pagi di Pasar Sukamaju. " * 9)
    scene.run("import", str(path))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each is asked, alone and during digests")
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    rounds = 1 if options.smoke else options.rounds
    admins = ",".join(map(str, ADMINS))
    with (
        TemporaryDirectory() as folder,
        open_scene(Path(folder), is_limited=True, tokens=(SANDBOX_TOKEN, BASELINE_TOKEN), ADMIN_IDS=admins) as scene,
        serve_article() as url,
        baseline_bot(scene.url) as baseline,
    ):
        import_article_of_today(scene)
        scene.start()
        answers = measure(Questions(scene, baseline, url), FanOut(scene, FAN_OUT_CHAT), rounds)
    if not options.smoke:
        check_intervals(answers.intervals)
    machine = describe_machine("python-telegram-bot", "httpx", "SQLite")
    publish(SECTION, f"{machine}\n{render(answers, rounds)}", is_trial=options.smoke)
    publish(KINDS_SECTION, f"{machine}\n\n{render_each(answers)}", is_trial=options.smoke, page=DETAILS)


if __name__ == "__main__":
    main()
