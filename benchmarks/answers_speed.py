"""Measure how soon the bot answers in the sandbox, and write its part of docs/benchmarks.md.

    python -m benchmarks.answers_speed [--rounds N] [--smoke]

One bot, one sandbox, one reader on loopback: the time from the moment when the reader sends (or presses) to the moment
when the answer is in the chat, with Telegram's stand-in between, in a database with the sample articles. Every command
is asked, buttons are pressed, pages are slow. `--smoke` does each once and writes nothing.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import httpx

from benchmarks.answers_scene import ADMINS, Chat, ask, bare_bot, bot, site
from benchmarks.page import machine, write_part
from bot.sandbox.sandbox import SANDBOX_TOKEN, Sandbox
from bot.sandbox.server import SandboxServer

PART = "Answers"
ROUNDS = 30
READER = 1001
KNOWN, FIRST = "/ringkas, a page known before", "/ringkas, a page seen for the first time"
TYPING, ANSWERED = "“typing”, while a page is slow", "a button, until the press is answered"
CHANGED = "a button, until the message has changed"
BARE = "python-telegram-bot alone, which answers one word"
BARE_TOKEN = "8:" + "b" * 35
# Milliseconds within which 95 of 100 are to be there.
BARS = {KNOWN: 150, TYPING: 300, ANSWERED: 1000}
# Two for each reader: more would wait for the pace of a chat. What one needs of another is in the same pair.
COMMANDS = (
    ("/start", "/bantuan"),
    ("/ringkas", "/topik"),
    ("/berita", "/berita ekonomi"),
    ("/cari harga sejak 2020", '/cari "harga beras"'),
    ("/pantau gempa lombok", "/pantau"),
    ("/tersimpan", "/sumber"),
    ("/langganan", "/jadwal 06:30 18:00 WITA"),
    ("/bahasa", "/mengapa"),
    ("/langganan", "/berhenti"),
    ("/pantau banjir", "/dataku"),
    ("/hapusdata", "/perintah-lain"),
)
ADMINS_COMMANDS = (("/status", "/blokir"), ("/siaran Halo", "/sumber"))

INTRODUCTION = """\
From the moment when a reader sends or presses to the moment when the answer is in the chat, in the sandbox, with the
sample articles; {rounds} times each, one a tenth of a second. The bot keeps Telegram's pace here too (three messages at
once in a chat, thirty a second in all), so that each round has a reader of its own. Beside it, in turn, a bot of
python-telegram-bot alone that answers whatever it reads with one word: less no answer takes.
"""


def measure(http: httpx.Client, bare: httpx.Client, url: str, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each kind of answer."""
    found: dict[str, list[float]] = {}

    def took(kind: str, seconds: float) -> None:
        found.setdefault(kind, []).append(1000 * seconds)

    # What is loaded with the first question of each kind is not what an answer costs.
    warm = Chat(http, READER)
    warm.say(f"/ringkas {url}/awal")
    warm.say("/tren")
    Chat(bare, READER).say("Halo")
    numbers, admins = iter(range(READER + 1, ADMINS[0])), iter(ADMINS)
    for number in range(rounds):
        articles(took, lambda: Chat(http, next(numbers)), url, number)
        took(BARE, Chat(bare, READER + 1 + number).say("Halo")[0])
        lists(took, Chat(http, next(numbers)), Chat(http, next(numbers)))
        for pair in COMMANDS:
            commands(took, Chat(http, next(numbers)), pair)
        for pair in ADMINS_COMMANDS:
            commands(took, Chat(http, next(admins)), pair)
    return found


Took = Callable[[str, float], None]


def articles(took: Took, reader: Callable[[], Chat], url: str, number: int) -> None:
    """A page that is new, known and slow; the buttons below it."""
    took(FIRST, reader().say(f"/ringkas {url}/{number}")[0])
    chat = reader()
    seconds, answer = chat.say(f"/ringkas {url}/{number}")
    took(KNOWN, seconds)
    for button in ("Lebih panjang", "Poin-poin"):
        answered, changed, answer = chat.press(answer, button)
        took(ANSWERED, answered)
        took(CHANGED, changed)
    took(TYPING, reader().typing(f"/ringkas {url}/lambat/{number}"))


def lists(took: Took, chat: Chat, other: Chat) -> None:
    """A list, its next page, a picture, a card for another chat."""
    _, listed = chat.say("/berita")
    answered, changed, _ = chat.press(listed, "Berikutnya ›")
    took(ANSWERED, answered)
    took("the next page of /berita", changed)
    took("/tren, the picture drawn before", other.say("/tren")[0])
    took("inline", other.inline("harga"))


def commands(took: Took, chat: Chat, asked: tuple[str, ...]) -> None:
    for command in asked:
        took(command, chat.say(command)[0])


def table(found: dict[str, list[float]]) -> str:
    """The table, as Markdown."""
    lines = ["| answer | median, ms | 95 of 100 within, ms | bar, ms | times the least |", "|---|---|---|---|---|"]
    least = median(found[BARE])
    for kind, times in sorted(found.items(), key=lambda item: (item[0] not in BARS, item[0].startswith("/"), item[0])):
        ratio = median(times) / least
        lines.append(f"| {kind} | {median(times):.0f} | {slowest(times):.0f} | {BARS.get(kind, '')} | {ratio:.1f} |")
    return "\n".join(lines)


def slowest(times: list[float]) -> float:
    """What 95 of 100 stay within."""
    return sorted(times)[min(len(times) - 1, round(0.95 * (len(times) - 1)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each is asked")
    parser.add_argument("--smoke", action="store_true", help="once, and write nothing")
    parser.add_argument("--data", help="not needed: `make bench` names it for the other parts")
    asked = parser.parse_args()
    rounds = 1 if asked.smoke else asked.rounds
    load = f"When it began, {os.getloadavg()[0]:.1f} processes wanted the cores. "
    with (
        tempfile.TemporaryDirectory() as folder,
        SandboxServer(Sandbox(tokens=(SANDBOX_TOKEN, BARE_TOKEN))) as server,
        site() as url,
        httpx.Client(base_url=server.url, trust_env=False, timeout=30) as http,
        httpx.Client(base_url=server.url, params={"bot": "8"}, trust_env=False, timeout=30) as bare,
        bot(server, Path(folder)),
        bare_bot(server.url, BARE_TOKEN),
    ):
        ask(http.put("/sim/limits", json={"is_on": False}))
        found = measure(http, bare, url, rounds)
    shown = table(found)
    sys.stdout.write(shown + "\n")
    if not asked.smoke:
        missed = [kind for kind, bar in BARS.items() if slowest(found[kind]) > bar]
        verdict = f"Missed: {'; '.join(missed)}." if missed else "All bars were met."
        write_part(PART, f"{machine()}\n{INTRODUCTION.format(rounds=rounds)}\n{shown}\n\n{load}{verdict}")


if __name__ == "__main__":
    main()
