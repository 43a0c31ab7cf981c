"""Flood the bot from one corner, measure another reader's answers, and write its section of benchmark-details.md.

    python -m benchmarks.floods [--floods NAME ...] [--kinds KIND ...] [--smoke]

Every flood reaches the sandbox as fast as it accepts messages. Meanwhile a bystander in chats of their own sends
/berita four times a second until the bot has worked off the flood, or for at most two minutes. Runs once for one
process on SQLite and once for a receiver and two workers on PostgreSQL: about 20 minutes. `--smoke` runs a tenth of
the first flood in one process and writes nothing.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.fleet import Fleet
from benchmarks.report import DETAILS, describe_machine, publish, table
from benchmarks.rounds import percentile
from benchmarks.scene import Bystander, Reader, open_scene, sandbox_process, serve_pages

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


Message = tuple[int, str, int | None]
PRESSES = "400 presses in one group"
# Updates at full scale, and chat, text ({site} is the slow site) and user of update n of `count`; None for presses.
FLOODS: dict[str, tuple[int, Callable[[int, int], Message] | None]] = {
    "400 /berita by one person": (400, lambda *_: (ATTACKER, "/berita", None)),
    "300 /berita in one group": (300, lambda n, _: (GROUP, "/berita", ATTACKER + n % MEMBERS)),
    PRESSES: (400, None),
    "100 people with 4 slow links each": (400, lambda n, count: (ATTACKER + n % (count // 4), f"{{site}}/{n}", None)),
    "200 slow links by one person": (200, lambda n, _: (ATTACKER, f"{{site}}/{n}", None)),
    "400 texts by one person": (400, lambda n, _: (ATTACKER, f"Berita {n}\n\n{TEXT}", None)),
}


def send_flood(reader: Reader, name: str, scale: float, site: str) -> int:
    """Send the flood's updates, and return how many."""
    full_count, message_at = FLOODS[name]
    count = round(full_count * scale)
    if message_at is None:
        press_in_group(reader, count)
        return count
    for n in range(count):
        chat_id, text, user_id = message_at(n, count)
        reader.say(chat_id, text.format(site=site), user_id)
    return count


def press_in_group(reader: Reader, count: int) -> None:
    news = reader.first_message(GROUP, reader.say(GROUP, "/berita", ATTACKER), 60)
    buttons = [button for row in news["keyboard"] for button in row if button["kind"] == "callback_data"]
    for n in range(count):
        body = {"chat_id": GROUP, "user_id": ATTACKER + n % MEMBERS, "message_id": news["message_id"]}
        # Forged, because the message may show another page by then.
        reader.ask("POST", "/sim/press", body | {"forged_data": buttons[n % 2]["value"]})


def run_flood(url: str, name: str, scale: float, site: str) -> Flood:
    """Flood the bot in the sandbox at the address."""
    with closing(Reader(url)) as reader:
        last = max((call["number"] for call in reader.ask("GET", "/sim/calls")), default=0)
        chats = itertools.cycle(range(BYSTANDER, BYSTANDER + BYSTANDER_CHATS))
        bystander = Bystander(url, ((chat_id, "/berita") for chat_id in chats), ASK_EVERY_S, MAX_FLOOD_S)
        bystander.start()
        began = time.monotonic()
        updates = send_flood(reader, name, scale, site)
        messages = wait_until_quiet(reader, last, began)
    bystander.stop()
    took_s = bystander.took_s["/berita"]
    return Flood(
        name=name,
        updates=updates,
        messages_to_flooders=messages,
        asked=len(took_s),
        unanswered=bystander.unanswered,
        median_s=median(took_s),
        p95_s=percentile(took_s, 95),
        worst_s=max(took_s),
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
    """Run a receiver and two workers on PostgreSQL; yields the sandbox's address."""
    with sandbox_process(is_limited=True) as (url, token), Fleet(folder, url, token) as members:
        members.start_receiver()
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
for two minutes. A fleet has a receiver and two workers on PostgreSQL. The bar for the 95th percentile is {BAR_S:g}
seconds.

{table(heads, rows)}

Above the bar: {", ".join(missed) or "none"}."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--floods", nargs="*", choices=list(FLOODS), default=list(FLOODS))
    parser.add_argument("--kinds", nargs="*", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    kinds, names, scale = options.kinds, options.floods, 1.0
    if options.smoke:
        kinds, names, scale = kinds[:1], names[:1], 0.1
    done = []
    for kind in kinds:
        for one in run_floods(names, scale, KINDS[kind]):
            print(kind, one, flush=True)
            done.append((kind, one))
    text = f"{describe_machine('python-telegram-bot', 'httpx', 'SQLite')}\n{render(done)}"
    is_partial = names != list(FLOODS) or kinds != list(KINDS)
    publish(SECTION, text, is_trial=options.smoke or is_partial, page=DETAILS)


if __name__ == "__main__":
    main()
