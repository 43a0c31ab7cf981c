"""The file in which a whole database moves: a zip with a file of JSON lines for each table, and a manifest.

Whoever reads one takes nothing on trust: names, sizes, numbers of rows and digests are those of the manifest, or the
file is refused. What the rows mean is for the reader to check.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
import zipfile
import zlib
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING, Any, Self

from summaries.errors import NotABackup, StoreTooNew

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    Value = int | float | str | bytes | None
    Row = Sequence[Value]

FORMAT = "ringkas-state"
VERSION = 1
MANIFEST = "manifest.json"
MOST_TABLES = 200
MOST_MANIFEST_BYTES = 1024 * 1024
# An article's page has at most 5 MiB, and letters may take six bytes in JSON.
MOST_LINE_BYTES = 40 * 1024 * 1024
MOST_BYTES = 64 * 1024**3
# Text shrinks to a tenth, the ledger's rows perhaps to a fiftieth; a file made of nothing but zeros to a thousandth.
MOST_SHRUNK, SHRINKS_FREELY_BYTES = 300, 16 * 1024 * 1024
# RuntimeError is raised for what is encrypted, NotImplementedError for what is packed as nobody unpacks here.
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
    """A table in the file: its columns in the order of each row's values."""

    columns: tuple[str, ...]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in the file.

    `steps` are the migration steps of the database that it was, `bot_id` the bot's that used it, `sequences` the last
    number given out in each table that never gives one out twice.
    """

    ringkas: str
    exported_at: str
    bot_id: int | None
    steps: tuple[str, ...]
    sequences: Mapping[str, int]
    tables: Mapping[str, TableFile]


class StateWriter:
    """Writes the file, table by table, then the manifest; it is whole after the `with` block."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self._tables: dict[str, TableFile] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Also where something failed: the file is still open then."""
        self._zip.close()

    def add_table(self, name: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
        """Write a table; how many rows it has."""
        digest, count = hashlib.sha256(), 0
        with self._zip.open(member_of(name), "w", force_zip64=True) as member:
            for row in rows:
                line = f"{json.dumps([encoded(value) for value in row], ensure_ascii=False)}\n".encode()
                digest.update(line)
                member.write(line)
                count += 1
        self._tables[name] = TableFile(tuple(columns), count, digest.hexdigest())
        return count

    def finish(
        self, *, ringkas: str, exported_at: str, bot_id: int | None, steps: Sequence[str], sequences: Mapping[str, int]
    ) -> Manifest:
        manifest = Manifest(ringkas, exported_at, bot_id, tuple(steps), sequences, self._tables)
        fields = {"format": FORMAT, "version": VERSION, **asdict(manifest)}
        self._zip.writestr(MANIFEST, json.dumps(fields, ensure_ascii=False, indent=1))
        return manifest


class StateReader:
    """A file that was opened, and whose manifest is sound."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._zip = archive
        self._name = name
        self._members: list[IO[bytes]] = []
        self.manifest = read_manifest(archive, name)

    def close(self) -> None:
        """Close what is being read. Whoever fails in the midst of `rows` leaves it open, and the file with it."""
        for member in self._members:
            member.close()

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of a table of the manifest, one by one.

        Raises:
            NotABackup: they are not those that the manifest tells of.
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
            raise NotABackup(f"{self._name}: table {table} is not as it was written")

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
    """The file at the path.

    Raises:
        NotABackup: it is no such file, or not a sound one.
        StoreTooNew: a newer version wrote it.
        OSError: it can't be read.
    """
    with refused(str(path)):
        archive = zipfile.ZipFile(path)
    with archive, closing(StateReader(archive, str(path))) as reader:
        yield reader


@contextmanager
def refused(where: str) -> Iterator[None]:
    """Turn what a file that is not sound leads to into one error."""
    try:
        yield
    except NOT_SOUND as error:
        raise NotABackup(f"{where} is not a sound export of Ringkas ({type(error).__name__})") from error


def member_of(table: str) -> str:
    return f"tables/{table}.jsonl"


def encoded(value: Value) -> Any:
    return {"hex": value.hex()} if isinstance(value, bytes) else value


def decoded(value: Any) -> Value:
    """Raises ValueError for what `encoded` does not make."""
    if value is None or isinstance(value, str | int | float):
        if isinstance(value, bool):
            raise ValueError("true and false are no values here")
        return value
    if isinstance(value, dict) and set(value) == {"hex"} and isinstance(value["hex"], str):
        return bytes.fromhex(value["hex"])
    raise ValueError("no value of a row")


def read_manifest(archive: zipfile.ZipFile, name: str) -> Manifest:
    """Raises NotABackup or StoreTooNew for a file that is not as `StateWriter` makes them."""
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
        raise NotABackup(f"{name} has other files in it than its manifest tells")
    return manifest


def check_members(members: Sequence[zipfile.ZipInfo], name: str) -> None:
    """Refuse what would unpack to more than it can be, before anything is unpacked."""
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
    """Raises ValueError, TypeError, KeyError or AttributeError for other fields than a manifest's."""
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
            _name(table): TableFile(tuple(map(_name, told["columns"])), _count(told["rows"]), str(told["sha256"]))
            for table, told in fields["tables"].items()
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
