"""readability's choice of the part of a page that holds its article (pure)."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING

import readability
from lxml import etree

from summaries.fetch.html.blocks import read_blocks
from summaries.fetch.html.html_tree import select

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from summaries.fetch.html.blocks import Block

_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def readable_blocks(bare: HtmlElement) -> list[Block]:
    """The blocks that readability chooses out of a page without furniture; none where it fails. `bare` stays."""
    page = _Page(bare)
    try:
        page.summary(html_partial=True)
    except (readability.readability.Unparseable, etree.ParserError, ValueError):
        return []
    return read_blocks(page.html)


class _Page(readability.Document):  # type: ignore[misc]  # the library is untyped
    """readability's document over a tree.

    The library takes and gives HTML: the page would be written out and parsed twice, and its attributes be cleaned,
    which takes longer than to choose. What it chose stays in `html`.
    """

    def __init__(self, bare: HtmlElement) -> None:
        super().__init__("")
        self._bare = bare

    def _parse(self, input: str) -> HtmlElement:  # noqa: A002, ARG002 - the library's name
        page = deepcopy(self._bare)
        # For as long as it is worked on: see `html_tree.held`.
        self._elements = list(page.iter())
        for element in select(page, "//@hidden/..|//@style/.."):
            is_hidden = element.get("hidden") is not None or _HIDDEN.search(element.get("style", ""))
            if is_hidden and element.getparent() is not None:
                element.drop_tree()
        return page

    def get_link_density(self, elem: HtmlElement) -> float:
        """As the library's; where there are no links, the text is not measured."""
        return float(super().get_link_density(elem)) if elem.find(".//a") is not None else 0.0

    def get_clean_html(self) -> str:
        """Only its length counts: below `retry_length`, the library tries again, less strictly."""
        text = self.html.text_content()
        return text if len(text) >= self.retry_length else str(super().get_clean_html())
