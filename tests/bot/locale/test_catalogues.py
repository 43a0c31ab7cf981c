"""Catalogues are complete: every message of the code is there, with the same placeholders and tags."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import bot
from bot.commands import COMMANDS
from bot.locale import COMMAND, DEFAULT_LANGUAGE, KEY_LANGUAGE, choose_language, languages, load_translations

PACKAGE = Path(next(iter(bot.__path__)))
KEYWORDS = {"text": None, "html": None, "message": None, "plural": (1, 2)}
METHODS = [("sandbox/**.py", "ignore"), ("**.py", "python")]
CATALOGUES = sorted((PACKAGE / "locale").glob("*/LC_MESSAGES/ringkas.po"))


def extract_code_messages() -> set[str]:
    found: set[str] = set()
    for _, _, message, _, _ in extract_from_dir(PACKAGE, METHODS, keywords=KEYWORDS):
        found.add(message if isinstance(message, str) else message[0])
    return found


def read_entries(path: Path) -> Iterator[Message]:
    catalogue = read_po(io.BytesIO(path.read_bytes()), locale=path.parent.parent.name, abort_invalid=True)
    return (message for message in catalogue if message.id)


def test_code_has_messages_and_every_language_a_catalogue() -> None:
    assert len(extract_code_messages()) > 40
    assert {path.parent.parent.name for path in CATALOGUES} == set(languages()) == {DEFAULT_LANGUAGE, KEY_LANGUAGE}
    assert languages()[0] == DEFAULT_LANGUAGE


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)
def test_catalogue_matches_the_messages_of_the_code(path: Path) -> None:
    keys = {message.id if isinstance(message.id, str) else message.id[0] for message in read_entries(path)}
    known = {key for key in keys if not COMMAND.fullmatch(key)}
    assert known <= extract_code_messages()
    # The keys are English, so that catalogue holds only the texts that differ from their key.
    assert path.parent.parent.name == KEY_LANGUAGE or known == extract_code_messages()


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)
def test_translations_keep_placeholders_tags_and_commands(path: Path) -> None:
    for message in read_entries(path):
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
        assert strings
        assert all(strings), f"{message.id!r} is not translated"
        for string in strings:
            assert find_marks(string) == find_marks(ids[-1]), message.id


def test_each_command_has_its_first_english_name() -> None:
    english = load_translations("en")
    for command in COMMANDS:
        assert english.command(command.name) == (command.aliases or (command.name,))[0]
        assert load_translations("id").command(command.name) == command.name


def test_readers_of_english_see_no_other_names_of_commands() -> None:
    english = load_translations("en")
    foreign = {f"/{command.name}" for command in COMMANDS if command.aliases}
    for text in extract_code_messages():
        shown = english._find(text)
        assert not foreign & set(COMMAND.findall(shown)), shown
    assert english.text("News: /berita, not </berita> or a/berita") == "News: /news, not </berita> or a/berita"
    assert english.plural("{n} more story in /berita", "{n} more stories in /berita", 2) == "2 more stories in /news"
    assert (
        load_translations("id")
        .plural("{n} more story in /berita", "{n} more stories in /berita", 2)
        .endswith("/berita")
    )


def find_marks(text: str) -> set[str]:
    """Placeholders, and commands by their English names. Bold is the translator's choice, the format of a clock the
    language's."""
    named = load_translations(KEY_LANGUAGE)._name_commands(text)
    return set(re.findall(r"\{\w+\}|(?<!<)/[a-z]+\b|<(?!/?b>)[^<>]+>", named))


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)
def test_no_catalogue_defines_a_message_twice(path: Path) -> None:
    """Otherwise `msgfmt -c` and the editors of catalogues refuse the file."""
    messages = list(read_entries(path))
    # The header is an entry too, with an empty key.
    assert len(re.findall(r"^msgid ", path.read_text(encoding="utf-8"), re.MULTILINE)) == len(messages) + 1


def test_values_are_escaped_in_html_and_literal_in_text() -> None:
    words = load_translations()
    assert words.html("News about “{words}”", words="<b>&") == "Berita tentang “&lt;b&gt;&amp;”"
    assert words.text("News about “{words}”", words="<b>&") == "Berita tentang “<b>&”"
    assert words.plural("read in {n} second", "read in {n} seconds", 5) == "waktu baca 5 detik"


@pytest.mark.parametrize(
    ("language", "n", "said"),
    [
        ("id", 1, "diliput 1 media"),
        ("id", 12345, "diliput 12.345 media"),
        ("en", 1, "covered by 1 outlet"),
        ("en", 12345, "covered by 12,345 outlets"),
    ],
)
def test_numbers_are_formatted_by_language(language: str, n: int, said: str) -> None:
    assert load_translations(language).plural("covered by {n} outlet", "covered by {n} outlets", n) == said


@pytest.mark.parametrize(
    ("code", "language"),
    [
        (None, "id"), ("id", "id"), ("id-ID", "id"), ("en", "en"), ("en-GB", "en"), ("jv", "id"), ("de", "id"),
        ("", "id"), ("../x", "id"), ("en" * 99, "id"),
    ],
)  # fmt: skip
def test_nearest_language_is_chosen(code: str | None, language: str) -> None:
    assert choose_language(code) == language


def test_language_without_a_catalogue_raises() -> None:
    with pytest.raises(FileNotFoundError):
        load_translations("xx")
