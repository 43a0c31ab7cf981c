"""Permissions of the files that hold people's texts. The umask is set in a child process, never in the tests' own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from summaries.storage import private_files
from summaries.storage.backup import restore
from summaries.storage.sqlite.database import Database

if TYPE_CHECKING:
    from pathlib import Path

# Everything that creates files of a database; the databases are in folders that do not exist yet.
EVERYTHING = """
import asyncio, json, sys
from datetime import UTC, datetime
from pathlib import Path
from summaries.storage import open_store
from summaries.storage.backup import back_up
from summaries.storage.state import export_state, import_state
from summaries.storage.backup import restore

root, now = Path(sys.argv[1]), datetime(2026, 11, 30, tzinfo=UTC)
path, copy, state = root / "data" / "deep" / "ringkas.db", root / "copy.db", root / "state.zip"
modes = {}

def look():
    for found in root.rglob("*"):
        modes[found.relative_to(root).as_posix()] = found.stat().st_mode & 0o777

async def main():
    store = await open_store(f"sqlite:///{path}", is_bot=True)
    look()
    await asyncio.to_thread(back_up, path, copy, now=now)
    await asyncio.to_thread(export_state, f"sqlite:///{path}", state, now=now, bot_id=1)
    look()
    await store.close()

asyncio.run(main())
restore(copy, path, now=now)
import_state(state, f"sqlite:///{root / 'other' / 'ringkas.db'}", now=now, bot_id=1)
look()
json.dump(modes, sys.stdout)
"""


def test_all_files_are_private_to_their_owner(tmp_path: Path) -> None:
    """A stricter umask would only take away more rights."""
    done = subprocess.run([sys.executable, "-c", EVERYTHING, str(tmp_path)], check=True, capture_output=True, umask=0)
    modes = json.loads(done.stdout)
    names = set(modes)
    assert {f"data/deep/ringkas.db{ending}" for ending in ("", "-wal", "-shm", ".lock", ".last-backup")} <= names
    assert {"copy.db", "state.zip", "other/ringkas.db", "other/ringkas.db.lock"} <= names
    assert any(".replaced-" in name for name in names)
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}


def get_mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


async def test_world_readable_database_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "ringkas.db"
    made = await Database.open(path, is_bot=True)
    # A process that was killed leaves the log behind.
    left = {ending: (tmp_path / f"ringkas.db{ending}").read_bytes() for ending in ("", "-wal")}
    await made.close()
    beside = [tmp_path / f"ringkas.db{ending}" for ending in ("", "-wal", ".lock")]
    for ending, content in left.items():
        (tmp_path / f"ringkas.db{ending}").write_bytes(content)
    for file in beside:
        file.chmod(0o644)
    opened = await Database.open(path, is_bot=True)
    assert [get_mode(file) for file in beside] == [0o600] * 3
    assert get_mode(tmp_path / "ringkas.db-shm") == 0o600
    await opened.close()


async def test_group_permissions_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "ringkas.db"
    await (await Database.open(path)).close()
    path.chmod(0o640)
    await (await Database.open(path)).close()
    assert get_mode(path) == 0o640


async def test_files_of_another_user_are_left_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "ringkas.db"
    path.write_bytes(b"")
    path.chmod(0o644)
    private_files.close_to_others([path], user=os.geteuid() + 1)
    assert get_mode(path) == 0o644
    private_files.close_to_others([path, tmp_path / "none"])
    assert get_mode(path) == 0o600


async def test_replaced_database_is_made_private(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from summaries.storage.backup import back_up

    path, copy = tmp_path / "ringkas.db", tmp_path / "copy.db"
    await (await Database.open(path)).close()
    now = datetime(2026, 11, 30, tzinfo=UTC)
    back_up(path, copy, now=now)
    path.chmod(0o644)
    replaced = restore(copy, path, now=now).replaced
    assert replaced is not None
    assert (get_mode(replaced), get_mode(path)) == (0o600, 0o600)


async def test_database_behind_a_symlink_is_private(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    link = tmp_path / "ringkas.db"
    link.symlink_to(tmp_path / "disk" / "real.db")
    opened = await Database.open(link)
    assert {get_mode(file) for file in (tmp_path / "disk").iterdir()} == {0o600}
    await opened.close()
