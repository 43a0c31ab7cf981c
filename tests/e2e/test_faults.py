"""Digests while something fails: each chat with its own trouble, none lost, none more than twice."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.test_lifecycle import list_digests, make_due, news, part_states, run_steady_bot, subscribe

if TYPE_CHECKING:
    from tests.bot_forks import BotProcess
    from tests.e2e.conftest import Person, Until, World

__all__ = ["news"]

PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"
# The fault of each chat, and the numbers of copies of the message that may arrive.
FAULTS: list[tuple[dict[str, Any], set[int]]] = [
    ({"kind": "reset_before"}, {1}),
    ({"kind": "reset_after"}, {2}),
    ({"kind": "status", "code": 500}, {1}),
    ({"kind": "status", "code": 502, "body": PAGE}, {1}),
    ({"kind": "status", "code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 3}}, {1}),
    ({"kind": "status", "code": 400, "description": "Bad Request: can't parse entities"}, {1}),
    ({"kind": "delay", "seconds": 3}, {1}),
]


@pytest.fixture(scope="module", autouse=True)
def bot(world: World, news: None, until: Until) -> Iterator[BotProcess]:
    """One bot for this module, which has run long enough to repeat uncertain messages."""
    with run_steady_bot(world, until) as process:
        yield process


def test_failing_chats_do_not_affect_others(world: World, until: Until) -> None:
    readers = [world.person() for _ in FAULTS]
    quick, cut = world.person(), world.person()
    for reader in (*readers, quick, cut):
        subscribe(reader)
    event = int(quick.screen()["event"])
    for reader, (fault, _) in zip(readers, FAULTS, strict=True):
        world.fault(method="sendMessage", chat_id=reader.chat_id, count=1, **fault)
    # Cut while it is read, a request says no chat: this one is the first.
    world.fault(kind="reset_during", method="sendMessage")
    make_due(world, cut)
    until(lambda: part_states(world, cut) == ["uncertain"])
    for reader in (*readers, quick):
        make_due(world, reader)
    # A reader without a fault does not wait for the others.
    assert len(quick.feed(event)) == 1
    until(lambda: all(part_states(world, reader) == ["sent"] for reader in (*readers, cut)))
    assert len(list_digests(cut)) == 1
    for reader, (fault, copies) in zip(readers, FAULTS, strict=True):
        assert len(list_digests(reader)) in copies, fault
    ledger = world.command("deliveries", "--json", "--chat", str(quick.chat_id))
    (line,) = ledger.stdout.splitlines()
    delivery = json.loads(line)
    assert (delivery["outcome"], delivery["messages"], delivery["sent"], delivery["stories"]) == ("sent", 1, 1, 8)
    table = world.command("deliveries", "--outcome", "sent", "--day", f"{datetime.now(UTC):%Y-%m-%d}")
    assert table.stdout.startswith("DUE ")


def test_locked_database_delays_the_digest(world: World, until: Until) -> None:
    reader = world.person()
    subscribe(reader)
    make_due(world, reader)
    with closing(sqlite3.connect(world.database, timeout=10)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(1)
        other.rollback()
    until(lambda: part_states(world, reader) == ["sent"])
    assert len(list_digests(reader)) == 1


@pytest.mark.parametrize("damage", [b"no database", b"\xff" * 8192])
def test_corrupt_database_is_not_overwritten(world: World, damage: bytes) -> None:
    path = world.folder / "corrupt.db"
    path.write_bytes(damage.ljust(8192, b"x"))
    (world.folder / "corrupt.db.2026-11-01").write_bytes(b"")
    before = path.read_bytes()
    done = world.process("run", DATABASE_URL=f"sqlite:///{path}")
    assert done.returncode == 5
    assert f"its last backup is {path}.2026-11-01" in done.stderr
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("command", "says"),
    [("/start", "Selamat datang kembali"), ("/langganan", "Dikirim setiap hari pukul 07.00 WIB")],
)
def test_digest_refused_by_a_block_stops_until_the_reader_writes_again(
    world: World, until: Until, command: str, says: str
) -> None:
    reader = world.person()
    subscribe(reader)
    # Telegram's refusal of the digest is the first that the bot learns of the block.
    fields = {"code": 403, "description": "Forbidden: bot was blocked by the user"}
    world.fault(kind="status", method="sendMessage", chat_id=reader.chat_id, count=1, **fields)
    make_due(world, reader)
    until(lambda: part_states(world, reader) == ["failed"])
    if command == "/langganan":
        assert "Belum ada kabar rutin di sini" in reader.say("/berhenti")[0]
    assert any(says in answer for answer in reader.say(command))


def test_full_disk_sends_nothing_that_cannot_be_recorded(world: World, bot: BotProcess, until: Until) -> None:
    reader: Person = world.person()
    subscribe(reader)
    resource = pytest.importorskip("resource")
    limits = resource.prlimit(bot.pid, resource.RLIMIT_FSIZE)
    # No file may grow beyond the present size of SQLite's journal; the log, which is smaller, goes on.
    size = world.database.with_name("ringkas.db-wal").stat().st_size
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (size, limits[1]))
    make_due(world, reader)
    until(lambda: "is full" in world.log())
    assert list_digests(reader) == []
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, limits)
    until(lambda: part_states(world, reader) == ["sent"])
    assert len(list_digests(reader)) == 1
