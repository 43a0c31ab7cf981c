"""Extract reporters' names from the texts that pages give as their authors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from summaries.fetch.html.markup import strip_markup_to_line
from summaries.fetch.html.outlets import is_outlet_name

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_AUTHORS = 5

_LABEL = re.compile(
    r"^(?:(?:(?:di(?:posting|tulis|publikasikan)\s|(?:written|posted)\s)?(?:oleh|by)|penulis|reporter|pewarta|jurnalis|author)\b\s*(?:[:/|-]\s*|\s(?=(?-i:[A-Z])))|"
    r"(?:editor|penyunting|redaktur(?:\s?&\s?reporter)?|kontributor|laporan|wartawan|uploader|rep|red)\b\s*[:/|-]\s*)",
    re.IGNORECASE,
)
_EDITOR = re.compile(r"(?:editor|penyunting|redaktur|red)\s?:", re.IGNORECASE)
_ROLE = re.compile(
    r"(?:(?<!\s)\s++)?[(\[,|-]\s*+(?:reporter|editor|penulis|pewarta|jurnalis|kontributor|wartawan|redaktur|fotografer|author|"
    r"[\w.\s]*(?:\.com|\.co\.id|\.id|indonesia|news))\s*+(?:[)\]]\s*+)?$"
    r"|\s(?:reporter|editor|penulis|pewarta|jurnalis|kontributor|wartawan)$",
    re.IGNORECASE,
)
_COMPANY = re.compile(
    r"^laporan\b|^(?:pt\.?|cv|tim|redaksi|admin|administrator|editor|redaktur|penulis|reporter|newsroom|team|desk|anonim|unknown|"
    r"kontributor|wartawan|jurnalis|pewarta|webmaster|super\s?admin)\b|\b(?:media|cyber|online|news|redaksi|newsroom|tbk|portal|kantor\sberita)\b|"
    r"https?:|www\.|@|\.(?:com|co\.id|id|net|co)\b|\b(?:facebook|twitter|instagram|youtube|tiktok|google|whatsapp|telegram|"
    r"share|bagikan|dok|istimewa|ilustrasi|reuters|afp|getty|epa|antara|xinhua|shutterstock|pool|foto|photo)\b",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"(?:(?<!\s)\s++)?(?:[;|/]|,\s)\s*+|(?<!\s)\s++(?:[-–&]|dan|and)\s++")
# A degree after a comma belongs to the preceding name and is dropped.
_DEGREE = re.compile(r"(?:[SM]\.\s?[A-Z][\w.]{0,5}|Ph\.?D|Dr|M\.?Sc|MBA|S\.?H|S\.?E|Lc|MA)\.?")
_NAME = re.compile(r"[^\W\d_][\w.'’\-]*(?:\s[\w.'’\-]+){0,5}")


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
