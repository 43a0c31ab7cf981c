"""One article from its address: fetch, read by its kind, and follow the page to a fuller form of itself."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from summaries.errors import FetchError, InputError, NothingToSummarize, RefusalReason
from summaries.fetch.discovery import Variants, find_variants
from summaries.fetch.documents import is_pdf, read_document
from summaries.fetch.html_tree import held
from summaries.fetch.pages import read_markup, read_tree
from summaries.fetch.parts import MAX_PARTS, join_parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from summaries.model import Article
    from summaries.ports import Fetched, Fetcher, Offload

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of one document: its article or why it has none, and where the page has other forms of it."""

    article: Article | None = None
    refusal: NothingToSummarize | None = None
    variants: Variants = field(default_factory=Variants)


async def fetch_article(url: str, *, fetcher: Fetcher, offload: Offload) -> Article:
    """The article at `url`: an HTML page, a PDF or a plain text.

    Where the page names one address with all of its parts ("?page=all"), that one is read too and the fuller text
    counts; else the parts that it names are read, a few at most, and joined. Where the page itself can't be read, its
    AMP or print form is. What goes wrong there does not count.

    Raises:
        AddressRefused, FetchFailedForNow, FetchFailedForGood: the document can't be had.
        NothingToSummarize: there is no article in it.
    """
    return await _followed(await _read(await fetcher.fetch(url), offload), fetcher, offload)


async def fetch_and_make(url: str, *, fetcher: Fetcher, offload: Offload, make: Callable[[Article], T]) -> T:
    """What `make` (picklable, pure, and for a worker) makes of the article at `url`; see `fetch_article`.

    Most articles are on one page: there it is one piece of work to read the page and to make something of it.

    Raises:
        NothingToSummarize: as `fetch_article`, and whatever else `make` raises.
    """
    document = await fetcher.fetch(url)
    reading, made = await offload(
        read_and_make, make, document.body, document.url, media_type=document.media_type, charset=document.charset
    )
    if made is not None:
        return made
    return await offload(make, await _followed(reading, fetcher, offload))


def read_and_make(
    make: Callable[[Article], T], body: bytes, url: str, *, media_type: str, charset: str | None
) -> tuple[Reading, T | None]:
    """As `read_with_variants`, and what `make` makes of the article where the page has all of it; else None."""
    reading = read_with_variants(body, url, media_type=media_type, charset=charset)
    if reading.article is None or reading.variants.whole is not None or reading.variants.parts:
        return reading, None
    return Reading(), make(reading.article)


async def _followed(reading: Reading, fetcher: Fetcher, offload: Offload) -> Article:
    """The article that the page at first read leads to."""
    if reading.article is not None:
        return await _completed(reading, reading.article, fetcher, offload)
    refusal = reading.refusal or NothingToSummarize(RefusalReason.NOT_AN_ARTICLE)
    if refusal.reason is not RefusalReason.PAYWALL and reading.variants.plain is not None:
        plain = await _try(reading.variants.plain, fetcher, offload)
        if plain.article is not None:
            return plain.article
    raise refusal


async def _completed(reading: Reading, article: Article, fetcher: Fetcher, offload: Offload) -> Article:
    """The article with what stands on its other pages."""
    if reading.variants.whole is not None:
        whole = (await _try(reading.variants.whole, fetcher, offload)).article
        if whole is not None and len(whole.text) > len(article.text):
            return replace(whole, url=article.url)
    read = {reading.variants.number: article}
    addresses = dict(reading.variants.parts)
    for _ in range(MAX_PARTS - 1):
        if not (left := addresses.keys() - read.keys()):
            break
        number = min(left)
        part = await _try(addresses.pop(number), fetcher, offload)
        if part.article is None:
            break
        read[number] = part.article
        addresses = {**part.variants.parts, **addresses}
    return join_parts(article, read) if len(read) > 1 else article


async def _try(url: str, fetcher: Fetcher, offload: Offload) -> Reading:
    try:
        return await _read(await fetcher.fetch(url), offload)
    except (FetchError, InputError) as error:
        # Not its address: it may be one that a reader sent.
        log.info("a variant of a page could not be had: %s", error)
        return Reading()


async def _read(document: Fetched, offload: Offload) -> Reading:
    return await offload(
        read_with_variants, document.body, document.url, media_type=document.media_type, charset=document.charset
    )


def read_with_variants(body: bytes, url: str, *, media_type: str, charset: str | None) -> Reading:
    """As `read_document`, with the page's other forms, and with a refusal as a value (pure; for a worker)."""
    variants = Variants()
    try:
        if is_pdf(body, media_type) or media_type == "text/plain":
            return Reading(read_document(body, url, media_type=media_type, charset=charset))
        tree = read_markup(body, charset)
        with held(tree):
            variants = find_variants(tree, url=url)
            return Reading(read_tree(tree, url=url), variants=variants)
    except NothingToSummarize as refusal:
        return Reading(refusal=NothingToSummarize(refusal.reason, refusal.detail), variants=variants)
