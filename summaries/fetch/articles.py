"""Fetch one article from its address: read the document by its type, and follow the page to a fuller variant."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from summaries.errors import FetchError, InputError, NothingToSummarize, PermanentFetchError, RefusalReason
from summaries.fact_checks import find_fact_check
from summaries.fetch.documents import is_pdf, read_document
from summaries.fetch.html.discovery import MAX_PARTS, Variants, add_part_number, find_variants, join_parts
from summaries.fetch.html.html_tree import keep_alive
from summaries.fetch.html.pages import parse_markup, read_tree
from summaries.model import Article
from summaries.ports import Fetcher, Offload
from summaries.urls import canonicalize_url, get_registrable_domain, make_url_key, unwrap_amp_url

T = TypeVar("T")

log = logging.getLogger(__name__)


# The length in words of the shingles by which two texts are compared, and the share that variants of one article have
# in common.
_SHINGLE_WORDS, _SAME_SHARE = 4, 0.5
# The end of a page, which may announce another one.
_END_CHARS = 400


@dataclass(frozen=True, slots=True)
class PageReading:
    """The result of reading the document at `url`: its article or a refusal, and its other variants.

    The article's `url` is the address that the document came from, so that nothing is stored under another address.
    """

    url: str = ""
    article: Article | None = None
    refusal: NothingToSummarize | None = None
    variants: Variants = field(default_factory=Variants)


_Read = Callable[[str], Awaitable[PageReading]]


async def fetch_article(url: str, *, fetcher: Fetcher, offload: Offload, now: datetime | None = None) -> Article:
    """Fetch the article at `url`: an HTML page, a PDF or a plain text. An implausible date at `now` is omitted.

    If the page links to a version with all parts ("?page=all"), that version is read too, and the longer text is used;
    otherwise a few of the parts it links to are read and joined. Of a fact-check without its verdict, the second part
    is tried without a link. If the page itself has no article, its AMP or print version is tried. Errors in variants
    are ignored.

    If the page states another address of its site, that address is read, and its article is used if it is the same:
    otherwise a page with user content could replace another article's text.

    Raises:
        AddressRefused, TransientFetchError, PermanentFetchError: the document cannot be fetched.
        NothingToSummarize: it contains no article.
    """
    read = partial(_read, read_with_variants, fetcher=fetcher, offload=offload, now=now)
    return await _follow(await read(url), read)


async def fetch_and_transform(
    url: str, *, fetcher: Fetcher, offload: Offload, transform: Callable[[Article], T], now: datetime | None = None
) -> T:
    """Apply `transform` to the article at `url` (see `fetch_article`); `transform` runs in a worker and must be
    picklable.

    Most articles are on one page: then reading the page and transforming the article are one job.

    Raises:
        NothingToSummarize: as `fetch_article`. Also anything that `transform` raises.
    """
    transform_whole = partial(read_and_transform, transform)
    reading, transformed = await _read(transform_whole, url, fetcher=fetcher, offload=offload, now=now)
    if transformed is not None:
        return transformed
    read = partial(_read, read_with_variants, fetcher=fetcher, offload=offload, now=now)
    return await offload(transform, await _follow(reading, read))


def read_and_transform(
    transform: Callable[[Article], T],
    body: bytes,
    url: str,
    *,
    media_type: str,
    charset: str | None,
    now: datetime | None,
) -> tuple[PageReading, T | None]:
    """As `read_with_variants`, plus the transformed article if the page has all of it; else None."""
    reading = read_with_variants(body, url, media_type=media_type, charset=charset, now=now)
    variants = reading.variants
    if reading.article is None or variants.whole or variants.parts or variants.canonical:
        return reading, None
    return PageReading(), transform(reading.article)


async def _follow(reading: PageReading, read: _Read) -> Article:
    """Follow the variants of the first page to its best article."""
    if reading.article is not None:
        if reading.variants.canonical is not None:
            canonical = await _try(reading.variants.canonical, read)
            if canonical.article is not None and _is_same(canonical, reading.article):
                return await _complete(canonical, canonical.article, read)
        return await _complete(reading, reading.article, read)
    refusal = reading.refusal or NothingToSummarize(RefusalReason.NOT_AN_ARTICLE)
    if refusal.reason is not RefusalReason.PAYWALL and reading.variants.plain is not None:
        plain = await _try(reading.variants.plain, read)
        if plain.article is not None:
            # Each page links to the other.
            is_mutual = make_url_key(plain.variants.canonical or plain.url) == make_url_key(reading.url)
            return replace(plain.article, url=reading.url) if is_mutual else plain.article
    raise refusal


def _is_same(other: PageReading, article: Article) -> bool:
    """Return whether the other page belongs to the same site and has the same article."""
    if other.article is None or get_registrable_domain(other.url) != get_registrable_domain(article.url or ""):
        return False
    if other.article.title.casefold().split() == article.title.casefold().split():
        return True
    ours, theirs = _make_shingles(article.text), _make_shingles(other.article.text)
    return len(ours & theirs) >= _SAME_SHARE * max(1, min(len(ours), len(theirs)))


def _make_shingles(text: str) -> set[tuple[str, ...]]:
    words = text.casefold().split()
    return {tuple(words[at : at + _SHINGLE_WORDS]) for at in range(len(words) - _SHINGLE_WORDS + 1)}


async def _complete(reading: PageReading, article: Article, read: _Read) -> Article:
    """Add the text of the article's other pages."""
    if reading.variants.whole is not None:
        whole = await _try(reading.variants.whole, read)
        is_here = make_url_key(whole.url) == make_url_key(reading.url)
        if is_here and whole.article is not None and len(whole.article.text) > len(article.text):
            return replace(whole.article, url=article.url)
    parts = {reading.variants.number: article}
    addresses = dict(reading.variants.parts)
    for _ in range(MAX_PARTS - 1):
        if not (left := addresses.keys() - parts.keys()):
            break
        number = min(left)
        part = await _try(addresses.pop(number), read)
        if part.article is None or get_registrable_domain(part.url) != get_registrable_domain(reading.url):
            break
        parts[number] = part.article
        addresses = {**part.variants.parts, **addresses}
    return join_parts(article, parts) if len(parts) > 1 else article


