"""Boilerplate inside a line of running text: adverts, embeds, page turns, bracketed links, code.

These have a definite start and end; `related_links` handles links whose headline has no clear end.
"""

from __future__ import annotations

import re

# The lower-case prefixes of all matches: a cheap test that most lines fail.
_STARTS = (
    "[gambas",
    "[ gambas",
    "[video]",
    "baca_juga",
    "advertisement",
    "scroll to ",
    "artikel ini telah tayang",
    "dapatkan update berita",
    "bersambung ke halaman",
    "lanjut ke sebelah",
    "baca lanjutan ",
    "baca di halaman ",
    "* *",
    "***",
    *(bracket + verb for bracket in "([" for verb in ("baca", "lihat", "simak", "tonton")),
)
_BOILERPLATE = re.compile(
    r"\[\s?gambas\s?:[^\]\n]{0,80}\]?|\[video\](?:(?!\[/video\])\S){0,200}+(?:\s?/\s?(?:(?!\[/video\])\S){1,80}+){0,3}+\[/video\]|"
    r"\bBaca_Juga\b|"
    r"(?:\bADVERTISEMENT\s*)?\bSCROLL\sTO\s(?:CONTINUE|RESUME)\s(?:WITH\s)?CONTENT\b|\bADVERTISEMENT\b|"
    # Only to the end of the headline that it names, because the article may continue.
    r"\bArtikel\sini\stelah\stayang\s(?:lebih\sdulu\s|sebelumnya\s)?di\s\S{3,60}"
    r"(?:\sdengan\sjudul:?\s?[^.!?\n]{5,160}[.,]?)?(?:\s?(?:Link|Sumber)?\s?:?\s?https?://\S+)?|"
    r"\bDapatkan\supdate\sberita\s[^.\n]{0,80}setiap\shari\.\sMari\sbergabung\s[^\n]{0,300}?(?:di\sponsel\.|$)|"
    r"\bBersambung\ske\shalaman\s(?:berikut|selanjut)nya\b(?:\s?(?:\.{2,}|…|[>»]+))?|\bLanjut\ske\ssebelah\b(?:\s?(?:\.{2,}|…))?|"
    r"\bBaca\s(?:lanjutan\s[^.!?\n]{0,80}\s)?di\shalaman\s(?:berikut|selanjut)nya\b(?:\s?(?:\.{2,}|…|[>»]{1,3}))?|"
    r"(?:(?<=\s)|^)\*(?:\s?\*){2,}(?=\s|$)|"
    r"[(\[]\s?(?:baca|lihat|simak|tonton)\s?(?:(?:juga|pula)\s?:?|:)\s?"
    # A gloss is shorter: "(baca: undang-undang)".
    r"[^\s()\[\]]+(?:\s+[^\s()\[\]]+){3,40}[)\]]",
    re.IGNORECASE,
)
_CODE_OPENS = re.compile(r"(?:/\s?/\s?)?<!\s?(?:-\s?-|\[\s?CDATA\b)")
_CODE_CLOSES = re.compile(r"(?:-\s?-\s?>|\]\]\s?(?:>|&\s?gt\s?;))(?:\s*-\s?-\s?>)*")


def may_hold_inline_boilerplate(text: str) -> bool:
    """Return whether any line of the text may contain inline boilerplate; a cheap test before
    `find_inline_boilerplate`."""
    lower = text.lower()
    return "<!" in lower or len(lower) != len(text) or any(start in lower for start in _STARTS)


def find_inline_boilerplate(line: str) -> list[tuple[int, int]]:
    """Return the ranges of boilerplate in one line, in order."""
    spans = _find_code(line) if "<!" in line else []
    lower = line.lower()
    if len(lower) != len(line):
        return sorted([*spans, *(match.span() for match in _BOILERPLATE.finditer(line))])
    for start in _STARTS:
        at = lower.find(start)
        while at >= 0:
            match = _BOILERPLATE.match(line, at)
            if match:
                spans.append(match.span())
            at = lower.find(start, match.end() if match else at + 1)
    return sorted(spans)


def _find_code(line: str) -> list[tuple[int, int]]:
    """Return the ranges of comments and CDATA sections left behind by a page's scripts."""
    spans = []
    opening = _CODE_OPENS.search(line)
    while opening:
        closing = _CODE_CLOSES.search(line, opening.end())
        if closing is None:
            break
        spans.append((opening.start(), closing.end()))
        opening = _CODE_OPENS.search(line, closing.end())
    return spans
