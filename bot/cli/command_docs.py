"""Write docs/commands.md from the command table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.commands import COMMANDS, Command, Scope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.locale import Words

HEAD = """\
# Commands

Made from the handlers by `UPDATE_GOLDEN=1 make test TESTS=tests/test_docs.py`. Telegram's menu shows each where it can
be used, in the language of the person's app, or the one that the chat chose with `/bahasa`.
"""
PLACES = {
    Scope.EVERYWHERE: "everywhere",
    Scope.SETTINGS: "everywhere; in groups offered to administrators",
    Scope.PRIVATE: "private chats",
}


def commands_page(indonesian: Words, english: Words) -> str:
    """Return the page, with each description in both languages."""
    listed = [command for command in COMMANDS if command.description]
    lines = [HEAD, *table((command for command in listed if not command.is_admin), indonesian, english)]
    lines += ["", "## For the bot's admins, in their private chats", ""]
    lines += table((command for command in listed if command.is_admin), indonesian, english)
    lines += ["", "`/sumber tambah URL [topic]` and `/sumber hapus KEY` are theirs too."]
    return "\n".join(lines) + "\n"


def table(commands: Iterable[Command], indonesian: Words, english: Words) -> list[str]:
    rows = ["| command | also | in Indonesian | in English | where |", "|---|---|---|---|---|"]
    for command in commands:
        also = ", ".join(f"`/{alias}`" for alias in command.aliases)
        descriptions = f"{indonesian.text(command.description)} | {english.text(command.description)}"
        rows.append(f"| `/{command.name}` | {also} | {descriptions} | {PLACES[command.scope]} |")
    return rows
