"""Plots for the documents, each for a light and for a dark page."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import matplotlib as mpl
import matplotlib.pyplot as plt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matplotlib.axes import Axes

mpl.use("Agg")


@dataclass(frozen=True, slots=True)
class Style:
    """The colours of one kind of page."""

    name: str
    ground: str
    ink: str
    muted: str
    accent: str


LIGHT_AND_DARK = (
    Style("light", "#ffffff", "#1f2328", "#8c959f", "#0969da"),
    Style("dark", "#0d1117", "#e6edf3", "#7d8590", "#58a6ff"),
)


@contextmanager
def figure(style: Style, path: Path) -> Iterator[Axes]:
    """Axes to draw on; at the end they are stored as `path` with "-light.png" or "-dark.png" behind it."""
    picture, axes = plt.subplots(figsize=(7, 4), dpi=120, facecolor=style.ground, layout="constrained")
    axes.set_facecolor(style.ground)
    axes.tick_params(colors=style.ink, which="both")
    for spine in axes.spines.values():
        spine.set_color(style.muted)
    yield axes
    axes.xaxis.label.set_color(style.ink)
    axes.yaxis.label.set_color(style.ink)
    if (legend := axes.get_legend()) is not None:
        for text in legend.get_texts():
            text.set_color(style.ink)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(path.with_name(f"{path.name}-{style.name}.png"), facecolor=style.ground)
    plt.close(picture)
