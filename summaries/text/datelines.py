"""Datelines: the place and outlet that a news article opens with ("Jakarta, CNN Indonesia -- ").

Indonesian outlets write place and outlet in either order, or only one of them, followed by a dash. Text before a dash
counts as a dateline only if it names an outlet, is a place in capitals, or is a known place; anything else ("Honda -
pabrikan asal Jepang - ...") stays in the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from summaries.text.lazy_patterns import lazy_regex
from summaries.text.words import read_data_lines

# Names that the domain pattern does not match. A longer name comes before its own prefix.
_NAMED_OUTLETS = (
    r"CNN\s?Indonesia",
    r"CNBC\s?Indonesia",
    r"BBC(?:\s(?:News\s)?Indonesia)?",
    r"VOA(?:\sIndonesia)?",
    r"DW(?:\sIndonesia)?",
    r"ANTARA(?:\s?News|\w{2,8})?(?:\s?/\s?[\w\s.-]{2,24})?",
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
    r"Katadata|Kumparan(?:NEWS)?|Tirto|Katakini|Akurat|Medcom|Gatra|Kontan|Republika|Kompas(?:\sTV|[A-Z]\w+)?|Tempo",
    r"Tribun\w*|Juara|Bolasport",
    r"detik(?:com|News|Finance|Health|Hot|Inet|Sport|Oto|Travel|Food|Edu|Jatim|Jateng|Jabar|Sumut|Sulsel|Bali)",
    r"Pikiran\sRakyat|Suara\sPembaruan|Suara\sMerdeka|Jawa\sPos|Sinar\sHarapan|Harian\s?Jogja|Solopos|Kedaulatan\sRakyat",
)
_DOMAIN = r"\w[\w-]{1,30}\.(?:com|co\.id|or\.id|id|net|co|tv|news|org)(?:\.id)?"
_OUTLET = rf"(?:{_DOMAIN}|{'|'.join(_NAMED_OUTLETS)})"
_WORD = r"(?:[A-Z][\w'’.]*|d[aei]l?|of|the)"
_PLACE = rf"[A-Z][\w'’.]*(?:[\s/-]{_WORD}){{0,3}}(?:,\s?{_WORD}(?:[\s-]{_WORD}){{0,3}}){{0,2}}"
_MONTH = (
    r"(?:Jan(?:uari|uary)?|Feb(?:ruari|ruary)?|Mar(?:et|ch)?|Apr(?:il)?|Mei|May|Jun[ie]?|Jul[iy]?|Agu(?:stus)?|Aug(?:ust)?|"
    r"Sep(?:tember)?|O[kc]t(?:ober)?|Nov(?:ember)?|De[sc](?:ember)?)\.?"
)
_DATE = (
    rf"(?:,?\s*\(?\d{{1,2}}\s?/\s?\d{{1,2}}(?:\s?/\s?\d{{2,4}})?\)?|"
    rf",?\s*(?:\d{{1,2}}\s{_MONTH}|{_MONTH}\s\d{{1,2}},?)(?:\s\d{{4}})?)?"
)
_DASH = r"\s*(?:\.?\s?(?:-{1,3}|[–—―]{1,2})|:(?=\s))\s*"
_DASHES = frozenset("-–—―:")

# Each form follows a character that all its matches contain, a cheap test that most paragraphs fail.
_FORMS = tuple(
    (needed, lazy_regex(form))
    for needed, form in (
        ("(", rf"(?P<place>{_PLACE}){_DATE},?\s*\((?P<outlet>(?i:{_OUTLET})|PR|PRLM)\){_DASH}"),
        (",", rf"(?P<place>{_PLACE}),\s*(?P<outlet>(?i:{_OUTLET}))(?!\w){_DATE}{_DASH}"),
        (",", rf"(?P<outlet>(?i:{_OUTLET}))\s?,\s*(?P<place>{_PLACE}){_DATE}{_DASH}"),
        (".", rf"(?P<outlet>(?i:{_DOMAIN})){_DASH}(?P<place>[A-Z][A-Z ]{{3,30}}[A-Z])\.\s+"),
        ("", rf"(?P<outlet>(?i:{_OUTLET}))(?!\w){_DASH}"),
        # Any place may precede an agency in brackets and a dash: "Markas PBB / New York (ANTARA News) - ".
        ("(", rf"(?P<place>[A-Z][^.!?()\"“]{{2,60}}?),?\s*\((?P<outlet>(?i:{_OUTLET}))\){_DASH}"),
        (
            ":",
            rf"(?:Reporter|Penulis|Laporan|Oleh)\s?:[^.!?:\"“]{{0,40}}?(?:\b[A-Z]\.\s[^.!?:\"“]{{2,30}}?)?\s(?P<outlet>{_DOMAIN})\s{_DASH}",
        ),
    )
)
# The dash after the bracket was lost: "BEKASI (Pos Kota) Pasar ...".
_BRACKETED = lazy_regex(
    rf"(?P<place>[A-Z]{{3,}}(?:\s[A-Z]{{3,}}){{0,2}})\s*\((?P<outlet>(?i:{_OUTLET}))\)\s+(?=[\"“]?[A-Z])"
)
_OUTLET_THEN_PLACE = lazy_regex(rf"(?P<outlet>(?i:{_OUTLET}))\s?,\s*(?P<rest>[A-Z].*)", re.DOTALL)
_PLACE_ONLY = lazy_regex(rf"(?P<place>{_PLACE}){_DATE}(?P<dash>{_DASH})(?=[\"“‘'(\[]*[A-Z0-9])")
_MAX_CHARS = 120
# Rubrics that some outlets print in place of a place name.
_RUBRICS = frozenset(
    ("ANALISIS", "EDITORIAL", "EKSKLUSIF", "INFOGRAFIS", "KOLOM", "OPINI", "PROFIL", "TAJUK", "WAWANCARA")
)
_CAPITALS = lazy_regex(r"[^\W\d_]{2,}")
_ABBREVIATED = frozenset(("AS", "DC", "DI", "DIY", "DKI", "IKN", "NTB", "NTT", "PBB", "PNG", "UEA", "UK", "US", "USA"))
# As long as the entity that it replaces, so that offsets hold.
_NBSP = " " * len("&nbsp;")
_LEADING_SPACE = lazy_regex(r"(?:[\s\u200b-\u200f\ufeff]|&nbsp;)*")


@dataclass(frozen=True, slots=True)
class Dateline:
    """The dateline of a paragraph: place and outlet, and its length in characters.

    The paragraph without its dateline is `paragraph[dateline.length:]`. A place in capitals is converted to title case.
    """

    place: str | None
    outlet: str | None
    length: int


@cache
def load_places() -> frozenset[str]:
    """Load the names of cities and countries that Indonesian news is datelined from, in lower case."""
    names = read_data_lines("summaries.text", "places.txt")
    return frozenset(name.strip().casefold() for name in names) | load_countries()


@cache
def load_countries() -> frozenset[str]:
    """Load the names of countries among the known places."""
    return frozenset(name.strip().casefold() for name in read_data_lines("summaries.text", "countries.txt"))


def find_dateline(paragraph: str) -> Dateline | None:
    """Find the dateline that the paragraph opens with, if text follows it."""
    lead = _LEADING_SPACE.match(paragraph)
    offset = lead.end() if lead else 0
    head = paragraph[offset : offset + _MAX_CHARS].replace("&nbsp;", _NBSP)
    if _DASHES.isdisjoint(head):
        found = _find_without_dash(head)
    else:
        found = _find_with_outlet(head) or _find_without_dash(head) or _find_bare_place(head)
    if found is None or not paragraph[offset + found.length :].strip():
        return None
    return Dateline(found.place, found.outlet, offset + found.length)


def _find_with_outlet(head: str) -> Dateline | None:
    for needed, form in _FORMS:
        if needed in head and (match := form.match(head)):
            parts = match.groupdict()
            return Dateline(_normalize_place(parts.get("place")), parts["outlet"], match.end())
    return None


def _find_without_dash(head: str) -> Dateline | None:
    """Find a dateline that lost its dash ("Liputan6.com, Jakarta Presiden ..."); its place must be known."""
    match = _BRACKETED.match(head)
    if match:
        return Dateline(_normalize_place(match["place"]), match["outlet"], match.end())
    match = _OUTLET_THEN_PLACE.match(head)
    if not match:
        return None
    rest = match["rest"]
    # The place may be glued to the next word ("JakartaHari"): try every known prefix, longest first.
    for length in range(min(len(rest), 30), 2, -1):
        follows = rest[length : length + 1]
        if rest[:length].casefold() in load_places() and (follows.isspace() or follows.isupper()):
            end = match.start("rest") + length
            return Dateline(
                _normalize_place(rest[:length]), match["outlet"], end + len(rest[length:]) - len(rest[length:].lstrip())
            )
    return None


def _find_bare_place(head: str) -> Dateline | None:
    match = _PLACE_ONLY.match(head)
    if not match or ":" in match["dash"]:
        return None
    place = match["place"]
    first = re.split(r"[,/]", place)[0].strip().casefold()
    is_known = first in load_places()
    # A range or compound ("Jakarta-Bandung") is not a dateline: a dash without spaces must follow capitals.
    has_space = any(c.isspace() for c in match["dash"])
    is_capital = place.isupper() and len(place) > 4
    if not place.isupper() and (first in load_countries() or _opens_with_place(head[match.end() :])):
        return None  # "Iran - Israel ...", "Solo - Sragen ..."
    if place in _RUBRICS and has_space:
        return Dateline(None, None, match.end())
    if (is_capital or is_known) and (has_space or (place.isupper() and is_known)):
        return Dateline(_normalize_place(place), None, match.end())
    return None


def _opens_with_place(text: str) -> bool:
    words = [word.strip(".,:;!?\"'“”").casefold() for word in text.split(maxsplit=2)[:2]]
    return any(" ".join(words[:n]) in load_places() for n in (1, 2))


def _normalize_place(place: str | None) -> str | None:
    """Convert capitals to title case, "LOS ANGELES" to "Los Angeles"; "DKI Jakarta" and "AS" keep abbreviations."""
    if place is None:
        return None
    place = " ".join(place.split()).strip(" ,.")
    if not place.isupper():
        return place
    return _CAPITALS.sub(lambda m: m[0] if m[0] in _ABBREVIATED else m[0].capitalize(), place)
