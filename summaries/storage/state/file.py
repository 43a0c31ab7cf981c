"""File format of an export: a zip with a file of JSON lines for each table, and a manifest.

The reader refuses a file whose names, sizes, row counts or digests differ from the manifest. It does not check the
meaning of the rows.
"""

from __future__ import annotations

import errno
import hashlib
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from summaries.errors import NotABackup, StoreTooNew

Value = int | float | str | bytes | None
Row = Sequence[Value]

FORMAT = "ringkas-state"
VERSION = 1
MANIFEST = "manifest.json"
MOST_TABLES = 200
MOST_MANIFEST_BYTES = 1024 * 1024
# A page has at most 5 MiB, and JSON may write a character with six bytes (\\uXXXX).
MOST_LINE_BYTES = 40 * 1024 * 1024
MOST_BYTES = 64 * 1024**3
# Zip bomb limit: text compresses about 10:1, delivery rows about 50:1, a file of zeros 1000:1.
MOST_SHRUNK, SHRINKS_FREELY_BYTES = 300, 16 * 1024 * 1024
# zipfile raises RuntimeError for encrypted members and NotImplementedError for unknown compression methods.
NOT_SOUND = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
)
_TABLE = re.compile(r"[a-z][a-z0-9_]{0,60}")


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table in the file. `columns` has the order of the values in each row."""

    columns: tuple[str, ...]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Description of an export.

    `steps` are the migration steps of SQLite's tables with the same columns, `bot_id` is the id of the exporting bot,
    and `sequences` holds the last number used in each table that never uses one twice.
    """

    ringkas: str
    exported_at: str
    bot_id: int | None
    steps: tuple[str, ...]
    sequences: Mapping[str, int]
    tables: Mapping[str, TableFile]


class StateWriter:
    """Writes the file: each table, then the manifest. The file is complete after `close`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self._tables: dict[str, TableFile] = {}

    def close(self) -> None:
        """Close the zip even after an error, while the file below it is still open."""
        self._zip.close()

    @contextmanager
    def table(self, name: str, columns: Sequence[str]) -> Iterator[Callable[[Iterable[Row]], None]]:
        """Add a table. Yield a function that appends rows to it."""
        digest, count = hashlib.sha256(), 0
        with self._zip.open(member_of(name), "w", force_zip64=True) as member:

            def add(rows: Iterable[Row]) -> None:
                nonlocal count
                for row in rows:
                    line = f"{json.dumps([encoded(value) for value in row], ensure_ascii=False)}\n".encode()
                    digest.update(line)
                    member.write(line)
                    count += 1

            yield add
        self._tables[name] = TableFile(tuple(columns), count, digest.hexdigest())

    def finish(
        self, *, now: datetime, bot_id: int | None, steps: Sequence[str], sequences: Mapping[str, int]
    ) -> Manifest:
        """Write the manifest of the tables that were added, and return it."""
        manifest = Manifest(version("ringkas"), now.isoformat(), bot_id, tuple(steps), sequences, self._tables)
        fields = {"format": FORMAT, "version": VERSION, **asdict(manifest)}
        self._zip.writestr(MANIFEST, json.dumps(fields, ensure_ascii=False, indent=1))
        return manifest


class StateReader:
    """An open export whose manifest was checked."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._zip = archive
        self._name = name
        self._members: list[IO[bytes]] = []
        self.manifest = read_manifest(archive, name)

    def close(self) -> None:
        """Close the members that are being read: an error during `rows` leaves them open, and the file with them."""
        for member in self._members:
            member.close()

    def rows(self, table: str) -> Iterator[Row]:
        """Yield the rows of a table of the manifest.

        Raises:
            NotABackup: their number or digest differs from the manifest.
        """
        wanted = self.manifest.tables[table]
        digest, count = hashlib.sha256(), 0
        with refused(f"{self._name}: table {table}"), self._zip.open(member_of(table)) as member:
            self._members.append(member)
            while line := member.readline(MOST_LINE_BYTES + 1):
                count += 1
                digest.update(line)
                yield self._row(line, table, count, len(wanted.columns))
        if (count, digest.hexdigest()) != (wanted.rows, wanted.sha256):
            raise NotABackup(f"{self._name}: table {table} is not as it was written: copy the file again")

    def _row(self, line: bytes, table: str, number: int, width: int) -> Row:
        where = f"{self._name}: table {table}, row {number}"
        if len(line) > MOST_LINE_BYTES:
            raise NotABackup(f"{where} is too long")
        with refused(where):
            values = json.loads(line)
            if not isinstance(values, list) or len(values) != width:
                raise NotABackup(f"{where} has not its {width} values")
            return [decoded(value) for value in values]


