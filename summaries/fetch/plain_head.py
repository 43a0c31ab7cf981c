"""The head of a copied article: everything from the headline to the line where the text begins (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from summaries.fetch.plain_lines import DateLine, is_furniture, read_byline, read_date_line
from summaries.text.boilerplate import is_boilerplate_line, is_caption
from summaries.text.datelines import Dateline, find_dateline

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEAD_LINES: Final = 30
_PROSE_WORDS: Final = 12
_MAX_TITLE_CHARS: Final = 220
_MAX_TITLE_WORDS: Final = 28
_SENTENCE_END: Final = re.compile(r"[.!?…][\"'”’)\]]*$")
_CREDIT: Final = re.compile(r"\([^()]{2,80}\)\.?$")
_OUTLET_WORDS: Final = re.compile(
    r"\.(?:com|id|co|net|tv|news)\b|^detik"
    r"|\b(?:indonesia|news|harian|kabar|warta|suara|media|pos|tv|koran|berita|radar|tribun)\b",
    re.IGNORECASE,
)
_SITE_SUFFIX: Final = re.compile(r"\s+[|–—-]\s+(?P<site>[\w-]{2,30}(?:\.[a-z]{2,4}){1,2})$", re.IGNORECASE)


@dataclass(slots=True)
class Head:
    """What stands before the text; `length` counts its lines, blank ones included."""

    title: str = ""
    date: DateLine | None = None
    outlet: str | None = None
    writers: list[str] = field(default_factory=list)
    length: int = 0
    unknown: list[str] = field(default_factory=list)
    """Lines between those that were recognised: an outlet, a section, a standfirst."""

    def close(self, length: int, unknown: list[str]) -> None:
        """The head reaches at least so far, and `unknown` is part of it; empties `unknown`."""
        self.length = length
        self.unknown.extend(unknown)
        unknown.clear()


def read_head(lines: Sequence[str], *, is_wrapped: bool) -> Head:
    """Read lines until the text begins: with its dateline, or where nothing of a head follows any more.

    Blank lines are empty strings. `is_wrapped`: lines were broken at a width, so a short one may begin a paragraph.

    A line that is not recognised belongs to the head only if a recognised one follows it, and one that reads like a
    paragraph only if that is the date line or, after a date line, the dateline: no paragraph of the text is lost.
    """
    head = Head()
    unknown: list[str] = []
    has_prose = False
    for i in [i for i, line in enumerate(lines) if line][:_HEAD_LINES]:
        line = lines[i]
        if _opens_text(line, head):
            if head.date or not has_prose:
                head.close(i, unknown)
            break
        if _read_date(head, line):
            head.close(i + 1, unknown)
            has_prose = False
        elif _read_byline(head, line) or _is_furniture(line, head) or _is_caption(line, head):
            if not has_prose:
                head.close(i + 1, unknown)
        elif not head.title and not unknown and _can_be_title(line, lines[i + 1 : i + 2]):
            head.title = line
            head.close(i + 1, unknown)
        elif _is_prose(line) and (has_prose or not head.title):
            break
        else:
            has_prose = has_prose or _is_prose(line)
            unknown.append(line)
    if head.date and not is_wrapped:
        _skip_labels(head, lines)
    _settle_names(head)
    return head


def _opens_text(line: str, head: Head) -> bool:
    return bool(len(line.split()) >= _PROSE_WORDS and (find_own_dateline(line, head.outlet) or find_dateline(line)))


def _read_date(head: Head, line: str) -> bool:
    date = read_date_line(line)
    # "Jadwal Salat Jakarta - Rabu, 15 Mei 2019" is a headline: beside a name, the first line's date needs a time.
    if date is None or not (date.has_clock or not date.outlet or head.title):
        return False
    head.date = head.date or date
    head.outlet = head.outlet or date.outlet
    return True


def _read_byline(head: Head, line: str) -> bool:
    writers = read_byline(line)
    head.writers.extend(writers or ())
    return writers is not None


def _is_furniture(line: str, head: Head) -> bool:
    return says_the_same(line, head.title) or is_furniture(line) or is_boilerplate_line(line)


def _is_caption(line: str, head: Head) -> bool:
    """Whether a line before the text is a picture's: it has a credit, or repeats the headline and ends in brackets."""
    if is_caption(line):
        return True
    ends_in_brackets = _CREDIT.search(line)
    if not ends_in_brackets or not head.title:
        return False
    credit = ends_in_brackets[0].casefold()
    is_ours = bool(head.outlet and head.outlet.casefold() in credit)
    return is_ours or line.casefold().startswith(head.title.casefold())


def _can_be_title(line: str, following: Sequence[str]) -> bool:
    goes_on = any(after[:1].islower() and not read_date_line(after) and not is_furniture(after) for after in following)
    return (
        len(line) <= _MAX_TITLE_CHARS
        and len(line.split()) <= _MAX_TITLE_WORDS
        and not line.endswith((".", ":", ",", ";"))
        and any(c.isalpha() for c in line)
        and not goes_on
    )


def _is_prose(line: str) -> bool:
    return len(line.split()) >= _PROSE_WORDS or bool(_SENTENCE_END.search(line))


def _skip_labels(head: Head, lines: Sequence[str]) -> None:
    """After a date line, pass over short lines that are no sentences: what a picture shows, a section, a button."""
    for i in range(head.length, len(lines)):
        line = lines[i]
        following = lines[i + 1] if i + 1 < len(lines) else ""
        if _is_prose(line) or following[:1].islower():
            return
        head.length = i + 1


def _settle_names(head: Head) -> None:
    """An outlet or writer on a line of its own ("Siti Rahma - detikNews"), and an outlet behind the headline."""
    suffix = _SITE_SUFFIX.search(head.title)
    if suffix:
        head.title = head.title[: suffix.start()]
        head.outlet = head.outlet or suffix["site"]
    for line in head.unknown:
        name, _, outlet = line.rpartition(" - ")
        if len(line.split()) > 8 or not _OUTLET_WORDS.search(outlet) or _SENTENCE_END.search(line):
            continue
        head.outlet = head.outlet or outlet
        if name and not head.writers and not _OUTLET_WORDS.search(name) and name.istitle():
            head.writers.append(name)


def find_own_dateline(paragraph: str, outlet: str | None) -> Dateline | None:
    """A dateline with the outlet that the date line named, whatever its name is: "Ambon, Kabar Timur -- "."""
    if not outlet:
        return None
    name = re.escape(outlet)
    place = r"(?P<place>[A-Z][^\d:;!?\"“”()]{1,40}?)"
    dash = r"\s*(?:-{1,3}|[–—])\s+"
    for form in (rf"{place}(?:,\s*{name}|\s*\({name}\)){dash}", rf"{name}(?:,\s*{place})?{dash}"):
        found = re.match(form, paragraph, re.IGNORECASE)
        if found:
            place_name = found["place"]
            return Dateline(
                place_name.title() if place_name and place_name.isupper() else place_name, outlet, found.end()
            )
    return None


def says_the_same(line: str, title: str) -> bool:
    return bool(title) and line.casefold() == title.casefold()
