"""The folder of the site: only changed files are written, each at once, and pages of stories that are gone are removed.

The record beside the pages has the fingerprint and the size of each file. A file that is missing, or that a power
failure truncated, has another size and is written again. The record is written last: after a kill, files that it does
not know yet are compared with their new contents.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from summaries.errors import InvalidSettings
from summaries.text.characters import parse_json

RECORD = ".ringkas-publish.json"
LOCK = ".ringkas-publish.lock"
PART = ".part"
# The site's own folders: other files in them that look like pages are removed.
FOLDERS = ("berita", "topik", "hari", "cari")
_PAGE = re.compile(r"[0-9a-z-]+\.(?:html|json|xml)")
# Web servers often run as another user. The umask of the bot does not apply.
FILE_MODE, FOLDER_MODE = 0o644, 0o755


class SiteFolder:
    """The folder while this process has it locked; close it when done."""

    def __init__(self, path: Path, lock: IO[bytes]) -> None:
        self.path = path
        self._lock = lock
        self._record = read_record(path / RECORD)

    @classmethod
    def open(cls, path: Path) -> SiteFolder | None:
        """Open the folder and create it if it is missing. None if another process writes into it.

        Raises:
            InvalidSettings: it has files of somebody else, or cannot be written.
        """
        try:
            path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            if not (path / RECORD).exists() and any(not entry.name.startswith(".") for entry in path.iterdir()):
                raise InvalidSettings((f"{path} has files that `ringkas publish` did not write: name an empty folder",))
            lock = (path / LOCK).open("ab")
        except OSError as error:
            raise InvalidSettings((f"the site cannot be written into {path}: {error.strerror}",)) from error
        try:
            # The system releases the lock when the process ends.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return None
        folder = cls(path, lock)
        if not (path / RECORD).exists():
            folder.save()
        for name in FOLDERS:
            (path / name).mkdir(exist_ok=True)
            (path / name).chmod(FOLDER_MODE)
        return folder

    def close(self) -> None:
        """Release the folder."""
        self._lock.close()

    def find_stale(self, fingerprints: Mapping[str, str]) -> set[str]:
        """Return the files whose fingerprint is new, or that are not on disk as they were written."""
        sizes = {path: entry.stat().st_size for path, entry in self._list_files()}
        return {
            path
            for path, fingerprint in fingerprints.items()
            if self._record.get(path, ("", -1)) != (fingerprint, sizes.get(path))
        }

    def write(self, path: str, body: bytes, fingerprint: str = "") -> bool:
        """Replace the file at once, and return whether it was changed."""
        target = self.path / path
        self._record[path] = fingerprint, len(body)
        with suppress(FileNotFoundError):
            if target.read_bytes() == body:
                return False
        write_file(target, body)
        return True

    def remove_except(self, wanted: Collection[str]) -> int:
        """Remove pages that are not wanted, and partial files of killed processes; return the number of pages."""
        removed = 0
        for path, entry in list(self._list_files()):
            name = entry.name
            if name.startswith(".") and name.endswith(PART):
                (self.path / path).unlink(missing_ok=True)
            elif "/" in path and path not in wanted and _PAGE.fullmatch(name):
                (self.path / path).unlink(missing_ok=True)
                removed += 1
        self._record = {path: kept for path, kept in self._record.items() if path in wanted}
        return removed

    def save(self) -> None:
        """Write the record, safe from a power failure."""
        record = json.dumps(self._record, separators=(",", ":")).encode()
        write_file(self.path / RECORD, record, is_synced=True)

    def _list_files(self) -> Iterator[tuple[str, os.DirEntry[str]]]:
        for folder in ("", *FOLDERS):
            with os.scandir(self.path / folder) as entries:
                for entry in entries:
                    if entry.is_file(follow_symlinks=False):
                        yield f"{folder}/{entry.name}" if folder else entry.name, entry


def write_file(target: Path, body: bytes, *, is_synced: bool = False) -> None:
    """Replace the file at once: readers see the old or the new contents, and so does the next process after a kill."""
    part = target.with_name(f".{target.name}{PART}")
    with part.open("wb") as file:
        file.write(body)
        os.fchmod(file.fileno(), FILE_MODE)
        if is_synced:
            file.flush()
            os.fsync(file.fileno())
    part.replace(target)


def read_record(path: Path) -> dict[str, tuple[str, int]]:
    """Return the fingerprint and size of each file; none if the record is missing or damaged."""
    try:
        found = parse_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        str(name): (str(kept[0]), int(kept[1]))
        for name, kept in found.items()
        if isinstance(kept, list) and len(kept) == 2 and isinstance(kept[1], int)
    }
