"""Find the bylines of a page, and extract reporters' names from bylines and other author fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lxml.html import HtmlElement

from summaries.fetch.html.blocks import ShortLine
from summaries.fetch.html.html_tree import read_line, select
from summaries.fetch.html.markup import strip_markup_to_line
from summaries.fetch.html.outlets import is_outlet_name
from summaries.text.lazy_patterns import lazy_regex

_REPORTER_LABEL = (
    r"(?:redaktur\s?&\s?reporter|penulis|pewarta|reporter|oleh|by|laporan|wartawan|jurnalis|author|written\sby|rep)"
)
_BEGINS = lazy_regex(_REPORTER_LABEL, re.IGNORECASE)
_LABELLED = lazy_regex(rf"{_REPORTER_LABEL}\b\s?[:/|]?\s?(?=(?-i:[A-Z])).{{3,90}}", re.IGNORECASE)
_LONE_REPORTER_LABEL = lazy_regex(rf"{_REPORTER_LABEL}\s?:?", re.IGNORECASE)
# A date or the editor may follow the name on the same line.
_BEHIND_NAME = lazy_regex(
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
        if _LONE_REPORTER_LABEL.fullmatch(line):
            return [_BEHIND_NAME.sub("", following.lstrip(": ")) for following in behind[number + 1 : number + 2]]
    return []


def find_marked_bylines(tree: HtmlElement) -> list[str]:
    """Return short lines in elements marked as the author's, in document order."""
    lines = (read_line(element) for element in select(tree, _MARKED)[:10] if not select(element, _OF_A_PICTURE))
    return [_BEHIND_NAME.sub("", line) for line in lines if 2 < len(line) <= _MAX_CHARS]


MAX_AUTHORS = 5

_LABEL = lazy_regex(
    r"^(?:(?:(?:di(?:posting|tulis|publikasikan)\s|(?:written|posted)\s)?(?:oleh|by)|penulis|reporter|pewarta|jurnalis|author)\b\s*(?:[:/|-]\s*|\s(?=(?-i:[A-Z])))|"
    r"(?:editor|penyunting|redaktur(?:\s?&\s?reporter)?|kontributor|laporan|wartawan|uploader|rep|red)\b\s*[:/|-]\s*)",
    re.IGNORECASE,
)
_EDITOR = lazy_regex(r"(?:editor|penyunting|redaktur|red)\s?:", re.IGNORECASE)
_ROLE = lazy_regex(
    r"(?:(?<!\s)\s++)?[(\[,|-]\s*+(?:reporter|editor|penulis|pewarta|jurnalis|kontributor|wartawan|redaktur|fotografer|author|"
    r"[\w.\s]*(?:\.com|\.co\.id|\.id|indonesia|news))\s*+(?:[)\]]\s*+)?$"
    r"|\s(?:reporter|editor|penulis|pewarta|jurnalis|kontributor|wartawan)$",
    re.IGNORECASE,
)
_COMPANY = lazy_regex(
    r"^laporan\b|^(?:pt\.?|cv|tim|redaksi|admin|administrator|editor|redaktur|penulis|reporter|newsroom|team|desk|anonim|unknown|"
    r"kontributor|wartawan|jurnalis|pewarta|webmaster|super\s?admin)\b|\b(?:media|cyber|online|news|redaksi|newsroom|tbk|portal|kantor\sberita)\b|"
    r"https?:|www\.|@|\.(?:com|co\.id|id|net|co)\b|\b(?:facebook|twitter|instagram|youtube|tiktok|google|whatsapp|telegram|"
    r"share|bagikan|dok|istimewa|ilustrasi|reuters|afp|getty|epa|antara|xinhua|shutterstock|pool|foto|photo)\b",
    re.IGNORECASE,
)
_BETWEEN = lazy_regex(r"(?:(?<!\s)\s++)?(?:[;|/]|,\s)\s*+|(?<!\s)\s++(?:[-–&]|dan|and)\s++")
# A degree after a comma belongs to the preceding name and is dropped.
_DEGREE = lazy_regex(r"(?:[SM]\.\s?[A-Z][\w.]{0,5}|Ph\.?D|Dr|M\.?Sc|MBA|S\.?H|S\.?E|Lc|MA)\.?")
_NAME = lazy_regex(r"[^\W\d_][\w.'’\-]*(?:\s[\w.'’\-]+){0,5}")


def clean_authors(candidates: Iterable[str], *, outlet: str | None, url: str) -> tuple[str, ...]:
    """Return persons' names, without labels ("Penulis:"), roles, companies, addresses and the outlet itself."""
    names: dict[str, str] = {}
    for candidate in candidates:
        if "://" in candidate:  # the address of a profile
            continue
        for part in _BETWEEN.split(strip_markup_to_line(candidate[:300])):
            if _EDITOR.match(part):
                continue
            name = _ROLE.sub("", _LABEL.sub("", part)).strip(" ,.:;|/-–()")
            if _is_person(name, outlet, url):
                is_shouted = name.isupper() and len(name) > 4
                names.setdefault(name.casefold(), name.title() if is_shouted or name.islower() else name)
        if names:  # later candidates are less reliable
            break
    return tuple(names.values())[:MAX_AUTHORS]


def _is_person(name: str, outlet: str | None, url: str) -> bool:
    return (
        2 < len(name) <= 60
        and (not name.islower() or " " in name)  # a user name, or initials
        and _NAME.fullmatch(name) is not None
        and _DEGREE.fullmatch(name) is None
        and _COMPANY.search(name) is None
        and not is_outlet_name(name, url=url, site_name=outlet)
    )
