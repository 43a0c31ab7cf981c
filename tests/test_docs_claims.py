"""Commands, settings, files, links and numbers that the documents name are those of the program."""

from __future__ import annotations

import re
import shlex
from datetime import timedelta
from functools import cache
from pathlib import Path

import click
import pytest

from bot.cli import cli
from bot.config import Settings
from bot.fleet.tasks import CHATS_QUIET_FOR, KNOWN_FOR, PEOPLE_QUIET_FOR
from summaries.model import Old
from summaries.storage.postgres.fleet_tables import STEPS as FLEET_STEPS
from summaries.storage.retention import RULES
from summaries.storage.sqlite.database import Database
from summaries.upkeep import KEPT

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = [README, *sorted(DOCS.glob("*.md"))]
# Their words are for people who use the bot.
FOR_READERS = [README, DOCS / "panduan-pembaca.md", DOCS / "panduan-operator.md"]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@cache
def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def code_of(page: Path) -> list[str]:
    """What stands as code on the page: fenced and indented lines, and pieces in backticks."""
    text = text_of(page)
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    indented = re.findall(r"^    .*", rest, re.MULTILINE)
    pieces = [" ".join(piece.split()) for part in rest.split("\n\n") for piece in re.findall(r"`([^`]+)`", part)]
    return [line for block in (*fenced, *indented) for line in block.splitlines()] + pieces


def slug(heading: str) -> str:
    """The anchor that a heading gets."""
    return re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")


@each_page
def test_anchors_are_headings(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#\s]*)#([^)]+)\)", text_of(page)):
        if not target.startswith("http") and not target.endswith(".png"):
            there = (page.parent / target).resolve() if target else page
            headings = {slug(found) for found in re.findall(r"^#+ (.*)", text_of(there), re.MULTILINE)}
            assert anchor in headings, f"{target}#{anchor}"


@each_page
def test_pictures_are_there(page: Path) -> None:
    for source in re.findall(r'<img[^>]* src="([^"]+)"', text_of(page)):
        assert (page.parent / source).is_file(), source


def test_every_page_is_found_from_the_readme() -> None:
    found: set[Path] = set()
    to_read = [README]
    while to_read:
        page = to_read.pop()
        found.add(page)
        links = {
            (page.parent / name).resolve()
            for name in re.findall(r"\]\((?!http)([^)#\s]+\.md)(?:#[^)]*)?\)", text_of(page))
        }
        to_read += links - found
    assert set(PAGES) <= found


@each_page
def test_commands_of_the_command_line_exist_with_their_options(page: Path) -> None:
    for line in code_of(page):
        # "useradd … ringkas" and the like end there, or go on with what is no command's name.
        for words in re.findall(r"\bringkas ([a-z][^|#>]*)", line.partition("  #")[0]):
            assert_command(words)


def assert_command(words: str) -> None:
    first, *rest = shlex.split(words.replace("'", " ").replace('"', " "), comments=True)
    assert first in cli.commands, f"ringkas {first}"
    command: click.Command = cli.commands[first]
    if isinstance(command, click.Group) and rest and rest[0].isalpha():
        assert rest[0] in command.commands, f"ringkas {first} {rest[0]}"
        command = command.commands[rest[0]]
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {"--help", "-h"}
    assert {word.partition("=")[0] for word in rest if word.startswith("--")} <= known, words


@pytest.mark.parametrize("page", FOR_READERS, ids=lambda page: page.stem)
def test_commands_of_the_chat_exist(page: Path) -> None:
    """The page of commands is made from the handlers: see `test_docs`."""
    # BotFather's own, and folders.
    others = {"newbot", "revoke", "setinline", "opt", "var", "etc"}
    named = {name for piece in code_of(page) for name in re.findall(r"(?<![\w.~/…])/([a-z]+)\b(?!/)", piece)}
    assert named, "this page names commands"
    assert named - others <= set(re.findall(r"`/(\w+)`", text_of(DOCS / "commands.md"))) | {"start"}


@each_page
def test_settings_exist(page: Path) -> None:
    of_compose = set(re.findall(r"\$\{(\w+):-", text_of(ROOT / "deploy/compose.yaml")))
    others = re.compile(r"PYTHON\w*|XDG_\w*|HTTPS_PROXY|UPDATE_GOLDEN|RINGKAS_NEEDS_BROWSER|DATABASE_URL_TEST")
    for name in {
        name for piece in code_of(page) for name in re.findall(r"(?<![\w$/])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", piece)
    }:
        assert name.lower() in Settings.model_fields or others.fullmatch(name) or name in of_compose, name


@each_page
def test_files_exist(page: Path) -> None:
    pattern = r"(?<![\w/.…*-])(?:[\w.-]+/)+[\w.-]+\.(?:py|toml|txt|md|service|png|json)\b"
    for name in {name for piece in code_of(page) for name in re.findall(pattern, piece)}:
        assert any((folder / name).exists() for folder in (ROOT, page.parent, ROOT / "seeds/articles")), name


@each_page
def test_folders_and_targets_of_make_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    for piece in code_of(page):
        assert set(re.findall(r"^(?:\$ )?make ([a-z]+)", piece)) <= targets, piece
        for folder in re.findall(r"^((?:bot|summaries|tests|benchmarks|deploy|docs|seeds)(?:/[a-z_0-9]+)+)/?$", piece):
            assert (ROOT / folder).is_dir() or (ROOT / f"{folder}.py").is_file(), folder


def test_the_example_of_settings_names_what_there_is() -> None:
    example = text_of(ROOT / ".env.example")
    pages = set(re.findall(r"\bdocs/[\w-]+\.md", example))
    assert pages
    assert all((ROOT / page).is_file() for page in pages), pages
    commands = re.findall(r"`ringkas ([^`]+)`", example)
    assert commands
    for words in commands:
        assert_command(words)


def test_buttons_and_words_in_the_readers_guide_are_the_bots() -> None:
    """What is bold there is a button or something that the bot says."""
    page = text_of(DOCS / "panduan-pembaca.md")
    catalogue = text_of(ROOT / "bot/locale/id/LC_MESSAGES/ringkas.po")
    bold = set(re.findall(r"\*\*([^*]+)\*\*", page)) - {"tebal", "Grup.", "Kanal.", "Di mana saja."}
    assert len(bold) > 10
    for word in bold:
        assert word in catalogue, word


def test_messages_in_the_operators_guide_are_the_programs() -> None:
    (table,) = re.findall(
        r"^## Kalau ada masalah\n(.*?)^## ", text_of(DOCS / "panduan-operator.md"), re.MULTILINE | re.DOTALL
    )
    quoted = [
        piece for piece in re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE) if not piece.startswith("ringkas ")
    ]
    assert len(quoted) > 2
    program = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "bot").rglob("*.py")))
    for message in quoted:
        assert message in program, message


