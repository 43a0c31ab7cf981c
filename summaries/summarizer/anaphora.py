"""How a sentence opens, and whether the opening refers to earlier text (anaphora)."""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import IntEnum

from summaries.text.lazy_patterns import lazy_regex
from summaries.text.words import load_word_list

_START = r"[\"“'‘(\s]*"
_PERIOD = r"hari|malam|pagi|siang|sore|pekan|minggu|bulan|tahun|musim|saat|kali|sejauh|selama|dewasa|belakangan"
_MONTHS_AND_DAYS = (
    "januari|februari|maret|april|mei|juni|juli|agustus|september|oktober|november|desember|"
    "senin|selasa|rabu|kamis|jumat|sabtu"
)
_THINGS = load_word_list("word_kinds.txt", "things")
PERSONS = load_word_list("word_kinds.txt", "persons")
# Such a phrase contains no verb except these.
_INSIDE = (
    r"(?:\s(?!(?:me|di|ter|ber(?!usia|umur|nama|darah))[a-z]{3}|yang\b|akan\b|sudah\b|telah\b|tidak\b)[\w-]+){0,5}?"
)
_CONNECTIVES = (
    "namun", "tetapi", "tapi", "akan tetapi", "meski begitu", "meski demikian", "meskipun begitu",
    "meskipun demikian", "walau begitu", "walau demikian", "walaupun begitu", "walaupun demikian",
    "kendati demikian", "kendati begitu", "sementara itu", "sementara", "sedangkan", "selain itu",
    "di samping itu", "lebih lanjut", "selanjutnya", "kemudian", "lalu", "oleh karena itu", "oleh sebab itu",
    "karena itu", "karenanya", "maka", "sebaliknya", "padahal", "bahkan", "apalagi", "terlebih lagi", "terlebih",
    "dengan demikian", "untuk itu", "di sisi lain", "pasalnya", "sebab", "jadi", "hanya saja", "selebihnya",
    "tak hanya itu", "tidak hanya itu", "terakhir,", "begitu pula", "begitu juga", "kedua,", "ketiga,", "dan",
    "atau", "serta", "pun", "alhasil", "walhasil", "sontak", "hasilnya", "akibatnya", "berikutnya",
    "tidak demikian", "tak demikian", "sehingga", "dimana", "senada", "hal senada", "hal serupa", "belum lagi",
    "pertama,", "yang pertama,", "yang kedua,", "yang ketiga,",
)  # fmt: skip
_BACKGROUND = (
    "sebelumnya", "seperti diketahui", "sebagaimana diketahui", "untuk diketahui", "sebagai informasi", "diketahui",
)  # fmt: skip
_PEOPLE = ("dia", "ia", "beliau", "mereka")
_SPEAKERS = (
    "menurutnya", "katanya", "ujarnya", "ucapnya", "tuturnya",
    *(f"{verb} {who}" for verb in ("menurut", "kata", "bagi") for who in _PEOPLE),
)  # fmt: skip
_PRONOUNS = (*_PEOPLE, "keduanya")
_PREPOSITIONS = load_word_list("word_kinds.txt", "prepositions")
_BACK = (
    "itu", "ini", "itulah", "inilah", "begitu", "demikian", "alasannya", "caranya", "sebabnya", "penyebabnya",
    "tujuannya", "dirinya", "pihaknya",
)  # fmt: skip
_NUMBERED = ("kedua", "ketiga", "keempat", "kelima")


def _join_alternatives(words: Collection[str]) -> str:
    return "|".join(f"{re.escape(word)}(?!\\w)" for word in sorted(words, key=len, reverse=True))


