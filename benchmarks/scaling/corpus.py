"""One file of articles through `ringkas summarize --jsonl`: here, and on workers that are hit meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import psycopg

import seeds
from tests.postgres_server import new_database, own_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

LONGEST_S = 1800.0
STOP_S = 20.0
CHUNKS = (
    "SELECT count(*), coalesce(sum(octet_length(lines)), 0) + coalesce(sum(octet_length(answers)), 0) FROM fleet.chunks"
)


@dataclass(frozen=True, slots=True)
class Passage:
    """So many lines went through in that time; `is_same`: byte for byte what the plain command writes. The most chunks
    that stood in the database at a time, and their bytes, as far as somebody looked."""

    name: str
    lines: int
    seconds: float
    is_same: bool
    most_chunks: int = 0
    most_bytes: int = 0
    note: str = ""

    @property
    def per_s(self) -> float:
        return self.lines / self.seconds


def write_lines(path: Path, count: int) -> None:
    """A file of so many lines, with the sample articles again and again."""
    texts = [article.text for article in seeds.sample_articles()]
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            row = {"id": number, "title": "", "text": texts[number % len(texts)]}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


class Hall:
    """A file of lines, a server of our own and workers as processes; at the end all of them are gone."""

    def __init__(self, folder: Path, lines: int) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._workers: list[subprocess.Popen[bytes]] = []
        self.count = lines
        self.input = folder / "articles.jsonl"
        self.plain = folder / "plain.jsonl"
        write_lines(self.input, lines)

    def __enter__(self) -> Self:
        self.server = own_server(self._folder / "server", cleanup_mode="delete")
        self._stack.callback(self.server.cleanup)
        self.url = self._stack.enter_context(new_database(self.server.get_uri()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_workers()
        self._stack.close()

    def start_workers(self, count: int) -> None:
        with (self._folder / "workers.log").open("ab") as log:
            self._workers += [
                subprocess.Popen(
                    [sys.executable, "-m", "bot", "worker", "--queues", "corpus"],
                    env=self._environment(),
                    stdout=log,
                    stderr=log,
                )
                for _ in range(count)
            ]
        self.wait_until(lambda: self._listening() >= count, "the start of the workers")

    def stop_workers(self) -> None:
        for worker in self._workers:
            worker.terminate()
        for worker in self._workers:
            try:
                worker.wait(STOP_S)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
        self._workers.clear()

    def kill_worker(self) -> None:
        worker = self._workers.pop()
        worker.kill()
        worker.wait()

    def begin(self, out: Path, *options: str) -> subprocess.Popen[bytes]:
        """Start the command over the file, into `out`."""
        with self.input.open("rb") as lines, (self._folder / "reader.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "bot", "summarize", "--jsonl", *options, "--into", str(out)],
                env=self._environment(),
                stdin=lines,
                stderr=log,
            )

    def end_server(self) -> None:
        """End the server at once, as a power cut does, and start it again."""
        pid = self.server.get_pid()
        if pid is None:
            raise RuntimeError("the server does not run")
        os.kill(pid, signal.SIGQUIT)
        self.wait_until(lambda: not self.server.get_postmaster_info().is_running(), "the end of the server")
        self.server.ensure_postgres_running()

    def held(self) -> tuple[int, int]:
        """Chunks in the database, and their bytes."""
        with psycopg.connect(self.url) as connection:
            found = connection.execute(CHUNKS.encode()).fetchone()
        return (int(found[0]), int(found[1])) if found else (0, 0)

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + LONGEST_S
        while not condition():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{what} did not happen within {LONGEST_S:.0f} s; see the logs in {self._folder}")
            time.sleep(0.1)

    def _listening(self) -> int:
        with psycopg.connect(self.url) as connection:
            has_tables = connection.execute("SELECT to_regclass('jobs.procrastinate_workers') IS NOT NULL").fetchone()
            if has_tables != (True,):
                return 0
            found = connection.execute("SELECT count(*) FROM jobs.procrastinate_workers").fetchone()
        return int(found[0]) if found else 0

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "DATABASE_URL": self.url, "DATABASE_POOL_SIZE": "4", "LOG_LEVEL": "WARNING"}


def lines_in(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def pass_through(hall: Hall, name: str, *options: str, hit: Callable[[], str] | None = None) -> Passage:
    """The file through the command with these options; with `hit` when a third of it is written."""
    out = hall.plain if name == "plain" else hall.input.with_suffix(f".{len(list(hall.input.parent.iterdir()))}.out")
    began = time.monotonic()
    reader = hall.begin(out, *options)
    note, most = "", (0, 0)
    while reader.poll() is None:
        if "--on-workers" in options:
            most = max(most, hall.held()) if hit is None else most
        if hit is not None and lines_in(out) >= hall.count // 3:
            note, hit = hit(), None
        time.sleep(0.25)
    if reader.returncode:
        raise RuntimeError(f"{name} ended with {reader.returncode}; see the logs beside {out}")
    seconds = time.monotonic() - began
    return Passage(name, hall.count, seconds, out.read_bytes() == hall.plain.read_bytes(), *most, note)


def break_off(hall: Hall) -> Passage:
    """The command is killed when a third of the file is written, and started again."""
    out = hall.input.with_suffix(".broken.out")
    began = time.monotonic()
    reader = hall.begin(out, "--on-workers")
    hall.wait_until(lambda: lines_in(out) >= hall.count // 3, "a third of the file")
    reader.kill()
    reader.wait()
    written = lines_in(out)
    if hall.begin(out, "--on-workers").wait(LONGEST_S):
        raise RuntimeError("the command could not be started again")
    seconds = time.monotonic() - began
    is_same = out.read_bytes() == hall.plain.read_bytes()
    return Passage("kill -9 of the command", hall.count, seconds, is_same, note=f"{written:,} lines were written")


def passages(folder: Path, lines: int, *, is_smoke: bool = False) -> list[Passage]:
    """All of it in one run, so that the times can be compared."""
    with Hall(folder, lines) as hall:
        done = [pass_through(hall, "plain")]
        if not is_smoke:
            done.append(pass_through(hall, "--jobs 2", "--jobs", "2"))
        hall.start_workers(1)
        done.append(pass_through(hall, "1 worker", "--on-workers"))
        if is_smoke:
            return done
        hall.start_workers(1)
        done.append(pass_through(hall, "2 workers", "--on-workers"))
        done.append(break_off(hall))

        def end_server() -> str:
            began = time.monotonic()
            hall.end_server()
            return f"the server was away for {time.monotonic() - began:.1f} s"

        def kill_worker() -> str:
            hall.kill_worker()
            return "what it was at is another's within half a minute"

        done.append(pass_through(hall, "the database's server ended at once", "--on-workers", hit=end_server))
        done.append(pass_through(hall, "kill -9 of one of the 2 workers", "--on-workers", hit=kill_worker))
        return done
