"""The figures of an article: numbers of people, amounts of money, magnitudes, times and others, with their context."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from itertools import pairwise
from operator import attrgetter

from summaries.stories.signature import normalize_term
from summaries.text.amounts import AMOUNT_WORDS, locate_amounts
from summaries.text.dates import MONTHS
from summaries.text.lazy_patterns import lazy_regex
from summaries.text.sentences import Span, find_sentences
from summaries.text.words import load_stop_words, load_word_list


class Kind(StrEnum):
    """The thing that a figure counts or measures."""

    DEATHS = "deaths"
    INJURED = "injured"
    MISSING = "missing"
    SURVIVORS = "survivors"
    DISPLACED = "displaced"
    MAGNITUDE = "magnitude"
    DEPTH = "depth"
    SCORE = "score"
    MONEY = "money"
    PERCENT = "percent"
    DISTANCE = "distance"
    MEASURE = "measure"
    TIME = "time"
    DATE = "date"
    AGE = "age"
    COUNT = "count"


class Bound(StrEnum):
    """Whether the article gives the number itself or a limit ("lebih dari", "hampir", "sekitar")."""

    EXACT = "exact"
    ABOUT = "about"
    AT_LEAST = "at least"
    AT_MOST = "at most"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in an article's title or text, at `start` to `end`, in the sentence `sentence`.

    A time counts minutes, a date is month times 100 plus day, a score is the higher number times 1,000 plus the other.
    `head` is the stem of the counted noun, `near` the stems around the number and `around` those of the sentence;
    `names` are the names near the number, and `years` the other years that the sentence mentions.
    `place` is the place or group that a number of victims is limited to, and `measured` the last content word before
    the number.
    """

    kind: Kind
    value: Decimal
    start: int
    end: int
    sentence: Span
    unit: str | None = None
    bound: Bound = Bound.EXACT
    is_title: bool = False
    head: str = ""
    near: frozenset[str] = frozenset()
    around: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    years: frozenset[str] = frozenset()
    place: str = ""
    measured: str = ""


MAX_CHARS = 6_000
"""The number of characters read: further down, articles repeat older news."""
MAX_FIGURES = 40
"""The number of figures kept of an article, which bounds the cost of comparing two articles."""
MAX_CACHED = 256
"""The articles whose figures are kept: a story is compared again for each new article."""
MAX_SENTENCE_CHARS = 600
MAX_NUMBERS = 12
"""A longer sentence, or one with more numbers, is a table or a list and is skipped."""


