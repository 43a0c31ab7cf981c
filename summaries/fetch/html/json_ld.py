"""Structured data in a page: schema.org's NewsArticle and ClaimReview as JSON-LD."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lxml.html import HtmlElement

from summaries.fact_checks import classify
from summaries.fetch.html.html_tree import select
from summaries.fetch.html.markup import strip_markup_to_line
from summaries.model import FactCheck, Verdict
from summaries.text.characters import replace_unstorable

MAX_BLOCKS = 20
MAX_OBJECTS = 500
MAX_SALVAGED_CHARS = 20_000
MAX_CLAIM_CHARS = 300

_ARTICLE_TYPES = {
    "article", "newsarticle", "reportagenewsarticle", "analysisnewsarticle", "opinionnewsarticle",
    "backgroundnewsarticle", "reviewnewsarticle", "blogposting", "liveblogposting", "socialmediaposting", "report",
}  # fmt: skip
# CDATA sections and comments in which old pages hide their scripts.
_WRAPPING_OPENS = re.compile(r"(?://)?\s*+(?:<!\[CDATA\[|<!--)")
_WRAPPING_CLOSES = ("]]>", "-->")
# A value may contain quotes; it ends before a comma or bracket, which another name may follow.
_FIELD = re.compile(
    r'"(@type|headline|datePublished|dateModified|articleSection|isAccessibleForFree)"\s*:\s*"(.{0,500}?)"\s*(?=,\s*["}]|[}\]])',
    re.DOTALL,
)


def find_article(things: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the page's article among its objects, or an empty mapping."""
    found: Mapping[str, Any] = {}
    for thing in things:
        # The largest wins: some pages have a stub in addition to the real one.
        if _read_types(thing) & _ARTICLE_TYPES and len(thing) > len(found):
            found = thing
    return found


def find_claim_review(things: Iterable[Mapping[str, Any]]) -> FactCheck | None:
    """Return the claim and the verdict of the page's only ClaimReview; None for a list of several."""
    reviews = [thing for thing in things if "claimreview" in _read_types(thing)]
    if len(reviews) != 1:
        return None
    rating = reviews[0].get("reviewRating")
    named = [*read_texts(rating, "alternateName"), *read_texts(rating, "name")]
    verdict = next(filter(None, map(classify, named)), None) or _rate(rating)
    claim = " ".join(map(strip_markup_to_line, read_texts(reviews[0].get("claimReviewed"))[:1]))
    return FactCheck(verdict, claim[:MAX_CLAIM_CHARS]) if verdict else None


def _rate(rating: object) -> Verdict | None:
    """Return the verdict of a number: the worst is false, the best true, and any between is misleading."""
    if not isinstance(rating, dict):
        return None
    try:
        value, best = (float(rating[name]) for name in ("ratingValue", "bestRating"))
        worst = float(rating.get("worstRating") or 1)
    except (KeyError, TypeError, ValueError):
        return None
    if not worst <= value <= best or worst == best:
        return None
    return Verdict.FALSE if value == worst else Verdict.TRUE if value == best else Verdict.MISLEADING


def find_objects(tree: HtmlElement) -> list[Mapping[str, Any]]:
    """Return the objects of the page's JSON-LD. Broken blocks are ignored."""
    found: list[Mapping[str, Any]] = []
    for script in select(tree, "//script[contains(@type, 'ld+json')]")[:MAX_BLOCKS]:
        text = _unwrap(script.text or "")
        try:
            data = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            data = _salvage(text[:MAX_SALVAGED_CHARS])
        found += _flatten(data)
    return found


def _unwrap(text: str) -> str:
    text = text.strip()
    if opening := _WRAPPING_OPENS.match(text):
        text = text[opening.end() :]
    if text.endswith(_WRAPPING_CLOSES):
        text = text[:-3].rstrip().removesuffix("//")
    return text.strip().rstrip(";")


def _salvage(text: str) -> dict[str, str]:
    """Return the plain fields of a block that is not valid JSON: an extra comma, a quote in a headline."""
    fields: dict[str, str] = {}
    for name, value in _FIELD.findall(text):
        if name != "@type" or value.lower() in _ARTICLE_TYPES:
            fields.setdefault(name, value)
    return fields


def _flatten(data: object) -> Iterator[Mapping[str, Any]]:
    left, seen = deque([data]), 0
    while left and seen < MAX_OBJECTS:
        thing = left.popleft()
        seen += 1
        if isinstance(thing, list):
            left += thing[:MAX_OBJECTS]
        elif isinstance(thing, dict):
            yield thing
            left += [thing[name] for name in ("@graph", "mainEntity", "mainEntityOfPage") if name in thing]


def _read_types(thing: Mapping[str, Any]) -> set[str]:
    kinds = thing.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    return {name.rpartition("/")[2].lower() for name in names if isinstance(name, str)}


def is_paywalled(article: Mapping[str, Any]) -> bool:
    """Return whether the outlet declares that its article is not free."""
    return str(article.get("isAccessibleForFree")).strip().lower() in ("false", "no", "0")


def read_texts(value: object, *fields: str) -> list[str]:
    """Return the texts in a value: a text, an object with one of the fields, or a list of either."""
    if isinstance(value, str):
        text = replace_unstorable(value).strip()
        return [text] if text else []
    if isinstance(value, list):
        return [text for part in value[:20] if not isinstance(part, list) for text in read_texts(part, *fields)]
    if isinstance(value, dict):
        for field in fields:
            if (inner := value.get(field)) and isinstance(inner, str | list):
                return read_texts(inner)
    return []
