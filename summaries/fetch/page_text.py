"""The running text of an article page: which part of the page, then which of its paragraphs (pure)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import readability
import trafilatura
from lxml import html

from summaries.fetch.html_tree import select
from summaries.model import PARAGRAPH_BREAK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

_GONE = (
    "script", "style", "noscript", "iframe", "object", "embed", "form", "button", "select", "textarea", "svg", "canvas",
    "template", "figcaption", "nav", "aside", "footer",
)  # fmt: skip
_FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:share|sharing|social|sosmed|related|terkait|baca-?juga|bacajuga|read-?also|tags?|tagcloud|breadcrumb|"
    r"comment|komentar|ads?|advert\w*|iklan|banner|promo|newsletter|subscribe|sidebar|popular|terpopuler|recommend\w*|"
    r"rekomendasi|lihatjg|linksisip\w*|paging|pagination|caption|pic_?credit|credit|copyright|author-?bio|editor|"
    r"widget|footer|navbar|menu)(?:$|[\s_-])",
    re.IGNORECASE,
)
_BLOCKS = frozenset(
    (
        "p", "div", "br", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "tr", "td", "th",
        "section", "article", "main", "header", "figure", "pre", "hr", "dl", "dt", "dd",
    )
)  # fmt: skip


def extract_text(tree: HtmlElement, page: str) -> str:
    """The page's main text, its paragraphs separated by a blank line, still with dateline, captions and initials."""
    body = readability.Document(html.tostring(_without_furniture(tree), encoding="unicode")).summary(html_partial=True)
    paragraphs = list(_paragraphs(html.fromstring(body)))
    return PARAGRAPH_BREAK.join(paragraphs) or (trafilatura.extract(page, include_comments=False) or "")


def _without_furniture(tree: HtmlElement) -> HtmlElement:
    copy = html.fromstring(html.tostring(tree))
    for element in select(copy, "|".join(f"//{tag}" for tag in _GONE)):
        element.drop_tree()
    for element in select(copy, "//*[@class or @id]"):
        label = f"{element.get('class', '')} {element.get('id', '')}"
        if element.tag not in ("body", "html", "article", "main") and _FURNITURE.search(label):
            text = element.text_content()
            if len(text) < 1500 and element.getparent() is not None:
                element.drop_tree()
    return copy


def _paragraphs(element: HtmlElement) -> Iterator[str]:
    """The text between one block boundary and the next."""
    line: list[str] = []
    for text in _texts(element):
        if text is None:
            if paragraph := " ".join("".join(line).split()):
                yield paragraph
            line = []
        else:
            line.append(text)
    if paragraph := " ".join("".join(line).split()):
        yield paragraph


def _texts(element: HtmlElement) -> Iterator[str | None]:
    """Texts in document order, and None at every block boundary."""
    left: list[HtmlElement | str | None] = [element]
    while left:
        node = left.pop()
        if node is None or isinstance(node, str):
            yield node
            continue
        is_block = node.tag in _BLOCKS
        after: list[HtmlElement | str | None] = [node.tail or "", None] if is_block else [node.tail or ""]
        left += after
        left += list(node)[::-1]
        if is_block:
            yield None
        yield node.text or ""