# Links to other articles, averages and conditions: their numbers belong to other events.
_FOREIGN = lazy_regex(
    r"^\W*(?:baca|simak|tonton|lihat|saksikan)\b|\b(?:baca juga|rata-rata|setiap|seandainya|jika|apabila)\b",
    re.IGNORECASE,
)
# Prices change by the minute.
_MARKET = lazy_regex(
    r"\b(?:ihsg|saham|indeks|rupiah (?:melemah|menguat)|perdagangan hari|sesi|bitcoin|kripto)\b"
    r"|\b(?:harga|buyback) emas",
    re.IGNORECASE,
)
# Words of earlier times, aftershocks and comparisons, before a number and after it.
_PAST_BEFORE = lazy_regex(
    r"\b(?:sebelumnya|semula|awalnya|tadinya|dulu|dahulu|(?:tahun|bulan|pekan|minggu)\s+lalu|kemarin|sejak|susulan"
    r"|dibanding\w*)\b",
    re.IGNORECASE,
)
_PAST_AFTER = lazy_regex(
    r".{0,30}\b(?:(?:tahun|bulan|pekan|minggu)\s+(?:lalu|sebelumnya)|susulan)\b", re.IGNORECASE | re.DOTALL
)
_PAST_REACH = 75
_TIMELESS = (Kind.AGE, Kind.DATE)
_YEAR = lazy_regex(r"(?<![\d.,/])(?:19|20)\d\d(?![\d.,]\d|[-/]?\d)")
_TIME = lazy_regex(
    r"\b(?:pukul|jam)\s+(?P<hour>\d{1,2})[.:](?P<minute>\d\d)(?![.:]?\d)(?:\s*(?P<zone>WIB|WITA|WIT)\b)?", re.IGNORECASE
)
_DATE = lazy_regex(
    r"(?<![\d.,/(-])(?P<day>\d{1,2})\s+(?P<month>"
    + "|".join(MONTHS)
    + r")\b(?:\s+(?P<year>\d{4}))?|\(?\b(?P<day2>\d{1,2})/(?P<month2>\d{1,2})(?:/(?P<year2>\d{2,4}))?\b\)?",
    re.IGNORECASE,
)
_DAYS = "senin selasa rabu kamis jumat sabtu minggu ahad"
_FRAME_WORDS = """
    wib wita wit pagi siang sore malam dini senilai sebesar mencapai capai tembus menembus sebanyak berjumlah jumlah
    total jadi nilai diproyeksikan diperkirakan
"""
# A weekday before a date is often that of a statement or of a publication, which differ between reports of one event.
_STATED_WITHIN = timedelta(days=3)
_WEEKDAY = lazy_regex(rf"\b(?:{_DAYS.replace(' ', '|')})\b[\s,(]*$", re.IGNORECASE)
_AGE = lazy_regex(
    r"(?<![\w'’.-])(?P<name>(?:[A-Z][\w'’.-]+ ){0,3}[A-Z][\w'’-]+)(?: ?\((?P<bracketed>\d{1,2})(?: tahun| th)?\)"
    r"|,? (?:yang )?(?:ber)?(?:usia|umur) (?P<said>\d{1,2}) tahun\b|, (?P<put>\d{1,2}) tahun(?=[,.)]))"
)
_SCORE = lazy_regex(r"(?<![\d.,/:-])\d{1,2}-\d{1,2}(?![\d/:-]|[.,]\d)")
_MATCH = lazy_regex(
    r"\b(?:skor|menang|kalah|mengalahkan|imbang|unggul|takluk\w*|menaklukkan|vs|kemenangan)\b", re.IGNORECASE
)
_PART_OF_MATCH = lazy_regex(
    r"\b(?:babak pertama|paruh|agregat|leg|adu penalti|gim|set|sempat|terakhir|pertemuan)\b", re.IGNORECASE
)
_MAGNITUDE = lazy_regex(r"(?:\b(?:ber)?magnitudo|\bM|\bberkekuatan|\bkekuatan)\W{0,3}$", re.IGNORECASE)
_DEPTH = lazy_regex(r"\bkedalaman\W+(?:\w+\W+){0,2}$", re.IGNORECASE)
# Before a number that names something: a law, an address, a rank, an age.
_LABEL_WORDS = """
    pasal nomor no ayat perpres uu pp km kilometer rt rw jalan jl lantai tahun kelas kloter terbang hotel liga level
    tingkat peringkat posisi koridor blok menit ke hut jilid seri edisi babak kuartal semester tahap umur usia berusia
    gate golongan grup zona bab juncto jo tanggal hari pukul jam presiden
"""
# A word before brackets that is no name: "Ayat (2)".
_NO_NAMES = frozenset((*_LABEL_WORDS.split(), *_DAYS.split(), *MONTHS))
_LABEL = lazy_regex(rf"\b(?:{'|'.join(_LABEL_WORDS.split())})\W{{0,2}}$|[-/@_#.][\"']?$|[^\W\d_]$", re.IGNORECASE)
_CURRENCIES = frozenset(("us", "usd", "as"))
_RATE = lazy_regex(r"\b(?:kurs|nilai tukar)\W+(?:\w+\W+){0,2}$", re.IGNORECASE)
_NO_NUMBER = lazy_regex(r"-\w|[^\W\d_]|\.\s|/")
_MONEY_OR_MAGNITUDE = lazy_regex(r"(?:Rp|USD|\bM|\$)\s?$")
_PREFIX = r"\W*(?:(?:pukul|jam|rp|us\$|magnitudo|usd)\W*)?$"
_BOUNDS = {
    Bound.ABOUT: lazy_regex(rf"\b(?:sekitar|sekira|kira-kira|kurang lebih|kisaran)\b{_PREFIX}|±\s*$", re.IGNORECASE),
    Bound.AT_LEAST: lazy_regex(
        rf"\b(?:lebih dari|sedikitnya|setidaknya|minimal|di atas|tembus|melebihi|melampaui){_PREFIX}", re.IGNORECASE
    ),
    Bound.AT_MOST: lazy_regex(
        rf"\b(?:hampir|nyaris|mendekati|maksimal|paling banyak|hingga|sampai|di bawah|kurang dari){_PREFIX}",
        re.IGNORECASE,
    ),
}
# Between the ends of a range, and between the old and the new value.
_RANGE = lazy_regex(
    r"[^\W\d_]{0,8}\s*+(?:[-–—]|s/d|sampai|hingga)\s*+(?:dengan\s++)?(?:(?:Rp|US\$)\s*+)?", re.IGNORECASE
)
_CHANGE = lazy_regex(r"(?:[^\W\d_]+\s+){0,2}(?:menjadi|jadi|ke)\s++(?:sebesar\s++)?(?:(?:Rp|US\$)\s*+)?", re.IGNORECASE)
# Between the parts of a total ("lima mahasiswa dan lima warga diselamatkan").
_PARTS = lazy_regex(r"\s(?:[^\W\d_]+\s){1,4}(?:dan|serta|plus)\s(?:Rp\s?)?", re.IGNORECASE)
_PART = lazy_regex(r"(?<!terdiri )\bdari(?:\s(?:total|jumlah))?\W*$", re.IGNORECASE)
# The place of a part of the victims, before their number or after it.
_AREA = r"\b[Dd]i\s+(?:(?:kota|kabupaten|provinsi|kecamatan|desa|wilayah|daerah)\s+)?(?P<place>[A-Z]\w+)"
_PLACE_BEFORE = lazy_regex(rf"{_AREA}(?:\s[A-Z]\w+)*[,:]?\s*(?:(?:terdapat|ada|sebanyak|tercatat|sedikitnya)\s*)?$")
_PLACE_AFTER = lazy_regex(rf"[^.;,]{{0,40}}?{_AREA}")
_ORIGIN = lazy_regex(r"\s(?:[a-z]+\s){1,2}(?P<place>[A-Z]\w+)")

