"""How a sentence opens, and whether it leans on what was said before it."""

from __future__ import annotations

import re
from enum import IntEnum

_START = r"[\"“'‘(\s]*"
_PERIOD = r"hari|malam|pagi|siang|sore|pekan|minggu|bulan|tahun|musim|saat|kali|sejauh|selama|dewasa|belakangan"
_THING = (
    r"hal|kondisi|situasi|pernyataan|keputusan|langkah|peristiwa|kejadian|insiden|kasus|jumlah|angka|acara|pertemuan|"
    r"laporan|aksi|tindakan|kebijakan|program|rencana|alasan|tujuan|pria|wanita|perempuan|lelaki"
)
_CONNECTIVE = (
    r"namun|tetapi|tapi|akan tetapi|meski(?:pun)? (?:begitu|demikian)|"
    r"walau(?:pun)? (?:begitu|demikian)|kendati demikian|"
    r"sementara(?: itu)?|sedangkan|selain itu|di samping itu|lebih lanjut|selanjutnya|kemudian|lalu|"
    r"oleh karena itu|"
    r"oleh sebab itu|karena itu|karenanya|maka|sebaliknya|padahal|bahkan|apalagi|terlebih(?: lagi)?|"
    r"adapun|dengan demikian|"
    r"untuk itu|di sisi lain|pasalnya|sebab|jadi|hanya saja|selebihnya|ta(?:k|dak) hanya itu|tidak hanya itu|terakhir|"
    r"begitu (?:pula|juga)|kedua|ketiga|dan|atau|serta|pun|alhasil|walhasil|sontak|hasilnya|akibatnya"
)
_INDONESIAN = re.compile(
    rf"{_START}(?:"
    r"(?P<BACKGROUND>(?:sebelumnya|(?:seperti|sebagaimana|untuk) diketahui|sebagai informasi|diketahui)\b)|"
    rf"(?P<CONNECTIVE>(?:{_CONNECTIVE})\b)|"
    r"(?P<SPEAKER>(?:menurutnya|katanya|ujarnya|ucapnya|tuturnya|(?:menurut|kata|bagi) (?:dia|ia|beliau|mereka))\b)|"
    r"(?P<PRONOUN>(?:ia|dia|beliau|mereka|keduanya|dirinya|pihaknya)\b)|"
    rf"(?P<REFERENCE>(?:{_THING})(?:nya)?\s(?:ini|itu|tersebut)\b)|"
    r"(?P<BACK>(?:dalam|pada|dari|di|dengan|atas|untuk|selain|setelah|sebelum|usai|akibat|karena|melalui|terkait|saat|"
    rf"ketika|sejak|hingga|terhadap|seperti)\s(?!(?:\w+\s)?(?:{_PERIOD})\sini)(?:\w+\s){{0,3}}?"
    r"(?:itu|tersebut|ini|tadi|sana|situ)\b|"
    r"(?:itu|ini|itulah|inilah|begitu|demikian|alasannya|caranya|sebabnya|penyebabnya|tujuannya)\b|"
    rf"(?!(?:{_PERIOD})\s)\w+(?:\s\w+)?\s(?:itu|tersebut)\b))",
    re.IGNORECASE,
)
_ENGLISH = re.compile(
    rf"{_START}(?:(?P<CONNECTIVE>however|but|and|meanwhile|instead|also|then|so|moreover|furthermore|still|yet|later)|"
    r"(?P<PRONOUN>he|she|it|they|both)|(?P<REFERENCE>this|that|these|those|such|his|her|their))\b",
    re.IGNORECASE,
)
# A connective that the sentence can do without, when what follows it opens with a capital of its own.
_CUTTABLE = re.compile(
    r"(?:namun|akan tetapi|sementara itu|selain itu|di samping itu|lebih lanjut|selanjutnya|kemudian|"
    r"meski(?:pun)? (?:begitu|demikian)|kendati demikian|di sisi lain|however|meanwhile|moreover|"
    r"furthermore),\s+(?=[A-Z][a-z])",
    re.IGNORECASE,
)
# Announces what follows it, which a summary does not hold.
_AHEAD = re.compile(r"(?:berikut(?:lah|nya)?|inilah|simak|ini dia)\b|here (?:is|are)\b", re.IGNORECASE)
_QUOTE_MARKS = '"“”'


class Opening(IntEnum):
    """What a sentence opens with. All but `PLAIN` and `BACKGROUND` point back to something said before."""

    PLAIN = 0
    BACKGROUND = 1
    CONNECTIVE = 2
    SPEAKER = 3
    PRONOUN = 4
    REFERENCE = 5
    BACK = 6


def opening_kind(sentence: str, language: str = "id") -> Opening:
    """How `sentence` opens, the first kind that fits."""
    match = (_ENGLISH if language == "en" else _INDONESIAN).match(sentence)
    return Opening[match.lastgroup] if match and match.lastgroup else Opening.PLAIN


def cuttable_length(sentence: str) -> int:
    """How many characters of an opening connective can be cut so that a whole sentence with a capital remains.

    "Namun, Rina menolak." gives 7; 0 when nothing can be cut.
    """
    # The regular expression ignores case for the connective's sake, so the capital is checked here.
    match = _CUTTABLE.match(sentence)
    return match.end() if match and sentence[match.end()].isupper() else 0


def leans_back(sentence: str, language: str = "id") -> bool:
    """Whether the sentence can't be understood without the one before it.

    That is a sentence that opens with a reference, or is direct speech whose speaker stands elsewhere.
    """
    if opening_kind(sentence, language) > Opening.BACKGROUND and not cuttable_length(sentence):
        return True
    return sentence[0] in _QUOTE_MARKS and sentence.rstrip(" .!?")[-1:] in _QUOTE_MARKS and len(sentence) > 1


def has_open_quote(sentence: str) -> bool:
    """Whether a quotation mark lacks its partner."""
    return sentence.count('"') % 2 == 1 or sentence.count("“") != sentence.count("”")


def points_ahead(sentence: str) -> bool:
    """Whether the sentence only announces what follows: "Berikut daftarnya.", "Syaratnya:"."""
    return sentence[-1] == ":" or bool(_AHEAD.match(sentence))
