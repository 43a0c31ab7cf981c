"""Links to other articles that stand in the middle of running text: "Baca juga: Harga Cabai Turun".

On a line of its own such a link is easy to see. In running text its headline has no full stop, and where it ends is a
guess from capitals. A guess that may cost a word of the article is not made: then the link stays, as a sentence that
`is_boilerplate_line` knows and no summary takes.
"""

from __future__ import annotations

import re

from summaries.text.stopwords import stop_words

_MARKER = re.compile(
    r"(?:^|(?<=[.!?…\"”:)\]]\s)|(?<=[.!?…\"”:)\]]))"
    r"(?:(?:[Bb]aca|BACA|[Ll]ihat|[Ss]imak|[Tt]onton|[Ss]aksikan)[\s_](?:[Jj]uga|JUGA)(?:\s[Vv]ideo)?|Pilihan\s[Ee]ditor)\b\s*:?\s*"
)
_TOKEN = re.compile(r"\S+")
_ENDS = re.compile(r"[.!?…][\"'”’)\]]*$")
# A headline ends in no full stop, and nothing follows an end mark in it.
_HOLDS_SENTENCE = re.compile(r"[.!?…][\"”)]*\s+\S|(?<!\.)\.[\"”)]*$")
_OPENS_QUOTE = ("“", '"')
_AFFIXED = re.compile(r"(?:me[mnl]?|men[gy]|di|ber|ter)[a-z]{4,}$")
# These open sentences even before a name; in a headline they would be small.
_BEFORE_NAMES = frozenset(
    (
        "menurut",
        "pada",
        "dalam",
        "di",
        "dari",
        "dengan",
        "sebelumnya",
        "namun",
        "sementara",
        "selain",
        "setelah",
        "usai",
    )
)
# A headline is hardly longer; what goes on for longer holds a sentence.
_LONGEST = 170
_FEWEST_WORDS = 3


def related_spans(line: str) -> list[tuple[int, int]]:
    """Where links to other articles begin and end in one line of running text, as far as that is certain."""
    spans = []
    for match in _MARKER.finditer(line):
        end = _headline_end(line, match.end())
        if end is not None:
            spans.append((match.start(), end))
    return spans


def _headline_end(line: str, start: int) -> int | None:
    rest = line[start:].strip()
    if len(rest) <= _LONGEST and not _HOLDS_SENTENCE.search(rest):
        return len(line)
    tokens = list(_TOKEN.finditer(line, start, start + 3 * _LONGEST))
    for n, token in enumerate(tokens):
        if n and token[0].startswith(_OPENS_QUOTE) and not line[start : token.start()].count('"') % 2:
            return token.start() if n >= _FEWEST_WORDS else None
        if n >= _FEWEST_WORDS and _ENDS.search(tokens[n - 1][0]) and token[0][:1].isupper():
            return token.start()
        if _is_plain(token[0]):
            return _sentence_start(tokens[: n + 1])
    return None


def _is_plain(word: str) -> bool:
    """A word in lower case that headlines would capitalise."""
    word = word.strip("\"'“”‘’(),.:;!?")
    return word.isalpha() and word.islower() and word not in stop_words("id") and word not in ("vs", "soal", "atas")


def _sentence_start(tokens: list[re.Match[str]]) -> int | None:
    """The last word before the first plain one that can only open a sentence."""
    for n in range(len(tokens) - 2, _FEWEST_WORDS - 1, -1):
        before = tokens[n - 1][0]
        if _opens_sentence(tokens[n][0], tokens[n + 1][0]) and not before.isdigit():
            is_pair = before[:1].isupper() and before.lower() in stop_words("id")  # "Jika Anda ingin"
            return tokens[n - is_pair].start()
    return None


def _opens_sentence(word: str, following: str) -> bool:
    """Whether a word with a capital opens a sentence: headlines write prepositions small and go on in capitals."""
    lower = word.strip("\"'“”‘’(),.:;").lower()
    if not word[:1].isupper() or word.isupper():
        return False
    if lower in _BEFORE_NAMES or word.endswith(","):
        return lower in stop_words("id") or lower in _BEFORE_NAMES
    return following[:1].islower() and (lower in stop_words("id") or bool(_AFFIXED.match(lower)))
