"""Exports restore a database as it was, also of an older version; and foreign files do no harm."""

from __future__ import annotations

import hashlib
import json
import random
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from summaries.errors import NotABackup, StoreError, StoreInUse, StoreTooNew
from summaries.model import SHORT, ChatRef, NewsQuery, Subscription
from summaries.storage import open_store
from summaries.storage.compression import zstd
from summaries.storage.sqlite.schema import STEP_NAMES
from summaries.storage.sqlite.session import add_functions
from summaries.storage.state import export_state, import_state

Furnish = Callable[..., Awaitable[None]]
Change = Callable[["Contents"], None]
BOT, OTHER_BOT = 111, 222
GROUP = -1001234567890


def make_url(path: Path) -> str:
    return f"sqlite:///{path}"


def dump_rows(path: Path) -> list[str]:
    """All rows, but for when the tables were made, and how the search index lays out its words."""
    with closing(sqlite3.connect(path)) as connection:
        add_functions(connection)
        found = [line for line in connection.iterdump() if not re.match('INSERT INTO "(_sqlite|article_search_)', line)]
        found += map(str, connection.execute("SELECT rowid, * FROM article_search"))
        return sorted(found)


@dataclass
class Contents:
    """The content of an export, to be changed by an attacker who can compute digests."""

    manifest: dict[str, Any]
    tables: dict[str, list[list[Any]]]

    def put(self, table: str, column: str, value: Any, row: int = 0) -> None:
        self.tables[table][row][self.manifest["tables"][table]["columns"].index(column)] = value

    def write(self, path: Path, *, is_repacked: bool = False) -> Path:
        """Write the export. `is_repacked`: with the compression of zip instead of zstd."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for table, rows in self.tables.items():
                lines = b"".join(f"{json.dumps(row)}\n".encode() for row in rows)
                entry = self.manifest["tables"].setdefault(table, {"columns": ["id"]})
                entry |= {"rows": len(rows), "sha256": hashlib.sha256(lines).hexdigest()}
                packed = {"": lines} if is_repacked else {".zst": zstd.compress(lines)}
                for ending, content in packed.items():
                    archive.writestr(f"tables/{table}.jsonl{ending}", content)
            archive.writestr("manifest.json", json.dumps(self.manifest))
        return path


def read_contents(path: Path) -> Contents:
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        lines = {table: zstd.decompress(archive.read(f"tables/{table}.jsonl.zst")) for table in manifest["tables"]}
        return Contents(manifest, {table: list(map(json.loads, found.splitlines())) for table, found in lines.items()})


@pytest.fixture(scope="module")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for files that are made once for all tests."""
    return tmp_path_factory.mktemp("made")


@pytest.fixture
async def database(shared_folder: Path, tmp_path: Path, populate: Furnish, now: datetime) -> Path:
    """Something of everything, of two chats."""
    if "state.zip" not in list_names(shared_folder):
        await fill_database(shared_folder / "ringkas.db", populate, now)
        export_state(make_url(shared_folder / "ringkas.db"), shared_folder / "state.zip", now=now, bot_id=BOT)
    return copy_file(shared_folder / "ringkas.db", tmp_path)


def list_names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def copy_file(file: Path, folder: Path) -> Path:
    return Path(shutil.copy(file, folder))


async def fill_database(path: Path, furnish: Furnish, now: datetime) -> None:
    store = await open_store(make_url(path))
    await furnish(store, now - timedelta(minutes=1), chat_id=7, number=1)
    await furnish(store, now, chat_id=GROUP, number=2)
    # A digest is under way, one broadcast was taken back.
    subscription = await store.subscriptions.find(7)
    assert isinstance(subscription, Subscription)
    await store.subscriptions.put(subscription, next_due_at=now, now=now)
    await store.deliveries.create_due(now=now, limit=9, next_due=lambda _: now + timedelta(days=1))
    fresh = await store.alerts.fresh(until=now, oldest=now - timedelta(days=1), limit=9)
    await store.alerts.put([], looked_at=fresh, now=now, pace=timedelta())
    await store.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM broadcasts WHERE id = 2")


