"""Read an article from plain text, as people copy it from news sites.

`head` reads the lines before the text, `summaries.text` cleans the rest, and `refusal` refuses texts that are not
articles.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Final

from summaries.errors import NothingToSummarize, RefusalReason
from summaries.fetch.plain.head import find_own_dateline, is_same_text, read_head
from summaries.fetch.plain.lines import drop_linked_headlines, is_footer, read_byline, read_signature
from summaries.fetch.plain.refusal import refuse_other_than_prose, refuse_short_or_listed, refuse_unreadable
from summaries.model import PARAGRAPH_BREAK, Article
from summaries.text.boilerplate import is_boilerplate_line
from summaries.text.characters import clean_line, replace_unstorable
from summaries.text.cleaning import clean, find_own_outlet
from summaries.text.sentences import split_sentences

_LINE_BREAK: Final = re.compile(r"\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")

_TAIL_LINES: Final = 8
_MADE_TITLE_WORDS: Final = 12
_FIRST_SENTENCE_CHARS: Final = 400
_MIN_WRAPPED_WORDS: Final = 4
_MAX_WRAPPED_CHARS: Final = 120
_SENTENCE_END: Final = re.compile(r"[.!?…][\"'”’)\]]*$")


def decode_text(body: bytes) -> str:
    """Decode a text file: UTF-8 or UTF-16 by its mark, UTF-8 without one, else windows-1252.

    Raises:
        NothingToSummarize: it is a binary file.
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if body.startswith(mark):
            return body.decode(encoding, errors="replace")
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
    return clean_line(line.replace("&nbsp;", " "))


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
    open_ends = sum(not _SENTENCE_END.search(line) for line in followed)
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
