"""What a command's message holds, and which command was perhaps meant (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA

if TYPE_CHECKING:
    from collections.abc import Iterable

    from telegram import Message

# So many slips a word may have, and no more than a third of its letters.
MOST_SLIPS = 2


def argument(message: Message) -> str:
    """What follows the command, on its own line and all that follow."""
    text = message.text or message.caption or ""
    words = text.split(maxsplit=1)
    return words[1].strip() if len(words) > 1 else ""


def nearest_command(text: str, commands: Iterable[str]) -> str | None:
    """The command that the first word of the text ("/brita", "/brita@bot") was perhaps meant to be."""
    typed = text.split(maxsplit=1)[0].lstrip("/").partition("@")[0].casefold() if text.strip() else ""
    most = min(MOST_SLIPS, len(typed) // 3)
    distances = [(OSA.distance(typed, command, score_cutoff=most), command) for command in commands]
    begun = [command for command in commands if len(typed) >= MOST_SLIPS and command.startswith(typed)]
    near = [(distance, command) for distance, command in distances if distance <= most]
    if most and near:
        return min(near)[1]
    return begun[0] if len(begun) == 1 else None
