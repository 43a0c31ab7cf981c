"""Ten thousand updates from a thousand people at once, at Telegram's pace; prints JSON."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.load.scene import scene

if TYPE_CHECKING:
    from benchmarks.load.scene import Scene

PEOPLE = 1000
FIRST_PERSON = 3_000_000
# Each has one message for an answer.
QUESTIONS = (
    *("/bantuan", "/berita", "/topik", "/cari harga", "/sumber", "/tersimpan", "/pantau", "/mengapa", "/jadwal"),
    "/berita ekonomi",
)
# The first burst is so many times smaller.
WARM_SHARE = 5
PAUSE_S = 2.0
# No answer for so long: nothing more comes.
PATIENCE_S = 60.0
REST_S = 60.0


@dataclass(frozen=True, slots=True)
class Burst:
    """What became of the updates; the bot's memory before them (a smaller burst came first), at most, and a minute
    after the last answer; what an update cost."""

    people: int
    updates: int
    unanswered: int
    messages: int
    took_s: float
    before_mib: float
    peak_mib: float
    after_mib: float
    before_files: int
    after_files: int
    processor_ms: float
    load: float


def burst(stage: Scene, people: int, rest_s: float = REST_S) -> Burst:
    """What becomes of a burst that comes to the scene's bot, which is to be started by now."""
    first = people // WARM_SHARE + 1
    stage.make_chats(FIRST_PERSON, first + people)
    stage.answer_s(FIRST_PERSON, QUESTIONS[0])
    stage.new_sends()
    # A first burst, of others: what is loaded, and how many are answered at a time, is no trace of the second.
    write(stage, FIRST_PERSON, first)
    watch(stage, first * len(QUESTIONS), rest_s)
    time.sleep(rest_s / 4)
    stage.new_sends()
    before = stage.taken()
    write(stage, FIRST_PERSON + first, people)
    began = time.monotonic()
    answers, peak_mib, last_s = watch(stage, people * len(QUESTIONS), rest_s)
    time.sleep(rest_s)
    answers.update(int(call["parameters"]["chat_id"]) for call in stage.new_sends())
    after = stage.taken()
    return Burst(
        people=people,
        updates=people * len(QUESTIONS),
        unanswered=sum(max(0, len(QUESTIONS) - answers[FIRST_PERSON + first + number]) for number in range(people)),
        messages=answers.total(),
        took_s=last_s - began,
        before_mib=before.mib,
        peak_mib=max(peak_mib, after.mib),
        after_mib=after.mib,
        before_files=before.files,
        after_files=after.files,
        processor_ms=1000 * (after.processor_s - before.processor_s) / (people * len(QUESTIONS)),
        load=os.getloadavg()[0],
    )


def write(stage: Scene, first: int, people: int) -> None:
    """So many people write all their questions while the bot stands still."""
    stage.hold(is_held=True)
    for question in QUESTIONS:
        for number in range(people):
            stage.say(first + number, question)
    stage.hold(is_held=False)


def watch(stage: Scene, expected: int, rest_s: float) -> tuple[Counter[int], float, float]:
    """Until all are answered, or nothing more comes: the messages by chat, the most memory, when the last came."""
    answers: Counter[int] = Counter()
    peak_mib, last_s = 0.0, time.monotonic()
    while answers.total() < expected and time.monotonic() - last_s < PATIENCE_S:
        time.sleep(min(PAUSE_S, rest_s))
        peak_mib = max(peak_mib, stage.taken().mib)
        if came := [int(call["parameters"]["chat_id"]) for call in stage.new_sends()]:
            answers.update(came)
            last_s = time.monotonic()
    return answers, peak_mib, last_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--people", type=int, default=PEOPLE)
    asked = parser.parse_args()
    with TemporaryDirectory() as folder, scene(Path(folder), is_limited=True) as stage:
        stage.start()
        print(json.dumps(asdict(burst(stage, asked.people))))


if __name__ == "__main__":
    main()
