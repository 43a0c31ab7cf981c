"""Structured data in a page: schema.org's NewsArticle as JSON-LD (pure)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from summaries.fetch.html.html_tree import select
from summaries.text.characters import storable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml.html import HtmlElement

MAX_BLOCKS = 20
MAX_OBJECTS = 500
MAX_SALVAGED_CHARS = 20_000

_ARTICLE_TYPES = {
    "article",
    "newsarticle",
    "reportagenewsarticle",
    "analysisnewsarticle",
    "opinionnewsarticle",
    "backgroundnewsarticle",
    "reviewnewsarticle",
    "blogposting",
    "liveblogposting",
    "socialmediaposting",
    "report",
}
# Sections that old pages hide their scripts in.
_WRAPPING_OPENS = re.compile(r"(?://)?\s*+(?:<!\[CDATA\[|<!--)")
_WRAPPING_CLOSES = ("]]>", "-->")
# A value may hold quotes; it ends where a comma or a bracket follows, and perhaps another name.
_FIELD = re.compile(
    r'"(@type|headline|datePublished|dateModified|articleSection|isAccessibleForFree)"\s*:\s*"(.{0,500}?)"\s*(?=,\s*["}]|[}\]])',
    re.DOTALL,
)


def find_article(tree: HtmlElement) -> Mapping[str, Any]:
    """The page's article as JSON-LD tells it, or nothing. Broken blocks count as absent."""
    found: Mapping[str, Any] = {}
    for thing in _things(tree):
        # The fullest wins: some pages carry a stub beside the real one.
        if _types(thing) & _ARTICLE_TYPES and len(thing) > len(found):
            found = thing
    return found


def _things(tree: HtmlElement) -> Iterator[Mapping[str, Any]]:
    for script in select(tree, "//script[contains(@type, 'ld+json')]")[:MAX_BLOCKS]:
        text = _unwrapped(script.text or "")
        try:
            data = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            data = _salvaged(text[:MAX_SALVAGED_CHARS])
        yield from _flattened(data)


def _unwrapped(text: str) -> str:
    text = text.strip()
    if opening := _WRAPPING_OPENS.match(text):
        text = text[opening.end() :]
    if text.endswith(_WRAPPING_CLOSES):
        text = text[:-3].rstrip().removesuffix("//")
    return text.strip().rstrip(";")


def _salvaged(text: str) -> dict[str, str]:
    """The plain fields of a block that is no JSON: a comma too many, a quote in a headline."""
    fields: dict[str, str] = {}
    for name, value in _FIELD.findall(text):
        if name != "@type" or value.lower() in _ARTICLE_TYPES:
            fields.setdefault(name, value)
    return fields


def _flattened(data: object) -> Iterator[Mapping[str, Any]]:
    left, seen = [data], 0
    while left and seen < MAX_OBJECTS:
        thing = left.pop(0)
        seen += 1
        if isinstance(thing, list):
            left += thing[:MAX_OBJECTS]
        elif isinstance(thing, dict):
            yield thing
            left += [thing[name] for name in ("@graph", "mainEntity", "mainEntityOfPage") if name in thing]


def _types(thing: Mapping[str, Any]) -> set[str]:
    kinds = thing.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    return {name.rpartition("/")[2].lower() for name in names if isinstance(name, str)}


def is_reserved(article: Mapping[str, Any]) -> bool:
    """True when the outlet says that its article is not free to read."""
    return str(article.get("isAccessibleForFree")).strip().lower() in ("false", "no", "0")


def texts(value: object, *fields: str) -> list[str]:
    """The texts in a value that may be a text, an object with one of the fields, or a list of either."""
    if isinstance(value, str):
        text = storable(value).strip()
        return [text] if text else []
    if isinstance(value, list):
        return [text for part in value[:20] if not isinstance(part, list) for text in texts(part, *fields)]
    if isinstance(value, dict):
        for field in fields:
            if (inner := value.get(field)) and isinstance(inner, str | list):
                return texts(inner)
    return []