@pytest.fixture
def exported(database: Path, shared_folder: Path, tmp_path: Path) -> Path:
    return copy_file(shared_folder / "state.zip", tmp_path)


def test_export_has_rows_in_every_table(database: Path, exported: Path) -> None:
    """Else the tests below would see nothing."""
    assert [table for table, rows in read_contents(exported).tables.items() if not rows] == []
    assert exported.stat().st_mode & 0o777 == 0o600
    assert len(read_contents(exported).tables) >= 24


def test_import_restores_an_equal_database(database: Path, exported: Path, tmp_path: Path, now: datetime) -> None:
    new = tmp_path / "elsewhere" / "new.db"
    done = import_state(exported, make_url(new), now=now, bot_id=BOT)
    assert dump_rows(new) == dump_rows(database)
    assert (done.is_other_bot, done.replaced, done.version) == (False, None, STEP_NAMES[-1])
    again = tmp_path / "again.zip"
    export_state(make_url(new), again, now=now, bot_id=BOT)
    assert read_contents(again) == read_contents(exported)
    with closing(sqlite3.connect(new)) as connection, connection:
        # No number is given out twice.
        connection.execute("INSERT INTO broadcasts (html, state, admin_id, created_at) VALUES ('', 'draft', 1, '')")
        assert connection.execute("SELECT max(id) FROM broadcasts").fetchone() == (3,)


def test_summary_that_begins_with_a_later_sentence_is_imported(exported: Path, tmp_path: Path, now: datetime) -> None:
    """That of a fact-check begins with the verdict."""
    contents = read_contents(exported)
    contents.put("summaries", "spans", "[[20, 30], [0, 10]]")
    file = contents.write(tmp_path / "facts.zip")
    import_state(file, make_url(tmp_path / "new.db"), now=now, bot_id=BOT)
    with closing(sqlite3.connect(tmp_path / "new.db")) as connection:
        assert connection.execute("SELECT spans FROM summaries LIMIT 1").fetchone() == ("[[20, 30], [0, 10]]",)


async def test_bot_runs_on_an_imported_database(
    exported: Path, tmp_path: Path, populate: Furnish, now: datetime
) -> None:
    new = tmp_path / "new.db"
    import_state(exported, make_url(new), now=now, bot_id=None)
    store = await open_store(make_url(new), is_bot=True)
    page = await store.news.list_page(NewsQuery(words="panen"), length=SHORT, number=0, size=9)
    assert len(page.items) == 2
    assert len(await store.watches.of_chat(GROUP)) == 1
    (claimed,) = await store.deliveries.claim(now=now + timedelta(days=1), lease_until=now + timedelta(days=2), limit=9)
    assert claimed.chat == ChatRef(7, 42)
    await populate(store, now + timedelta(hours=1), chat_id=9, number=3)
    await store.close()


@pytest.mark.parametrize(("bot_id", "is_said"), [(OTHER_BOT, False), (None, True), (BOT, True)])
def test_another_bot_gets_no_message_ids(
    exported: Path, tmp_path: Path, now: datetime, bot_id: int | None, is_said: bool
) -> None:
    new = tmp_path / "new.db"
    done = import_state(exported, make_url(new), now=now, bot_id=bot_id, is_other_bot=is_said)
    assert done.is_other_bot
    with closing(sqlite3.connect(new)) as connection:
        for table, column in (("outbox", "message_id"), ("broadcasts", "progress_message_id")):
            assert connection.execute(f"SELECT count({column}) FROM {table}").fetchone() == (0,)  # noqa: S608
        assert connection.execute("SELECT chat_id FROM subscriptions ORDER BY chat_id").fetchall() == [(GROUP,), (7,)]
        assert connection.execute("SELECT is_member FROM chat_memberships ORDER BY chat_id").fetchall() == [(0,), (1,)]
    assert [done.rows[table] for table in ("questions", "answered_messages", "answers")] == [0, 0, 0]
    before, after = read_contents(exported).tables, done.rows
    for table in (
        "subscriptions",
        "watches",
        "saved_articles",
        "delivered_articles",
        "deliveries",
        "articles",
        "blocked_chats",
    ):
        assert after[table] == len(before[table]) > 0