async def _try(url: str, read: _Read) -> PageReading:
    try:
        return await read(url)
    except (FetchError, InputError) as error:
        # Without the address, which a reader may have sent.
        log.info("a variant of a page could not be had: %s", error)
        return PageReading()


async def _read(read: Callable[..., T], url: str, *, fetcher: Fetcher, offload: Offload, now: datetime | None) -> T:
    """Fetch the document at `url`, and call `read` in a worker.

    For a page in an AMP cache, the page itself is fetched, because only that has its address.
    """
    document = await fetcher.fetch(unwrap_amp_url(url))
    if (direct := unwrap_amp_url(document.url)) != document.url:
        document = await fetcher.fetch(direct)
        if unwrap_amp_url(document.url) != document.url:
            raise PermanentFetchError("the page leads to an AMP cache only")
    return await offload(
        read, document.body, document.url, media_type=document.media_type, charset=document.charset, now=now
    )


def read_with_variants(
    body: bytes, url: str, *, media_type: str, charset: str | None, now: datetime | None = None
) -> PageReading:
    """As `read_document`, with the page's other variants, and with a refusal as a value. Runs in a worker."""
    variants = Variants()
    address = canonicalize_url(url)
    try:
        if is_pdf(body, media_type) or media_type == "text/plain":
            return PageReading(address, read_document(body, url, media_type=media_type, charset=charset, now=now))
        tree = parse_markup(body, charset)
        with keep_alive(tree):
            variants = find_variants(tree, url=url)
            article = read_tree(tree, url=url, now=now)
            if not (variants.parts or variants.whole) and _awaits_verdict(article):
                variants = replace(variants, parts={2: add_part_number(address, 2)})
            return PageReading(address, article, variants=variants)
    except NothingToSummarize as refusal:
        return PageReading(address, refusal=NothingToSummarize(refusal.reason, refusal.detail), variants=variants)


def _awaits_verdict(article: Article) -> bool:
    """Return whether a fact-check ends with its question: some desks put the verdict on a second page, which only a
    script links to."""
    end = article.text[-_END_CHARS:].lower()
    if "benarkah" not in end and "halaman berikut" not in end:
        return False
    checked = find_fact_check(article)
    return checked is not None and checked.sentence is None
