"""readability's choice of the part of a page that contains the article."""

from __future__ import annotations

import re
from copy import deepcopy

import readability
from lxml import etree
from lxml.html import HtmlElement

from summaries.fetch.html.blocks import Block, read_blocks
from summaries.fetch.html.html_tree import select

_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def find_readable_blocks(bare: HtmlElement) -> list[Block]:
    """Return the blocks that readability selects from a page without boilerplate; none if it fails. `bare` is not
    modified."""
    page = _Page(bare)
    try:
        page.summary(html_partial=True)
    except (readability.readability.Unparseable, etree.ParserError, ValueError):
        return []
    return read_blocks(page.html)


def _measure_text(element: HtmlElement) -> int:
    """Return the text length as the library does, but without its regular expressions where white space is tidy."""
    text = element.text_content()
    if "  " in text or "\n" in text or "\t" in text:
        return int(readability.readability.text_length(element))
    return len(text.strip())


class _Page(readability.Document):  # type: ignore[misc]  # the library is untyped
    """readability's document over an existing tree.

    The library takes and returns HTML: the page would be serialised and parsed twice, and its attributes cleaned, which
    costs more than the selection. The selected part is in `html`.
    """

    def __init__(self, bare: HtmlElement) -> None:
        super().__init__("")
        self._bare = bare

    def _parse(self, input: str) -> HtmlElement:  # noqa: A002, ARG002 - the library's name
        page = deepcopy(self._bare)
        # See `html_tree.keep_alive`.
        self._elements = list(page.iter())
        for element in select(page, "//@hidden/..|//@style/.."):
            is_hidden = element.get("hidden") is not None or _HIDDEN.search(element.get("style", ""))
            if is_hidden and element.getparent() is not None:
                element.drop_tree()
        return page

    def get_link_density(self, elem: HtmlElement) -> float:
        """As the library's, without measuring the text if there are no links."""
        linked = sum(map(_measure_text, elem.iterfind(".//a")))
        return linked / max(_measure_text(elem), 1) if linked else 0.0

    def get_clean_html(self) -> str:
        """Only the length matters: below `retry_length` the library retries less strictly."""
        text = self.html.text_content()
        return text if len(text) >= self.retry_length else str(super().get_clean_html())