def test_database_in_use_is_not_overwritten(database: Path, exported: Path, now: datetime) -> None:
    before = database.read_bytes()
    with pytest.raises(StoreError, match=r"is in use \(answered_messages: 2, .*: back it up and move it away"):
        import_state(exported, make_url(database), now=now, bot_id=BOT)
    assert database.read_bytes() == before


async def test_empty_database_is_replaced_by_an_import(
    exported: Path, database: Path, tmp_path: Path, now: datetime
) -> None:
    new = tmp_path / "new.db"
    await (await open_store(make_url(new))).close()
    done = import_state(exported, make_url(new), now=now, bot_id=BOT)
    assert done.replaced is not None
    assert dump_rows(new) == dump_rows(database)
    bot = await open_store(make_url(tmp_path / "other.db"), is_bot=True)
    with pytest.raises(StoreInUse, match="stop it first"):
        import_state(exported, make_url(tmp_path / "other.db"), now=now, bot_id=BOT)
    await bot.close()


def test_export_overwrites_nothing(database: Path, exported: Path, now: datetime) -> None:
    before = exported.read_bytes()
    with pytest.raises(StoreError, match="there already"):
        export_state(make_url(database), exported, now=now, bot_id=BOT)
    assert exported.read_bytes() == before
    with pytest.raises(StoreError, match="no database"):
        export_state(make_url(database.with_name("none.db")), database.with_name("none.zip"), now=now, bot_id=BOT)
    with pytest.raises(StoreError, match="cannot write"):
        export_state(make_url(database), exported / "below.zip", now=now, bot_id=BOT)
    assert not list(exported.parent.glob(".*.part"))


def drop_table(contents: Contents) -> None:
    del contents.tables["watches"], contents.manifest["tables"]["watches"]


def add_trigger(contents: Contents) -> None:
    contents.tables["sqlite_schema"] = [[1]]


def repeat_row(contents: Contents) -> None:
    contents.tables["subscriptions"].append(contents.tables["subscriptions"][0])


def add_column(contents: Contents) -> None:
    contents.tables["watches"][0].append(1)


def repeat_steps(contents: Contents) -> None:
    contents.manifest["steps"] *= 2


def put_value(table: str, column: str, value: Any) -> Change:
    return lambda contents: contents.put(table, column, value)


def set_manifest(name: str, value: Any) -> Change:
    return lambda contents: contents.manifest.__setitem__(name, value)


