"""Read an article page: bytes to an article."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from lxml.html import HtmlElement

from summaries.errors import NothingToSummarize, RefusalReason
from summaries.fetch.html.html_tree import MAX_PAGE_BYTES, decode_page, parse_page
from summaries.fetch.html.json_ld import is_paywalled, read_texts
from summaries.fetch.html.markup import strip_markup
from summaries.fetch.html.metadata import PageMetadata, read_metadata
from summaries.fetch.html.outlets import attribute_to_address
from summaries.fetch.html.page_kind import check_article
from summaries.fetch.html.page_text import choose_paragraphs, extract_blocks
from summaries.model import PARAGRAPH_BREAK, Article
from summaries.text.cleaning import clean

MAX_TEXT_CHARS = 200_000

# Below this share of the text in the page's structured data, the layout was misread.
_MIN_SHARE = 0.5


def read_page(body: bytes, *, url: str, charset: str | None = None, now: datetime | None = None) -> Article:
    """Read the article on the page fetched from `url`; `charset` is the one declared by HTTP.

    Raises:
        NothingToSummarize: the page is empty, too large, or no article: an index, a login, a consent page, a paywall.
    """
    return read_tree(parse_markup(body, charset), url=url, now=now)


def parse_markup(body: bytes, charset: str | None = None) -> HtmlElement:
    """Parse the page into a tree. Raises NothingToSummarize if the page is empty or too large."""
    if len(body) > MAX_PAGE_BYTES:
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, f"the page is larger than {MAX_PAGE_BYTES} bytes")
    return parse_page(decode_page(body, charset))


def read_tree(tree: HtmlElement, *, url: str, now: datetime | None = None) -> Article:
    """As `read_page`, for a parsed page; the tree is not modified."""
    metadata = read_metadata(tree, url=url, now=now)
    title = metadata.article.title
    blocks = extract_blocks(tree, title=title)
    chosen = choose_paragraphs(blocks.main, title=title, description=metadata.description, captions=blocks.captions)
    if len(chosen) > MAX_TEXT_CHARS:
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, "the text is longer than any article")
    text = clean(chosen)
    stated = _read_stated_text(metadata)
    if len(text.text.split()) < _MIN_SHARE * len(stated.split()):
        text = clean(stated)
    check_article(tree, metadata, blocks, text.text, url=url)
    article = replace(metadata.article, text=text.text, place=text.place, initials=text.initials)
    return attribute_to_address(article, article.url) if article.url else article


def _read_stated_text(metadata: PageMetadata) -> str:
    """Return the text in the page's structured data; empty if the article is paywalled."""
    linked = metadata.linked_data
    if is_paywalled(linked):
        return ""
    return PARAGRAPH_BREAK.join(strip_markup(text) for text in read_texts(linked.get("articleBody"))[:1])
