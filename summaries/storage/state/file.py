"""File format of an export, which is also that of a backup: a zip with a file of JSON lines for each table, compressed
with zstd, and a manifest. Exports repacked with the compression of zip are read, too.

The reader refuses a file whose names, sizes, row counts or digests differ from the manifest. It does not check the
meaning of the rows.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import logging
import re
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import IO, Any

from summaries.errors import NotABackup, StoreDamaged, StoreError, StoreTooNew
from summaries.storage.compression import open_to_read, open_to_write, zstd
from summaries.storage.values import stored_text, to_text

log = logging.getLogger(__name__)

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
# Bomb limits: zip compresses text about 10:1, delivery rows about 50:1, a file of zeros 1000:1. zstd compresses rows
# that differ little up to 200:1, and zeros 30,000:1.
MOST_SHRUNK, SHRINKS_FREELY_BYTES = 300, 16 * 1024 * 1024
MOST_SHRUNK_BY_ZSTD = 2000
ZSTD = ".zst"
MEGABYTE = 1024 * 1024
# Disk space left for the bot, which writes while a file is written, and bytes after which it is measured again.
SPARE_BYTES, MEASURED_BYTES = 50 * MEGABYTE, 8 * MEGABYTE
FIRST_BYTES = b"PK\x03\x04"
# Rows that are written at a time.
BATCH = 50
# zipfile raises RuntimeError for encrypted members and NotImplementedError for unknown compression methods.
NOT_SOUND = (
    zipfile.BadZipFile,
    zlib.error,
    zstd.ZstdError,
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


class SparingFile(io.FileIO):
    """A file that is written until its disk is almost full. `write` then raises StoreError."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "w")
        self._path, self._unmeasured = path, MEASURED_BYTES

    def write(self, data: Any, /) -> int:
        self._unmeasured += memoryview(data).nbytes
        if self._unmeasured >= MEASURED_BYTES:
            self._unmeasured = 0
            free = shutil.disk_usage(self._path.parent).free
            if free < SPARE_BYTES + MEASURED_BYTES:
                raise StoreError(
                    f"the disk that holds {self._path.parent} is full: make room; {free // MEGABYTE} MB are left, which"
                    " the bot needs"
                )
        return super().write(data)


def open_sparing(path: Path) -> IO[bytes]:
    """Open the file for writing; see `SparingFile`."""
    return io.BufferedWriter(SparingFile(path), MEGABYTE)


