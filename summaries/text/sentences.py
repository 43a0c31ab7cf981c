"""Boundaries of sentences and quotes in Indonesian and English news text.

A full stop is judged by the word before it (abbreviation, title, initial, list number) and the word after it (lower
case continues the sentence; after an abbreviation only a typical sentence opener starts a new one). The text is not
changed: the result is offsets.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from summaries.text.words import load_stop_words, load_word_list

_QUOTE_MARK = re.compile('["“”„«»]')
_OPENING_QUOTES = frozenset("“„«")
_CLOSING_QUOTES = frozenset("”»")
_ENDS_SPEECH = frozenset(",.?!…")


class Span(NamedTuple):
    """The range `text[start:end]`: a sentence without surrounding white space, or a quote with its marks."""

    start: int
    end: int


def find_quotes(paragraph: str, max_chars: int = 600) -> list[Span]:
    """Return the quotes that are both opened and closed in the paragraph, in order, up to `max_chars` long.

    The neighbours of a straight mark decide whether it opens or closes. If white space was misplaced (', "kata dia'), a
    mark after a comma or full stop closes the open quote.
    """
    if not _QUOTE_MARK.search(paragraph):
        return []
    quotes = []
    opened: int | None = None
    for match in _QUOTE_MARK.finditer(paragraph):
        at, mark = match.start(), match[0]
        if opened is not None and _closes(paragraph, at, mark):
            if at + 1 - opened <= max_chars:
                quotes.append(Span(opened, at + 1))
            opened = None
        elif _opens(paragraph, at, mark):
            opened = at
    return quotes


def _closes(paragraph: str, at: int, mark: str) -> bool:
    if mark in _CLOSING_QUOTES:
        return True
    if mark in _OPENING_QUOTES:
        return False
    last = at - 1
    while last >= 0 and paragraph[last].isspace():
        last -= 1
    return last == at - 1 or (last >= 0 and paragraph[last] in _ENDS_SPEECH) or not paragraph[at + 1 : at + 2].strip()


def _opens(paragraph: str, at: int, mark: str) -> bool:
    return mark in _OPENING_QUOTES or (mark not in _CLOSING_QUOTES and bool(paragraph[at + 1 : at + 2].strip()))


_CLOSERS = "\"'”’»)\\]"
_OPENERS = "\"'“‘«([„‚"
# A run of end marks with its closing quotes and brackets, where a sentence may start right after it.
_BEHIND_MARK = rf"(?P<close>[{_CLOSERS}]*)(?=\s|[\"“]?[A-Z])"
# A run is tried only from its first mark; otherwise a long one would take quadratic time.
_MARK = re.compile(rf"(?P<mark>[.!?…](?<![.!?…]{{2}})[.!?…]*){_BEHIND_MARK}")
# For text whose only end mark is the full stop: searching for one character is many times faster.
_STOP = re.compile(rf"(?P<mark>\.(?<!\.\.)\.*){_BEHIND_MARK}")
# The space after the mark was lost, as scraping does at links: "... kata dia.Namun ...".
_GLUED_BEFORE = re.compile(r"[a-z]{3}$")
_GLUED_AFTER = re.compile(r"(?!(?:Com|Id|Co|Net|Org)\b)[\"“]?[A-Z][a-z]+[\s,]")
_BEFORE = re.compile(r"(?<![\w$.'’/-])[\w$.'’/-]++$")
_AFTER = re.compile(rf"\s*(?P<open>[{_OPENERS}\s]*)(?P<dash>[-–—•*]*\s*)(?P<word>[\w'’-]*)")
# White space before the break belongs to the paragraph: matching it here would take quadratic time.
_PARAGRAPH = re.compile(r"\n\s*")
_INNER_POINT = re.compile(r"(?:[A-Za-z]{1,5}\.)+[A-Za-z]{1,5}$")
_DOMAIN = re.compile(r"\w{3}\.(?:com|co|id|net|org|ai|io|tv|gov|edu)$", re.IGNORECASE)
_BRAND = re.compile(r"(?:[a-z]{1,2}-?[A-Z]|detik[A-Z]?|kumparan)")
# The model after a brand in lower case: "vivo V60", "realme GT 7".
_MODEL = re.compile(r"\s[A-Z]{1,3}\s?\d")
# Affixes of Indonesian verbs and nouns: a capitalised word with one more likely opens a sentence than names anything.
_AFFIXED = re.compile(r"(?:me[mnl]?|men[gy]|di|ber|ter|pe[mnr]|se|ke)[a-z]{4,}$|[a-z]{4,}(?:nya|kan)$")
_GROUPED = re.compile(r"\d{1,3}(?:\.\d{3})+$")
_THOUSANDS = re.compile(r"\d{3}$")
_ROMAN = re.compile(r"[IVXLCDM]+$")
_ALNUM = re.compile(r"[^\W_]")
_BRACKET_REACH = 120
_LONE_QUOTE = re.compile(r"(?:^|(?<=\s))'(?=\s)")
_LONE_QUOTE_REACH = 160
# No abbreviation is longer.
_WORD_REACH = 40
# Direct speech of several sentences is not split, unless it is longer than this many characters.
_SPEECH_REACH = 600
# Abbreviations in lower case, without the last full stop.
_BEFORE_NAME = load_word_list("abbreviations.txt", "before a name")
_BEFORE_NUMBER = load_word_list("abbreviations.txt", "before a number")
_MAY_END = load_word_list("abbreviations.txt", "may end")
_ABBREVIATED = _BEFORE_NAME | _BEFORE_NUMBER | _MAY_END
_DOMAIN_ENDS = ("Com", "Co", "Id", "Net", "Org")
# Shorter words need more checks: a letter, a list number, "Ph. D.", "Sp. OT.".
_PLAIN_LETTERS = 3
# The named tuple's own `__new__` costs twice as much.
_new = tuple.__new__


def find_sentences(text: str, language: str = "id") -> list[Span]:
    """Return the sentences of `text` in order; a line break always ends one. The spans cover all but white space."""
    spans: list[Span] = []
    at = 0
    for gap in [*_PARAGRAPH.finditer(text), None]:
        end = gap.start() if gap else len(text)
        spans.extend(_split_paragraph(text, at, end, language))
        at = gap.end() if gap else end
    return spans


def split_sentences(paragraph: str, language: str = "id") -> list[str]:
    """Return the sentences of `paragraph`, verbatim."""
    return [paragraph[span.start : span.end] for span in find_sentences(paragraph, language)]


def _split_paragraph(text: str, start: int, end: int, language: str) -> list[Span]:
    paragraph = text[start:end]
    last = len(paragraph.rstrip())
    pattern = _MARK if "?" in paragraph or "!" in paragraph or "…" in paragraph else _STOP
    marks = [
        match
        for match in pattern.finditer(paragraph, 0, last)
        if paragraph[match.end()].isspace() or _has_lost_space(paragraph, match)
    ]
    if not marks:
        begin = len(paragraph) - len(paragraph.lstrip())
        return [_new(Span, (start + begin, start + last))] if last > begin else []
    speech = find_quotes(paragraph, _SPEECH_REACH)
    current = _CurrentSentence(paragraph)
    may_have_lone_quotes = '"' in paragraph or "'" in paragraph
    quote = 0
    spans = []
    for match in marks:
        stop = match.end()
        if may_have_lone_quotes:
            stop = _extend_over_quote(paragraph, stop, last)
        while quote < len(speech) and speech[quote].end <= stop:
            quote += 1
        begin = current.begin
        if quote < len(speech) and begin <= speech[quote].start < stop:
            continue
        if last > stop > begin and _ends_sentence(paragraph, current, match, stop, language):
            spans.append(_new(Span, (start + begin, start + stop)))
            current.end_at(stop)
    if last > current.begin:
        spans.append(_new(Span, (start + current.begin, start + last)))
    return spans


def _extend_over_quote(text: str, stop: int, last: int) -> int:
    """Extend `stop` over a closing quotation mark that white space separates from the end mark.

    Tokenisers leave such marks: ' ... pulang. " Rina diam.'
    """
    mark = text[stop + 1 : stop + 2]
    if mark not in ('"', "'") or not text[stop].isspace() or (stop + 2 < last and not text[stop + 2].isspace()):
        return stop
    if mark == "'":
        before = text[max(0, stop - _LONE_QUOTE_REACH) : stop]
        is_open = len(_LONE_QUOTE.findall(before)) % 2 == 1
    else:
        is_open = text.count('"', max(0, stop - _SPEECH_REACH), stop) % 2 == 1
    return stop + 2 if is_open or stop + 2 >= last else stop


class _CurrentSentence:
    """The current sentence, with counts that each full stop needs, kept incrementally to avoid quadratic time."""

    __slots__ = ("_counted", "_depth", "_has_brackets", "_text", "begin", "first_letter")

    def __init__(self, text: str) -> None:
        self._text = text
        self._has_brackets = "(" in text
        self.first_letter = -1
        self.end_at(0)

    def end_at(self, stop: int) -> None:
        """End the sentence before `stop`; the next one starts after the white space."""
        text, begin = self._text, stop
        while text[begin : begin + 1].isspace():
            begin += 1
        if self.first_letter < begin:
            if text[begin : begin + 1].isalnum():
                self.first_letter = begin
            else:
                letter = _ALNUM.search(text, begin)
                self.first_letter = letter.start() if letter else len(text)
        self.begin = self._counted = begin
        self._depth = 0

    def is_plain_end(self, match: re.Match[str], stop: int) -> bool:
        """Return whether this is the usual end mark: a single one, outside brackets, after a word that is no
        abbreviation and before a capitalised word that is no domain suffix."""
        text, at = self._text, match.start()
        if text[stop] != " " or not "A" <= text[stop + 1] <= "Z" or self.first_letter >= at:
            return False
        reach = max(self.begin, at - _WORD_REACH)
        word = text[max(reach, text.rfind(" ", reach, at) + 1) : at]
        return (
            len(word) >= _PLAIN_LETTERS
            and word.isalpha()
            and word.lower() not in _ABBREVIATED
            and match.end("mark") == at + 1
            and not text.startswith(_DOMAIN_ENDS, stop + 1)
            and self.brackets_open_at(match.end()) <= 0
        )

    def brackets_open_at(self, at: int) -> int:
        """Return how many more brackets were opened than closed since the sentence started; `at` must not decrease."""
        if not self._has_brackets:
            return 0
        count = self._text.count
        self._depth += count("(", self._counted, at) - count(")", self._counted, at)
        self._counted = at
        return self._depth


def _has_lost_space(text: str, match: re.Match[str]) -> bool:
    """Return whether scraping lost the white space after the mark."""
    if (
        len(match["mark"]) > 1
        or len(match["close"]) > 1
        or not _GLUED_BEFORE.match(text, match.start() - 3, match.start())
    ):
        return False
    return bool(_GLUED_AFTER.match(text, match.start("close")) or _GLUED_AFTER.match(text, match.end()))


def _ends_sentence(text: str, current: _CurrentSentence, match: re.Match[str], stop: int, language: str) -> bool:
    if current.is_plain_end(match, stop):
        return True
    after = _AFTER.match(text, stop)
    if after is None or not (after["word"] or after["open"]):
        return True
    word = after["word"]
    if word[:1].islower() and not (_BRAND.match(word) or _MODEL.match(text, after.end())):
        return bool(after["dash"]) and after["dash"].strip() in ("•", "*")
    if current.first_letter >= match.start():
        return False  # "... Kami", "(?)"
    if current.brackets_open_at(match.end()) > 0 and _closes_soon(text, match.end()):
        return False
    if match["mark"] != ".":
        return True
    return _stop_ends_sentence(text, current.begin, match.start(), after, language)


def _stop_ends_sentence(text: str, begin: int, at: int, after: re.Match[str], language: str) -> bool:
    """Judge the full stop `text[at]` by the words around it."""
    word = after["word"]
    reach = max(begin, at - _WORD_REACH)
    token = max(reach, text.rfind(" ", reach, at) + 1)
    found = _BEFORE.search(text[token:at])
    before = found[0] if found else ""
    key = before.lower().lstrip("'’.-/").rpartition("/")[2]  # "RT. 05/RW. 02"
    if found and _is_list_mark(text, begin, token + found.start(), before):
        return False
    if key in _BEFORE_NAME and not (key.isalpha() and before.islower() and len(key) > 2):
        return False
    if key in _BEFORE_NUMBER and (word[:1].isdigit() or _ROMAN.match(word)):
        return False
    if _THOUSANDS.match(word) and _GROUPED.match(before):
        return False  # "2.904. 678": misplaced white space
    if _continues(key, word, is_point_next=text.startswith(".", after.end())):
        return False
    if len(before) == 1 and before.isupper():
        # "Ivan C. Permana", but "Serie A. Pelatih" and "Model X. Selain itu".
        kind = text[reach:token].rstrip().rpartition(" ")[2].lower()
        return kind in load_word_list("word_kinds.txt", "lettered") or word.lower() in load_stop_words(language)
    if key in _MAY_END or (_INNER_POINT.match(before) and not _DOMAIN.search(before)):
        return _opens_sentence(word, language)
    return True


def _is_list_mark(text: str, begin: int, at: int, before: str) -> bool:
    """Return whether it numbers an item ("1. Buka aplikasi"): at the start, or a letter after a colon or semicolon."""
    if at == begin:
        return (before.isdigit() and len(before) <= 2) or len(before) == 1
    return len(before) == 1 and before.islower() and text[at - 2 : at] in (": ", "; ")


def _continues(key: str, word: str, *, is_point_next: bool) -> bool:
    """Return whether white space was misplaced inside an abbreviation or domain: "Ph. D.", "Sp. OT.", "Kompas. Com"."""
    if word in _DOMAIN_ENDS:
        return True
    if not is_point_next or not word.isupper():
        return False
    return (len(word) == 1 and key in ("ph", "m", "s", "b")) or (len(word) <= 3 and key == "sp")


def _opens_sentence(word: str, language: str) -> bool:
    """Return whether a capitalised word more likely opens a sentence than continues a name."""
    lower = word.lower()
    return lower in load_stop_words(language) or (
        language == "id" and not word.isupper() and bool(_AFFIXED.match(lower))
    )


def _closes_soon(text: str, at: int) -> bool:
    """Return whether the bracket that is open at `at` closes within reach."""
    closing = text.find(")", at, at + _BRACKET_REACH)
    return closing >= 0 and text.find("(", at, closing) < 0
