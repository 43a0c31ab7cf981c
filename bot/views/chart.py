"""The chart of /tren: bars for stories and names, sized for a phone, light or dark. It is drawn in a worker thread."""

from __future__ import annotations

import io
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import ImageFont

# A phone shows a picture of this width, and up to about 1.3 times its height, as wide as a message; letters are then
# about a third as high as here, so the smallest have 13 pixels.
WIDTH = 1080
MARGIN = 52
TITLE_SIZE, HEAD_SIZE, LABEL_SIZE, NOTE_SIZE, DATE_SIZE = 68, 48, 46, 42, 38
BAR = 28
GAP = 24
# Widths of a number with its change, and of the label beside a bar.
NOTE_WIDTH, SIDE_LABEL_WIDTH = 300, 450
# Pillow's built-in font lacks these characters and would draw boxes.
_OTHER_MARKS = str.maketrans({"–": "-", "—": "-", "−": "-", "…": "...", "•": "-", "·": "-", "€": "EUR "})


@dataclass(frozen=True, slots=True)
class Theme:
    background: str
    text: str
    faint: str
    track: str
    bar: str


LIGHT = Theme("#ffffff", "#1b1f24", "#626a73", "#e8ecf0", "#2a6fdb")
DARK = Theme("#17212b", "#f2f5f8", "#9aa7b4", "#27333f", "#62a8ff")


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of length `value` with a label, and beside it a `note` and the `change` since the span before."""

    label: str
    value: int
    note: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Bars on one scale under a heading. Each label is above its bar, or to its left if the group is compact."""

    heading: str
    bars: tuple[Bar, ...]
    is_compact: bool = False


@lru_cache(maxsize=16)
def draw_chart(title: str, subtitle: str, groups: tuple[Group, ...], theme: Theme) -> bytes:
    """Draw the chart as a PNG, as tall as it needs to be."""
    from PIL import Image, ImageDraw

    # A heading, and a bar with its label above it, are each less than 150 pixels high.
    tallest = 400 + 150 * sum(1 + len(group.bars) for group in groups)
    picture = Image.new("RGB", (WIDTH, tallest), theme.background)
    draw = ImageDraw.Draw(picture)
    y = MARGIN

    def write(x: float, text: str, size: int, colour: str, width: float) -> float:
        """Write a line whose letters are centred at `y`; return the x after it."""
        text = fit_label(text, size, width)
        draw.text((x, y), text, font=load_font(size), fill=colour, anchor="lm")
        return x + load_font(size).getlength(text)

    whole = WIDTH - 2 * MARGIN
    y += TITLE_SIZE // 2
    write(MARGIN, title, TITLE_SIZE, theme.text, whole)
    y += TITLE_SIZE
    write(MARGIN, subtitle, DATE_SIZE, theme.faint, whole)
    y += DATE_SIZE // 2
    for group in groups:
        y += GAP + HEAD_SIZE
        write(MARGIN, group.heading, HEAD_SIZE, theme.faint, whole)
        y += HEAD_SIZE // 2 + GAP
        most = max(1, *(bar.value for bar in group.bars))
        left = MARGIN + SIDE_LABEL_WIDTH if group.is_compact else MARGIN
        track = WIDTH - MARGIN - NOTE_WIDTH - left
        for bar in group.bars:
            y += LABEL_SIZE // 2
            write(MARGIN, bar.label, LABEL_SIZE, theme.text, SIDE_LABEL_WIDTH - GAP if group.is_compact else whole)
            if not group.is_compact:
                y += LABEL_SIZE
            top = y - BAR // 2
            draw.rounded_rectangle((left, top, left + track, top + BAR), BAR // 2, fill=theme.track)
            length = max(BAR, round(track * bar.value / most))
            draw.rounded_rectangle((left, top, left + length, top + BAR), BAR // 2, fill=theme.bar)
            end = write(left + track + GAP, bar.note, NOTE_SIZE, theme.text, NOTE_WIDTH)
            if bar.change:
                write(end + GAP // 2, bar.change, NOTE_SIZE, theme.bar, NOTE_WIDTH)
            y += LABEL_SIZE // 2 + GAP
    buffer = io.BytesIO()
    picture.crop((0, 0, WIDTH, y + MARGIN - GAP)).save(buffer, "PNG")
    return buffer.getvalue()


@cache
def load_font(size: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    found = ImageFont.load_default(size)
    if not isinstance(found, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType")
    return found


def replace_undrawable(text: str) -> str:
    """Return the text in characters that the font has: without diacritics, other scripts and symbols."""
    plain = unicodedata.normalize("NFKD", text.translate(_OTHER_MARKS))
    kept = (c if " " <= c <= "~" or c in "‘’“”" else " " for c in plain if not unicodedata.combining(c))
    return " ".join("".join(kept).split())


def fit_label(text: str, size: int, width: float) -> str:
    """Return the text, cut to this width in pixels."""
    text, font = replace_undrawable(text), load_font(size)
    if font.getlength(text) <= width:
        return text
    # No line has 400 characters.
    cut = bisect_right(range(1, 401), width, key=lambda n: font.getlength(text[:n] + "..."))
    return text[:cut].rstrip() + "..."
