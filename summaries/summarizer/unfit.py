"""Sentences that no summary may contain, at any score: they say nothing without the text around them.

Questions, headings and list items, announcements of text that follows, calls to the reader, half a quotation, and
boilerplate.
"""

from __future__ import annotations

import re

from summaries.summarizer.document import MARKS, Sentence
from summaries.text.boilerplate import is_boilerplate_line
from summaries.text.lazy_patterns import lazy_regex

_QUOTES, _QUESTION, _POINTER = MARKS["quotes"], MARKS["question"], MARKS["pointer"]
_CLOSERS = "\"'”’)] "
_OPENERS = "\"“'‘("
_END_MARKS = ".!?…"
# The initials of the writer may follow the end mark: "... di Solo. (abc/def)".
_INITIALS = lazy_regex(r"[.!?…][\"'”’]*\s?\([^()]{1,20}\)$")
_LIST_ITEM = lazy_regex(r"\d{1,2}[.)]\s|[a-z][.)]\s|[-–—•*]\s?(?=\S)")
_DATELINE_DASH = lazy_regex(r"[-–—]\s")
# The number of the first item is glued to the sentence that opens a list: "... sebagai berikut: 1."
_OPENS_LIST = lazy_regex(r":(?:\s+(?:\d{1,2}|[a-z])[.)])?$")
_QUOTED = lazy_regex(r"[\"“][^\"“”]*[\"”]")
_ANNOUNCES = lazy_regex(
    r"""
    # "Berikut daftarnya", "Dikutip dari laman itu, berikut ...", but "disita, berikut barang bukti" and "laga berikut"
      (?:^\W*|[,:;]\s+(?!\S+\sbarang)|\bnah,?\s+|\b(?:sebagai|simak|ikuti|seperti)\s+)berikut(?:lah)?(?![a-z])
    | \bberikut\s?(?:ini|adalah|ialah|merupakan)\b | \w-\w+\s+berikut\b
    | \b(?:halaman|tautan|link|tabel|infografis|video|foto|artikel|ulasan|informasi|penjelasan)(?:nya)?\s+berikut\b
    | \bdi\s?bawah\sini\b | \bhere\s(?:is|are)\b | ^\W*ini\sdia\b
    | \b[sb]egini\s\w+nya\b | ^\W*ini(?:lah)?\s(?:\w+\s){0,3}\w+nya\W*$
    # Notes of the outlet on its own text, and calls to its readers
    | \b(?:dirangkum|dihimpun)\s(?:dari|oleh|tim|detik|\S+\.com\b|\w+(?:,|\s\())
    | (?:\bkami|\bredaksi|\.com\)?|\bdetik\w*)\s(?:telah\s|sudah\s)?(?:me)?rangkum\b
    | \b(?:baca|lihat|tonton)\sjuga\s?:
    | \b(?:di)?simak(?:lah)?\b | \byuk\b | \bpenasaran\b | \bselengkapnya\b | \bscroll\s(?:ke|to|untuk)\b
    | \bklik\s?di\s?sini\b | \b(?:akhir|bawah)\sartikel\b
    | ^\W*artikel\s(?:ini|tentang|mengenai|terkait)\b | ^\W*halaman\s(?:berikut|selanjut)nya\b
    """,
    re.VERBOSE,
)


def is_unfit(sentence: Sentence) -> bool:
    """Return whether no summary may contain the sentence, regardless of its score."""
    text, marks = sentence.text, sentence.marks
    return (
        not _ends_like_a_sentence(text)
        or _is_list_item(sentence)
        or (_QUOTES in marks and has_open_quote(text))
        or (_QUESTION in marks and _asks(text))
        or ((_POINTER in marks or text.startswith("Ini ")) and _announces(text))
        or is_boilerplate_line(text)
    )


def _ends_like_a_sentence(text: str) -> bool:
    """Return whether the text has an end mark. Headings and items of lists have none.

    A colon opens a list; after the date in brackets of a lead, the sentence before it is whole.
    """
    if (text[-1] == "." and not text[-2:-1].isdigit()) or text.endswith("):"):
        return True
    return (text.rstrip(_CLOSERS)[-1:] in _END_MARKS and not _OPENS_LIST.search(text)) or bool(_INITIALS.search(text))


def _is_list_item(sentence: Sentence) -> bool:
    """Return whether the sentence has a list mark; the dash of a dateline may open an article."""
    text = sentence.text
    return bool(_LIST_ITEM.match(text)) and not (sentence.position == 0 and _DATELINE_DASH.match(text))


def _asks(text: str) -> bool:
    """Return whether it is a question of the writer; a quoted one may be the news."""
    return text[0] not in _OPENERS and text.rstrip(_CLOSERS)[-1:] == "?"


def _announces(text: str) -> bool:
    """Return whether the sentence, outside its quotations, announces text that follows or calls on the reader."""
    return bool(_ANNOUNCES.search(_QUOTED.sub("", text.lower())))


def has_open_quote(sentence: str) -> bool:
    """Return whether a quotation mark lacks its partner; a straight mark may close “ and the reverse."""
    straight = sentence.count('"')
    alone = abs(sentence.count("“") - sentence.count("”"))
    return straight < alone or (straight - alone) % 2 == 1
