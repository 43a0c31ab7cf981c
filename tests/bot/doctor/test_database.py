"""Findings about a database and its sources: tables, and real files that are broken."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.config import Listen, Settings
from bot.doctor import process_findings
from bot.doctor.checks import State, check_backups, check_database, check_hazards, check_sources
from summaries.errors import NotABackup, StoreBusy, StoreDamaged, StoreError, StoreTooNew, StoreUnreachable
from summaries.model import HazardSource, PollState, Source, StoredSource
from summaries.storage import open_store
from summaries.storage.health import Health, examine_file
from summaries.storage.sqlite.schema import STEP_NAMES

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WELL = Health(STEP_NAMES[-1], is_newest=True, size_bytes=3 * 1024 * 1024, articles=7, indexed=7)

IN_USE = replace(WELL, is_in_use=True)
OLD = replace(WELL, version="m003_digests", is_newest=False)


@pytest.mark.parametrize(
    ("health", "subject", "state", "says", "todo"),
    [
        (Health(), "database", State.OK, "nothing in ringkas.db yet", ""),
        (WELL, "database", State.OK, "sound, 3.0 MB, no bot runs on it", ""),
        (replace(WELL, is_in_use=True), "database", State.OK, "a bot runs on it", ""),
        (WELL, "version", State.OK, STEP_NAMES[-1], ""),
        (
            replace(WELL, version="m003_digests", is_newest=False),
            "version",
            State.WARNING,
            "m003_digests, of an older",
            "back it up",
        ),
        (Health(fault=StoreTooNew("newer")), "database", State.FAULT, "newer", "update Ringkas"),
        (Health(fault=StoreDamaged("rusak")), "database", State.FAULT, "rusak", "ringkas restore"),
        (Health(fault=NotABackup("other")), "database", State.FAULT, "other", "DATABASE_URL"),
        (Health(fault=StoreBusy("busy")), "database", State.FAULT, "busy", "try again"),
        (Health(fault=StoreUnreachable("away")), "database", State.FAULT, "away", "start PostgreSQL"),
        (Health(fault=StoreError("denied")), "database", State.FAULT, "denied", "belong to the user"),
        (WELL, "search", State.OK, "7 articles", ""),
        (replace(WELL, indexed=5), "search", State.FAULT, "5 of 7 articles", "import-state"),
        (WELL, "digests", State.OK, "no chat waits", ""),
        (replace(WELL, next_due_at=NOW + HOUR), "digests", State.OK, "2026-11-23 13:00 UTC", ""),
        (replace(WELL, next_due_at=NOW - timedelta(minutes=10)), "digests", State.OK, "11:50", ""),
        (replace(WELL, next_due_at=NOW - HOUR), "digests", State.WARNING, "60 min ago, and no bot", "start the bot"),
        (replace(WELL, next_due_at=NOW - HOUR, is_in_use=True), "digests", State.FAULT, "60 min ago", "log"),
        (replace(WELL, tick_ages_s={"digests": 3, "pruning": 1e5}), "ticks", State.OK, "digests 3 s, pruning", ""),
        (
            replace(WELL, tick_ages_s={"digests": 61}),
            "ticks",
            State.FAULT,
            "tick digests: the last was 61 s ago",
            "log",
        ),
        (replace(WELL, unknown_at=NOW - HOUR), "unknown", State.WARNING, "2026-11-23 11:00 UTC may not", "--outcome"),
    ],
)
def test_database_finding(health: Health, subject: str, state: State, says: str, todo: str) -> None:
    (found,) = (finding for finding in check_database(health, "ringkas.db", NOW) if finding.subject == subject)
    assert found.state is state
    assert says in found.what
    assert todo in found.todo


DOCUMENT = HazardSource("autogempa", last_success_at=NOW - timedelta(minutes=2))


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        ((), []),
        ((HazardSource("autogempa"),), [(State.OK, "BMKG's documents were not read yet")]),
        ((DOCUMENT,), [(State.OK, "BMKG's documents were read, the last 2 min ago")]),
        ((replace(DOCUMENT, failures_in_a_row=2, last_error="away"),), [(State.OK, "BMKG's documents were read")]),
        (
            (replace(DOCUMENT, failures_in_a_row=3, last_error="away"),),
            [(State.WARNING, "autogempa failed 3 times: away")],
        ),
    ],
)
def test_hazards_finding(documents: tuple[HazardSource, ...], expected: list[tuple[State, str]]) -> None:
    found = check_hazards(documents, NOW)
    assert [finding.state for finding in found] == [state for state, _ in expected]
    assert all(says in finding.what for finding, (_, says) in zip(found, expected, strict=True))


IN_TIME = {"tick digests": {"ok": True, "age_s": 0.6}, "tick alerts": {"ok": True, "age_s": 4.0}}
HUNG = {"tick digests": {"ok": False, "age_s": 61.0, "reason": "the last was 61 s ago"}}


@pytest.mark.parametrize(
    ("health", "answer", "expected"),
    [
        (IN_USE, {"database": {"ok": True}} | IN_TIME, [(State.OK, "ended in time: alerts 4 s, digests 1 s ago")]),
        (IN_USE, IN_TIME | HUNG, [(State.FAULT, "tick digests: the last was 61 s ago")]),
        (IN_USE, {"database": {"ok": True}}, []),
        (IN_USE, ConnectionRefusedError("refused"), [(State.WARNING, "no bot answers at http://127.0.0.1:8080")]),
        # No bot runs, or a fleet, whose ticks are in the database.
        (WELL, IN_TIME, []),
        (replace(IN_USE, tick_ages_s={"digests": 3}), IN_TIME, []),
    ],
)
def test_tick_findings_of_a_running_bot(
    health: Health, answer: dict[str, Any] | Exception, expected: list[tuple[State, str]]
) -> None:
    def ask(url: str, path: str) -> tuple[int, dict[str, Any]]:
        assert (url, path) == ("http://127.0.0.1:8080", "/health/ready")
        if isinstance(answer, Exception):
            raise answer
        return 200, {"status": "ready", "checks": answer}

    settings = Settings(http_listen=Listen("127.0.0.1", 8080))
    found = process_findings(settings, health, ask)
    assert [(finding.state, finding.what.partition(": refused")[0]) for finding in found] == expected
    assert process_findings(Settings(), health, ask) == []


@pytest.mark.parametrize(
    ("age", "every", "state"),
    [
        (None, DAY, State.WARNING),
        (HOUR, DAY, State.OK),
        (2 * DAY, DAY, State.OK),
        (2 * DAY + HOUR, DAY, State.WARNING),
        (HOUR, timedelta(), State.WARNING),
    ],
)
def test_backup_finding(age: timedelta | None, every: timedelta, state: State) -> None:
    backup = None if age is None else Path("backups/ringkas-20261123T110000Z.db")
    made_at = None if age is None else NOW - age
    found = check_backups(backup, made_at, every, timedelta(days=7), NOW)
    assert found.state is state
    assert bool(found.todo) is (state is not State.OK)
    assert "weeks" not in found.what
    # Seven backups were those of a week before 0.1.0.
    long = check_backups(backup, made_at, every, timedelta(days=364), NOW)
    assert ("BACKUP_KEEP keeps older ones" in long.what and "52 weeks" in long.what) is (state is State.OK)


def make_stored_source(key: str, state: PollState) -> StoredSource:
    return StoredSource(Source(key, "Kabar Desa", "daerah", f"https://{key}.example/rss"), state)


READ = PollState(last_success_at=NOW - HOUR)
FAILING = PollState(last_success_at=NOW - HOUR, failures_in_a_row=2, last_error="503")
OFF = PollState(is_active=False, failures_in_a_row=30)
OFF_BY_HAND = PollState(is_active=False)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([], [(State.UNKNOWN, "first time")]),
        ([READ, READ, OFF_BY_HAND], [(State.OK, "2 on, none failing")]),
        ([PollState()], [(State.OK, "1 on, none read yet")]),
        ([READ, FAILING], [(State.WARNING, "1 of 2 failed last: s1")]),
        ([FAILING, FAILING], [(State.FAULT, "none of 2 could be read")]),
        ([OFF, OFF_BY_HAND], [(State.FAULT, "all are switched off")]),
        ([READ, OFF], [(State.OK, "1 on"), (State.WARNING, "switched off after many failures: s1")]),
        ([READ] + [FAILING] * 7, [(State.WARNING, "7 of 8 failed last: s1, s2, s3, s4, s5 and 2 more")]),
        ([replace(READ, last_success_at=NOW - 2 * DAY)], [(State.OK, "1"), (State.WARNING, "read for 48 h")]),
    ],
)  # fmt: skip
def test_source_findings(states: list[PollState], expected: list[tuple[State, str]]) -> None:
    sources = [make_stored_source(f"s{number}", state) for number, state in enumerate(states)]
    found = check_sources(sources, NOW, is_refreshing=True)
    assert [finding.state for finding in found] == [state for state, _ in expected]
    for finding, (_, says) in zip(found, expected, strict=True):
        assert says in finding.what


def test_refresh_disabled_is_not_reported_as_late() -> None:
    old = make_stored_source("s", replace(READ, last_success_at=NOW - 9 * DAY))
    assert [finding.state for finding in check_sources([old], NOW, is_refreshing=False)] == [State.OK]


async def test_examination_leaves_the_file_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "ringkas.db"
    assert examine_file(path) == Health()
    store = await open_store(f"sqlite:///{path}", is_bot=True)
    await store.sources.add(make_stored_source("desa", READ).source, now=NOW)
    health = examine_file(path)
    assert (health.version, health.fault, health.is_in_use) == (STEP_NAMES[-1], None, True)
    assert [found.source.key for found in health.sources] == ["desa"]
    await store.close()
    assert not examine_file(path).is_in_use
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO _sqlite_migrations VALUES (99, 'ringkas', 'm999_dreams', '2030')")
    before = path.read_bytes()
    assert isinstance(examine_file(path).fault, StoreTooNew)
    assert path.read_bytes() == before
    content = bytearray(before)
    content[4096 * 2 : 4096 * 9] = b"\xff" * 4096 * 7
    for broken, kind in ((bytes(content), StoreDamaged), (b"Halo. " * 999, StoreDamaged), (b"", NotABackup)):
        path.write_bytes(broken)
        assert isinstance(examine_file(path).fault, kind), broken[:9]
        assert path.read_bytes() == broken


async def test_missing_index_entry_is_detected(tmp_path: Path) -> None:
    path = tmp_path / "ringkas.db"
    await (await open_store(f"sqlite:///{path}")).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO articles (id, key, title, text, origin, is_public, dated_at, added_at, updated_at)"
            " VALUES (1, 'text:a', 'Banjir', 'Air.', 'import', 1, '', '', '')"
        )
    health = examine_file(path)
    assert (health.fault, health.articles, health.indexed) == (None, 1, 0)
