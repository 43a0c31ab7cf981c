"""The database is held by another, full, newer, damaged, or another bot's."""

from __future__ import annotations

import hashlib
import resource
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

from benchmarks.chaos.answers import round_of
from benchmarks.chaos.results import Refusal, Result

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from benchmarks.chaos.stage import Stage

STORE_UNUSABLE, FAILED = 5, 1
HEAD_BYTES = 100


def busy(stage: Stage, tries: int, chance: random.Random) -> Result:
    """Another process writes, once longer than SQLite waits."""
    longest_s = 0.0

    def strike() -> None:
        nonlocal longest_s
        for number in range(tries):
            hold_s = 12.0 if number == tries // 2 else chance.uniform(0.1, 2.0)
            longest_s = max(longest_s, hold_s)
            with closing(sqlite3.connect(stage.database, timeout=30)) as other:
                other.execute("BEGIN IMMEDIATE")
                time.sleep(hold_s)
                other.rollback()
            time.sleep(chance.uniform(0.1, 1.0))

    result = round_of(stage, "database busy", tries, strike)
    return Result(result.name, tries, result.chats, result.count, note=f"held for up to {longest_s:.0f} s")


def full(stage: Stage, tries: int, chance: random.Random) -> Result:
    """No file of the bot's may grow for a while."""

    def strike() -> None:
        for _ in range(tries):
            process = stage.process()
            old = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
            size = stage.database.with_name(f"{stage.database.name}-wal").stat().st_size
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, old[1]))
            time.sleep(chance.uniform(0.5, 3.0))
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, old)
            time.sleep(chance.uniform(0.1, 1.0))

    result = round_of(stage, "disk full", tries, strike)
    complaints = (stage.folder / "bot.log").read_text(encoding="utf-8").count("is full")
    return Result(result.name, tries, result.chats, result.count, note=f"{complaints:,} lines in the log say so")


def two_on_one_database(stage: Stage, tries: int) -> Result:
    """A second bot is started while the first sends."""
    said = ""

    def strike() -> None:
        nonlocal said
        for _ in range(tries):
            done = stage.run("run", is_checked=False)
            if done.returncode != STORE_UNUSABLE or "another bot (process " not in done.stderr:
                raise RuntimeError(f"the second bot ended with {done.returncode}: {done.stderr}")
            said = done.stderr.strip().splitlines()[-1]

    result = round_of(stage, "a second bot on the database", tries, strike)
    return Result(result.name, tries, result.chats, result.count, note="exit code 5, at once")


def two_on_one_token(stage: Stage, tries: int) -> Result:
    """A second bot with the same token and a database of its own; one of the two yields."""
    yielded = {"the older": 0, "the younger": 0}

    def strike() -> None:
        for number in range(tries):
            other = subprocess.Popen(
                [sys.executable, "-m", "bot", "run"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                env=stage.environment(DATABASE_URL=f"sqlite:///{stage.folder}/second{number}.db"),
            )  # fmt: skip
            older = stage.process()
            deadline = time.monotonic() + 120
            while other.poll() is None and older.poll() is None and time.monotonic() < deadline:
                time.sleep(0.1)
            ended, who = (other, "the younger") if other.poll() is not None else (older, "the older")
            if ended.poll() != FAILED:
                raise RuntimeError(f"none of two bots with one token yielded, or it ended with {ended.poll()}")
            yielded[who] += 1
            if ended is older:
                other.terminate()
                other.wait(20)
                stage.start()

    result = round_of(stage, "a second bot with the token", tries, strike)
    who = ", ".join(f"{name} {times}×" for name, times in yielded.items() if times)
    return Result(result.name, tries, result.chats, result.count, note=f"yielded with exit code 1: {who}")


def offered(stage: Stage, name: str, paths: list[Path], says: str) -> Refusal:
    """Run the bot on each file: it must end with exit code 5 and those words, and leave the file as it was."""
    right, said = 0, ""
    for path in paths:
        before = hashlib.sha256(path.read_bytes()).digest()
        done = stage.run("run", is_checked=False, DATABASE_URL=f"sqlite:///{path}")
        is_left = hashlib.sha256(path.read_bytes()).digest() == before
        said = done.stderr.strip().splitlines()[-1].replace(str(stage.folder), "…")
        right += done.returncode == STORE_UNUSABLE and says in done.stderr and is_left
    return Refusal(name, len(paths), right, said)


def newer(stage: Stage) -> Refusal:
    """A database that a newer version has changed."""
    path = copied(stage, "newer.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('ringkas', 'm999_later', '2030')"
        )
    return offered(stage, "of a newer version", [path], "was written by a newer version of Ringkas")


def damaged(stage: Stage, tries: int, chance: random.Random) -> Refusal:
    """A page of the file is noise, a different one each time; a backup lies beside it."""
    sound = copied(stage, "sound.db").read_bytes()
    page_bytes = int.from_bytes(sound[16:18], "big")
    paths = []
    for number in range(tries):
        path = stage.folder / f"damaged{number}.db"
        page = chance.randrange(len(sound) // page_bytes)
        begin = max(HEAD_BYTES, page * page_bytes)
        end = (page + 1) * page_bytes
        path.write_bytes(sound[:begin] + chance.randbytes(end - begin) + sound[end:])
        (stage.folder / f"damaged{number}.db.2026-11-01").write_bytes(sound)
        paths.append(path)
    return offered(stage, "a page of it is noise", paths, "its last backup is ")


def no_database(stage: Stage) -> Refusal:
    """A file that never was one, and one of which only the beginning is left."""
    sound = copied(stage, "sound.db").read_bytes()
    paths = []
    for name, content in (("text.db", b"Selamat pagi. " * 1000), ("cut.db", sound[: len(sound) // 2])):
        path = stage.folder / name
        path.write_bytes(content)
        (stage.folder / f"{name}.2026-11-01").write_bytes(sound)
        paths.append(path)
    return offered(stage, "another file, or half of one", paths, "its last backup is ")


def copied(stage: Stage, name: str) -> Path:
    """The stage's database in a file of its own, in which no page is free."""
    path = stage.folder / name
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(stage.database)) as connection:
        connection.execute("VACUUM INTO ?", [str(path)])
    return path