def test_hours_in_the_indonesian_guides_are_written_as_the_bot_writes_them() -> None:
    for page in ("panduan-pembaca.md", "panduan-operator.md"):
        assert not re.findall(r"\b\d{1,2}:\d{2}\b", text_of(DOCS / page))


# --- privacy


def privacy_rows() -> list[tuple[str, str]]:
    """Each table that the page names, with the last cell of its row."""
    rows = re.findall(r"^\| (`[^|]+`) \|(?:.*\|)? ([^|]*) \|$", text_of(DOCS / "privacy.md"), re.MULTILINE)
    return [(name, last) for names, last in rows for name in re.findall(r"`(\w+)`", names)]


async def schema(tmp_path: Path) -> dict[str, list[str]]:
    """The tables and views of a new database, with their columns; without those that a library keeps for itself."""
    database = await Database.open(tmp_path / "ringkas.db")
    try:
        return await database.read(
            lambda db: {
                name: [column for (column,) in db.execute("SELECT name FROM pragma_table_info(?)", [name])]
                for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
                if not re.match(r"sqlite_|_sqlite_|article_search_", name)
            }
        )
    finally:
        await database.close()


async def test_the_page_on_privacy_names_every_table(tmp_path: Path) -> None:
    assert {name for name, _ in privacy_rows()} == set(await schema(tmp_path))


async def test_the_page_on_privacy_has_all_tables_of_chats_under_that_heading(tmp_path: Path) -> None:
    (part,) = re.findall(r"^## Of a chat\n(.*?)^## ", text_of(DOCS / "privacy.md"), re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"^\| `(\w+)`", part, re.MULTILINE))
    tables = {name for name, columns in (await schema(tmp_path)).items() if "chat_id" in columns}
    # A view, and messages that name their chat by their delivery.
    assert named == tables - {"digests"} | {"delivery_parts"}


@pytest.mark.parametrize("kind", list(KEPT))
def test_the_page_on_privacy_tells_how_long(kind: Old) -> None:
    kept = KEPT[kind]
    assert kept % timedelta(days=1) == timedelta()
    days = f"{kept.days} day{'s' if kept.days > 1 else ''}"
    untils = [last for name, last in privacy_rows() if name == RULES[kind].table]
    assert any(until.startswith(days) for until in untils), (days, untils)


def test_the_page_on_privacy_names_the_tables_of_a_fleet() -> None:
    page = text_of(DOCS / "privacy.md")
    rows = re.findall(r"^\| (`fleet\.\w+`[^|]*)", page, re.MULTILINE)
    named = set(re.findall(r"`(fleet\.\w+)`", " ".join(rows)))
    made = "".join(script for _, script in FLEET_STEPS)
    assert named == set(re.findall(r"CREATE (?:UNLOGGED )?TABLE (fleet\.\w+)", made))
    assert f"its number alone stays {KNOWN_FOR.days} days" in page
    assert f"{PEOPLE_QUIET_FOR.days} day after the last question" in page
    assert f"{CHATS_QUIET_FOR // timedelta(minutes=1)} minutes after" in page
