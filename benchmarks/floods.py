"""Flood the bot from one corner, measure another reader's answers, and write the section of docs/benchmarks.md.

    python -m benchmarks.floods [--floods NAME ...] [--kinds KIND ...] [--scale N] [--smoke]

Every flood reaches the sandbox as fast as it accepts messages. Meanwhile a bystander in chats of their own sends
/berita four times a second until the bot has worked off the flood, or for at most two minutes. Runs once for one
process on SQLite and once for two receivers and two workers on PostgreSQL: about 20 minutes. `--smoke` runs a tenth of
the first flood in one process and writes nothing.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.fleet import Fleet
from benchmarks.report import describe_machine, table, write_section
from benchmarks.rounds import percentile
from benchmarks.scene import Reader, open_scene, sandbox_process, serve_pages

SECTION = "Floods"
BAR_S = 0.5
ATTACKER, GROUP, BYSTANDER = 6_000_000, -7_000_000, 8_000_000
MEMBERS = 300
# Enough that the limit of one message a second in a chat never delays an answer.
BYSTANDER_CHATS = 8
ASK_EVERY_S = 0.25
MAX_FLOOD_S = 120.0
# Nearly as long as the fetcher allows.
SLOW_PAGE_S = 8.0
TEXT = " ".join(
    f"Warga desa ke-{number} memanen padi lebih awal karena hujan turun sejak pekan lalu." for number in range(9)
)


@dataclass(frozen=True, slots=True)
class Flood:
    """A flood and the bystander's answers during it, in seconds."""

    name: str
    updates: int
    messages_to_flooders: int
    asked: int
    unanswered: int
    median_s: float
    p95_s: float
    worst_s: float


def flood_by_person(reader: Reader, count: int, _site: str) -> int:
    for _ in range(count):
        reader.say(ATTACKER, "/berita")
    return count


def flood_group(reader: Reader, count: int, _site: str) -> int:
    for number in range(count):
        reader.say(GROUP, "/berita", ATTACKER + number % MEMBERS)
    return count


def flood_with_presses(reader: Reader, count: int, _site: str) -> int:
    news = reader.first_message(GROUP, reader.say(GROUP, "/berita", ATTACKER), 60)
    if news is None:
        raise SystemExit("the group got no list to press")
    buttons = [button for row in news["keyboard"] for button in row if button["kind"] == "callback_data"]
    for number in range(count):
        body = {"chat_id": GROUP, "user_id": ATTACKER + number % MEMBERS, "message_id": news["message_id"]}
        # Forged, because the message may show another page by then.
        reader.ask("POST", "/sim/press", body | {"forged_data": buttons[number % 2]["value"]})
    return count


def flood_with_slow_links(reader: Reader, count: int, site: str) -> int:
    people = count // 4
    for number in range(4):
        for person in range(people):
            reader.say(ATTACKER + person, f"{site}/{person}/{number}")
    return 4 * people


def flood_with_own_links(reader: Reader, count: int, site: str) -> int:
    for number in range(count):
        reader.say(ATTACKER, f"{site}/satu/{number}")
    return count


def flood_with_texts(reader: Reader, count: int, _site: str) -> int:
    for number in range(count):
        reader.say(ATTACKER, f"Berita {number}\n\n{TEXT}")
    return count


# Updates at full scale, and the function that sends this many of them.
FLOODS: dict[str, tuple[int, Callable[[Reader, int, str], int]]] = {
    "400 /berita by one person": (400, flood_by_person),
    "300 /berita in one group": (300, flood_group),
    "400 presses in one group": (400, flood_with_presses),
    "100 people with 4 slow links each": (400, flood_with_slow_links),
    "200 slow links by one person": (200, flood_with_own_links),
    "400 texts by one person": (400, flood_with_texts),
}


