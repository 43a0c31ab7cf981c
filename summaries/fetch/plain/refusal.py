"""Refuse texts that are not articles: binary data, code, tables, markup, lists, and texts that are too short.

Each check raises `NothingToSummarize` with a detail in English for the log; the message to the reader depends on the
reason.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby
from typing import Final

from summaries.errors import NothingToSummarize, RefusalReason

MIN_WORDS: Final = 40

_SAMPLE_CHARS: Final = 20_000
# Control characters other than white space, lone surrogates, private use, and replacement characters for invalid bytes.
_JUNK: Final = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]")
_MAX_JUNK_SHARE: Final = 0.01
_MIN_LETTER_SHARE: Final = 0.5
_MAX_WORDS_PER_SENTENCE: Final = 80
_SENTENCE_END: Final = re.compile(r"(?<![.!?…؟।])[.!?…؟।]++[\"'”’)\]»]*+(?=\s|$)|[。！？]")
# Scripts without spaces between words (Thai, Lao, Burmese, Khmer, kana, Han): two characters count as one word, so that
# an article in them is refused for its language, not for its length.
_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")

_FILE_SIGNATURES: Final = ("%PDF-", "{\\rtf", "%!PS", "PK\x03\x04", "\x89PNG", "GIF8", "Rar!", "\x7fELF")
_TAG: Final = re.compile(r"</?[a-zA-Z][\w-]*(?:\s[^<>]{0,300})?/?>|<!--|<!DOCTYPE", re.IGNORECASE)
_CODE_LINE: Final = re.compile(
    r"""[;{}\[]$                                            # statements and blocks of the C family, JSON
      | ^[}\])]+[;,]?$
      | ^\s*["'][\w$. -]+["']\s*:                            # a JSON or dictionary entry
      | ^\s*(?:def|class|elif|except|function|const|let|var|public|private|static|void|func|fn|impl)\s+\w.*[:({;=]
      | ^\s*(?:from\s+[\w.]+\s+import|import\s+[\w.{*]+(?:\s+as\s+\w+)?$)
      | ^\s*(?:\#include|\#!/|@\w+\(|return\b.{0,60}$|self\.\w+)
      | ^\s*(?:SELECT|INSERT\s+INTO|UPDATE|CREATE\s+TABLE|DELETE\s+FROM)\s
      | ^\s*[\w.\[\]]+\s*[-+*/|]?=\s*\S                      # an assignment
      | ^\s*[$>]\s+\w+                                       # a shell's prompt
    """,
    re.VERBOSE,
)
_DELIMITERS: Final = ",;\t|"


def refuse_unreadable(text: str) -> None:
    """Raise for an empty text, or for the contents of a binary file."""
    if not text.strip("\ufeff\u200b\u200c\u200d \t\r\n\xa0"):
        raise NothingToSummarize(RefusalReason.EMPTY, "there is no text")
    sample = text[:_SAMPLE_CHARS]
    junk = len(_JUNK.findall(sample))
    if sample.lstrip().startswith(_FILE_SIGNATURES) or "\0" in text or junk > _MAX_JUNK_SHARE * len(sample):
        raise _make_refusal("the contents of a binary file, not text")


def refuse_other_than_prose(lines: list[str]) -> None:
    """Raise for markup, code and tables. `lines` are the non-blank lines of the text."""
    sample = lines[:200]
    if len(_TAG.findall("\n".join(sample))) >= max(3, len(sample) // 3):
        raise _make_refusal("markup, not an article's text")
    if len(sample) >= 3 and sum(bool(_CODE_LINE.search(line)) for line in sample) >= 0.4 * len(sample):
        raise _make_refusal("program code or data, not an article")
    if _is_table(sample):
        raise _make_refusal("a table, not an article")


def _is_table(lines: list[str]) -> bool:
    """Return whether most lines have the same number of one delimiter, and few end like a sentence."""
    if len(lines) < 4 or sum(bool(_SENTENCE_END.search(line[-4:])) for line in lines) > 0.5 * len(lines):
        return False
    for delimiter in _DELIMITERS:
        counts = Counter(line.count(delimiter) for line in lines)
        count, times = counts.most_common(1)[0]
        if count > 0 and times >= 0.8 * len(lines):
            return True
    return False


def refuse_short_or_listed(text: str) -> None:
    """Raise for a text with too few words, few letters, or no sentences."""
    words = [word for word in text.split() if word.isalpha() or any(map(str.isalnum, word))]
    unspaced = len(_UNSPACED.findall(text)) // 2
    if len(words) + unspaced < MIN_WORDS:
        raise NothingToSummarize(
            RefusalReason.TOO_SHORT, f"{len(words)} words of text; at least {MIN_WORDS} are needed"
        )
    if unspaced > len(words):
        return
    dense = "".join(text[:_SAMPLE_CHARS].split())
    if sum(map(str.isalpha, dense)) < _MIN_LETTER_SHARE * len(dense):
        raise _make_refusal("mostly numbers and signs")
    if len(words) > _MAX_WORDS_PER_SENTENCE * (1 + len(_SENTENCE_END.findall(text))):
        raise _make_refusal("a list of lines without sentences")
    if any(sum(1 for _ in run) >= MIN_WORDS // 2 for _, run in groupby(words, str.casefold)):
        raise _make_refusal("one word over and over")


def _make_refusal(detail: str) -> NothingToSummarize:
    return NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, detail)
