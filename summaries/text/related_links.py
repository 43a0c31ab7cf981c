"""Links to other articles in the middle of running text: "Baca juga: Harga Cabai Turun".

On a line of its own such a link is easy to recognise. In running text its headline has no full stop, and its end can
only be guessed from capitals. If a guess could cost a word of the article, the link stays as a sentence that
`is_boilerplate_line` recognises and no summary selects.
"""

from __future__ import annotations

import re

from summaries.text.lazy_patterns import lazy_regex
from summaries.text.words import load_word_list

_VERB = r"(?:[Bb]aca|BACA|[Ll]ihat|LIHAT|[Ss]imak|SIMAK|[Tt]onton|TONTON|[Ss]aksikan|SAKSIKAN)"
_MARKER = lazy_regex(
    rf"(?P<verb>{_VERB}\s(?:[Jj]uga|JUGA)(?:\s(?:[Vv]ideo|VIDEO))?|P[Ii]lihan\s[Ee]ditor|"
    r"(?:Lihat|Simak|Tonton|Saksikan)\s(?:Video|Live)(?=\s?:|\s['‘\"“A-Z]))\b\s*[:\-–]?\s*"
)
# Every marker contains one of these; searching for them is far quicker.
_TRIGGERS = ("juga", "editor", "video", "live")
_TRIGGER_REACH = 14
# A link follows a complete sentence: "... kata dia. Baca juga".
_BEFORE = lazy_regex(r"(?:^|[.!?…\"”:)\]])\s*$")
_BEFORE_REACH = 12
# With a colon it counts even if the sentence before it lost its end mark.
_SURE = lazy_regex(r"^(?:[A-Z]\w+\s(?:juga|Juga|JUGA)|P[Ii]lihan\s[Ee]ditor)(?:\s\w+)?\s?:")
_QUOTED = lazy_regex(r"(?P<open>['‘\"“])[^'’\"”\n]{8,170}['’\"”](?:\s?di\ssini)?(?:\s?:)?(?=\s|$)")
_TOKEN = lazy_regex(r"\S+")
_ENDS = lazy_regex(r"[.!?…][\"'”’)\]]*$")
_GLUED_END = lazy_regex(r"[!?]”?(?=[\"“]?[A-Z])")
_LIST_NUMBER = lazy_regex(r"\d{1,2}\.$")
# A headline has no full stop, and nothing follows an end mark in it.
_HOLDS_SENTENCE = lazy_regex(r"[.…][\"”)]*\s+\S|(?<!\.)\.[\"”)]*$|:$")
_OPENS_QUOTE = ("“", '"')
_AFFIXED = lazy_regex(r"(?:me[mnl]?|men[gy]|di|ber|ter)[a-z]{4,}$")
_BEFORE_NAMES = load_word_list("word_kinds.txt", "before names")
_OPENERS = _BEFORE_NAMES | load_word_list("word_kinds.txt", "openers")
_TAKEN_UP = load_word_list("word_kinds.txt", "taken up")
_SMALL = load_word_list("word_kinds.txt", "small in headlines")
_POINTERS = ("ini", "itu", "tersebut")
_PUNCTUATION = "\"'“‘’”(),.:;!?"
# Headlines are rarely longer; longer text contains a sentence.
_MAX_CHARS = 170
# Few headlines end in a full stop; after a longer one, a sentence of names may follow.
_MAX_STOPPED_CHARS = 110
_MIN_WORDS = 3
# A headline and the first words of the next sentence lie within this many characters.
_REACH = 300
_TAIL_REACH = 400
# Bounds the cost; no article has more links.
_MAX_LINKS = 300
# Two candidate sentence openers closer than this are ambiguous.
_NEAR = 6


def may_hold_related_links(text: str) -> bool:
    """Return whether any line of the text may contain a related link; a cheap test before `find_related_links`."""
    lower = text.lower()
    return len(lower) != len(text) or any(trigger in lower for trigger in _TRIGGERS)


def find_related_links(line: str) -> list[tuple[int, int]]:
    """Return the ranges of related links in one line of running text, as far as they are certain."""
    spans: list[tuple[int, int]] = []
    for match in _find_markers(line):
        is_sure = _SURE.search(match[0]) is not None
        if not is_sure and not _BEFORE.search(line[max(0, match.start() - _BEFORE_REACH) : match.start()]):
            continue
        end = _find_headline_end(line, match.end())
        if end is not None:
            spans.append((match.start(), end))
    return spans


