"""Read an article from plain text, as people copy it from news sites.

`head` reads the lines before the text, and `summaries.text` cleans the rest. Texts that are not articles (binary data,
code, tables, markup, lists) are refused with a detail in English for the log; the message to the reader depends on the
reason.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Sequence
from html import unescape
from itertools import groupby, pairwise
from typing import Final

from summaries.errors import NothingToSummarize, RefusalReason
from summaries.fetch.plain.head import SENTENCE_END, find_own_dateline, is_same_text, read_head
from summaries.fetch.plain.lines import drop_linked_headlines, is_footer, read_byline, read_signature
from summaries.model import PARAGRAPH_BREAK, Article
from summaries.text.boilerplate import is_boilerplate_line
from summaries.text.characters import clean_line, replace_unstorable
from summaries.text.cleaning import clean, find_own_outlet
from summaries.text.lazy_patterns import lazy_regex
from summaries.text.sentences import split_sentences

_ENTITY: Final = lazy_regex(r"&(?:#\d{1,6}|#[xX][\da-fA-F]{1,5}|[a-zA-Z]\w{1,30});")
_SPACE_BEFORE_MARK: Final = lazy_regex(r"(?<=[^\W_]|[)\]”’%]) (?=[,.;](?:\s(?!\d)|$))")
_LINE_BREAK: Final = lazy_regex(r"\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")

_TAIL_LINES: Final = 8
_MADE_TITLE_WORDS: Final = 12
_FIRST_SENTENCE_CHARS: Final = 400
_MIN_WRAPPED_WORDS: Final = 4
_MAX_WRAPPED_CHARS: Final = 120


def decode_text(body: bytes) -> str:
    """Decode UTF-8, UTF-16 with a mark, or windows-1252. Raises NothingToSummarize if the file is binary."""
    if body.startswith(codecs.BOM_UTF8):
        return body.decode("utf-8-sig", errors="replace")
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", errors="replace")
    if b"\0" not in body:
        for encoding in ("utf-8", "windows-1252"):
            try:
                return body.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, "a binary file, not text")


def read_plain_text(text: str, *, category: str | None = None) -> Article:
    """Read the article in a text copied from a news site, with or without its headline and date line.

    `category` is the topic key if the caller knows it; otherwise it is taken from the date line. Without a headline the
    title is the start of the text.

    Raises:
        NothingToSummarize: it contains no article, or one of fewer than 40 words.
    """
    refuse_unreadable(text)
    lines = [_normalize(line) for line in _LINE_BREAK.split(replace_unstorable(text))]
    refuse_other_than_prose([line for line in lines if line])
    is_wrapped = _is_wrapped(lines)
    head = read_head(lines, is_wrapped=is_wrapped)
    body, writers = _drop_tail(drop_linked_headlines(lines[head.length :]))
    body = body[next((at for at, line in enumerate(body) if line), len(body)) :]
    if body and is_same_text(body[0], head.title):
        del body[0]
    dateline = find_own_dateline(body[0], head.outlet) if body else None
    if dateline:
        body[0] = body[0][dateline.length :]
    printed = "\n".join(_join_wrapped(body) if is_wrapped else filter(None, body))
    cleaned = clean(printed)
    refuse_short_or_listed(cleaned.text)
    return Article(
        title=head.title or make_title(cleaned.text),
        text=cleaned.text,
        outlet=head.outlet or find_own_outlet(printed, cleaned),
        category=category or (head.date.category if head.date else None),
        published_at=head.date.published_at if head.date else None,
        place=(dateline.place if dateline else cleaned.place) or head.place,
        initials=cleaned.initials,
        authors=tuple(dict.fromkeys((*head.writers, *writers))),
    )


def _normalize(line: str) -> str:
    """Return the line with entities decoded, and without the space that a link leaves before a comma: "Solo ,"."""
    decoded = _ENTITY.sub(lambda found: unescape(found[0]), line) if "&" in line else line
    return _SPACE_BEFORE_MARK.sub("", clean_line(decoded))


def _drop_tail(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Remove bylines and the outlet's own lines from the end, and return the writers named there."""
    body = list(lines)
    writers: list[str] = []
    for i in [i for i, line in enumerate(body) if line][-_TAIL_LINES:]:
        found = read_byline(body[i])
        if found is not None or is_footer(body[i]) or is_boilerplate_line(body[i]):
            writers.extend(found or ())
            body[i] = ""
    while body and not body[-1]:
        del body[-1]
    if body and (name := read_signature(body[-1])):
        writers.append(name)
        del body[-1]
    return body, writers


def _is_wrapped(lines: Sequence[str]) -> bool:
    """Return whether lines were broken at a fixed width, as mail programs and terminals do."""
    # Short lines belong to the head. In wrapped text, a line that is followed by another one may end anywhere.
    followed = [one for one, two in pairwise(lines) if two and len(one.split()) >= _MIN_WRAPPED_WORDS]
    open_ends = sum(not SENTENCE_END.search(line) for line in followed)
    return len(followed) >= 4 and open_ends >= 0.5 * len(followed) and max(map(len, lines)) <= _MAX_WRAPPED_CHARS


def _join_wrapped(lines: Sequence[str]) -> list[str]:
    """Join consecutive lines into one line per paragraph."""
    return [" ".join(paragraph) for is_text, paragraph in groupby(lines, key=bool) if is_text]


def make_title(text: str) -> str:
    """Create a title for a text without one: its first sentence if short, else its first words and an ellipsis."""
    first = split_sentences(text.split(PARAGRAPH_BREAK, 1)[0][:_FIRST_SENTENCE_CHARS])[0]
    words = first.split()
    if len(words) <= _MADE_TITLE_WORDS:
        return first.rstrip(".")
    return " ".join(words[:_MADE_TITLE_WORDS]).rstrip(",;:-–—") + "…"


MIN_WORDS: Final = 40

_SAMPLE_CHARS: Final = 20_000
# Control characters other than white space, lone surrogates, private use, and replacement characters for invalid bytes.
_JUNK: Final = lazy_regex("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]")
_MAX_JUNK_SHARE: Final = 0.01
_MIN_LETTER_SHARE: Final = 0.5
_MAX_WORDS_PER_SENTENCE: Final = 80
_SENTENCE_STOP: Final = lazy_regex(r"(?<![.!?…؟।])[.!?…؟।]++[\"'”’)\]»]*+(?=\s|$)|[。！？]")
# Scripts without spaces between words (Thai, Lao, Burmese, Khmer, kana, Han): two characters count as one word, so that
# an article in them is refused for its language, not for its length.
_UNSPACED: Final = lazy_regex("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")

_FILE_SIGNATURES: Final = ("%PDF-", "{\\rtf", "%!PS", "PK\x03\x04", "\x89PNG", "GIF8", "Rar!", "\x7fELF")
_TAG: Final = lazy_regex(r"</?[a-zA-Z][\w-]*(?:\s[^<>]{0,300})?/?>|<!--|<!DOCTYPE", re.IGNORECASE)
_CODE_LINE: Final = lazy_regex(
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
    if len(lines) < 4 or sum(bool(_SENTENCE_STOP.search(line[-4:])) for line in lines) > 0.5 * len(lines):
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
    if len(words) > _MAX_WORDS_PER_SENTENCE * (1 + len(_SENTENCE_STOP.findall(text))):
        raise _make_refusal("a list of lines without sentences")
    if any(sum(1 for _ in run) >= MIN_WORDS // 2 for _, run in groupby(words, str.casefold)):
        raise _make_refusal("one word over and over")


def _make_refusal(detail: str) -> NothingToSummarize:
    return NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, detail)
