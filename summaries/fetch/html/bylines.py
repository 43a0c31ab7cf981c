"""Find the bylines of a page: lines that name its article's reporters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from summaries.fetch.html.html_tree import read_line, select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.html import HtmlElement

    from summaries.fetch.html.short_lines import ShortLine

_LABEL = (
    r"(?:redaktur\s?&\s?reporter|penulis|pewarta|reporter|oleh|by|laporan|wartawan|jurnalis|author|written\sby|rep)"
)
_BEGINS = re.compile(_LABEL, re.IGNORECASE)
_LABELLED = re.compile(rf"{_LABEL}\b\s?[:/|]?\s?(?=(?-i:[A-Z])).{{3,90}}", re.IGNORECASE)
_LABEL_ALONE = re.compile(rf"{_LABEL}\s?:?", re.IGNORECASE)
# A date or the editor may follow the name on the same line.
_BEHIND_NAME = re.compile(
    r"(?:(?<!\s)\s++)?(?:/\s?red\b|\b(?:senin|selasa|rabu|kamis|jum.?at|sabtu|minggu)\b|\bon\s?\d|\b\d{1,2}[/:.\s]|\beditor\b|\bpublished\b|\bditerbitkan\b|\bpada\b).*",
    re.IGNORECASE,
)
_MARKED = (
    "//@itemprop[.='author']/..|//@rel[.='author']/..|//@id[.='penulis']/..|//@class[contains(., 'author')"
    " or contains(., 'penulis') or contains(., 'reporter') or contains(., 'byline')]/.."
)
# Pictures have authors too.
_OF_A_PICTURE = (
    "ancestor-or-self::*[self::figure or contains(@class, 'photo') or contains(@class, 'foto')"
    " or contains(@class, 'caption') or contains(@class, 'image')]"
)
_LINES_BEHIND_HEADLINE, _MAX_WORDS, _MAX_CHARS = 400, 12, 100


def find_labelled_bylines(lines: Sequence[ShortLine]) -> list[str]:
    """Return the first line after the headline that starts with a reporter's label ("Pewarta: …"); at most one."""
    behind = [line.text for line in lines if line.is_after_headline][:_LINES_BEHIND_HEADLINE] or [
        line.text for line in lines
    ]
    for number, line in enumerate(behind):
        if not _BEGINS.match(line) or len(line.split()) > _MAX_WORDS:
            continue
        if _LABELLED.fullmatch(line):
            return [_BEHIND_NAME.sub("", line)]
        if _LABEL_ALONE.fullmatch(line):
            return [_BEHIND_NAME.sub("", following.lstrip(": ")) for following in behind[number + 1 : number + 2]]
    return []


def find_marked_bylines(tree: HtmlElement) -> list[str]:
    """Return short lines in elements marked as the author's, in document order."""
    lines = (read_line(element) for element in select(tree, _MARKED)[:10] if not select(element, _OF_A_PICTURE))
    return [_BEHIND_NAME.sub("", line) for line in lines if 2 < len(line) <= _MAX_CHARS]
