"""Plant disagreements: change a number that two outlets of a story share, in one of them, by kind.

The patterns are independent of those in summaries/stories/figures.py: a number that the product does not read counts
as not found.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

from summaries.model import StoredArticle
from summaries.stories.figures import Kind
from summaries.text.dates import MONTHS

_WORDS = {
    word: value
    for value, word in enumerate(
        ["dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas"], 2
    )
}
_WORDS |= {f"{word} belas": value + 10 for word, value in list(_WORDS.items())[:8]}
_DIGITS = r"(?<![\d.,/:–-])\d+(?:[.,]\d+)*(?![\d/:–-]|[.,]\d)"
_N = rf"(?P<n>{_DIGITS}|\b(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})\b)"
_GAP = r"(?:(?!tahun\b)[^\W\d_]+[ ,(]+){0,4}?"
_UNITS = "persen|tahun|bulan|hari|menit|detik|juta|ribu|miliar|triliun"
_MONTH = "|".join(MONTHS)
_STATES = {
    Kind.DEATHS: "tewas|meninggal|wafat|korban jiwa|menewaskan",
    Kind.INJURED: "luka|luka-luka|terluka|cedera|melukai",
    Kind.MISSING: "hilang|belum ditemukan",
    Kind.SURVIVORS: "selamat|diselamatkan",
}
_EXPRESSIONS = {
    **{
        kind: rf"{_N} {_GAP}(?:{words})\b|\b(?:{words}) {_GAP}{_N.replace('?P<n>', '?P<m>')}(?= (?:orang|korban|jiwa))"
        for kind, words in _STATES.items()
    },
    Kind.MAGNITUDE: rf"\b(?:M|[Mm]agnitudo|berkekuatan) ?(?P<n>{_DIGITS})",
    Kind.MONEY: rf"(?:Rp|US\$|USD) ?(?P<n>{_DIGITS})",
    Kind.PERCENT: rf"(?P<n>{_DIGITS}) ?(?:%|persen)",
    Kind.DISTANCE: rf"(?P<n>{_DIGITS}) ?(?:km|kilometer|meter|m)\b",
    Kind.SCORE: r"(?P<n>(?<![\d.,/:-])\d-\d(?![\d/:-]))",
    Kind.TIME: r"\bpukul (?P<n>\d\d[.:]\d\d)\b(?![.:-])",
    Kind.DATE: rf"(?<![\d(-])(?<!\w, )\b(?P<n>\d{{1,2}}) (?:{_MONTH})\b",
    Kind.AGE: r"[a-z] \((?P<n>\d\d)(?: tahun)?\)|(?:usia|umur) (?P<m>\d\d) tahun\b|[a-z], (?P<k>\d\d) tahun,",
    Kind.COUNT: rf"(?<![Pp]asal )(?<![Nn]omor )(?<!lantai )(?<!ayat ){_N} (?!{_UNITS}|{_MONTH})[^\W\d_]{{4,}}",
}
_PEOPLE = frozenset(_STATES)
_PATTERNS = {kind: re.compile(text, re.IGNORECASE if kind in _PEOPLE else 0) for kind, text in _EXPRESSIONS.items()}
_MIN_COMMON = 4
# The numbers of a kind that are changed for each pair, so that lists of prices do not outweigh the other stories.
_MOST = 3


@dataclass(frozen=True, slots=True)
class Planted:
    """Two articles that shared a number, which is now `number` in the changed one."""

    kind: Kind
    articles: list[StoredArticle]
    changed: StoredArticle
    number: str


def plant(articles: Sequence[StoredArticle]) -> Iterator[Planted]:
    """Yield each two outlets' first articles once for each number of a kind that they share, changed in one of them."""
    outlets: dict[str | None, StoredArticle] = {}
    for stored in articles:
        outlets.setdefault(stored.article.outlet, stored)
    for one, other in permutations(outlets.values(), 2):
        chance = random.Random(f"{one.key} {other.key}")
        for kind in _PATTERNS:
            mine, theirs = _find_numbers(one, kind), _find_numbers(other, kind)
            shared = sorted(number for number in mine.keys() & theirs.keys() if _is_shared(number, kind, mine, theirs))
            for number in chance.sample(shared, min(len(shared), _MOST)):
                changed, value = _change(one, number, kind, chance)
                yield Planted(kind, [changed, other], changed, value)


def _find_numbers(stored: StoredArticle, kind: Kind) -> dict[str, set[str]]:
    """Return each number of the kind with the words of its sentences."""
    found: dict[str, set[str]] = {}
    for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z\"“])|\n", stored.article.text[:6000]):
        for match in _PATTERNS[kind].finditer(sentence):
            number = next(filter(None, match.groupdict().values()))
            number = str(_WORDS.get(number.lower(), number))
            if kind is not Kind.SCORE or re.search(r"menang|kalah|skor|imbang|unggul", sentence):
                found.setdefault(number, set()).update(re.findall(r"[^\W\d_]{4,}", sentence.lower()))
    return found


def _is_shared(number: str, kind: Kind, mine: dict[str, set[str]], theirs: dict[str, set[str]]) -> bool:
    is_year = kind in (Kind.COUNT, Kind.AGE) and re.fullmatch(r"(?:19|20)\d\d|1", number)
    return not is_year and (kind in _PEOPLE or len(mine[number] & theirs[number]) >= _MIN_COMMON)


def _change(stored: StoredArticle, number: str, kind: Kind, chance: random.Random) -> tuple[StoredArticle, str]:
    """Change the number throughout the article. Small counts are changed where the pattern of the kind matches."""
    value = _pick(number, kind, chance)
    names = "|".join(re.escape(name) for name in (number, *(word for word in _WORDS if str(_WORDS[word]) == number)))
    everywhere = rf"(?<![\d.,/:–-])\b(?:{names})\b(?![\d/:–-]|[.,]\d)"
    is_small = number.isdigit() and len(number) == 1

    def rewrite(text: str) -> str:
        if not is_small:
            return re.sub(everywhere, value, text, flags=re.IGNORECASE)
        return _PATTERNS[kind].sub(lambda match: re.sub(everywhere, value, match[0], flags=re.IGNORECASE), text)

    article = stored.article
    return replace(stored, article=replace(article, title=rewrite(article.title), text=rewrite(article.text))), value


def _pick(number: str, kind: Kind, chance: random.Random) -> str:
    """Return another number as real disagreements have it: by one to three, or with another second digit."""
    if kind is Kind.TIME:
        minutes = (60 * int(number[:2]) + int(number[3:]) + chance.choice((5, 10, 15, 30, 60))) % 1440
        return f"{minutes // 60:02}{number[2]}{minutes % 60:02}"
    if kind is Kind.SCORE:
        return f"{(int(number[0]) + 1) % 10}{number[1:]}"
    if kind in (Kind.DATE, Kind.AGE):
        return str(int(number) + (1 if int(number) < 28 else -1))
    if number.isdigit() and int(number) < 100 and kind in (*_PEOPLE, Kind.COUNT):
        return str(int(number) + chance.randint(1, 3 if int(number) > 4 else 1))
    digits = [at for at, sign in enumerate(number) if sign.isdigit()][:2]
    if len(digits) == 1 or number[digits[1]] == "0":  # no mere rounding
        return f"{int(number[0]) % 9 + 1}{number[1:]}"
    at = digits[1]
    return f"{number[:at]}{(int(number[at]) + chance.randint(1, 3)) % 10}{number[at + 1 :]}"
