"""Tables, messages, limits and numbers in the documentation are those of the program."""

from __future__ import annotations

import ast
import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from bot.background.scheduler import BACKUPS_TICK_S, FIRST_BACKUP_S
from bot.cli import exit_codes
from bot.conversation.user_limits import MAX_SLOTS, MAX_SLOTS_PER_USER
from bot.fleet.tasks import CHATS_QUIET_FOR, KNOWN_FOR, PEOPLE_QUIET_FOR
from bot.transport.update_processor import GROUP, MEMBER, PERSON
from docs.generate import EXIT_CODES
from summaries.model import Old
from summaries.storage.postgres.fleet_schema import STEPS as FLEET_STEPS
from summaries.storage.sql.retention import RULES
from summaries.storage.sqlite.database import BUSY_TIMEOUT_MS, Database
from summaries.storage.sqlite.session import add_functions
from summaries.upkeep import KEPT
from summaries.workers.pools import MAX_BYTES, MAX_CPU_S, MAX_WALL_S

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
OPERATE = DOCS / "how-to/operate.md"
PRIVACY = DOCS / "explanation/privacy.md"
SECURITY = DOCS / "explanation/security.md"
# Bold words of the readers' guide that are no button.
READERS_OWN_WORDS = {"tebal", "Grup.", "Kanal.", "Di mana saja.", "Sebagai tamu."}
READERS_GUIDE, OPERATORS_GUIDE = DOCS / "panduan/pembaca.md", DOCS / "panduan/operator.md"


@cache
def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def section(page: Path, heading: str) -> str:
    """Return the text below a second-level heading."""
    (found,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", text_of(page), re.MULTILINE | re.DOTALL)
    return str(found)


def find_quoted_messages(page: Path, heading: str) -> list[str]:
    """Return the program's messages in the first column of the table below the heading."""
    first = re.findall(r"^\| `([^`]+)` \|", section(page, heading), re.MULTILINE)
    return [message for message in first if not message.startswith("ringkas ")]


@cache
def program_strings() -> frozenset[str]:
    """Return every string literal of bot/ and summaries/."""
    paths = [path for folder in ("bot", "summaries") for path in sorted((ROOT / folder).rglob("*.py"))]
    nodes = [node for path in paths for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    return frozenset(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


@pytest.mark.parametrize(
    ("page", "heading"),
    [(OPERATE, "Solve a problem"), (OPERATORS_GUIDE, "Kalau ada masalah")],
    ids=["how-to", "panduan"],
)
def test_messages_in_troubleshooting_tables_exist(page: Path, heading: str) -> None:
    messages = find_quoted_messages(page, heading)
    assert len(messages) > 2
    for message in messages:
        assert any(message.removesuffix("…") in text for text in program_strings()), message


def test_every_exit_code_is_explained() -> None:
    codes = {value for name, value in vars(exit_codes).items() if name.isupper() and isinstance(value, int)}
    assert set(EXIT_CODES) == codes | {0}


def test_numbers_in_the_operations_guide_are_correct() -> None:
    page = " ".join(text_of(OPERATE).split())
    assert FIRST_BACKUP_S == 5 * 60
    assert "first five minutes after the start" in page
    assert BACKUPS_TICK_S == 15 * 60
    assert "retried every 15 minutes" in page
    assert BUSY_TIMEOUT_MS == 10_000
    assert "for more than ten seconds" in page


def test_limits_in_the_security_guide_are_correct() -> None:
    rows = [
        f"| unhandled updates of a person | {PERSON.pending} in memory, {PERSON.running} running |",
        f"| {MEMBER.pending}, {MEMBER.running} running · {GROUP.pending}, {GROUP.running} running |",
        f"| {MAX_CPU_S} s of CPU time, {MAX_WALL_S:.0f} s in all, {MAX_BYTES // 1024**2} MiB |",
        f"| {MAX_SLOTS_PER_USER} for a person, {MAX_SLOTS} in all |",
    ]
    assert [row for row in rows if row not in text_of(SECURITY)] == []


def test_bold_words_in_the_readers_guide_exist() -> None:
    """Bold words on that page are buttons or messages of the bot."""
    catalogue = text_of(ROOT / "bot/locale/id/LC_MESSAGES/ringkas.po")
    bold = set(re.findall(r"\*\*([^*]+)\*\*", text_of(READERS_GUIDE))) - READERS_OWN_WORDS
    assert len(bold) > 10
    for word in bold:
        assert word in catalogue, word


def test_times_in_the_indonesian_guides_use_dots() -> None:
    for page in (READERS_GUIDE, OPERATORS_GUIDE):
        assert not re.findall(r"\b\d{1,2}:\d{2}\b", text_of(page))


# --- privacy


def privacy_rows() -> list[tuple[str, str]]:
    """Return each table that the page names, with the last cell of its row."""
    rows = re.findall(r"^\| (`[^|]+`) \|(?:.*\|)? ([^|]*) \|$", text_of(PRIVACY), re.MULTILINE)
    return [(name, last) for names, last in rows for name in re.findall(r"`(\w+)`", names)]


async def schema(tmp_path: Path) -> dict[str, list[str]]:
    """Return the tables and views of a new database with their columns, without SQLite's and sqlite-utils' own."""
    await (await Database.open(tmp_path / "ringkas.db")).close()
    with closing(sqlite3.connect(tmp_path / "ringkas.db")) as db:
        add_functions(db)
        return {
            name: [column for (column,) in db.execute("SELECT name FROM pragma_table_info(?)", [name])]
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
            if not re.match(r"sqlite_|_sqlite_|article_search_", name)
        }


async def test_privacy_page_names_every_table(tmp_path: Path) -> None:
    assert {name for name, _ in privacy_rows()} == set(await schema(tmp_path))


async def test_privacy_page_lists_all_chat_tables(tmp_path: Path) -> None:
    named = set(re.findall(r"^\| `(\w+)`", section(PRIVACY, "Per chat"), re.MULTILINE))
    tables = {name for name, columns in (await schema(tmp_path)).items() if "chat_id" in columns}
    # `digests` is a view.
    assert named == tables - {"digests"}


@pytest.mark.parametrize("kind", list(KEPT))
def test_privacy_page_has_the_retention_periods(kind: Old) -> None:
    kept = KEPT[kind]
    assert kept % timedelta(days=1) == timedelta()
    days = f"{kept.days} day{'s' if kept.days > 1 else ''}"
    untils = [last for name, last in privacy_rows() if name == RULES[kind].table]
    assert any(until.startswith(days) for until in untils), (days, untils)


def test_privacy_page_names_the_fleet_tables() -> None:
    page = text_of(PRIVACY)
    rows = re.findall(r"^\| (`fleet\.\w+`[^|]*)", page, re.MULTILINE)
    named = set(re.findall(r"`(fleet\.\w+)`", " ".join(rows)))
    made = "".join(script for _, script in FLEET_STEPS)
    assert named == set(re.findall(r"CREATE (?:UNLOGGED )?TABLE (fleet\.\w+)", made))
    assert f"its number alone stays {KNOWN_FOR.days} days" in page
    assert f"{PEOPLE_QUIET_FOR.days} day after the last question" in page
    assert f"{CHATS_QUIET_FOR // timedelta(minutes=1)} minutes after" in page
