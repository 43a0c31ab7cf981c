"""Find the publication date of a page's article."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from summaries.fetch.html import json_ld
from summaries.fetch.html.blocks import ShortLine
from summaries.fetch.html.html_tree import read_line, select
from summaries.text.dates import DateEvidence, decide_published_at, parse_date, sanitize_timestamp
from summaries.text.language import detect_language
from summaries.urls import get_registrable_domain

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
# A date within this many lines of the headline is the article's.
_MAX_LINES_BEFORE, _MAX_LINES_AFTER = 5, 10


def find_published_at(
    tree: HtmlElement,
    metas: Mapping[str, str],
    linked: Mapping[str, Any],
    *,
    lines: Sequence[ShortLine],
    url: str,
    now: datetime | None = None,
) -> datetime | None:
    """Return the publication time by everything on the page (see `decide_published_at`), or None."""
    stated = tuple(filter(None, map(parse_date, _find_stated(tree, metas, linked))))
    evidence = DateEvidence(stated=stated, printed=_find_printed(lines, now))
    has_odd_zone = any((moment.utcoffset() or timedelta()) < timedelta() for moment in stated)
    # By its domain or its language; pages often state a wrong language.
    sample = f"{metas.get('og:title', '')}. {metas.get('description', '')}"
    is_indonesian = has_odd_zone and (get_registrable_domain(url).endswith(".id") or detect_language(sample) == "id")
    found = decide_published_at(evidence, is_indonesian=is_indonesian, now=now)
    if found is not None:
        return found
    uncertain = tuple(filter(None, map(parse_date, _find_uncertain(tree, lines, url))))
    return decide_published_at(DateEvidence(uncertain=uncertain), now=now)


def _find_stated(tree: HtmlElement, metas: Mapping[str, str], linked: Mapping[str, Any]) -> Iterator[str]:
    yield from json_ld.read_texts(linked.get("datePublished"))
    yield from (metas[name] for name in _NAMES if name in metas)
    for element in select(tree, _MARKED)[:3]:
        yield element.get("datetime") or element.get("content") or element.get("title") or read_line(element)
    yield from json_ld.read_texts(linked.get("dateCreated"))


def _find_printed(lines: Sequence[ShortLine], now: datetime | None) -> datetime | None:
    """Return the date with a time of day on a short line: right before the headline, else after it, else before it.

    A page's header often shows today's date, but without a time. The dates of other articles follow the text.
    """
    headline = sum(not line.is_after_headline for line in lines)
    found: dict[int, datetime] = {}
    for i, line in enumerate(lines):
        if not _CLOCK.search(line.text) or _UPDATED.match(line.text):
            continue
        if moment := sanitize_timestamp(parse_date(line.text), now=now):
            found[i - headline] = moment
            if i >= headline:
                break
    near = [at for at in found if -_MAX_LINES_BEFORE <= at < _MAX_LINES_AFTER]
    after = [at for at in found if at >= 0]
    choice = near[-1:] or after or list(found)
    return found[choice[0]] if choice else None


def _find_uncertain(tree: HtmlElement, lines: Sequence[ShortLine], url: str) -> Iterator[str]:
    if found := _URL_DAY.search(url):
        yield found["day"] or found["compact"]
    yield from islice((line.text for line in lines if line.is_after_headline), 20)
    for element in select(tree, _DATED)[:20]:
        line = read_line(element)
        if len(line) <= _MAX_LINE_CHARS:
            yield line