# For lower-cased sentences: re.IGNORECASE takes twice as long.
_INDONESIAN = lazy_regex(
    rf"{_START}(?:"
    rf"(?P<BACKGROUND>{_join_alternatives(_BACKGROUND)})|(?P<CONNECTIVE>{_join_alternatives(_CONNECTIVES)})|(?P<SPEAKER>{_join_alternatives(_SPEAKERS)})|"
    rf"(?P<PRONOUN>{_join_alternatives(_PRONOUNS)})|"
    rf"(?P<REFERENCE>(?:{'|'.join(sorted(_THINGS))})(?:nya)?\s(?:ini|itu|tersebut)\b|(?:{'|'.join(_NUMBERED)})\s\w|"
    rf"(?:{'|'.join(sorted(PERSONS))}){_INSIDE}\s(?:itu|tersebut)\b)|"
    r"(?P<BACK>(?!saat ini\b|hingga (?:saat|hari|kini)\b)"
    rf"(?:{'|'.join(sorted(_PREPOSITIONS))})\s(?!(?:\w+\s)?(?:{_PERIOD})\sini)(?:\w+\s){{0,3}}?"
    r"(?:itu|tersebut|ini|tadi|sana|situ)\b|"
    rf"{_join_alternatives(_BACK)}|(?!(?:{_PERIOD})\s)\w+(?:\s\w+)?\s(?:itu|tersebut)\b))"
)
_ENGLISH_CONNECTIVES = load_word_list("word_kinds.txt", "english connectives")
_ENGLISH_PRONOUNS = ("he", "she", "it", "they", "both")
_ENGLISH_REFERENCES = ("this", "that", "these", "those", "such", "his", "her", "their")
_ENGLISH = lazy_regex(
    rf"{_START}(?:(?P<CONNECTIVE>{_join_alternatives(_ENGLISH_CONNECTIVES)})|(?P<PRONOUN>{_join_alternatives(_ENGLISH_PRONOUNS)})|"
    rf"(?P<REFERENCE>{_join_alternatives(_ENGLISH_REFERENCES)}))"
)
_FIRST_WORDS = {
    "id": frozenset(
        phrase.rstrip(",").split()[0]
        for phrase in (*_BACKGROUND, *_CONNECTIVES, *_SPEAKERS, *_PRONOUNS, *_BACK, *_NUMBERED)
    ),
    "en": frozenset((*_ENGLISH_CONNECTIVES, *_ENGLISH_PRONOUNS, *_ENGLISH_REFERENCES)),
}
# A connective that can be cut if a capitalised word follows it.
_CUTTABLE = lazy_regex(
    r"(?:(?:namun|tetapi|tapi|akan tetapi|sementara itu|selain itu|di samping itu|lebih lanjut|selanjutnya|kemudian|"
    r"lalu|meski(?:pun)? (?:begitu|demikian)|walau(?:pun)? (?:begitu|demikian)|kendati demikian|di sisi lain|pasalnya|"
    r"tak hanya itu|tidak hanya itu|dengan demikian|oleh karena itu|oleh sebab itu|karena itu|untuk itu|bahkan|"
    r"however|meanwhile|moreover|furthermore),|"
    r"namun|tetapi|tapi|sementara itu|sedangkan|adapun|selain itu|lalu|kemudian|bahkan|padahal)\s+(?=[A-Z])",
    re.IGNORECASE,
)
_DASH = lazy_regex(r"[-–—•*]+\s+(?=\w)")
_ANYTHING = load_word_list("word_kinds.txt", "preceding sentences")
_NOUN_PHRASE = lazy_regex(r"(?:[\w-]+\s){1,6}?(?=(?:itu|tersebut|ini|tadi)\b)", re.IGNORECASE)
_THAT = lazy_regex(r"\w+(?:\s\w+)?,?\s(?:\w+\s)?(?:hal|langkah|kondisi|situasi)\s(?:itu|ini|tersebut)\b", re.IGNORECASE)
_THIS = lazy_regex(rf"(?!(?:{_PERIOD}|{_MONTHS_AND_DAYS}|di|ke|dari|hingga)\s)[a-z]+\sini\b")
_QUOTE_MARKS = '"“”'


class Anaphora(IntEnum):
    """How a sentence opens. All kinds except `PLAIN` and `BACKGROUND` refer to earlier text."""

    PLAIN = 0
    BACKGROUND = 1
    CONNECTIVE = 2
    SPEAKER = 3
    PRONOUN = 4
    REFERENCE = 5
    BACK = 6


def load_opening_words(language: str) -> frozenset[str]:
    """Return the words that referring openings start with, in lower case."""
    return _FIRST_WORDS["en" if language == "en" else "id"]


def classify_opening(sentence: str, language: str = "id") -> Anaphora:
    """Classify the opening of `sentence` as the first kind that matches.

    A sentence is plain if its first word is none of `load_opening_words` and it contains no demonstrative.
    """
    match = (_ENGLISH if language == "en" else _INDONESIAN).match(sentence.lower())
    return Anaphora[match.lastgroup] if match and match.lastgroup else Anaphora.PLAIN


def measure_connective(sentence: str) -> int:
    """Return how many characters of an opening connective can be cut to leave a whole, capitalised sentence.

    "Namun, Rina menolak." gives 7; 0 if nothing can be cut.
    """
    # The regular expression ignores case, so the capital is checked here.
    match = _CUTTABLE.match(sentence)
    return match.end() if match and sentence[match.end()].isupper() else 0


def measure_dash(sentence: str) -> int:
    """Return the length of an opening dash, which a dateline without its place or a list leaves: "- Warga ..."."""
    match = _DASH.match(sentence)
    return match.end() if match else 0


def find_referent(sentence: str) -> tuple[str, ...]:
    """Return the words of the noun that an opening refers to, in lower case: ("gedung",) for "Di gedung itu ...".

    Empty if it names no noun ("Hal itu", "Setelah itu").
    """
    opening = sentence.lstrip(_QUOTE_MARKS + "‘'( ")
    first, _, rest = opening.partition(" ")
    if first.lower() in _NUMBERED:
        return tuple(rest.lower().split()[:1])
    match = _NOUN_PHRASE.match(opening)
    found = match[0].lower().split() if match else []
    named = tuple(word for word in found if word not in _PREPOSITIONS)
    return () if not named or named[0] in _ANYTHING else named


def is_bare_speech(sentence: str) -> bool:
    """Return whether the whole sentence is direct speech, so that it does not name its speaker."""
    return len(sentence) > 1 and sentence[0] in _QUOTE_MARKS and sentence.rstrip(" .!?")[-1:] in _QUOTE_MARKS


def names_this(sentence: str) -> bool:
    """Return whether it opens with a noun and "ini": "Organ ini bekerja ...", but not "Tahun ini ..."."""
    return bool(_THIS.match(sentence.lower()))


def refers_back(sentence: str) -> bool:
    """Return whether a sentence about a person also refers to the preceding sentence: "Menurutnya, hal itu ..."."""
    return bool(_THAT.match(sentence))
