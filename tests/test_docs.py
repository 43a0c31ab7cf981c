"""What the documents say is there."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click
import pytest
from telegram.ext import CommandHandler

from bot.app import build_application
from bot.cli import cli
from bot.cli.command_docs import commands_page
from bot.config import Settings
from bot.handlers.start import admin_menu, menu
from bot.locale import load_words
from bot.services import open_services

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
    for name, _ in menu(load_words()):
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


async def test_the_page_of_commands_is_made_from_the_handlers(tmp_path: Path) -> None:
    """With UPDATE_GOLDEN in the environment the page is written instead."""
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'ringkas.db'}")
    async with open_services(settings) as services:
        app = build_application(services, "123456:" + "A" * 35)
    handlers = [handler for group in app.handlers.values() for handler in group if isinstance(handler, CommandHandler)]
    names = [name for words in (menu(load_words()), admin_menu(load_words())) for name, _ in words]
    aliases = {name: sorted(h.commands - {name}) for h in handlers for name in h.commands if name in names}
    # Each command of the menus has a handler, and each handler's command stands in a menu.
    assert set(names) == set(aliases)
    assert {next(iter(h.commands & {*names, "start"}), None) for h in handlers} == {*names, "start"}
    page = ROOT / "docs" / "commands.md"
    made = commands_page(load_words("id"), load_words("en"), aliases)
    if os.environ.get("UPDATE_GOLDEN"):
        page.write_text(made, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == made