def find_trailing_link(text: str) -> int | None:
    """Return the start of the related link that the text ends with, or None."""
    spans = find_related_links(text[-_TAIL_REACH:])
    if not spans or text[len(text) - min(len(text), _TAIL_REACH) + spans[-1][1] :].strip():
        return None
    return max(0, len(text) - _TAIL_REACH) + spans[-1][0]


def _find_markers(line: str) -> list[re.Match[str]]:
    lower = line.lower()
    if len(lower) != len(line):
        return list(_MARKER.finditer(line))
    found: dict[int, re.Match[str]] = {}
    for trigger in _TRIGGERS:
        at = lower.find(trigger)
        while at >= 0:
            match = _MARKER.search(line, max(0, at - _TRIGGER_REACH), at + 80)
            if match and match.start() < at:
                # The text after the marker may reach beyond the part that was searched.
                whole = _MARKER.match(line, match.start())
                found[match.start()] = whole or match
            at = lower.find(trigger, at + 1)
    return [found[start] for start in sorted(found)[:_MAX_LINKS]]


def _find_headline_end(line: str, start: int) -> int | None:
    quoted = _QUOTED.match(line, start)
    if quoted and quoted["open"] not in _OPENS_QUOTE:
        return quoted.end()
    rest = line[start : start + _REACH].strip()
    is_last = start + _REACH >= len(line)
    if is_last and len(rest) <= _MAX_CHARS and not _HOLDS_SENTENCE.search(rest):
        return len(line)
    tokens = list(_TOKEN.finditer(line, start, start + _REACH))
    for n, token in enumerate(tokens):
        before = tokens[n - 1][0] if n else ""
        is_quote = token[0].startswith(_OPENS_QUOTE) and not line[start : token.start()].count('"') % 2
        has_stop = before.endswith(".") and not before.endswith("..")
        if n and has_stop and token.start() - start > _MAX_STOPPED_CHARS:
            return None
        if n and is_quote:
            return token.start() if n >= _MIN_WORDS and not before.islower() else None
        if n >= _MIN_WORDS and _ENDS.search(before) and token[0][:1].isupper():
            is_number = _LIST_NUMBER.match(before) is not None
            return tokens[n - is_number].start()
        glued = _GLUED_END.search(token[0])
        if n >= _MIN_WORDS and glued:
            return token.start() + glued.end()
        if _is_plain(token[0]):
            return _find_sentence_start(tokens[: n + 1])
    return None


def _is_plain(word: str) -> bool:
    """Return whether headlines would capitalise this lower-case word."""
    word = word.strip(_PUNCTUATION).replace("-", "")
    return word.isalpha() and word.islower() and word not in _SMALL


def _find_sentence_start(tokens: list[re.Match[str]]) -> int | None:
    """Return the start of the sentence before the first plain word; the earlier of two candidates."""
    found = None
    for n in range(len(tokens) - 2, _MIN_WORDS - 1, -1):
        word, following = tokens[n][0], tokens[n + 1][0]
        if found is not None and found - n > _NEAR:
            break
        if _opens_sentence(word, following) and not tokens[n - 1][0].isdigit():
            found = n
    if found is None:
        found = _find_verb(tokens)
    if found is None:
        return None
    before = tokens[found - 1][0]
    is_pair = before[:1].isupper() and before.lower() in _OPENERS  # "Jika Anda ingin"
    return tokens[found - is_pair].start()


def _opens_sentence(word: str, following: str) -> bool:
    """Return whether a capitalised word opens a sentence: headlines write prepositions in lower case and continue in
    capitals."""
    lower = word.strip(_PUNCTUATION).lower()
    if not word[:1].isupper() or word.isupper():
        return False
    if lower in _BEFORE_NAMES:
        return True
    if word.endswith(","):
        return lower in _OPENERS or lower.endswith("nya")
    if following in _POINTERS:
        return lower in _TAKEN_UP or lower in _OPENERS
    return lower in _OPENERS and following[:1].islower()


def _find_verb(tokens: list[re.Match[str]]) -> int | None:
    """Find a verb before the first plain word ("Mengutip laman resmi"): headlines would capitalise the next word."""
    n = len(tokens) - 2
    if n < _MIN_WORDS or tokens[n - 1][0].isdigit():
        return None
    word = tokens[n][0]
    is_verb = word[:1].isupper() and not word.isupper() and _AFFIXED.match(word.strip(_PUNCTUATION).lower()) is not None
    return n if is_verb else None
