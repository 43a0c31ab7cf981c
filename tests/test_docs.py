"""What the documents say is there."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click
import pytest

from bot.cli import cli
from bot.cli.command_docs import commands_page
from bot.commands import COMMANDS
from bot.locale import load_words

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_there_are_pages() -> None:
    assert len(PAGES) >= 3


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_command_of_the_menu_is_in_the_readme() -> None:
    for name in (command.name for command in COMMANDS if command.description and not command.is_admin):
        assert f"`/{name}" in README or f"/{name} " in README, name


def test_every_command_of_the_command_line_is_in_the_readme() -> None:
    for name, command in cli.commands.items():
        assert isinstance(command, click.Command)
        assert command.hidden or f"`ringkas {name}" in README, name


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", README)) <= targets


def test_the_sample_in_the_readme_is_what_the_command_prints() -> None:
    from summaries.fetch.plain.article import read_plain_text
    from summaries.summarizer import summarize

    article = read_plain_text((ROOT / "seeds/articles/ekonomi/harga-cabai-pasar-induk.txt").read_text(encoding="utf-8"))
    squeezed = " ".join(README.split())
    assert article.title in README
    for sentence in summarize(article).sentences:
        assert " ".join(sentence.text.split()) in squeezed


def test_the_page_of_commands_is_made_from_the_command_table() -> None:
    """With UPDATE_GOLDEN in the environment the page is written instead."""
    page = ROOT / "docs" / "commands.md"
    made = commands_page(load_words("id"), load_words("en"))
    if os.environ.get("UPDATE_GOLDEN"):
        page.write_text(made, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == made
