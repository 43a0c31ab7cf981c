"""Read the head of a copied article: the lines from the headline to the start of the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from summaries.fetch.plain.lines import DateLine, is_navigation, read_byline, read_date_line
from summaries.text.boilerplate import is_boilerplate_line, is_caption
from summaries.text.datelines import Dateline, find_dateline, load_places
from summaries.text.lazy_patterns import lazy_regex

_HEAD_LINES: Final = 30
_PROSE_WORDS: Final = 12
_MAX_TITLE_CHARS: Final = 220
_MAX_TITLE_WORDS: Final = 28
_MAX_BROKEN_TITLE_WORDS: Final = 18
_MAX_NAME_WORDS: Final = 3
_MAX_LABEL_WORDS: Final = 2
_MIN_TITLE_WORDS: Final = 4
_SENTENCE_BREAK: Final = lazy_regex(r"[.!?…][\"'”’)]*\s+(?=[\"'“‘(]*[A-Z])")
_LIST_ITEM: Final = lazy_regex(r"\d{1,3}[.)]\s|[-*•▪●]\s")
_GALLERY: Final = lazy_regex(r"(?:VIDEO|FOTO|INFOGRAFIS)\s?:\s?\w")
SENTENCE_END: Final = lazy_regex(r"[.!?…][\"'”’)\]]*$")
_CREDIT: Final = lazy_regex(r"\([^()]{2,80}\)\.?$")
_CREDIT_WITHOUT_BRACKETS: Final = lazy_regex(
    r"(?:^|[.\s])(?:foto|photo|dok|sumber foto)\.?\s?:\s?[^.]{2,80}\.?$", re.IGNORECASE
)
_OUTLET_WORDS: Final = lazy_regex(
    r"\.(?:com|id|co|net|tv|news)\b|^detik"
    r"|\b(?:indonesia|news|harian|kabar|warta|suara|media|pos|tv|koran|berita|radar|tribun)\b",
    re.IGNORECASE,
)
_NAME_AND_OUTLET: Final = lazy_regex(r"[^-–|]{3,50}\s[-–|]\s\S+(?:\s\S+)?")
_BOLD: Final = lazy_regex(r"^([*_]{1,2})(?=\S)(.+?)\1$")
_SITE_SUFFIX: Final = lazy_regex(r"(?<!\s)\s++[|–—-]\s++(?P<site>[\w-]{2,30}(?:\.[a-z]{2,4}){1,2})$", re.IGNORECASE)


@dataclass(slots=True)
class Head:
    """The lines before the text; `length` counts them, including blank ones."""

    title: str = ""
    date: DateLine | None = None
    outlet: str | None = None
    place: str | None = None
    writers: list[str] = field(default_factory=list)
    length: int = 0
    unknown: list[str] = field(default_factory=list)
    """Lines between recognised ones: an outlet, a section, a standfirst."""

    def close(self, length: int, unknown: list[str]) -> None:
        """Extend the head to `length` lines, absorbing `unknown`, which is emptied."""
        self.length = length
        self.unknown.extend(unknown)
        unknown.clear()


def read_head(lines: Sequence[str], *, is_wrapped: bool) -> Head:
    """Read lines until the text starts: at its dateline, or where no line of a head follows.

    Blank lines are empty strings. `is_wrapped`: lines were broken at a width, so a short one may start a paragraph. An
    unrecognised line belongs to the head only if a recognised one follows. A line that reads like a paragraph belongs
    to it only if followed by the date line or, after a date line, by the dateline. So no paragraph of the text is lost.
    """
    head = Head()
    unknown: list[str] = []
    for i, line in [(i, line) for i, line in enumerate(lines) if line][:_HEAD_LINES]:
        if i < head.length:
            continue  # the second line of the headline
        has_prose = any(map(_is_prose, unknown))
        if _opens_text(line, head):
            if head.date or not has_prose:
                head.close(i, unknown)
            break
        if _read_date(head, line):
            head.close(i + 1, unknown)
        elif not head.title and not has_prose and (title := _find_title(i, lines)):
            head.title = " ".join(title)
            head.close(i + len(title), unknown)
        elif not has_prose and (_read_byline(head, line) or _is_credit(line) or _is_caption(line, head)):
            head.close(i + 1, unknown)
        elif _is_prose(line) and (has_prose or not head.title):
            break
        else:
            unknown.append(line)
    if not is_wrapped:
        _skip_labels(head, lines)
    _settle_names(head)
    return head


def _opens_text(line: str, head: Head) -> bool:
    return bool(len(line.split()) >= _PROSE_WORDS and (find_own_dateline(line, head.outlet) or find_dateline(line)))


def _read_date(head: Head, line: str) -> bool:
    date = read_date_line(line)
    # "Jadwal Salat Jakarta - Rabu, 15 Mei 2019" is a headline: next to a name, a date on the first line needs a time.
    if date is None or not (date.has_clock or not date.outlet or head.title):
        return False
    head.date = head.date or date
    head.outlet = head.outlet or date.outlet
    head.writers.extend(date.writers)
    return True


def _read_byline(head: Head, line: str) -> bool:
    writers = read_byline(line)
    head.writers.extend(writers or ())
    return writers is not None


def _is_caption(line: str, head: Head) -> bool:
    """Return whether a line before the text repeats the headline, alone or with a credit, or has its own credit."""
    if is_same_text(line, head.title) or is_caption(line) or _CREDIT_WITHOUT_BRACKETS.search(line):
        return True
    credit = _CREDIT.search(line)
    if not credit or not head.title:
        return False
    is_ours = bool(head.outlet and head.outlet.casefold() in credit[0].casefold())
    return is_ours or line.casefold().startswith(head.title.casefold())


def _find_title(i: int, lines: Sequence[str]) -> Sequence[str]:
    """Return the headline that starts at line `i`: one line, two if it was wrapped, or none."""
    first, second, third = (*lines[i : i + 3], "", "")[:3]
    if _is_label(first, lines[i + 1 : i + 5]):
        return []
    if not _continues(second):
        return [first] if _can_be_title(first) else []
    is_whole = not third or read_date_line(third)
    return [first, second] if is_whole and _can_be_title(f"{first} {second}") else []


def _is_label(line: str, following: Sequence[str]) -> bool:
    """Return whether a line is a section's or outlet's name before the headline: at most two words, then a headline."""
    if len(line.split()) > _MAX_LABEL_WORDS:
        return False
    other = next((after for after in following if after and not is_navigation(after)), "")
    if _NAME_AND_OUTLET.fullmatch(other):
        return False
    return len(other.split()) >= _MIN_TITLE_WORDS and not read_date_line(other) and _can_be_title(other)


def _continues(line: str) -> bool:
    """Return whether a line continues the previous one: it starts in lower case and is no outlet ("detikNews")."""
    names_outlet = len(line.split()) <= _MAX_NAME_WORDS and _OUTLET_WORDS.search(line)
    return line[:1].islower() and not (names_outlet or read_date_line(line) or _is_credit(line))


def _can_be_title(line: str) -> bool:
    if _GALLERY.match(line):
        return True
    words = len(line.split())
    breaks = len(_SENTENCE_BREAK.findall(line))
    return (
        len(line) <= _MAX_TITLE_CHARS
        and words <= _MAX_TITLE_WORDS
        and (breaks == 0 or (breaks == 1 and words <= _MAX_BROKEN_TITLE_WORDS))
        and (not line.endswith((".", ":", ",", ";", "。", "।")) or line.endswith("..."))
        and any(c.isalpha() for c in line)
        and not _LIST_ITEM.match(line)
        and not _is_credit(line, needs_colon=True)
        and not is_caption(line)
    )


def _is_credit(line: str, *, needs_colon: bool = False) -> bool:
    """Return whether a line only names people, or holds links and buttons."""
    is_byline = read_byline(line, needs_colon=needs_colon) is not None
    return is_byline or is_navigation(line) or is_boilerplate_line(line)


def _is_prose(line: str) -> bool:
    return len(line.split()) >= _PROSE_WORDS or bool(SENTENCE_END.search(line))


def _skip_labels(head: Head, lines: Sequence[str]) -> None:
    """After a date line, skip short lines that are not sentences: a picture's description, a section, a button."""
    for i in range(head.length, len(lines) if head.date else 0):
        line = lines[i]
        following = lines[i + 1] if i + 1 < len(lines) else ""
        if _is_prose(line) or following[:1].islower():
            return
        head.unknown.append(line)
        head.length = i + 1


