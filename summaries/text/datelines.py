"""Datelines: the place and outlet that a news article opens with ("Jakarta, CNN Indonesia -- ").

Indonesian outlets write place and outlet in either order, or one of them alone, and close with a dash. What a dash
closes is only taken for a dateline when it names an outlet, is a place in capitals, or is a place that is known here;
everything else ("Honda - pabrikan asal Jepang - ...") stays in the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

# Names that no pattern for domains finds. Longer ones first where one begins another.
_NAMED_OUTLETS = (
    r"CNN\s?Indonesia",
    r"CNBC\s?Indonesia",
    r"BBC(?:\s(?:News\s)?Indonesia)?",
    r"VOA(?:\sIndonesia)?",
    r"DW(?:\sIndonesia)?",
    r"ANTARA(?:\s?News)?(?:/[\w\s.-]{2,24})?",
    r"AFP|Reuters|Xinhua|Anadolu",
    r"Pos\s?Kota(?:\sOnline)?",
    r"VIVA(?:news|sport|bola|life)?",
    r"SINDO\s?news",
    r"Okezone",
    r"Rimanews",
    r"IDN\sTimes",
    r"Media\sIndonesia",
    r"NU\sOnline",
    r"Berita\s?Satu",
    r"Investor\sDaily",
    r"InfoPublik",
    r"Katadata|Kumparan(?:NEWS)?|Tirto|Katakini|Akurat|Medcom|Gatra|Kontan|Republika|Kompas(?:\sTV)?|Tempo|Tribun\w*",
    r"detik(?:com|News|Finance|Health|Hot|Inet|Sport|Oto|Travel|Food|Edu|Jatim|Jateng|Jabar|Sumut|Sulsel|Bali)",
    r"Pikiran\sRakyat|Suara\sPembaruan|Suara\sMerdeka|Jawa\sPos|Sinar\sHarapan|Harian\s?Jogja|Solopos|Kedaulatan\sRakyat",
)
_DOMAIN = r"\w[\w-]{1,30}\.(?:com|co\.id|or\.id|id|net|co|tv|news|org)(?:\.id)?"
_OUTLET = rf"(?:{_DOMAIN}|{'|'.join(_NAMED_OUTLETS)})"
_WORD = r"(?:[A-Z][\w'’.]*|d[aei]l?|of|the)"
_PLACE = rf"[A-Z][\w'’.]*(?:[\s/-]{_WORD}){{0,3}}(?:,\s?{_WORD}(?:[\s-]{_WORD}){{0,3}}){{0,2}}"
_DATE = r"(?:,?\s?\(?\d{1,2}/\d{1,2}(?:/\d{2,4})?\)?)?"
_DASH = r"\s*(?:\.?\s?(?:-{1,3}|[–—―]{1,2})|:(?=\s))\s*"

_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"(?P<place>{_PLACE}){_DATE},?\s*\((?P<outlet>(?i:{_OUTLET})|PR|PRLM)\){_DASH}",
        rf"(?P<place>{_PLACE}),\s*(?P<outlet>(?i:{_OUTLET}))(?!\w){_DATE}{_DASH}",
        rf"(?P<outlet>(?i:{_OUTLET}))\s?,\s*(?P<place>{_PLACE}){_DATE}{_DASH}",
        rf"(?P<outlet>(?i:{_DOMAIN})){_DASH}(?P<place>[A-Z][A-Z ]{{3,30}}[A-Z])\.\s+",
        rf"(?P<outlet>(?i:{_OUTLET}))(?!\w){_DASH}",
    )
)
_OUTLET_THEN_PLACE = re.compile(rf"(?P<outlet>(?i:{_OUTLET}))\s?,\s*(?P<rest>[A-Z].*)", re.DOTALL)
_PLACE_ONLY = re.compile(rf"(?P<place>{_PLACE}){_DATE}(?P<dash>{_DASH})(?=[\"“‘'(\[]*[A-Z0-9])")
_LONGEST = 100
_LEADING_SPACE = re.compile(r"[\s\u200b-\u200f\ufeff]*")


@dataclass(frozen=True, slots=True)
class Dateline:
    """What a paragraph opens with: the place as people write it, the outlet as printed, and how many characters.

    The paragraph without its dateline is `paragraph[dateline.length:]`.
    """

    place: str | None
    outlet: str | None
    length: int


@cache
def known_places() -> frozenset[str]:
    """Names of cities and countries that news from Indonesia is dated from, in lower case."""
    lines = files("summaries.text").joinpath("data", "places.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip().casefold() for line in lines if line.strip() and not line.startswith("#"))


def find_dateline(paragraph: str) -> Dateline | None:
    """The dateline that the paragraph opens with, if it opens with one and goes on after it."""
    lead = _LEADING_SPACE.match(paragraph)
    offset = lead.end() if lead else 0
    head = paragraph[offset : offset + _LONGEST]
    found = _with_outlet(head) or _without_dash(head) or _place_alone(head)
    if found is None or not paragraph[offset + found.length :].strip():
        return None
    return Dateline(found.place, found.outlet, offset + found.length)


def _with_outlet(head: str) -> Dateline | None:
    for form in _FORMS:
        match = form.match(head)
        if match:
            parts = match.groupdict()
            return Dateline(_as_written(parts.get("place")), parts["outlet"], match.end())
    return None


def _without_dash(head: str) -> Dateline | None:
    """ "Liputan6.com, Jakarta Presiden ...": the dash was lost, so the place must be a known one."""
    match = _OUTLET_THEN_PLACE.match(head)
    if not match:
        return None
    rest = match["rest"]
    # The name may be glued to the next word ("JakartaHari"), so try every known beginning, longest first.
    for length in range(min(len(rest), 30), 2, -1):
        follows = rest[length : length + 1]
        if rest[:length].casefold() in known_places() and (follows.isspace() or follows.isupper()):
            end = match.start("rest") + length
            return Dateline(
                _as_written(rest[:length]), match["outlet"], end + len(rest[length:]) - len(rest[length:].lstrip())
            )
    return None


def _place_alone(head: str) -> Dateline | None:
    match = _PLACE_ONLY.match(head)
    if not match or ":" in match["dash"]:
        return None
    place = match["place"]
    is_known = all(part.strip().casefold() in known_places() for part in re.split(r"[,/]", place)[:1])
    # One range or compound ("Jakarta-Bandung") is no dateline: a dash without any space must follow capitals.
    has_space = any(c.isspace() for c in match["dash"])
    is_capital = place.isupper() and len(place) > 4
    if (is_capital or is_known) and (has_space or (place.isupper() and is_known)):
        return Dateline(_as_written(place), None, match.end())
    return None


def _as_written(place: str | None) -> str | None:
    """Capitals become a name: "KUALA LUMPUR" is "Kuala Lumpur"; "DKI" and "AS" stay."""
    if place is None:
        return None
    place = " ".join(place.split()).strip(" ,.")
    if not place.isupper():
        return place
    return re.sub(r"[^\W\d_]{4,}", lambda m: m[0].capitalize(), place)
