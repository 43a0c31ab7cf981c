"""An article page: bytes to an article (pure)."""

from __future__ import annotations

from summaries.errors import NothingToSummarize, RefusalReason
from summaries.fetch.html_tree import MAX_PAGE_BYTES, decode_page, parse_page
from summaries.fetch.metadata import read_metadata
from summaries.fetch.page_text import extract_text
from summaries.model import Article
from summaries.text.cleaning import clean

MIN_ARTICLE_WORDS = 15


def read_page(body: bytes, *, url: str, charset: str | None = None) -> Article:
    """The article on the page that was fetched from `url`, with the charset that HTTP named.

    Raises:
        NothingToSummarize: the page is empty, too large, or no article: an index, a login, a consent page, a paywall.
    """
    if len(body) > MAX_PAGE_BYTES:
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, f"the page is larger than {MAX_PAGE_BYTES} bytes")
    page = decode_page(body, charset)
    tree = parse_page(page)
    metadata = read_metadata(tree, url=url)
    text = clean(extract_text(tree, page))
    if len(text.text.split()) < MIN_ARTICLE_WORDS:
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, "there is no running text on the page")
    return Article(
        title=metadata.title,
        text=text.text,
        url=metadata.url,
        outlet=metadata.outlet,
        category=metadata.category,
        published_at=metadata.published_at,
        place=text.place,
        initials=text.initials,
        authors=metadata.authors,
        image_url=metadata.image_url,
    )
