"""Digests at Telegram's pace for minutes on end, while people ask; prints JSON."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import TYPE_CHECKING

from benchmarks.answers_scene import site
from benchmarks.load.fan_out import FanOut
from benchmarks.load.scene import Scene, scene

if TYPE_CHECKING:
    from collections.abc import Sequence

OVERALL_PER_S = 30
MINUTES = 10.0
# The bot's start, and the first digests, are not measured.
WARM_S = 5.0
SPARE = 1000
ASK_EVERY_S = 1.0
LOOK_EVERY_S = 10.0
FIRST_READER = 2_000_000


@dataclass(frozen=True, slots=True)
class Held:
    """What went out and how long people waited; `slowest_per_s` is the worst stretch of ten seconds."""

    minutes: float
    messages: int
    per_s: float
    slowest_per_s: float
    answers_s: dict[str, tuple[float, ...]]
    peak_mib: float
    processor: float
    load: float


class Readers:
    """People who ask one after the other, each in a chat of their own, until told to stop."""

    def __init__(self, stage: Scene, site_url: str) -> None:
        self._stage = Scene(str(stage.http.base_url), "", stage.log.parent)
        self._questions = itertools.cycle(("/berita", f"/ringkas {site_url}/{{number}}"))
        self._done = Event()
        self._thread = Thread(target=self._ask)
        self.waited_s: dict[str, list[float]] = {}

    def __enter__(self) -> Readers:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self._stage.http.close()

    def _ask(self) -> None:
        for number in itertools.count():
            began = time.monotonic()
            question = next(self._questions)
            reader = FIRST_READER + number
            self._stage.make_chats(reader, 1)
            waited_s = self._stage.answer_s(reader, question.format(number=number))
            self.waited_s.setdefault(question.split()[0], []).append(waited_s)
            if self._done.wait(max(0.0, ASK_EVERY_S - (time.monotonic() - began))):
                return


def hold(stage: Scene, site_url: str, minutes: float, warm_s: float = WARM_S, spare: int = SPARE) -> Held:
    """Digests that are all due go out by the scene's bot, which is started here unless it runs: `spare` more than it
    can send by then."""
    fan_out = FanOut(stage)
    fan_out.add(round(OVERALL_PER_S * 60 * minutes) + spare)
    if stage.bot is None:
        stage.start()
    fan_out.wait_for_first()
    time.sleep(warm_s)
    stage.new_sends()
    began, before, load = time.monotonic(), stage.taken(), []
    counts: list[float] = []
    peak_mib, messages = 0.0, 0
    with Readers(stage, site_url) as readers:
        looked = began
        while looked - began < minutes * 60:
            time.sleep(min(LOOK_EVERY_S, max(0.1, began + minutes * 60 - looked)))
            came = len(stage.new_sends())
            now = time.monotonic()
            counts.append(came / (now - looked))
            messages, looked = messages + came, now
            peak_mib = max(peak_mib, stage.taken().mib)
            load.append(os.getloadavg()[0])
        took_s = looked - began
    after = stage.taken()
    (refused,) = stage.read("SELECT count(*) FROM outbox WHERE kind = 'digest' AND state IN ('failed', 'uncertain')")
    if refused:
        raise SystemExit(f"{refused} messages did not go out")
    return Held(
        minutes=took_s / 60,
        messages=messages,
        per_s=messages / took_s,
        slowest_per_s=min(counts),
        answers_s={kind: tuple(times) for kind, times in readers.waited_s.items()},
        peak_mib=peak_mib,
        processor=(after.processor_s - before.processor_s) / took_s,
        load=sum(load) / len(load),
    )


def within(times: Sequence[float], share: float) -> float:
    """The time within which so large a share of them lies."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--minutes", type=float, default=MINUTES)
    asked = parser.parse_args()
    with (
        suppress(KeyboardInterrupt),
        TemporaryDirectory() as folder,
        site() as site_url,
        scene(Path(folder), is_limited=True) as stage,
    ):
        print(json.dumps(asdict(hold(stage, site_url, asked.minutes))))


if __name__ == "__main__":
    main()