def _settle_names(head: Head) -> None:
    """Extract place, outlet or writer from unrecognised lines, and an outlet from the end of the headline."""
    suffix = _SITE_SUFFIX.search(head.title)
    if suffix:
        head.title = head.title[: suffix.start()]
        head.outlet = head.outlet or suffix["site"]
    head.title = _BOLD.sub(r"\2", head.title)
    for line in head.unknown:
        # A dateline on a line of its own is recognised by adding text after it.
        if dateline := find_dateline(f"{line} Teks"):
            head.place = head.place or dateline.place
            head.outlet = head.outlet or dateline.outlet
        elif line.casefold() in load_places():
            head.place = line
        name, _, outlet = line.rpartition(" - ")
        if len(line.split()) > 8 or not _OUTLET_WORDS.search(outlet) or SENTENCE_END.search(line):
            continue
        head.outlet = head.outlet or outlet
        if name and not head.writers and not _OUTLET_WORDS.search(name) and name.istitle():
            head.writers.append(name)


def find_own_dateline(paragraph: str, outlet: str | None) -> Dateline | None:
    """Find a dateline with the outlet named in the date line, however unusual its name: "Ambon, Kabar Timur -- "."""
    if not outlet:
        return None
    name = re.escape(outlet)
    place = r"(?P<place>[A-Z][^\d:;!?\"“”()]{1,40}?)"
    dash = r"\s*(?:-{1,3}|[–—])\s+"
    for form in (rf"{place}(?:,\s*{name}|\s*\({name}\)){dash}", rf"{name}(?:,\s*{place})?{dash}"):
        if found := re.match(form, paragraph, re.IGNORECASE):
            printed = found["place"]
            return Dateline(printed.title() if printed and printed.isupper() else printed, outlet, found.end())
    return None


def is_same_text(line: str, title: str) -> bool:
    return bool(title) and line.casefold() == title.casefold()