@contextmanager
def open_state(path: Path) -> Iterator[StateReader]:
    """Open the export at `path`.

    Raises:
        NotABackup: it is not an export, or a damaged one.
        StoreTooNew: a newer version wrote it.
        OSError: it cannot be read.
    """
    with refused(str(path)):
        archive = zipfile.ZipFile(path)
    with archive, closing(StateReader(archive, str(path))) as reader:
        yield reader


@contextmanager
def refused(where: str) -> Iterator[None]:
    """Turn the errors that a damaged file causes into NotABackup."""
    try:
        yield
    except (*NOT_SOUND, OSError) as error:
        # A damaged directory of the archive can have a negative offset. Other errors of the system are about the disk.
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        raise NotABackup(f"{where} is not a sound export of Ringkas ({type(error).__name__})") from error


def member_of(table: str) -> str:
    return f"tables/{table}.jsonl"


def encoded(value: Value) -> Any:
    """Return `value` as JSON has it. An import refuses NUL in text, so it becomes the replacement character."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def decoded(value: Any) -> Value:
    """Return the value that `encoded` wrote. Raises ValueError for anything else."""
    if value is None or isinstance(value, str | int | float):
        if isinstance(value, bool):
            raise ValueError("true and false are no values here")
        return value
    if isinstance(value, dict) and set(value) == {"hex"} and isinstance(value["hex"], str):
        return bytes.fromhex(value["hex"])
    raise ValueError("no value of a row")


def read_manifest(archive: zipfile.ZipFile, name: str) -> Manifest:
    """Return the manifest. Raises NotABackup or StoreTooNew for a file that `StateWriter` would not write."""
    members = archive.infolist()
    check_members(members, name)
    with refused(f"{name}: its manifest"), archive.open(MANIFEST) as file:
        fields = json.loads(file.read(MOST_MANIFEST_BYTES + 1))
        if fields["format"] != FORMAT:
            raise NotABackup(f"{name} is no export of Ringkas")
        if not isinstance(fields["version"], int) or fields["version"] > VERSION:
            raise StoreTooNew(f"{name} was written by a newer version of Ringkas: update Ringkas")
        manifest = to_manifest(fields)
    if {member.filename for member in members} != {MANIFEST, *map(member_of, manifest.tables)}:
        raise NotABackup(f"{name} has other files in it than its manifest lists")
    return manifest


def check_members(members: Sequence[zipfile.ZipInfo], name: str) -> None:
    """Raise NotABackup for members that cannot be an export's, or would unpack to too much. Unpacks nothing."""
    names = [member.filename for member in members]
    if MANIFEST not in names or len(set(names)) != len(names) or len(names) > MOST_TABLES:
        raise NotABackup(f"{name} is no export of Ringkas")
    for member in members:
        if member.flag_bits & 1:
            raise NotABackup(f"{name} is encrypted: unpack it and pack it without a password")
        if member.file_size > max(SHRINKS_FREELY_BYTES, MOST_SHRUNK * member.compress_size):
            raise NotABackup(f"{name}: {member.filename!a} would unpack to far more than it is")
        if member.filename == MANIFEST and member.file_size > MOST_MANIFEST_BYTES:
            raise NotABackup(f"{name}: its manifest is too long")
    if sum(member.file_size for member in members) > MOST_BYTES:
        raise NotABackup(f"{name} would unpack to more than {MOST_BYTES // 1024**3} GiB")


def to_manifest(fields: Mapping[str, Any]) -> Manifest:
    """Return the manifest with these fields. Raises ValueError, TypeError, KeyError or AttributeError for others."""
    bot_id = fields["bot_id"]
    if bot_id is not None and (not isinstance(bot_id, int) or isinstance(bot_id, bool)):
        raise TypeError("bot_id")
    return Manifest(
        ringkas=str(fields["ringkas"]),
        exported_at=str(fields["exported_at"]),
        bot_id=bot_id,
        steps=tuple(map(_name, fields["steps"])),
        sequences={_name(table): _count(number) for table, number in fields["sequences"].items()},
        tables={
            _name(table): TableFile(tuple(map(_name, found["columns"])), _count(found["rows"]), str(found["sha256"]))
            for table, found in fields["tables"].items()
        },
    )


def _name(value: Any) -> str:
    if not isinstance(value, str) or not _TABLE.fullmatch(value):
        raise ValueError("a name that is none")
    return value


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**62:
        raise ValueError("a number that is none")
    return value
