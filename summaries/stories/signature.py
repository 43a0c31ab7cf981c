"""The signature of an article, the plain data that clustering needs.

It consists of the features that distinguish events (stems of content words, names, numbers, the day) and the kind of
the headline.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from itertools import compress
from math import exp
from struct import Struct
from struct import error as StructError  # noqa: N812 - an exception

import numpy as np

from summaries.stories.missing_spaces import restore_spaces
from summaries.text.dates import MONTHS, sanitize_timestamp
from summaries.text.words import load_stop_words, read_data_lines, split_words, stem, stem_all

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_SPEAKER = re.compile(r"[^:]{3,45}: ")

_REACTION_WORDS = """
    kata respons reaksi tanggapi tanggapan kritik kecam kutuk mengecam mengutuk minta desak mendesak soroti ingatkan
    puji duka komentar komentari dukung tolak serukan ucapan pesan curhat sindir bela protes heran usul usulkan sesalkan
    apresiasi sarankan imbau dorong harap berharap pengamat pakar ahli legislator anggota
"""
_BACKGROUND_WORDS = """
    profil sosok rekam jejak daftar deretan fakta kisah sinopsis jadwal prediksi link live cara tips jelang preview
    potret foto video opini infografis arti apa siapa mengenal sejarah spesifikasi kegunaan kemampuan statistik top
"""
_REACTIONS = frozenset(_REACTION_WORDS.split())
_BACKGROUNDS = frozenset(_BACKGROUND_WORDS.split())


class HeadlineKind(StrEnum):
    """A reaction is a story separate from the event, and so is background: a profile, list, preview or question.

    A fact-check shares a story with fact-checks only: news may report as a fact the claim that it checks.
    """

    EVENT = "event"
    REACTION = "reaction"
    BACKGROUND = "background"
    FACT_CHECK = "fact-check"


def classify_headline(title: str) -> HeadlineKind:
    """Guess the kind: background by its opening ("Profil", "5 Fakta") or a question mark, a reaction by its verb or
    "Somebody: …"."""
    words = [word.lower() for word in _WORD.findall(title[:300])]
    opening = words[1:2] if words and words[0].isdigit() else words[:1]
    if not _BACKGROUNDS.isdisjoint(opening) or "?" in title:
        return HeadlineKind.BACKGROUND
    if not _REACTIONS.isdisjoint(words) or _SPEAKER.match(title):
        return HeadlineKind.REACTION
    return HeadlineKind.EVENT


TITLE_WEIGHT = 1.5
DECAY_TERMS = 40
"""Decay constant: a term's weight falls to 1/e after this many content words."""
MAX_TERMS = 300
_SITE = re.compile(
    r"(?:(?:(?<!\s)\s++)?\|[^|]{2,40}|(?<!\s)\s++[-–—]\s+[\w. ]{2,30}\.(?:com|co|id|net|tv)(?:\.id)?)\s*+$",
    re.IGNORECASE,
)


_COUNTS = Struct("<5I")


@dataclass(frozen=True, slots=True)
class Signature:
    """`weights` are the article's terms; terms of the title weigh more, terms further down weigh less.

    `title` keeps its order; `names` is the subset of `weights` written as names; `numbers` are the distinctive numbers
    of the title and the first paragraphs, and `day` is the first day there ("06-18"); `kind` classifies the headline.
    """

    id: str
    outlet: str | None = None
    published_at: datetime | None = None
    title: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    day: str | None = None
    kind: HeadlineKind = HeadlineKind.EVENT

    def to_bytes(self) -> bytes:
        """Convert the signature to the form in which it is stored; weights have three decimals.

        Numbers are little-endian: the lengths of `id` and `outlet`, the numbers of terms in `title`, `numbers` and
        `weights`, then each weight in thousandths, doubled, plus one for a name. UTF-8 text follows: `id`, `outlet`,
        and the other strings, separated by NUL, which no term contains.
        """
        moment = self.published_at.isoformat() if self.published_at else ""
        strings = (moment, self.day or "", self.kind.value, *self.title, *sorted(self.numbers), *self.weights)
        outlet = self.outlet or ""
        counts = (len(self.id), len(outlet), len(self.title), len(self.numbers), len(self.weights))
        weights = [2 * round(1000 * weight) + (term in self.names) for term, weight in self.weights.items()]
        return (
            _COUNTS.pack(*counts)
            + np.array(weights, "<u4").tobytes()
            + f"{self.id}{outlet}{chr(0).join(strings)}".encode()
        )

    @classmethod
    def from_bytes(cls, stored: bytes) -> Signature:
        """Parse the result of `to_bytes`.

        Raises:
            ValueError: it is something else.
        """
        try:
            id_chars, outlet_chars, title_count, number_count, weight_count = _COUNTS.unpack_from(stored)
        except StructError as error:
            raise ValueError("not a signature") from error
        weights = np.frombuffer(stored, "<u4", weight_count, _COUNTS.size)
        text = stored[_COUNTS.size + 4 * weight_count :].decode()
        moment, day, kind, *strings = text[id_chars + outlet_chars :].split("\0")
        numbers_end = title_count + number_count
        terms = strings[numbers_end:]
        return cls(
            id=text[:id_chars],
            outlet=text[id_chars : id_chars + outlet_chars] or None,
            published_at=datetime.fromisoformat(moment) if moment else None,
            title=tuple(strings[:title_count]),
            weights=dict(zip(terms, ((weights >> 1) / 1000).tolist(), strict=True)),
            names=frozenset(compress(terms, (weights & 1).tolist())),
            numbers=frozenset(strings[title_count:numbers_end]),
            day=day or None,
            kind=HeadlineKind(kind),
        )


