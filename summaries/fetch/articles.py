"""One article from its address: fetch, read by its kind, and follow the page to a fuller form of itself."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from summaries.errors import FetchError, InputError, NothingToSummarize, RefusalReason
from summaries.fetch.discovery import Variants, find_variants
from summaries.fetch.documents import is_pdf, read_document
from summaries.fetch.html_tree import held
from summaries.fetch.pages import read_markup, read_tree
from summaries.fetch.parts import MAX_PARTS, join_parts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from summaries.model import Article
    from summaries.ports import Fetcher, Offload

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of one document: its article or why it has none, and where the page has other forms of it."""

    article: Article | None = None
    refusal: NothingToSummarize | None = None
    variants: Variants = field(default_factory=Variants)


if TYPE_CHECKING:
    _Read = Callable[[str], Awaitable[Reading]]


async def fetch_article(url: str, *, fetcher: Fetcher, offload: Offload, now: datetime | None = None) -> Article:
    """The article at `url`: an HTML page, a PDF or a plain text. A date that is not credible at `now` is left out.

    Where the page names one address with all of its parts ("?page=all"), that one is read too and the fuller text
    counts; else the parts that it names are read, a few at most, and joined. Where the page itself can't be read, its
    AMP or print form is. What goes wrong there does not count.

    Raises:
        AddressRefused, FetchFailedForNow, FetchFailedForGood: the document can't be had.
        NothingToSummarize: there is no article in it.
    """
    read = partial(_read, fetcher=fetcher, offload=offload, now=now)
    return await _followed(await read(url), read)


async def fetch_and_make(
    url: str, *, fetcher: Fetcher, offload: Offload, make: Callable[[Article], T], now: datetime | None = None
) -> T:
    """What `make` (picklable, pure, and for a worker) makes of the article at `url`; see `fetch_article`.

    Most articles are on one page: there it is one piece of work to read the page and to make something of it.

    Raises:
        NothingToSummarize: as `fetch_article`, and whatever else `make` raises.
    """
    document = await fetcher.fetch(url)
    reading, made = await offload(
        read_and_make,
        make,
        document.body,
        document.url,
        media_type=document.media_type,
        charset=document.charset,
        now=now,
    )
    if made is not None:
        return made
    read = partial(_read, fetcher=fetcher, offload=offload, now=now)
    return await offload(make, await _followed(reading, read))


def read_and_make(
    make: Callable[[Article], T],
    body: bytes,
    url: str,
    *,
    media_type: str,
    charset: str | None,
    now: datetime | None = None,
) -> tuple[Reading, T | None]:
    """As `read_with_variants`, and what `make` makes of the article where the page has all of it; else None."""
    reading = read_with_variants(body, url, media_type=media_type, charset=charset, now=now)
    if reading.article is None or reading.variants.whole is not None or reading.variants.parts:
        return reading, None
    return Reading(), make(reading.article)


async def _followed(reading: Reading, read: _Read) -> Article:
    """The article that the page at first read leads to."""
    if reading.article is not None:
        return await _completed(reading, reading.article, read)
    refusal = reading.refusal or NothingToSummarize(RefusalReason.NOT_AN_ARTICLE)
    if refusal.reason is not RefusalReason.PAYWALL and reading.variants.plain is not None:
        plain = await _try(reading.variants.plain, read)
        if plain.article is not None:
            return plain.article
    raise refusal


async def _completed(reading: Reading, article: Article, read: _Read) -> Article:
    """The article with what stands on its other pages."""
    if reading.variants.whole is not None:
        whole = (await _try(reading.variants.whole, read)).article
        if whole is not None and len(whole.text) > len(article.text):
            return replace(whole, url=article.url)
    parts = {reading.variants.number: article}
    addresses = dict(reading.variants.parts)
    for _ in range(MAX_PARTS - 1):
        if not (left := addresses.keys() - parts.keys()):
            break
        number = min(left)
        part = await _try(addresses.pop(number), read)
        if part.article is None:
            break
        parts[number] = part.article
        addresses = {**part.variants.parts, **addresses}
    return join_parts(article, parts) if len(parts) > 1 else article


async def _try(url: str, read: _Read) -> Reading:
    try:
        return await read(url)
    except (FetchError, InputError) as error:
        # Not its address: it may be one that a reader sent.
        log.info("a variant of a page could not be had: %s", error)
        return Reading()


async def _read(url: str, *, fetcher: Fetcher, offload: Offload, now: datetime | None) -> Reading:
    document = await fetcher.fetch(url)
    return await offload(
        read_with_variants,
        document.body,
        document.url,
        media_type=document.media_type,
        charset=document.charset,
        now=now,
    )


def read_with_variants(
    body: bytes, url: str, *, media_type: str, charset: str | None, now: datetime | None = None
) -> Reading:
    """As `read_document`, with the page's other forms, and with a refusal as a value (pure; for a worker)."""
    variants = Variants()
    try:
        if is_pdf(body, media_type) or media_type == "text/plain":
            return Reading(read_document(body, url, media_type=media_type, charset=charset, now=now))
        tree = read_markup(body, charset)
        with held(tree):
            variants = find_variants(tree, url=url)
            return Reading(read_tree(tree, url=url, now=now), variants=variants)
    except NothingToSummarize as refusal:
        return Reading(refusal=NothingToSummarize(refusal.reason, refusal.detail), variants=variants)
