"""docs/commands.md, made from the menus and the handlers (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.commands import ADMINS_COMMANDS, PRIVATE_ONLY, SETTINGS
from bot.handlers.start import admin_menu, menu

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.locale import Words

HEAD = """\
# Commands

Made from the handlers by `UPDATE_GOLDEN=1 make test TESTS=tests/test_docs.py`. Telegram's menu shows each where it can
be used, in the language of the person's app, or the one that the chat chose with `/bahasa`.
"""


def commands_page(indonesian: Words, english: Words, aliases: Mapping[str, Sequence[str]]) -> str:
    """The page; `aliases` are the other names of each command that a handler answers."""
    lines = [HEAD, *table(menu(indonesian), menu(english), aliases)]
    lines += ["", "## For the bot's admins, in their private chats", ""]
    lines += table(admin_menu(indonesian), admin_menu(english), aliases)
    lines += ["", "`/sumber tambah URL [topic]` and `/sumber hapus KEY` are theirs too."]
    return "\n".join(lines) + "\n"


def table(
    indonesian: Sequence[tuple[str, str]], english: Sequence[tuple[str, str]], aliases: Mapping[str, Sequence[str]]
) -> list[str]:
    rows = ["| command | also | in Indonesian | in English | where |", "|---|---|---|---|---|"]
    for (name, said), (_, told) in zip(indonesian, english, strict=True):
        also = ", ".join(f"`/{alias}`" for alias in aliases.get(name, ()))
        rows.append(f"| `/{name}` | {also} | {said} | {told} | {place(name)} |")
    return rows


def place(name: str) -> str:
    if name in PRIVATE_ONLY | ADMINS_COMMANDS:
        return "private chats"
    return "everywhere; in groups offered to administrators" if name in SETTINGS else "everywhere"
