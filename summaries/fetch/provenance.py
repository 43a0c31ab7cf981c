"""Attribute an article by the address it was fetched from, not by its own claims."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from summaries.fetch.html.outlets import name_outlet, remove_outlet_names, resembles_outlet
from summaries.fetch.plain.article import make_title

if TYPE_CHECKING:
    from summaries.model import Article


def attribute_to_address(article: Article, url: str) -> Article:
    """Attribute the article fetched from `url` to the outlet at that address.

    The outlet's name in the document is only a proposal (see `outlets.name_outlet`). Outlet names are removed from
    title and place, which are shown next to the outlet.
    """
    return replace(
        _remove_names(article), url=url, outlet=name_outlet(url, (article.outlet,) if article.outlet else ())
    )


def attribute_to_reader(article: Article) -> Article:
    """Attribute an article in a file or text from a reader: without an address it has no outlet, link or picture."""
    return replace(_remove_names(article), url=None, outlet=None, image_url=None)


def _remove_names(article: Article) -> Article:
    title = remove_outlet_names(article.title)
    if article.title and not title:
        title = make_title(article.text)
    places = article.place.split(",") if article.place else ()
    return replace(article, title=title, place=None if any(map(resembles_outlet, places)) else article.place)
