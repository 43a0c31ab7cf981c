"""Render docs/reference/commands.md from the menus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.commands import ADMINS_COMMANDS, PRIVATE_ONLY, SETTINGS
from bot.handlers.start import admin_menu, menu

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.locale import Words

HEAD = """\
# Commands

Telegram's menu offers each command where it can be used, in the language of the person's app or the one chosen with
`/bahasa`. Most commands work without arguments; `/bantuan` explains them.
"""


def commands_page(indonesian: Words, english: Words, aliases: Mapping[str, Sequence[str]]) -> str:
    """The page; `aliases` are the other names of each command that a handler answers."""
    lines = [HEAD, *table(menu(indonesian), menu(english), aliases)]
    lines += ["", "## For admins, in their private chats", ""]
    lines += table(admin_menu(indonesian), admin_menu(english), aliases)
    lines += ["", "Admins may also use `/sumber tambah URL [topic]` and `/sumber hapus KEY`."]
    return "\n".join(lines) + "\n"


def table(
    indonesian: Sequence[tuple[str, str]], english: Sequence[tuple[str, str]], aliases: Mapping[str, Sequence[str]]
) -> list[str]:
    rows = ["| command | also | Indonesian menu | English menu | where |", "|---|---|---|---|---|"]
    for (name, said), (_, told) in zip(indonesian, english, strict=True):
        also = ", ".join(f"`/{alias}`" for alias in aliases.get(name, ()))
        rows.append(f"| `/{name}` | {also} | {said} | {told} | {place(name)} |")
    return rows


def place(name: str) -> str:
    if name in PRIVATE_ONLY | ADMINS_COMMANDS:
        return "private chats"
    return "everywhere; in groups offered to administrators" if name in SETTINGS else "everywhere"
