"""Tables in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

import click

MOST_COLUMN_CHARS = 60


def print_table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print aligned columns. The last column is not padded."""
    shown = [(*map(cell, row[:-1]), " ".join(row[-1].split())) for row in (head, *rows)]
    widths = [max(len(text) for text in column) for column in zip(*shown, strict=True)]
    for row in shown:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def cell(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_COLUMN_CHARS else line[: MOST_COLUMN_CHARS - 1] + "…"
