"""The metadata of an article page: title, outlet, time, authors, topic, picture, address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from summaries.fetch.feeds.feed_entries import read_web_url
from summaries.fetch.html import json_ld
from summaries.fetch.html.authors import clean_authors, find_labelled_bylines, find_marked_bylines
from summaries.fetch.html.blocks import ShortLine, find_short_lines
from summaries.fetch.html.html_tree import read_line, select
from summaries.fetch.html.markup import strip_markup_to_line
from summaries.fetch.html.outlets import name_outlet
from summaries.fetch.html.page_dates import find_published_at
from summaries.fetch.html.titles import choose_title
from summaries.model import Article
from summaries.outlets import find_section_topic
from summaries.topic_model.topics import GENERAL, find_topic
from summaries.urls import canonicalize_url, get_registrable_domain, make_url_key

MAX_TITLE_CHARS = 300
# Deeply nested addresses would take minutes to unwrap.
MAX_URL_CHARS = 2048
_BREADCRUMBS = "//@class[contains(., 'breadcrumb')]/..|//@id[contains(., 'breadcrumb')]/.."


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """The article without its text, and `linked_data`, the article's JSON-LD, empty if there is none.

    The article's `url` is the address the page was fetched from, in the page's own spelling if the article key is the
    same. `stated_url` is the address that the page states: used only as a hint of its kind, date and topic.
    """

    article: Article
    stated_url: str
    description: str = ""
    linked_data: Mapping[str, Any] = field(default_factory=dict)


def read_metadata(tree: HtmlElement, *, url: str, now: datetime | None = None) -> PageMetadata:
    """Read the metadata of the page at `url`; `now` decides which dates are plausible."""
    things = json_ld.find_objects(tree)
    linked = json_ld.find_article(things)
    metas = _read_metas(tree)
    lines = find_short_lines(tree)
    address = find_stated_url(tree, url) or canonicalize_url(url)
    site_names = (metas.get("og:site_name", ""), *json_ld.read_texts(linked.get("publisher"), "name"))
    site_name = name_outlet(url, map(strip_markup_to_line, site_names))
    article = Article(
        title=choose_title(tree, metas, linked, url=address, site_name=metas.get("og:site_name"))[:MAX_TITLE_CHARS],
        text="",
        url=(address if url and make_url_key(address) == make_url_key(url) else canonicalize_url(url)) or None,
        outlet=site_name,
        published_at=find_published_at(tree, metas, linked, lines=lines, url=address, now=now),
        authors=clean_authors(_find_author_candidates(tree, metas, linked, lines), outlet=site_name, url=address),
        category=_find_category(tree, metas, linked, address),
        image_url=_find_image(metas, linked, address),
        fact_check=json_ld.find_claim_review(things),
    )
    description = metas.get("og:description") or metas.get("description") or ""
    return PageMetadata(article, address, description, linked)


def _read_metas(tree: HtmlElement) -> dict[str, str]:
    """Return the meta tags by lower-case name, property or itemprop; the first non-empty one counts."""
    metas: dict[str, str] = {}
    for meta in select(tree, "//meta[@content]")[:500]:
        content = " ".join(meta.get("content", "").split())
        for attribute in ("property", "name", "itemprop"):
            if (name := (meta.get(attribute) or "").strip().lower()) and content:
                metas.setdefault(name, content)
    return metas


def find_stated_url(tree: HtmlElement, url: str) -> str | None:
    """Return the address that the page fetched from `url` states, if it is a page of the same site.

    It is only a proposal: a page with user content can state another page of the site. A file without a `url` may state
    any page.
    """
    named = select(tree, "//link[@rel='canonical']")[:1]
    named += select(tree, "//meta[@property='og:url' or @name='og:url']")[:1]
    for element in named:
        said = read_web_url(element.get("href") or element.get("content"), url) or ""
        address = read_web_url(canonicalize_url(said), url)  # again, because an AMP cache wraps any address
        if address is None or not urlsplit(address).path.strip("/"):
            continue
        if not url or get_registrable_domain(address) == get_registrable_domain(url):
            return address
    return None


def _find_author_candidates(
    tree: HtmlElement, metas: Mapping[str, str], linked: Mapping[str, Any], lines: Sequence[ShortLine]
) -> Iterator[str]:
    """Yield lines that may name the reporters, the most reliable first; some pages state their editor as the author."""
    yield ", ".join(find_labelled_bylines(lines))
    yield ", ".join(json_ld.read_texts(linked.get("author"), "name"))
    yield from (metas.get(name, "") for name in ("author", "article:author", "content_author", "dable:author"))
    yield from find_marked_bylines(tree)


def _find_category(tree: HtmlElement, metas: Mapping[str, str], linked: Mapping[str, Any], url: str) -> str | None:
    """Return the topic of the section in the page's address, or the one that the page states."""
    if topic := find_section_topic(url):
        return topic
    for word in _find_sections(tree, metas, linked):
        if word and len(word) < 60 and (topic := find_topic(strip_markup_to_line(word))) and topic != GENERAL:
            return topic
    return None


def _find_sections(tree: HtmlElement, metas: Mapping[str, str], linked: Mapping[str, Any]) -> Iterator[str]:
    yield from json_ld.read_texts(linked.get("articleSection"), "name")
    yield metas.get("article:section", "")
    trails = select(tree, _BREADCRUMBS)
    links = dict.fromkeys(link for trail in trails for link in trail.iterdescendants("a"))
    yield from [read_line(link) for link in islice(links, 6)][::-1]


def _find_image(metas: Mapping[str, str], linked: Mapping[str, Any], url: str) -> str | None:
    stated = (metas.get("og:image"), metas.get("twitter:image"), *json_ld.read_texts(linked.get("image"), "url"))
    for address in (read_web_url(said, url) for said in stated):
        # Some pages state a folder if the article has no picture.
        if address and len(address) <= MAX_URL_CHARS and "." in urlsplit(address).path.rpartition("/")[2]:
            return address
    return None
