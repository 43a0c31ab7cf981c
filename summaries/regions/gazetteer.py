"""The provinces, regencies and cities of Indonesia and their names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from summaries.text.words import read_data_lines

# Letters and digits, split also where a capital follows a small letter: links are glued to words ("YayasanAl Kareem").
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_KIND_WORDS = {"provinsi": "province", "prov": "province", "kabupaten": "regency", "kab": "regency", "kota": "city"}
_KINDS = re.compile(r"(?:Kabupaten|Kota)(?: Administrasi)? ")


@dataclass(frozen=True, slots=True)
class Region:
    """A province ("35"), or a regency or city ("35.78" is in province "35"). `name` is official: "Kota Surabaya"."""

    code: str
    name: str

    @property
    def province(self) -> str:
        return self.code[:2]

    @property
    def is_province(self) -> bool:
        return len(self.code) == 2

    @property
    def is_city(self) -> bool:
        return self.name.startswith("Kota ")

    @property
    def kind(self) -> str:
        return "province" if self.is_province else "city" if self.is_city else "regency"

    @property
    def short_name(self) -> str:
        return _KINDS.sub("", self.name)


@dataclass(frozen=True, slots=True)
class Meaning:
    """A region that a name may mean. data/regions.txt explains the marks."""

    code: str
    is_ambiguous: bool = False  # ?
    is_weak: bool = False  # ~
    is_preferred: bool = False  # =
    is_place: bool = False  # a town or landmark
    is_capital: bool = False  # *


@dataclass(frozen=True, slots=True)
class Name:
    """The meanings of a name: one of them, or all. None for names that only contain that of a region."""

    meanings: tuple[Meaning, ...]
    means_all: bool = False
    is_in_capitals: bool = False


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """All regions by code, names by their words in lower case, and the most words of a name by its first word."""

    regions: dict[str, Region]
    names: dict[tuple[str, ...], Name]
    longest: dict[str, int]


@cache
def load_gazetteer() -> Gazetteer:
    regions: dict[str, Region] = {}
    names: dict[tuple[str, ...], Name] = {}
    for line in read_data_lines("summaries.regions", "regions.txt"):
        code, *columns = line.split("|")
        if code == "+":
            meanings = tuple(map(Meaning, columns[1].split()))
            names.update((_split(name), Name(meanings, means_all=True)) for name in _list_names(columns[0]))
        elif code == "-":
            names.update((_split(name), Name(())) for name in _list_names(columns[0]))
        else:
            region = regions[code] = Region(code, columns[0])
            for name, meaning in _read_meanings(region, columns[1], columns[2]):
                words = _split(name)
                known = names[words].meanings if words in names else ()
                if code not in [one.code for one in known]:
                    names[words] = Name((*known, meaning), is_in_capitals=name.isupper())
    longest: dict[str, int] = {}
    for words in names:
        longest[words[0]] = max(longest.get(words[0], 0), len(words))
    return Gazetteer(regions, names, longest)


def load_regions() -> dict[str, Region]:
    """Return all regions by code, in the order of their codes."""
    return load_gazetteer().regions


@cache
def load_seats() -> dict[str, tuple[float, float]]:
    """Return latitude and longitude of the seat of each regency and city, by code."""
    lines = read_data_lines("summaries.regions", "seats.txt")
    return {code: (float(north), float(east)) for code, north, east in (line.split("|") for line in lines)}


def find_region_by_name(text: str) -> Region | None:
    """Return the region that `text` names as a whole: "jatim", "Kota Malang", "kabupaten malang".

    A name that a city and a regency share means the city, and one that a province shares means the province. An
    abbreviation that means something else too, such as OKI, names a region only after "kabupaten".
    """
    words = tuple(word for word in _split(text) if word != "administrasi")
    kind = _KIND_WORDS.get(words[0]) if words else None
    for rest, wanted in ((words, None), (words[1:], kind)):
        name = load_gazetteer().names.get(rest)
        if name and not name.means_all and (wanted or rest is words):
            meanings = [one for one in name.meanings if not one.is_place]
            regions = [(load_regions()[one.code], one.is_ambiguous and not wanted) for one in meanings]
            found = [
                region
                for region, is_ambiguous in regions
                if wanted in (None, region.kind) and (not is_ambiguous or _split(region.short_name) == rest)
            ]
            if found:
                return min(found, key=lambda one: (not one.is_province, not one.is_city, one.code))
    return None


def _read_meanings(region: Region, others: str, places: str) -> Iterator[tuple[str, Meaning]]:
    short = region.short_name
    marks = _list_names(others)
    is_capital = "*" in marks
    yield short, Meaning(region.code, "?" in marks, is_preferred="=" in marks, is_capital=is_capital)
    for column in (others, places):
        for name in _list_names(column):
            if bare := name.lstrip("?~=*"):
                yield (
                    bare,
                    Meaning(
                        region.code, name[0] == "?", name[0] == "~", is_place=column is places, is_capital=is_capital
                    ),
                )


def _list_names(column: str) -> list[str]:
    return [name.strip() for name in column.split(";") if name.strip()]


def _split(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in WORD.findall(name))
