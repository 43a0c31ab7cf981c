"""The chart of /tren: bars for stories and names, sized for a phone, light or dark. It is drawn in a worker thread."""

from __future__ import annotations

import io
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate, takewhile

from PIL import Image, ImageDraw, ImageFont

# A phone shows a picture of this width uncropped, with text as large as a message's.
WIDTH = 1080
MARGIN = 64
TITLE_SIZE, HEAD_SIZE, LABEL_SIZE, NOTE_SIZE = 60, 42, 36, 30
BAR = 22
LINES_OF_LABEL = 2
# Pillow's built-in font lacks these characters and would draw boxes.
_OTHER_MARKS = str.maketrans({"–": "-", "—": "-", "…": "...", "•": "-", "·": "-", "€": "EUR "})


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
    """A bar of length `value` with a label and a `note` beside it."""

    label: str
    value: int
    note: str


@dataclass(frozen=True, slots=True)
class Group:
    """Bars on one scale under a heading."""

    heading: str
    bars: tuple[Bar, ...]


@lru_cache(maxsize=16)
def draw_chart(title: str, subtitle: str, groups: tuple[Group, ...], theme: Theme) -> bytes:
    """Draw the chart as a PNG, as tall as it needs to be."""
    # A group's heading, and a bar with a label of two lines, are each less than 200 pixels high.
    tallest = 400 + 200 * sum(1 + len(group.bars) for group in groups)
    picture = Image.new("RGB", (WIDTH, tallest), theme.background)
    draw = ImageDraw.Draw(picture)
    y = MARGIN

    def write(x: float, text: str, size: int, colour: str) -> None:
        draw.text((x, y), text, font=load_font(size), fill=colour)

    write(MARGIN, fit_label(title, TITLE_SIZE, WIDTH - 2 * MARGIN), TITLE_SIZE, theme.text)
    y += round(TITLE_SIZE * 1.3)
    write(MARGIN, fit_label(subtitle, NOTE_SIZE, WIDTH - 2 * MARGIN), NOTE_SIZE, theme.faint)
    y += NOTE_SIZE + MARGIN // 2
    for group in groups:
        y += MARGIN // 2
        write(MARGIN, fit_label(group.heading, HEAD_SIZE, WIDTH - 2 * MARGIN), HEAD_SIZE, theme.text)
        y += round(HEAD_SIZE * 1.6)
        most = max((bar.value for bar in group.bars), default=1)
        for bar in group.bars:
            note = replace_undrawable(bar.note)
            note_width = load_font(NOTE_SIZE).getlength(note)
            lines = wrap_label(replace_undrawable(bar.label), WIDTH - 2 * MARGIN - note_width - 24)
            write(WIDTH - MARGIN - note_width, note, NOTE_SIZE, theme.faint)
            for line in lines:
                write(MARGIN, line, LABEL_SIZE, theme.text)
                y += round(LABEL_SIZE * 1.25)
            y += 6
            draw.rounded_rectangle((MARGIN, y, WIDTH - MARGIN, y + BAR), BAR // 2, fill=theme.track)
            length = max(BAR, round((WIDTH - 2 * MARGIN) * bar.value / max(1, most)))
            draw.rounded_rectangle((MARGIN, y, MARGIN + length, y + BAR), BAR // 2, fill=theme.bar)
            y += BAR + 30
    buffer = io.BytesIO()
    picture.crop((0, 0, WIDTH, y + MARGIN - 30)).save(buffer, "PNG")
    return buffer.getvalue()


@cache
def load_font(size: int) -> ImageFont.FreeTypeFont:
    found = ImageFont.load_default(size)
    if not isinstance(found, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType")
    return found


def replace_undrawable(text: str) -> str:
    """Return the text in characters that the font has: without diacritics, other scripts and symbols."""
    plain = unicodedata.normalize("NFKD", text.translate(_OTHER_MARKS))
    kept = (c if " " <= c <= "~" or c in "‘’“”" else " " for c in plain if not unicodedata.combining(c))
    return " ".join("".join(kept).split())


def wrap_label(text: str, width: float) -> list[str]:
    """Wrap the text into a few lines of this width in pixels; a longer text ends with dots."""
    lines: list[str] = []
    words, font = text.split(), load_font(LABEL_SIZE)
    while words and len(lines) < LINES_OF_LABEL:
        starts = list(accumulate(words, "{} {}".format))
        fitting = sum(1 for _ in takewhile(lambda start: font.getlength(start) <= width, starts))
        count = max(1, fitting) if len(lines) < LINES_OF_LABEL - 1 else len(words)
        lines.append(fit_label(starts[count - 1], LABEL_SIZE, width))
        words = words[count:]
    return lines or ["-"]


def fit_label(text: str, size: int, width: float) -> str:
    """Return the text, cut to this width in pixels."""
    text, font = replace_undrawable(text), load_font(size)
    if font.getlength(text) <= width:
        return text
    # No line has 400 characters.
    cut = bisect_right(range(1, 401), width, key=lambda n: font.getlength(text[:n] + "..."))
    return text[:cut].rstrip() + "..."
