"""A file on workers: what they write is what the command writes alone, whatever happens to them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from bot.cli import cli
from bot.cli.exit_codes import run_command
from tests.postgres_server import new_database

LINES = 240
# A chunk is so many bytes at most: by room that costs nothing to read there are more of them than there is work.
ROOM = " " * 30_000
END_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"


@pytest.fixture
def url(postgres_server: str) -> Iterator[str]:
    with new_database(postgres_server) as made:
        yield made


@contextmanager
def running(folder: Path, url: str, *command: str, stdin: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    with ExitStack() as stack:
        log = stack.enter_context((folder / f"{command[0]}.log").open("ab"))
        source = stack.enter_context(stdin.open("rb")) if stdin is not None else subprocess.DEVNULL
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", *command],
            env={**os.environ, "DATABASE_URL": url, "DATABASE_POOL_SIZE": "2"},
            cwd=folder,
            stdin=source,
            stdout=log,
            stderr=log,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def lines_in(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def until_written(path: Path, count: int) -> None:
    deadline = time.monotonic() + 60
    while lines_in(path) < count:
        assert time.monotonic() < deadline, "too little came back"
        time.sleep(0.02)


def test_a_file_goes_through_workers_whatever_happens(
    tmp_path: Path, url: str, article: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, plain, out = tmp_path / "in.jsonl", tmp_path / "plain.jsonl", tmp_path / "out.jsonl"
    rows = [json.dumps({"id": n, "text": article * (1 + n % 3)}).replace(" ", ROOM, 1) for n in range(LINES)]
    rows[3], rows[50], rows[180] = "{rusak", "", json.dumps({"id": "\ud800", "text": "\0"})
    source.write_text("\n".join(rows), encoding="utf-8")
    with source.open("rb") as file, ExitStack() as stack:
        stack.enter_context(monkeypatch.context()).setattr(sys, "stdin", SimpleNamespace(buffer=file))
        assert run_command(cli, ["summarize", "--jsonl", "--sentences", "2", "--into", str(plain)]) == 0
    command = ("summarize", "--jsonl", "--sentences", "2", "--on-workers", "--into", str(out))
    with running(tmp_path, url, "worker", "--queues", "corpus") as worker:
        with running(tmp_path, url, *command, stdin=source) as first:
            until_written(out, 60)
            with psycopg.connect(url, autocommit=True) as server:
                # All connections end, as when the server is started anew.
                server.execute(END_ALL, [server.info.backend_pid])
            until_written(out, 100)
            first.kill()
            first.wait()
        assert lines_in(out) < LINES - 1
        with running(tmp_path, url, *command, stdin=source) as second:
            assert second.wait(60) == 0, (tmp_path / "summarize.log").read_text()
        worker.terminate()
        assert worker.wait(20) == 0
    assert out.read_bytes() == plain.read_bytes()
    with psycopg.connect(url) as server:
        # What the first one left waits to be forgotten; the second one's is gone.
        assert server.execute("SELECT count(*) FROM fleet.corpora").fetchone() == (1,)
