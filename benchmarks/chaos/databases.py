"""Faults of the database: locked, full, used by another bot, newer, damaged, or not a database."""

from __future__ import annotations

import hashlib
import random
import resource
import sqlite3
import subprocess
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from benchmarks.chaos.faults import run_round
from benchmarks.chaos.results import Refusal, Result
from benchmarks.chaos.stage import Stage
from benchmarks.processes import BOT

STORE_UNUSABLE, FAILED = 5, 1
HEAD_BYTES = 100


def lock_database(stage: Stage, tries: int, chance: random.Random) -> Result:
    """Hold the write lock in another process, once longer than SQLite's busy timeout."""
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

    result = run_round(stage, "database busy", tries, strike)
    return replace(result, note=f"held for up to {longest_s:.0f} s")


def fill_disk(stage: Stage, tries: int, chance: random.Random) -> Result:
    """Stop the bot's files from growing for a while."""

    def strike() -> None:
        for _ in range(tries):
            process = stage.process()
            old = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
            size = stage.database.with_name(f"{stage.database.name}-wal").stat().st_size
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, old[1]))
            time.sleep(chance.uniform(0.5, 3.0))
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, old)
            time.sleep(chance.uniform(0.1, 1.0))

    result = run_round(stage, "disk full", tries, strike)
    complaints = stage.log.read_text(encoding="utf-8").count("is full")
    return replace(result, note=f"{complaints:,} lines in the log say so")


def share_database(stage: Stage, tries: int) -> Result:
    """Start a second bot on the database while the first sends."""

    def strike() -> None:
        for _ in range(tries):
            done = stage.run("run", check=False)
            if done.returncode != STORE_UNUSABLE or "another bot (process " not in done.stderr:
                raise RuntimeError(f"the second bot ended with {done.returncode}: {done.stderr}")

    result = run_round(stage, "a second bot on the database", tries, strike)
    return replace(result, note="exit code 5, at once")


def share_token(stage: Stage, tries: int) -> Result:
    """Start a second bot with the same token and its own database; one of the two must end."""
    yielded = {"the older": 0, "the younger": 0}

    def strike() -> None:
        for number in range(tries):
            other = subprocess.Popen(
                [*BOT, "run"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                env=stage.environment | {"DATABASE_URL": f"sqlite:///{stage.folder}/second{number}.db"},
            )  # fmt: skip
            older = stage.process()
            deadline = time.monotonic() + 120
            while other.poll() is None and older.poll() is None and time.monotonic() < deadline:
                time.sleep(0.1)
            ended, which = (other, "the younger") if other.poll() is not None else (older, "the older")
            if ended.poll() != FAILED:
                raise RuntimeError(f"neither of two bots with one token ended with exit code 1, but {ended.poll()}")
            yielded[which] += 1
            if ended is older:
                other.terminate()
                other.wait(20)
                stage.start()

    result = run_round(stage, "a second bot with the token", tries, strike)
    counts = ", ".join(f"{name} {times}×" for name, times in yielded.items() if times)
    return replace(result, note=f"yielded with exit code 1: {counts}")


def offer(stage: Stage, name: str, paths: list[Path], expected: str) -> Refusal:
    """Run the bot on each file; it must end with exit code 5 and that message, and leave the file unchanged."""
    right, message = 0, ""
    for path in paths:
        before = hashlib.sha256(path.read_bytes()).digest()
        done = stage.run("run", check=False, DATABASE_URL=f"sqlite:///{path}")
        is_left = hashlib.sha256(path.read_bytes()).digest() == before
        message = done.stderr.strip().splitlines()[-1].replace(str(stage.folder), "…")
        right += done.returncode == STORE_UNUSABLE and expected in done.stderr and is_left
    return Refusal(name, len(paths), right, message)


def offer_newer(stage: Stage) -> Refusal:
    """Offer a database that a newer version has migrated."""
    path = copy_database(stage, "newer.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('ringkas', 'm999_later', '2030')"
        )
    return offer(stage, "of a newer version", [path], "was written by a newer version of Ringkas")


def offer_damaged(stage: Stage, tries: int, chance: random.Random) -> Refusal:
    """Offer databases in which one random page is noise, each with a backup beside it."""
    sound = copy_database(stage, "sound.db").read_bytes()
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
    return offer(stage, "a page of it is noise", paths, "its last backup is ")


def offer_other_files(stage: Stage) -> Refusal:
    """Offer a text file, and a truncated database."""
    sound = copy_database(stage, "sound.db").read_bytes()
    paths = []
    for name, content in (("text.db", b"Selamat pagi. " * 1000), ("cut.db", sound[: len(sound) // 2])):
        path = stage.folder / name
        path.write_bytes(content)
        (stage.folder / f"{name}.2026-11-01").write_bytes(sound)
        paths.append(path)
    return offer(stage, "another file, or half of one", paths, "its last backup is ")


def copy_database(stage: Stage, name: str) -> Path:
    """Copy the stage's database without free pages, and return the path."""
    path = stage.folder / name
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(stage.database)) as connection:
        connection.execute("VACUUM INTO ?", [str(path)])
    return path