class StateWriter:
    """Writes the file: each table, then the manifest. The file is complete after `close`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w")
        self._tables: dict[str, TableFile] = {}

    def close(self) -> None:
        """Close the zip even after an error, while the file below it is still open."""
        self._zip.close()

    @contextmanager
    def table(self, name: str, columns: Sequence[str]) -> Iterator[Callable[[Iterable[Row]], None]]:
        """Add a table. Yield a function that appends rows to it."""
        digest, count = hashlib.sha256(), 0
        with (
            self._zip.open(member_of(name) + ZSTD, "w", force_zip64=True) as member,
            closing(open_to_write(member)) as packed,
        ):
            # Without a write there would be no frame.
            packed.write(b"")

            def add(rows: Iterable[Row]) -> None:
                nonlocal count
                for batch in batched(unpack_texts(name, columns, rows), BATCH):
                    lines = encode_rows(batch).encode()
                    digest.update(lines)
                    packed.write(lines)
                    count += len(batch)

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
        self._members = ExitStack()
        self._left = MOST_BYTES
        self.manifest = read_manifest(archive, name)

    def close(self) -> None:
        """Close the members that are being read: an error during `rows` leaves them open, and the file with them."""
        self._members.close()

    def rows(self, table: str) -> Iterator[Row]:
        """Yield the rows of a table of the manifest.

        Raises:
            NotABackup: their number or digest differs from the manifest.
        """
        columns = self.manifest.tables[table].columns
        for number, line in enumerate(self._lines(table), start=1):
            yield self._row(line, table, number, columns)

    def check(self) -> None:
        """Read through the file.

        Raises:
            NotABackup: the number or the digest of a table's rows differs from the manifest.
        """
        for table in self.manifest.tables:
            for _ in self._lines(table):
                pass

    def _lines(self, table: str) -> Iterator[bytes]:
        wanted = self.manifest.tables[table]
        digest, count = hashlib.sha256(), 0
        with refused(f"{self._name}: table {table}"), self._open(table) as (member, most_bytes):
            left = min(most_bytes, self._left)
            while line := member.readline(MOST_LINE_BYTES + 1):
                count += 1
                digest.update(line)
                left -= len(line)
                if left < 0:
                    raise NotABackup(f"{self._name}: table {table} would unpack to far more than it is")
                self._left -= len(line)
                yield line
        if (count, digest.hexdigest()) != (wanted.rows, wanted.sha256):
            raise NotABackup(f"{self._name}: table {table} is not as it was written: copy the file again")

    @contextmanager
    def _open(self, table: str) -> Iterator[tuple[IO[bytes] | zstd.ZstdFile, int]]:
        """Yield the uncompressed lines of the table, and the most bytes that they may have."""
        with ExitStack() as stack:
            name = find_member(self._zip.namelist(), table)
            member = stack.enter_context(self._zip.open(name))
            self._members.push(stack)
            if not name.endswith(ZSTD):
                yield member, MOST_BYTES
                return
            packed = self._zip.getinfo(name).compress_size
            unpacked = stack.enter_context(closing(open_to_read(member)))
            yield unpacked, max(SHRINKS_FREELY_BYTES, MOST_SHRUNK_BY_ZSTD * packed)

    def _row(self, line: bytes, table: str, number: int, columns: Sequence[str]) -> Row:
        where = f"{self._name}: table {table}, row {number}"
        if len(line) > MOST_LINE_BYTES:
            raise NotABackup(f"{where} is too long")
        with refused(where):
            values = json.loads(line)
            if not isinstance(values, list) or len(values) != len(columns):
                raise NotABackup(f"{where} has not its {len(columns)} values")
            row = [decoded(value) for value in values]
            if (position := find_text(table, columns)) is not None:
                row[position] = pack_text(row[position])
            return row


def is_export(path: Path) -> bool:
    """Return whether the file begins like an export. A missing file is none."""
    try:
        with path.open("rb") as file:
            return file.read(len(FIRST_BYTES)) == FIRST_BYTES
    except OSError:
        return False


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


def find_member(names: Collection[str], table: str) -> str:
    """Return the name of the table's file, one of the two that it may have. Raises ValueError if both are missing."""
    for name in (member_of(table) + ZSTD, member_of(table)):
        if name in names:
            return name
    raise ValueError(f"no file of table {table}")


def batched(rows: Iterable[Row], size: int) -> Iterator[Sequence[Row]]:
    """Yield the rows in batches of `size`."""
    left = iter(rows)
    while batch := tuple(islice(left, size)):
        yield batch


def find_text(table: str, columns: Sequence[str]) -> int | None:
    """Return the position of the column whose values are compressed in the database. In the file they are plain:
    compressed together, texts take two thirds as much."""
    return columns.index("text") if table == "articles" and "text" in columns else None


def unpack_texts(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterable[Row]:
    """Return the rows as the file has them. One damaged text must not end all backups: it is written as it is."""
    if (position := find_text(table, columns)) is None:
        return rows
    key = columns.index("id")
    return ([*row[:position], unpack_text(row[position], row[key]), *row[position + 1 :]] for row in rows)


def unpack_text(stored: Any, article_id: object) -> Value:
    try:
        return to_text(stored)
    except StoreDamaged as error:
        log.warning("article %s is exported with a damaged text: %s", article_id, error)
        return stored  # type: ignore[no-any-return]


def pack_text(value: Value) -> bytes:
    """Return an article's text as the database has it, a damaged one unchanged. Raises ValueError if it is none."""
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("the text of an article is no text")
    return stored_text(value)


def encode_rows(rows: Sequence[Row]) -> str:
    """Return a line of JSON for each row. An import refuses NUL in text, so it becomes the replacement character."""
    lines = "".join([f"{_to_json(row)}\n" for row in rows])
    # Rare, if it is not an escaped backslash before the letter u.
    if "\\u0000" not in lines:
        return lines
    whole = [[value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in row] for row in rows]
    return "".join([f"{_to_json(row)}\n" for row in whole])


def _encode_bytes(value: object) -> dict[str, str]:
    if not isinstance(value, bytes):
        raise TypeError(f"no value of a row: {type(value).__name__}")
    return {"hex": value.hex()}


_to_json = json.JSONEncoder(ensure_ascii=False, default=_encode_bytes).encode


def decoded(value: Any) -> Value:
    """Return the value that `encode_rows` wrote. Raises ValueError for anything else."""
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
        names = [member.filename for member in members]
        if sorted(names) != sorted([MANIFEST, *(find_member(names, table) for table in manifest.tables)]):
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