HOSTILE: dict[str, Change] = {
    "another format": set_manifest("format", "zip"),
    "no bot's id": set_manifest("bot_id", "111"),
    "steps that there never were": repeat_steps,
    "no steps": set_manifest("steps", []),
    "a last number where none is kept": set_manifest("sequences", {"delivered_articles": 5}),
    "a last number of no table": set_manifest("sequences", {"broadcasts; drop": 5}),
    "a path for a table": set_manifest("steps", ["../x"]),
    "no table of watches": drop_table,
    "a table of SQLite's": add_trigger,
    "a row twice": repeat_row,
    "a value too many": add_column,
    "a number for a text": put_value("watches", "words", 5),
    "a text for a number": put_value("watches", "chat_id", "7"),
    "a huge number": put_value("watches", "chat_id", 2**64),
    "a fraction for a number": put_value("watches", "chat_id", 7.5),
    "true": put_value("subscriptions", "is_active", True),
    "a list": put_value("watches", "words", ["x"]),
    "an object": put_value("bodies", "hash", {"hex": "zz"}),
    "nothing where something must be": put_value("articles", "text", None),
    "a text that is damaged": put_value("articles", "text", {"hex": "28b52ffd"}),
    "no key": put_value("articles", "id", None),
    "a NUL": put_value("watches", "words", "padi\x00"),
    "half a letter": put_value("watches", "words", "padi\ud800"),
    "a moment of another form": put_value("subscriptions", "next_due_at", "2026-11-23"),
    "a moment that is none": put_value("outbox", "not_before", "zzzz"),
    "an outlet's date without an offset": put_value("articles", "published_at", "2026-11-23T10:00:00"),
    "a state that there is not": put_value("outbox", "state", "eaten"),
    "a reason that there is not": put_value("deliveries", "reason", "whim"),
    "a zone that there is not": put_value("subscriptions", "zone", "Mars/Olympus"),
    "a path for a zone": put_value("deliveries", "zone", "../../etc/passwd"),
    "hours that are none": put_value("subscriptions", "times", "25:00"),
    "no hours": put_value("subscriptions", "times", ""),
    "days that are none": put_value("subscriptions", "days", "9"),
    "words that are no list": put_value("subscriptions", "include_words", '"padi"'),
    "a taste that is none": put_value("subscriptions", "tastes", '["+dream:x"]'),
    "words of numbers": put_value("subscriptions", "include_words", "[1]"),
    "quiet hours that are none": put_value("subscriptions", "quiet", "always"),
    "a length that is none": put_value("subscriptions", "length", "w"),
    "a source in the file system": put_value("sources", "url", "file:///etc/passwd"),
    "a kind of source that there is not": put_value("sources", "kind", "page"),
    "an article of nobody": put_value("saved_articles", "article_id", 99),
    "a sentence outside its article": put_value("summaries", "spans", "[[0, 99999]]"),
    "spans that are none": put_value("summaries", "spans", "[[0]]"),
    "authors that are none": put_value("articles", "authors", "[[[[1]]]]"),
    "deep nesting": put_value("listings", "titles", "[" * 100_000),
    "ids that are none": put_value("bodies", "article_ids", '["x"]'),
    "a signature that is none": put_value("signatures", "signature", {"hex": "00"}),
    "a search that is none": put_value("queries", "query", "[1, 2]"),
    "a story's number twice": put_value("story_state", "next_story", 1),
    "a chain of a story to come": put_value("stories", "chain_id", 99),
    "an addition that is none": put_value("stories", "addition", '{"article_id": 1}'),
    "marks that are none": put_value("bodies", "marks", "[[1]]"),
    "an update's sentences that are none": put_value("outbox", "spans", "[[0, 9]]"),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_export_is_refused_and_changes_nothing(
    exported: Path, tmp_path: Path, now: datetime, change: Change
) -> None:
    contents = read_contents(exported)
    change(contents)
    folder = tmp_path / "new"
    folder.mkdir()
    with pytest.raises(NotABackup, match=r"hostile\.zip"):
        import_state(contents.write(tmp_path / "hostile.zip"), make_url(folder / "ringkas.db"), now=now, bot_id=BOT)
    assert [file.name for file in folder.iterdir()] == ["ringkas.db.lock"]


def test_rewritten_export_without_changes_is_accepted(
    exported: Path, database: Path, tmp_path: Path, now: datetime
) -> None:
    for is_repacked in (False, True):
        new = tmp_path / f"new-{is_repacked}.db"
        again = read_contents(exported).write(tmp_path / f"again-{is_repacked}.zip", is_repacked=is_repacked)
        import_state(again, make_url(new), now=now, bot_id=BOT)
        assert dump_rows(new) == dump_rows(database)


def test_export_of_a_newer_version_is_refused(exported: Path, tmp_path: Path, now: datetime) -> None:
    for name, value in (("version", 2), ("steps", [*STEP_NAMES, "m999_dreams"])):
        contents = read_contents(exported)
        contents.manifest[name] = value
        with pytest.raises(StoreTooNew, match="update Ringkas"):
            import_state(contents.write(tmp_path / "newer.zip"), make_url(tmp_path / "new.db"), now=now, bot_id=BOT)


def test_non_export_files_are_refused(exported: Path, tmp_path: Path, now: datetime) -> None:
    def refuse(file: Path, says: str) -> None:
        with pytest.raises(StoreError, match=says):
            import_state(file, make_url(tmp_path / "new.db"), now=now, bot_id=BOT)

    odd = tmp_path / "odd.zip"
    refuse(tmp_path / "none.zip", "No such file")
    refuse(tmp_path, "Is a directory")
    odd.write_bytes(b"PK\x03\x04" + b"x" * 500)
    refuse(odd, "not a sound export")
    with zipfile.ZipFile(odd, "w") as archive:
        archive.writestr("a.txt", "")
    refuse(odd, "no export of Ringkas")
    # Changed content without a new digest, and truncated files.
    contents = read_contents(exported).write(odd, is_repacked=True).read_bytes()
    # The archive ends with the offset of its directory and the length of a comment. Others are counted from it.
    offset = int.from_bytes(contents[-6:-2], "little")
    odd.write_bytes(contents[:-6] + (offset + 2**20).to_bytes(4, "little") + contents[-2:])
    refuse(odd, "not a sound export")
    odd.write_bytes(contents[: len(contents) // 2])
    refuse(odd, "not a sound export")
    with zipfile.ZipFile(odd, "w") as archive, zipfile.ZipFile(exported) as original:
        for name in original.namelist():
            content = original.read(name)
            if name.endswith(".zst"):
                content = zstd.compress(zstd.decompress(content).replace(b"padi", b"babi"))
            archive.writestr(name, content)
    refuse(odd, "not as it was written")
    # A bomb: a hundred megabytes of spaces in a tenth of one.
    with zipfile.ZipFile(odd, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", "{}")
        archive.writestr("tables/watches.jsonl", b" " * 100_000_000)
    refuse(odd, "would unpack to far more")
    with zipfile.ZipFile(exported) as original, zipfile.ZipFile(odd, "w") as archive:
        for name in original.namelist():
            is_bomb = name == "tables/watches.jsonl.zst"
            archive.writestr(name, zstd.compress(b" " * 100_000_000) if is_bomb else original.read(name))
    refuse(odd, "watches would unpack to far more")
    with zipfile.ZipFile(odd, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b" " * 2_000_000)
    refuse(odd, "its manifest is too long")
    with zipfile.ZipFile(exported) as archive, zipfile.ZipFile(odd, "w") as twice:
        for name in archive.namelist():
            twice.writestr(name, archive.read(name))
        with pytest.warns(UserWarning, match="Duplicate"):
            twice.writestr("manifest.json", archive.read("manifest.json"))
    refuse(odd, "no export of Ringkas")


def test_changed_byte_is_refused_or_harmless(database: Path, exported: Path, tmp_path: Path, now: datetime) -> None:
    chance = random.Random(11)
    good, odd = exported.read_bytes(), tmp_path / "odd.zip"
    outcomes = set()
    for number in range(25):
        changed = bytearray(good)
        changed[chance.randrange(len(good))] ^= 1 << chance.randrange(8)
        odd.write_bytes(changed)
        new = tmp_path / f"new-{number}.db"
        try:
            import_state(odd, make_url(new), now=now, bot_id=BOT)
        except NotABackup:
            outcomes.add("refused")
            assert not new.exists()
        else:
            # Such as the hour that a member was packed at.
            outcomes.add("the same")
            assert dump_rows(new) == dump_rows(database)
    assert "refused" in outcomes