_STATES = {
    word: kind
    for kind, words in {
        Kind.DEATHS: "tewas meninggal wafat gugur menewaskan tewaskan terbunuh",
        Kind.INJURED: "luka luka-luka terluka cedera melukai lukai",
        Kind.MISSING: "hilang",
        Kind.SURVIVORS: "selamat diselamatkan survivor",
        Kind.DISPLACED: "mengungsi pengungsi",
    }.items()
    for word in words.split()
}
_ONE = lazy_regex(
    rf"\bseorang\b|\bsatu(?=\s+(?:orang|korban|jiwa|warga|penumpang|lainnya|{'|'.join(_STATES)})\b)", re.IGNORECASE
)
_STATE_PAIRS = {
    ("korban", "jiwa"): Kind.DEATHS,
    ("merenggut", "nyawa"): Kind.DEATHS,
    ("meregang", "nyawa"): Kind.DEATHS,
    ("kehilangan", "nyawa"): Kind.DEATHS,
    ("nyawa", "melayang"): Kind.DEATHS,
    ("belum", "ditemukan"): Kind.MISSING,
    ("dalam", "pencarian"): Kind.MISSING,
}
_SEVERITY = r"berat|ringan|sedang|parah|serius|kritis|bakar"
_PART_OF_VICTIMS = lazy_regex(
    rf"[^.;,]{{0,40}}?\b(?:{'|'.join(_STATES)})(?:\s+dunia)?\s+(?:yang|{_SEVERITY}|di (?:lokasi|tempat|rumah sakit))\b"
    r"|\s(?:[^\W\d_]+\s){0,3}?lagi\b",
    re.IGNORECASE,
)
_INCREASE = lazy_regex(r"\b(?:bertambah|tambahan|berkurang|kembali\s+\w+)\s+$", re.IGNORECASE)
_ESTIMATE = lazy_regex(
    r"\b(?:diperkirakan|dikhawatirkan|diduga|kemungkinan|terancam)\s(?:[^\W\d_]+\s){0,4}$", re.IGNORECASE
)
_SUSPECTS = lazy_regex(r"\s(?:(?:[^\W\d_]+\s){1,6}?(?:sebagai|jadi|menjadi)\s+)?tersangka\b", re.IGNORECASE)
_PEOPLE_WORDS = """
    orang korban jiwa warga penumpang mahasiswa siswa pelajar santri pekerja buruh anak balita bocah bayi pria wanita
    perempuan pasien pendaki wisatawan polisi prajurit tentara personel awak abk kru nelayan petani jemaah jamaah wni
    wna jenazah mayat lainnya lain
"""
_PEOPLE = frozenset(_PEOPLE_WORDS.split())
# Nouns for all people of an event; they have the head "orang".
_ANYBODY = frozenset(("orang", "korban", "jiwa", "warga", "jenazah", "mayat", "lainnya", "lain"))
# Words between a number of people and their state ("lima orang di antaranya ditemukan meninggal").
_FILLER_WORDS = """
    di antaranya dinyatakan dilaporkan ditemukan dalam kondisi keadaan telah masih yang sudah dipastikan mengalami dunia
    negara indonesia berhasil ikut turut juga dikonfirmasi korban
"""
_FILLERS = frozenset(_FILLER_WORDS.split())
# Words directly before a number that has its state further ahead ("korban tewas di sana bertambah menjadi 12 orang").
_LINK_WORDS = """
    sebanyak mencapai menjadi jadi berjumlah bertambah adalah ada sedikitnya setidaknya tembus yakni total sekitar dunia
    capai tewas menewaskan tewaskan meninggal melukai lukai nyawa
"""
_LINKS = frozenset(_LINK_WORDS.split())
# "Korban meninggal 1." heads a list.
_BARE_STATES = frozenset(("tewas", "meninggal", "dunia"))
_STATE_REACH = 14
_MIN_COUNT = 2
_DIGIT = lazy_regex(r"\d")
_WORD = lazy_regex(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*|\d|[.;:!?]")
_BEFORE, _AFTER, _HEAD_REACH = 4, 3, 2


@lru_cache(maxsize=MAX_CACHED)
def extract_article_figures(title: str, text: str, published: date) -> tuple[Figure, ...]:
    """Return the figures of an article (see `extract_figures`), and keep them."""
    return extract_figures(title, text, published=published)


def extract_figures(title: str, text: str, *, published: date | None = None) -> tuple[Figure, ...]:
    """Return the comparable figures of the title and of the start of the text of an article of that day, in order.

    Left out are links to other articles, history, ranges, numbers that name something, and days of publication.
    """
    found = list(_read_sentence(title, Span(0, len(title)), published, is_title=True))
    for span in find_sentences(text[:MAX_CHARS]):
        if len(found) >= MAX_FIGURES:
            break
        found += _read_sentence(text, span, published)
    return tuple(found[:MAX_FIGURES])


_CUES: Mapping[str, frozenset[Kind]] = {
    **{word: frozenset((kind,)) for word, kind in _STATES.items()},
    # The second words of pairs; those of one word may have several states.
    **{
        second: frozenset(kind for (_, other), kind in _STATE_PAIRS.items() if other == second)
        for _, second in _STATE_PAIRS
    },
}
_MAGNITUDE_CUE = lazy_regex(r"magnitudo|kekuatan|\bm(?![^\W\d_])", re.IGNORECASE)
_AGE_CUE = lazy_regex(r"\(\d{1,2}(?: tahun| th)?\)|(?:usia|umur|,) \d{1,2} tahun")
CUED_KINDS = frozenset((Kind.DEATHS, Kind.INJURED, Kind.MISSING, Kind.SURVIVORS, Kind.MAGNITUDE, Kind.AGE))
"""The kinds that `find_possible_kinds` knows."""


def find_possible_kinds(title: str, text: str) -> frozenset[Kind]:
    """Return the kinds of `CUED_KINDS` that the article's figures may have, far sooner than by reading the figures."""
    read = f"{title}\n{text[:MAX_CHARS]}"
    words = {word.lower().removesuffix("nya") for word in _WORD.findall(read)}
    cued = ((Kind.MAGNITUDE, _MAGNITUDE_CUE), (Kind.AGE, _AGE_CUE))
    found = frozenset(kind for kind, cue in cued if cue.search(read))
    return found.union(*(_CUES[word] for word in words & _CUES.keys()))


@dataclass(frozen=True, slots=True)
class _Number:
    """A number in a sentence; `kind` is None for one that is not comparable but separates its neighbours."""

    start: int
    end: int
    kind: Kind | None = None
    value: Decimal = Decimal(0)
    unit: str | None = None
    name: str = ""
    year: str = ""


def _read_sentence(text: str, span: Span, published: date | None, *, is_title: bool = False) -> Iterator[Figure]:
    sentence = text[span.start : span.end]
    if len(sentence) > MAX_SENTENCE_CHARS or _FOREIGN.search(sentence) or _MARKET.search(sentence):
        return
    numbers = _find_numbers(sentence, published)
    if len(numbers) > MAX_NUMBERS or all(number.kind is None for number in numbers):
        return
    words = _Words(sentence)
    years = frozenset(
        {*_YEAR.findall(sentence), *(number.year for number in numbers)}
        - {"", str(published.year) if published else ""}
    )
    parts = _find_parts(sentence, numbers)
    for number in numbers:
        if number.kind is None or (is_title and number.kind is Kind.DATE) or number in parts:
            continue
        before = sentence[: number.start]
        if number.kind not in _TIMELESS and (
            _PAST_BEFORE.search(before[-_PAST_REACH:]) or _PAST_AFTER.match(sentence, number.end)
        ):
            continue
        state = words.find_state(number) if number.kind is Kind.COUNT else None
        head = _find_head(words, number, sentence, state)
        if (state and _is_part(sentence, number)) or (number.kind is Kind.COUNT and not head):
            continue
        area = (
            _PLACE_BEFORE.search(before[-_PAST_REACH:])
            or _PLACE_AFTER.match(sentence, number.end)
            or _ORIGIN.match(sentence, number.end)
        )
        near, names, measured = words.describe(number)
        if is_title and number.kind is not Kind.AGE:
            names = frozenset()  # titles have capitals throughout
        yield Figure(
            state or number.kind,
            number.value,
            span.start + number.start,
            span.start + number.end,
            span,
            number.unit,
            next((bound for bound, pattern in _BOUNDS.items() if pattern.search(before)), Bound.EXACT),
            is_title,
            head,
            near,
            words.stems,
            names,
            years,
            normalize_term(area["place"]) if area and state else "",
            measured,
        )


def _find_head(words: _Words, number: _Number, sentence: str, state: Kind | None) -> str:
    """Return the noun that the number counts, or an empty string for a count without one."""
    head = words.find_head(number.end)
    if state:
        return head if head in _PEOPLE else "orang"
    if number.kind is Kind.COUNT and number.value < _MIN_COUNT:
        return ""
    return "tersangka" if _SUSPECTS.match(sentence, number.end) else head


def _is_part(sentence: str, number: _Number) -> bool:
    """Return whether a number of victims is a part of them, an increase or an estimate."""
    before = sentence[: number.start]
    return bool(_PART_OF_VICTIMS.match(sentence, number.end) or _INCREASE.search(before) or _ESTIMATE.search(before))


def _find_parts(sentence: str, numbers: list[_Number]) -> set[_Number]:
    """Return the numbers that "dan" joins to another one of the same kind: parts of a total."""
    found: set[_Number] = set()
    for one, other in pairwise(numbers):
        between = sentence[one.end : other.start]
        is_joined = one.kind is other.kind and _PARTS.fullmatch(between)
        if is_joined and _STATES.keys().isdisjoint(between.lower().split()):
            found |= {one, other}
    return found


def _find_numbers(sentence: str, published: date | None) -> list[_Number]:
    """Return the numbers of the sentence in order. Each pattern masks its matches from those after it."""
    if not _DIGIT.search(sentence):
        # Only words: no age, time, date, year or score.
        return sorted([*_find_ones(sentence), *_find_amounts(sentence)], key=attrgetter("start"))
    found: list[_Number] = []
    rest = sentence

    def mask(start: int, end: int) -> None:
        nonlocal rest
        rest = f"{rest[:start]}{'|' * (end - start)}{rest[end:]}"

    for match in _AGE.finditer(sentence):
        group = match.lastgroup or ""
        start, end = match.span(group)
        if match["name"].split()[-1].lower() in _NO_NAMES:
            continue
        found.append(_Number(start, end, Kind.AGE, Decimal(match[group]), name=match["name"]))
        mask(start, end)
    for match in _TIME.finditer(rest):
        minutes = 60 * int(match["hour"]) + int(match["minute"])
        found.append(_Number(match.start("hour"), match.end(), Kind.TIME, Decimal(minutes), match["zone"]))
        mask(match.start(), match.end())
    for match in _DATE.finditer(rest):
        found.append(_read_date(match, published, is_stated=bool(_WEEKDAY.search(rest[: match.start()]))))
        mask(match.start(), match.end())
    for match in _YEAR.finditer(rest):
        mask(match.start(), match.end())
    is_match = _MATCH.search(sentence) and not _PART_OF_MATCH.search(sentence)
    for match in _SCORE.finditer(rest):
        low, high = sorted(map(int, match[0].split("-")))
        found.append(_Number(match.start(), match.end(), Kind.SCORE if is_match else None, Decimal(1000 * high + low)))
        mask(match.start(), match.end())
    return sorted([*found, *_find_ones(rest), *_find_amounts(rest)], key=attrgetter("start"))


def _find_ones(sentence: str) -> Iterator[_Number]:
    for match in _ONE.finditer(sentence):
        yield _Number(match.start(), match.end(), Kind.COUNT, Decimal(1))


def _read_date(match: re.Match[str], published: date | None, *, is_stated: bool) -> _Number:
    """Return the date. One with a weekday or a slash is comparable if it is far from `published`, unlike statements."""
    month = MONTHS[match["month"].lower()] if match["month"] else int(match["month2"])
    day = int(match["day"] or match["day2"])
    year = match["year"] or (f"20{match['year2'][-2:]}" if match["year2"] else "")
    number = _Number(match.start(), match.end(), Kind.DATE, Decimal(100 * month + day), year=year)
    if match["month"] and not is_stated:
        return number
    try:
        is_near = published is None or abs(date(int(year or published.year), month, day) - published) <= _STATED_WITHIN
    except ValueError:
        is_near = True
    return replace(number, kind=None) if is_near else number


def _find_amounts(sentence: str) -> list[_Number]:
    located = locate_amounts(sentence)
    gaps = [sentence[one.end : other.start] for one, other in pairwise(located)]
    found = []
    for at, one in enumerate(located):
        before, value = sentence[: one.start], one.amount.values[0]
        after = gaps[at] if at < len(gaps) else sentence[one.end :]
        is_left_out = (
            (at < len(gaps) and (_RANGE.fullmatch(after) or _CHANGE.fullmatch(after)))
            or (at > 0 and _RANGE.fullmatch(gaps[at - 1]))
            or (_LABEL.search(before) and not _MONEY_OR_MAGNITUDE.search(before))
            or _PART.search(before)
            or _RATE.search(before)
            or _NO_NUMBER.match(sentence, one.end)
            or sentence[one.start : one.start + 2].lower() == "ke"  # an ordinal
        )
        kind = None if is_left_out else _classify(before, one.amount.unit)
        found.append(_Number(one.start, one.end, kind, value, one.amount.unit))
    return found


def _classify(before: str, unit: str | None) -> Kind:
    if unit in ("IDR", "USD", "EUR", "GBP", "JPY"):
        return Kind.MONEY
    if unit == "%":
        return Kind.PERCENT
    if unit in ("km", "m", "cm", "mm"):
        return Kind.DEPTH if _DEPTH.search(before) else Kind.DISTANCE
    if unit is not None:
        return Kind.MEASURE
    return Kind.MAGNITUDE if _MAGNITUDE.search(before) else Kind.COUNT


@cache
def load_frame_words() -> frozenset[str]:
    """Load the words of dates and of reported speech, which occur around any number."""
    speech = load_word_list("word_kinds.txt", "verbs of speech") | load_word_list("word_kinds.txt", "verbs of saying")
    return speech | MONTHS.keys() | frozenset(f"{_DAYS} {_FRAME_WORDS}".split())


@cache
def load_frame_stems() -> frozenset[str]:
    """Load the stems of the words of dates and of reported speech."""
    return frozenset(map(normalize_term, load_frame_words()))


class _Words:
    """The words of a sentence with their places: `stems` are those of its content words."""

    def __init__(self, sentence: str) -> None:
        stops, frames = load_stop_words("id"), load_frame_words()
        self._matches = list(_WORD.finditer(sentence))
        self._starts = [match.start() for match in self._matches]
        lower = [match[0].lower() for match in self._matches]
        self._lower = [word if (owned := word.removesuffix("nya")) not in _PEOPLE else owned for word in lower]
        self._stems = [
            normalize_term(word)
            if len(word) > 1 and not (word in stops or word in AMOUNT_WORDS or word in frames)
            else ""
            for word in self._lower
        ]
        self.stems = frozenset(filter(None, self._stems))

    def find_head(self, end: int) -> str:
        """Return the first content word after `end`, or an empty string if a mark or another number comes first."""
        small = load_word_list("word_kinds.txt", "small in headlines")
        at = bisect_left(self._starts, end)
        for word, found in zip(self._lower[at : at + _HEAD_REACH], self._stems[at:], strict=False):
            if not word[0].isalpha():
                break
            if word in _ANYBODY:
                return "orang"
            if word in _PEOPLE or (not found and word not in small):
                return word
            if found:
                return found
        return ""

    def find_state(self, number: _Number) -> Kind | None:
        """Return the state of the people that the number counts, named after it or before it."""
        return self._find_state_after(number.end) or self._find_state_before(number)

    def _find_state_after(self, end: int) -> Kind | None:
        at = bisect_left(self._starts, end)
        is_of_people = False
        for number, (word, following) in enumerate(pairwise([*self._lower[at:], ""]), at):
            if (word, following) in _STATE_PAIRS:
                return _STATE_PAIRS[word, following]
            if word in _STATES:
                return _STATES[word]
            is_name = is_of_people and self._matches[number][0][0].isupper()
            is_of_people = is_of_people or word in _PEOPLE
            if word not in _FILLERS and word not in _PEOPLE and not is_name:
                break
        return None

    def _find_state_before(self, number: _Number) -> Kind | None:
        first, at = bisect_left(self._starts, number.start), bisect_left(self._starts, number.end)
        is_of_people = at < len(self._lower) and self._lower[at] in _PEOPLE
        is_alone = at >= len(self._lower) or not self._lower[at][0].isalpha()
        link = self._lower[first - 1] if first else ""
        if link not in _LINKS or not (is_of_people or (is_alone and link not in _BARE_STATES)):
            return None
        reach = self._lower[max(0, first - _STATE_REACH) : first]
        for word, following in reversed(list(pairwise([*reach, ""]))):
            if not word[0].isalpha():
                return None
            if (word, following) in _STATE_PAIRS:
                return _STATE_PAIRS[word, following]
            if word in _STATES:
                return _STATES[word]
        return None

    def describe(self, number: _Number) -> tuple[frozenset[str], frozenset[str], str]:
        """Return the stems and names near the number, and the last stem before it. An age has its owner's name."""
        if number.name:
            owner = frozenset(number.name.lower().split()) - _PEOPLE - load_stop_words("id")
            return owner, owner, ""
        first, after = bisect_left(self._starts, number.start), bisect_left(self._starts, number.end)
        content = [at for at, found in enumerate(self._stems) if found]
        before = [at for at in content if at < first][-_BEFORE:]
        near = before + [at for at in content if at >= after][:_AFTER]
        names = (
            self._stems[at]
            for at in near
            if at and self._matches[at][0][0].isupper() and self._lower[at] not in _CURRENCIES
        )
        last = self._stems[before[-1]] if before else ""
        return frozenset(self._stems[at] for at in near), frozenset(names), last
