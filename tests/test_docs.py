"""Pages are complete: links lead somewhere, and every command, setting and file that they name exists."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from functools import cache
from pathlib import Path

import click
import pytest

from bot.cli import cli
from bot.config import Settings
from docs.generate import pages

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = [README, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
# Pages for people who use the bot in a chat.
FOR_READERS = [README, DOCS / "tutorial/first-digest.md", DOCS / "panduan/pembaca.md", DOCS / "panduan/operator.md"]
# Limit for README and docs without measurements. Newcomers would not read more.
MAX_WORDS = 20_900


def each_page(test: Callable[[Path], None]) -> Callable[[], None]:
    """Run the test on all pages. One pytest test per page would take longer than the checks."""

    def test_all_pages() -> None:
        for page in PAGES:
            try:
                test(page)
            except AssertionError as error:
                error.add_note(f"on the page {page.relative_to(ROOT)}")
                raise

    return test_all_pages


@cache
def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def code_of(page: Path) -> list[str]:
    """Return the lines of code on the page: fenced blocks, indented blocks and inline code."""
    text = text_of(page)
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    indented = re.findall(r"^    .*", rest, re.MULTILINE)
    pieces = [" ".join(piece.split()) for part in rest.split("\n\n") for piece in re.findall(r"`([^`]+)`", part)]
    return [line for block in (*fenced, *indented) for line in block.splitlines()] + pieces


def slug(heading: str) -> str:
    """Return the anchor of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")


def test_pages_are_found() -> None:
    assert len(PAGES) > 50


def test_documentation_is_short() -> None:
    counted = [page for page in PAGES if page == README or DOCS in page.parents]
    words = sum(len(text_of(page).split()) for page in counted if page.parent != DOCS / "measurements")
    assert 10_000 < words <= MAX_WORDS


@each_page
def test_relative_links_exist(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", text_of(page)):
        assert (page.parent / target).exists(), target
    for source in re.findall(r'<img[^>]* src="([^"]+)"', text_of(page)):
        assert (page.parent / source).is_file(), source


@each_page
def test_anchors_are_headings(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#\s]*)#([^)]+)\)", text_of(page)):
        if not target.startswith("http") and not target.endswith(".png"):
            linked = (page.parent / target).resolve() if target else page
            headings = {slug(heading) for heading in re.findall(r"^#+ (.*)", text_of(linked), re.MULTILINE)}
            assert anchor in headings, f"{target}#{anchor}"


def test_every_page_is_reachable_from_the_readme() -> None:
    reached: set[Path] = set()
    to_read = [README]
    while to_read:
        page = to_read.pop()
        reached.add(page)
        links = re.findall(r"\]\((?!http)([^)#\s]+\.md)(?:#[^)]*)?\)", text_of(page))
        to_read += {(page.parent / name).resolve() for name in links} - reached
    assert set(PAGES) <= reached


@pytest.mark.parametrize(("path", "content"), pages().items(), ids=lambda value: getattr(value, "name", ""))
def test_generated_pages_are_up_to_date(path: Path, content: str) -> None:
    """`make docs` writes them."""
    assert text_of(path) == content


@each_page
def test_command_line_commands_and_options_exist(page: Path) -> None:
    for line in code_of(page):
        # "useradd … ringkas" and the like end there, or continue with a word that is no command.
        for words in re.findall(r"\bringkas (?!ringkas\b)([a-z][^|#>)…]*)", line.partition("  #")[0]):
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
def test_chat_commands_exist(page: Path) -> None:
    # @BotFather's commands, and directories.
    others = {"newbot", "revoke", "setinline", "opt", "var", "etc"}
    named = {name for piece in code_of(page) for name in re.findall(r"(?<![\w.~/…])/([a-z]+)\b(?!/)", piece)}
    assert named, "this page names commands"
    assert named - others <= set(re.findall(r"`/(\w+)`", text_of(DOCS / "reference/commands.md"))) | {"start"}


@each_page
def test_settings_exist(page: Path) -> None:
    of_compose = set(re.findall(r"\$\{(\w+):-", text_of(ROOT / "deploy/compose.yaml")))
    others = re.compile(r"PYTHON\w*|XDG_\w*|HTTPS_PROXY|DATABASE_URL_TEST")
    named = {
        name for piece in code_of(page) for name in re.findall(r"(?<![\w$/])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", piece)
    }
    for name in named:
        assert name.lower() in Settings.model_fields or others.fullmatch(name) or name in of_compose, name


@each_page
def test_files_exist(page: Path) -> None:
    pattern = r"(?<![\w/.…*-])(?:[\w.-]+/)+[\w.-]+\.(?:py|toml|txt|md|service|png|json|po|yaml|lock)\b"
    for name in {name for piece in code_of(page) for name in re.findall(pattern, piece)}:
        assert any((folder / name).exists() for folder in (ROOT, page.parent, ROOT / "seeds/articles")), name


@each_page
def test_directories_and_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    for piece in code_of(page):
        assert set(re.findall(r"^(?:\$ )?make ([a-z-]+)", piece)) <= targets, piece
        for folder in re.findall(r"^((?:bot|summaries|tests|benchmarks|deploy|docs|seeds)(?:/[a-z_0-9]+)+)/?$", piece):
            assert (ROOT / folder).is_dir() or (ROOT / f"{folder}.py").is_file(), folder


def test_example_settings_name_existing_pages_and_commands() -> None:
    example = text_of(ROOT / ".env.example")
    named = set(re.findall(r"\bdocs/[\w/-]+\.md", example))
    assert named
    assert all((ROOT / page).is_file() for page in named), named
    commands = re.findall(r"`ringkas ([^`]+)`", example)
    assert commands
    for words in commands:
        assert_command(words)


def test_sample_in_the_readme_is_the_output_of_the_bot() -> None:
    from summaries.fetch.plain.article import read_plain_text
    from summaries.summarizer import summarize

    article = read_plain_text((ROOT / "seeds/articles/ekonomi/harga-cabai-pasar-induk.txt").read_text(encoding="utf-8"))
    readme = " ".join(text_of(README).split())
    assert article.title in readme
    for sentence in summarize(article).sentences:
        assert " ".join(sentence.text.split()) in readme
