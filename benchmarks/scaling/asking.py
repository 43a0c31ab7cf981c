"""How long people wait for an answer while their worker summarises a file beside."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median, quantiles
from typing import TYPE_CHECKING

from benchmarks.fleet.stage import FIRST_CHAT, Stage
from benchmarks.scaling.corpus import write_lines
from tests.ports import free_port

if TYPE_CHECKING:
    from pathlib import Path

QUESTION = "/berita"
ANSWER_S = 60


@dataclass(frozen=True, slots=True)
class Waited:
    """What was beside, and the milliseconds that people waited: half of them no longer, 95 of 100 no longer."""

    beside: str
    questions: int
    half_ms: float
    most_ms: float


def ask(stage: Stage, chat_id: int) -> float:
    """A person asks; the milliseconds until the answer is there."""
    began = time.perf_counter()
    sent = stage.http.post("/sim/messages", json={"chat_id": chat_id, "text": QUESTION})
    sent.raise_for_status()
    query = {"chat_id": chat_id, "after_event": sent.json()["sandbox"]["event"], "timeout_s": ANSWER_S}
    answered = stage.http.get("/sim/feed", params=query)
    answered.raise_for_status()
    if not answered.json()["messages"]:
        raise RuntimeError(f"no answer within {ANSWER_S} s")
    return 1000 * (time.perf_counter() - began)


def waited(stage: Stage, beside: str, first: int, questions: int) -> Waited:
    times = [ask(stage, FIRST_CHAT + first + number) for number in range(questions)]
    return Waited(beside, questions, median(times), quantiles(times, n=20)[-1])


def beside_a_file(folder: Path, lines: int, questions: int) -> list[Waited]:
    """One worker for everything; people ask one after the other, first without a file and then with one."""
    source, out = folder / "articles.jsonl", folder / "answers.jsonl"
    write_lines(source, lines)
    with Stage(folder) as stage:
        stage.make_chats(1 + 2 * questions)
        hook = f"http://127.0.0.1:{free_port()}/telegram"
        stage.start("web", WEBHOOK_URL=hook, WEBHOOK_LISTEN=hook.split("/")[2])
        stage.start("worker")
        ask(stage, FIRST_CHAT + 2 * questions)
        done = [waited(stage, "nothing", 0, questions)]
        with source.open("rb") as file:
            reader = stage.start("summarize", "--jsonl", "--on-workers", "--into", str(out), stdin=file)
        stage.wait_until(lambda: out.exists() and out.stat().st_size > 0, "the first answers of the file")
        done.append(waited(stage, "a file", questions, questions))
        if reader.poll() is not None:
            raise RuntimeError("the file was done before the questions were: take more lines")
        return done
