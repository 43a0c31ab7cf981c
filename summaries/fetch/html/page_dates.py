"""Find the publication date of a page's article."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from summaries.fetch.html import json_ld
from summaries.fetch.html.blocks import ShortLine
from summaries.fetch.html.html_tree import read_line, select
from summaries.text.dates import JAKARTA, parse_date, sanitize_timestamp

_NAMES = (
    "article:published_time", "datepublished", "pubdate", "publishdate", "publish-date", "publish_date",
    "published_time", "article_publish_date", "og:published_time", "dc.date.issued", "dc.date", "date",
    "sailthru.date", "parsely-pub-date", "content_publisheddate", "dtk:publishdate", "datecreated",
)  # fmt: skip
_UPDATED = re.compile(
    r"\W*(?:terakhir\s)?(?:di(?:perbarui|perbaharui|ubah|edit|update)|update[ds]?|last\s)", re.IGNORECASE
)
_CLOCK = re.compile(r"\d{1,2}[:.]\d\d")
_URL_DAY = re.compile(r"/(?P<day>(?:19|20)\d\d/\d{1,2}/\d{1,2})(?:/|$)|/(?P<compact>20\d{6})(?:\d{6})?(?:[-/]|$)")
# Blogger writes hAtom: <abbr class="published" title="2024-03-06T09:15:00+07:00">.
_MARKED = "//@itemprop[.='datePublished']/..|//time[@datetime]|//abbr[contains(@class, 'published')][@title]"
_DATED = "//@class[contains(., 'date') or contains(., 'tgl') or contains(., 'time')]/.."
_MAX_LINE_CHARS = 100


def find_published_at(
    tree: HtmlElement,
    metas: Mapping[str, str],
    linked: Mapping[str, Any],
    *,
    lines: Sequence[ShortLine],
    url: str,
    now: datetime | None = None,
) -> datetime | None:
    """Return the first publication time that the page states, else the day in its address, else None.

    Implausible times (see `sanitize_timestamp`) are skipped.
    """
    printed = _find_printed(lines, now)
    for text in _find_stated(tree, metas, linked):
        if moment := sanitize_timestamp(parse_date(text), now=now):
            return _correct_by_printed(moment, text, printed) if printed else moment
    if printed:
        return printed
    uncertain = (sanitize_timestamp(parse_date(text), now=now) for text in _find_uncertain(tree, lines, url))
    return next((moment for moment in uncertain if moment), None)


def _find_stated(tree: HtmlElement, metas: Mapping[str, str], linked: Mapping[str, Any]) -> Iterator[str]:
    yield from json_ld.read_texts(linked.get("datePublished"))
    yield from (metas[name] for name in _NAMES if name in metas)
    for element in select(tree, _MARKED)[:3]:
        yield element.get("datetime") or element.get("content") or element.get("title") or read_line(element)
    yield from json_ld.read_texts(linked.get("dateCreated"))


def _find_printed(lines: Sequence[ShortLine], now: datetime | None) -> datetime | None:
    """Return the first date with a time of day on a short line after the headline, else before it.

    A page's header often shows today's date, but without a time.
    """
    before = None
    for line in lines:
        if not _CLOCK.search(line.text) or _UPDATED.match(line.text):
            continue
        if moment := sanitize_timestamp(parse_date(line.text), now=now):
            if line.is_after_headline:
                return moment
            before = before or moment
    return before


def _correct_by_printed(moment: datetime, text: str, printed: datetime) -> datetime:
    """Correct the stated time by the printed one: some pages state only the day, or label local time as UTC."""
    if not _CLOCK.search(text) and moment.date() == printed.date():
        return printed
    says_utc = "z" in text.lower() or "+00" in text
    if not says_utc or moment.utcoffset() == printed.utcoffset():
        return moment
    local = moment.replace(tzinfo=printed.tzinfo or JAKARTA)
    return local if abs((local - printed).total_seconds()) < abs((moment - printed).total_seconds()) else moment


def _find_uncertain(tree: HtmlElement, lines: Sequence[ShortLine], url: str) -> Iterator[str]:
    if found := _URL_DAY.search(url):
        yield found["day"] or found["compact"]
    yield from islice((line.text for line in lines if line.is_after_headline), 20)
    for element in select(tree, _DATED)[:20]:
        line = read_line(element)
        if len(line) <= _MAX_LINE_CHARS:
            yield line
