"""Take off a page what is never its article's text: navigation, sharing, related links, comments, captions (pure)."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING

from summaries.fetch.html_tree import select

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_NEVER_TEXT = (
    "script", "style", "noscript", "iframe", "object", "embed", "button", "select", "textarea", "svg", "canvas",
    "template", "figcaption", "nav", "dialog", "video", "audio", "input",
)  # fmt: skip
_AROUND_TEXT = ("aside", "footer", "form")

_LABEL = re.compile(
    r"(?:^|[\s_-])(?:share|sharing|shares|social|sosmed|medsos|related|terkait|baca-?juga|bacajuga|read-?also|readmore|tags?|"
    r"tagcloud|tagging|breadcrumbs?|comments?|komentar|disqus|ads?|advert\w*|iklan|banner|promo|newsletter|subscribe|"
    r"sidebar|popular|populer|terpopuler|trending|terkini|recommend\w*|rekomendasi|linksisip\w*|lihatjg\w*|paging|"
    r"pagination|caption|credits?|copyright|photographer|author-?bio|toolbar|font-?size|navbar|menu|modal|popup|cookie|"
    r"gdpr|skip-?link|next-?article|more-?news|video-?player|artikel-?lain\w*|berita-?lain\w*|topik)(?:$|[\s_\d-])",
    re.IGNORECASE,
)
_COMMENTS = re.compile(r"(?:^|[\s_-])(?:comments?|komentar|disqus)(?:$|[\s_-])", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_KEPT = frozenset(("html", "body", "article", "main"))

# What holds this much running text outside of links is not taken for furniture, whatever it is called.
_PROSE_CHARS = 400


def without_furniture(tree: HtmlElement) -> HtmlElement:
    """A copy of the page without furniture. Nothing that holds much running text outside of links is taken off."""
    bare = deepcopy(tree)
    for element in select(bare, "|".join(f"//{tag}" for tag in _NEVER_TEXT)):
        element.drop_tree()
    for element in select(bare, "|".join(f"//{tag}" for tag in _AROUND_TEXT)):
        if _free_chars(element) < _PROSE_CHARS or element.tag != "form":  # some sites wrap all of a page in one form
            element.drop_tree()
    for element in select(bare, "//*[@class or @id or @style or @hidden]"):
        if element.getparent() is not None and _is_furniture(element):
            element.drop_tree()
    return bare


def _is_furniture(element: HtmlElement) -> bool:
    if element.tag in _KEPT:
        return False
    label = f"{element.get('class', '')} {element.get('id', '')}"
    if _COMMENTS.search(label) and not select(element, ".//h1"):
        return True
    if not (_LABEL.search(label) or _HIDDEN.search(element.get("style", "")) or element.get("hidden") is not None):
        return False
    return _free_chars(element) < _PROSE_CHARS


def _free_chars(element: HtmlElement) -> int:
    """How many characters stand in paragraphs and outside of links, up to the bound that matters."""
    linked = sum(len(link.text_content()) for link in select(element, ".//a")[:200])
    return len(" ".join(element.text_content().split())) - linked