class Bystander(threading.Thread):
    """Sends /berita in turn in a few chats and notes how long each answer takes."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._questions: list[threading.Thread] = []
        self.is_over = threading.Event()
        self.took_s: list[float] = []
        self.unanswered = 0

    def run(self) -> None:
        while not self.is_over.wait(ASK_EVERY_S):
            chat_id = BYSTANDER + len(self._questions) % BYSTANDER_CHATS
            self._questions.append(threading.Thread(target=self._ask, args=(chat_id,), daemon=True))
            self._questions[-1].start()
        for question in self._questions:
            question.join()

    def _ask(self, chat_id: int) -> None:
        with closing(Reader(self._url)) as reader:
            began = time.monotonic()
            if reader.first_message(chat_id, reader.say(chat_id, "/berita"), MAX_FLOOD_S) is None:
                self.unanswered += 1
            self.took_s.append(time.monotonic() - began)


def run_flood(url: str, name: str, scale: float, site: str) -> Flood:
    """Flood the bot in the sandbox at the address."""
    with closing(Reader(url)) as reader:
        last = max((call["number"] for call in reader.ask("GET", "/sim/calls")), default=0)
        bystander = Bystander(url)
        bystander.start()
        began = time.monotonic()
        count, send = FLOODS[name]
        updates = send(reader, round(count * scale), site)
        messages = wait_until_quiet(reader, last, began)
    bystander.is_over.set()
    bystander.join()
    return Flood(
        name=name,
        updates=updates,
        messages_to_flooders=messages,
        asked=len(bystander.took_s),
        unanswered=bystander.unanswered,
        median_s=median(bystander.took_s),
        p95_s=percentile(bystander.took_s, 95),
        worst_s=max(bystander.took_s),
    )


def wait_until_quiet(reader: Reader, last: int, began: float) -> int:
    """Wait until the flooders get no more messages, and return how many they got since call number `last`."""
    messages, quiet_since = 0, time.monotonic()
    while time.monotonic() - began < MAX_FLOOD_S and time.monotonic() - quiet_since < 3.0 + SLOW_PAGE_S:
        time.sleep(0.5)
        calls = reader.ask("GET", "/sim/calls", since=last)
        last = max((call["number"] for call in calls), default=last)
        new = sum(
            call["method"] in {"sendMessage", "editMessageText"} and int(call["parameters"]["chat_id"]) < BYSTANDER
            for call in calls
        )
        if new:
            messages, quiet_since = messages + new, time.monotonic()
    return messages


def serve_slow_pages() -> AbstractContextManager[str]:
    """Serve pages that are missing, after eight seconds."""

    def page_at(path: str) -> None:
        if path != "/robots.txt":
            time.sleep(SLOW_PAGE_S)

    return serve_pages(page_at)


@contextmanager
def one_process(folder: Path) -> Iterator[str]:
    """Run the bot as one process on SQLite; yields the sandbox's address."""
    with open_scene(folder, is_limited=True) as scene:
        scene.start()
        yield scene.url


@contextmanager
def fleet(folder: Path) -> Iterator[str]:
    """Run two receivers behind a load balancer and two workers on PostgreSQL; yields the sandbox's address."""
    with sandbox_process(is_limited=True) as (url, token), Fleet(folder, url, token) as members:
        members.start_receivers(2)
        for _ in range(2):
            members.start("worker")
        yield url


KINDS = {"one process": one_process, "fleet": fleet}


def run_floods(
    names: Sequence[str], scale: float, run_bot: Callable[[Path], AbstractContextManager[str]]
) -> Iterator[Flood]:
    """Flood a new bot once by each name."""
    for name in names:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="ringkas-")))
            site = stack.enter_context(serve_slow_pages())
            url = stack.enter_context(run_bot(folder))
            with closing(Reader(url)) as reader:
                reader.make_chats(ATTACKER, MEMBERS)
                reader.make_chats(BYSTANDER, BYSTANDER_CHATS)
                members = [ATTACKER + number for number in range(MEMBERS)]
                reader.ask("POST", "/sim/chats", {"type": "supergroup", "chat_id": GROUP, "members": members})
                reader.time_answer(BYSTANDER, "/berita", 60)
            yield run_flood(url, name, scale, site)


def render(done: Sequence[tuple[str, Flood]]) -> str:
    rows = [
        (
            one.name,
            kind,
            one.updates,
            one.messages_to_flooders,
            f"{one.asked}, {one.unanswered} unanswered",
            f"{one.median_s:.2f} · {one.p95_s:.2f} · {one.worst_s:.2f}",
        )
        for kind, one in done
    ]
    heads = (
        *("flood", "bot", "updates", "messages to the flooders", "/berita of the bystander"),
        "median · p95 · worst, s",
    )
    missed = [f"{one.name} ({kind})" for kind, one in done if one.p95_s > BAR_S or one.unanswered]
    return f"""\
Each flood is sent to a bot that has just started, as fast as the sandbox accepts messages, with Telegram's limits on.
Meanwhile a bystander in chats of their own sends /berita four times a second until the flooders get nothing more, or
for two minutes. A fleet has two receivers and two workers on PostgreSQL. The bar for the 95th percentile is {BAR_S:g}
seconds.

{table(heads, rows)}

Above the bar: {", ".join(missed) or "none"}."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--floods", nargs="*", choices=list(FLOODS), default=list(FLOODS))
    parser.add_argument("--kinds", nargs="*", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    kinds, names, scale = options.kinds, options.floods, options.scale
    if options.smoke:
        kinds, names, scale = kinds[:1], names[:1], 0.1
    done = []
    for kind in kinds:
        for one in run_floods(names, scale, KINDS[kind]):
            print(kind, one, flush=True)
            done.append((kind, one))
    text = render(done)
    print(text)
    if not options.smoke and names == list(FLOODS) and kinds == list(KINDS) and scale == 1.0:
        write_section(SECTION, f"{describe_machine('python-telegram-bot', 'httpx', 'SQLite')}\n{text}")


if __name__ == "__main__":
    main()