def make_signature(
    id: str,  # noqa: A002 - matches the field of the record
    title: str,
    text: str,
    *,
    outlet: str | None = None,
    published_at: datetime | None = None,
    is_fact_check: bool = False,
) -> Signature:
    """Create the signature of an article with cleaned `text`. An implausible `published_at` (aware) counts as unknown.

    Only the start of title and text is read, which bounds the cost.
    """
    published_at = sanitize_timestamp(published_at, now=None)
    title = _SITE.sub("", title[:MAX_CHARS])
    text = restore_spaces(text[:MAX_CHARS], title)
    opening = f"{title}. {text}"[:MAX_NUMBER_CHARS]
    titled = extract_terms(title)
    weights: dict[str, float] = {}
    for name in titled:
        weights[name] = weights.get(name, 0.0) + TITLE_WEIGHT
    for i, name in enumerate(extract_terms(text)[:MAX_TERMS]):
        weights[name] = weights.get(name, 0.0) + exp(-i / DECAY_TERMS)
    return Signature(
        id=id,
        outlet=outlet or None,
        published_at=published_at.astimezone(UTC) if published_at else None,
        title=tuple(dict.fromkeys(titled)),
        weights={name: round(weight, 3) for name, weight in weights.items()},
        names=extract_names(text) & weights.keys(),
        numbers=extract_numbers(opening),
        day=find_day(opening[:MAX_DAY_CHARS]),
        kind=HeadlineKind.FACT_CHECK if is_fact_check else classify_headline(title),
    )


MAX_CHARS = 3_500
"""The number of characters read: news reports the event in its first paragraphs."""
_TOKEN = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*|[.!?\n:]")
_SENTENCE_END = frozenset(".!?\n:")
_MAX_WORD = 40

MAX_NUMBER_CHARS = 1_200
"""The title and the first paragraphs hold the numbers of the event; later ones are background."""
MAX_DAY_CHARS = 700
_DAY = re.compile(
    r"(?<![\w/.,])(?P<day>\d{1,2})(?:/(?P<number>\d{1,2})(?:/\d{2,4})?|\s+(?P<name>"
    + "|".join(MONTHS)
    + r"))(?![\w/])",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w.,/])\d+(?:[.,]\d+)*(?![\w/])")
_YEAR = re.compile(r"(?:19|20)\d\d")
_MIN_DIGITS = 3
"""Significant digits: "17" and "85.000" occur in many events, "442" and "11,8" identify one."""


@cache
def _load_synonyms() -> dict[str, str]:
    """Map each stem to the stem that represents its synonym group. A word in two groups counts for the first."""
    found: dict[str, str] = {}
    for line in read_data_lines("summaries.stories", "same-words.txt"):
        group = [stem(word) for word in line.split()]
        for word in group:
            found.setdefault(word, group[0])
    return found


def normalize_term(word: str) -> str:
    """Return the word's stem, or the representative of its synonyms ("tewas" and "wafat" are one term)."""
    found = stem(word)
    return _load_synonyms().get(found, found)


def extract_terms(text: str) -> list[str]:
    """Return the terms of the content words in order, without stop words, numbers and single letters."""
    stops = load_stop_words("id")
    long = (
        word.lower() for word in split_words(text[:MAX_CHARS]) if 1 < len(word) <= _MAX_WORD and not word[0].isdigit()
    )
    same = _load_synonyms()
    return [same.get(found, found) for found in stem_all([word for word in long if word not in stops])]


def extract_names(text: str) -> frozenset[str]:
    """Return the terms of capitalised words inside sentences: people, places, bodies, brands."""
    tokens = _TOKEN.findall(text[:MAX_CHARS])
    stops = load_stop_words("id")
    return frozenset(
        normalize_term(word)
        for before, word in zip([".", *tokens], tokens, strict=False)
        if word[0].isupper() and before not in _SENTENCE_END and word.lower() not in stops
    )


def extract_numbers(text: str) -> frozenset[str]:
    """Return the numbers with at least _MIN_DIGITS significant digits, other than days and years."""
    found = (number.replace(".", "").replace(",", ".") for number in _NUMBER.findall(_DAY.sub(" ", text)))
    return frozenset(
        number
        for number in found
        if len(number.replace(".", "").strip("0")) >= _MIN_DIGITS and not _YEAR.fullmatch(number)
    )


def find_day(text: str) -> str | None:
    """Return the first day of the year in the text as month and day: "06-18" for "18/6" and "18 Juni 2025"."""
    for match in _DAY.finditer(text):
        day = int(match["day"])
        month = int(match["number"]) if match["number"] else MONTHS[match["name"].lower()]
        if 1 <= day <= 31 and 1 <= month <= 12:
            return f"{month:02}-{day:02}"
    return None
