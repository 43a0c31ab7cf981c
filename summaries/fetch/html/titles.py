"""Find an article's headline, without the site's additions before and after it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lxml.html import HtmlElement

from summaries.fetch.html import json_ld
from summaries.fetch.html.html_tree import find_tags, read_line
from summaries.fetch.html.markup import strip_markup_to_line
from summaries.fetch.html.outlets import is_outlet_name

_MIN_TITLE_CHARS, _MAX_HEADLINE_CHARS, _MAX_CHARS = 10, 250, 1000
_MIN_SHARE = 0.4  # of the stated title, which may include section, site and slogan
_SEPARATOR = re.compile(r"((?<!\s)\s++(?:[-–—|•»«·:]|//)++\s++|(?:(?<!\s)\s++)?(?:\||::)\s*+)")
_PREFIX = re.compile(r"^(?P<site>[\w. ]{2,40}):\s+(?P<rest>.+)$")
_PART = re.compile(
    r"(?:(?<!\s)\s++)?(?:[-–|,(]\s*+)?\b(?:halaman|page)\s(?:\d{1,2}|all|semua)\b\)?(?=\s*+(?:[-–|:]|$))", re.IGNORECASE
)
_WORD, _MIN_WORDS = re.compile(r"\w+"), 4
_NOT_WORD = re.compile(r"\W+")


def choose_title(
    tree: HtmlElement, metas: Mapping[str, str], linked: Mapping[str, Any], *, url: str, site_name: str | None
) -> str:
    """Return the headline, or an empty string.

    A heading that is part of a stated title is the headline as printed. Otherwise the stated title is used, without the
    site's name, section and slogan.
    """
    stated = [metas.get(name, "") for name in ("og:title", "twitter:title", "headline", "title")]
    stated += [*json_ld.read_texts(linked.get("headline")), *map(read_line, find_tags(tree, "title")[:1])]
    stated = [line for text in stated if (line := _PART.sub("", strip_markup_to_line(text[:_MAX_CHARS])))]
    headings = [_read_heading(element) for element in find_tags(tree, "h1", "h2")[:40]]
    fitting = [
        heading
        for heading in headings
        if len(heading) >= _MIN_TITLE_CHARS
        and any(_contains_heading(heading, text) for text in stated)
        and not is_outlet_name(heading, url=url, site_name=site_name)
    ]
    if fitting:  # a topic's name may also be in a heading and start the headline
        return max(fitting, key=len)
    if printed := _find_printed_part(tree, stated, url=url, site_name=site_name):
        return printed
    cleaned = [remove_site_name(text, url=url, site_name=site_name) for text in stated]
    if heading := _find_rephrased(tree, cleaned):
        return heading
    return next((text for text in cleaned if len(text) >= _MIN_TITLE_CHARS), next(iter(cleaned + headings), ""))


def remove_site_name(title: str, *, url: str, site_name: str | None) -> str:
    """Remove the site's name and section from both ends of the title."""
    if (prefixed := _PREFIX.match(title)) and is_outlet_name(prefixed["site"], url=url, site_name=site_name):
        title = prefixed["rest"]
    parts = _SEPARATOR.split(title)  # text, separator, text, …
    while len(parts) > 2 and is_outlet_name(parts[-1], url=url, site_name=site_name):
        parts = parts[:-2]
        # "Judul - Health :: Okezone": before another separator, the word before the site is its section.
        if len(parts) > 2 and len(parts[-1].split()) <= 2 and len("".join(parts[:-2])) >= _MIN_TITLE_CHARS:
            parts = parts[:-2]
    while len(parts) > 2 and is_outlet_name(parts[0], url=url, site_name=site_name):
        parts = parts[2:]
    return "".join(parts).strip()


def _find_printed_part(tree: HtmlElement, stated: list[str], *, url: str, site_name: str | None) -> str | None:
    """Return the longest prefix of a stated title, up to a separator, that the page also prints as a line."""
    texts = tree.xpath("//body//text()[not(parent::script or parent::style)]")[:5000]
    lines = {_squeeze(text) for text in texts if len(text) <= _MAX_CHARS}
    for title in stated:
        parts = _SEPARATOR.split(title)
        for end in range(len(parts), 0, -2):
            beginning = "".join(parts[:end])
            is_printed = len(beginning) >= _MIN_TITLE_CHARS and _squeeze(beginning) in lines
            if is_printed and not is_outlet_name(beginning, url=url, site_name=site_name):
                return beginning
    return None


def _find_rephrased(tree: HtmlElement, stated: list[str]) -> str | None:
    """Return the page's only main heading of some length if it rephrases a stated title, which is nowhere printed."""
    headings = [
        heading for heading in map(_read_heading, find_tags(tree, "h1")[:20]) if len(heading.split()) >= _MIN_WORDS
    ]
    if len(headings) != 1 or not _MIN_TITLE_CHARS <= len(headings[0]) <= _MAX_HEADLINE_CHARS:
        return None
    words = set(_WORD.findall(headings[0].casefold()))
    shared = max((words & set(_WORD.findall(text.casefold())) for text in stated), key=len, default=set())
    # A headline of its own shares a name at least.
    is_own = len(words) > _MIN_WORDS and any(len(word) > _MIN_WORDS for word in shared)
    return headings[0] if is_own or len(shared) >= 0.5 * len(words) else None


def _read_heading(element: HtmlElement) -> str:
    return _PART.sub("", strip_markup_to_line(read_line(element)[:_MAX_CHARS]))


def _contains_heading(heading: str, stated: str) -> bool:
    """Return whether the stated title contains the heading, or is truncated and continues in the heading."""
    is_cut = stated.endswith(("...", "…")) and len(heading) <= _MAX_HEADLINE_CHARS
    heading, stated = _squeeze(heading), _squeeze(stated)
    if is_cut and len(stated) > _MIN_TITLE_CHARS and heading.startswith(stated):
        return True
    return heading in stated and len(heading) >= _MIN_SHARE * len(stated)


def _squeeze(text: str) -> str:
    return _NOT_WORD.sub("", text).casefold()
