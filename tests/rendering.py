"""Read the text of a page as a browser renders it, with the standard library's parser.

A second reading of the page, which shares no code with the extractor: it checks the extractor's text.
"""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

_VOID = re.compile("area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr")
_INLINE = re.compile(
    "a|abbr|acronym|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|label|mark|q|s|samp|small|span|strike|"
    "strong|sub|sup|time|tt|u|var|wbr"
)
_UNSEEN = re.compile(
    "audio|button|canvas|datalist|head|iframe|noscript|object|option|script|select|style|svg|template|textarea|title|"
    "video"
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


class _Renderer(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._open: list[tuple[str, bool]] = []  # each open element, and whether it is visible

    @property
    def _is_visible(self) -> bool:
        return not self._open or self._open[-1][1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        is_inline = _INLINE.fullmatch(tag) is not None
        if tag == "body":
            self._open.clear()
        if not is_inline and any(name == "p" for name, _ in self._open):
            self._close("p")
        if not is_inline:
            self.parts.append("\n")
        if not _VOID.fullmatch(tag):
            named = dict(attrs)
            # The parts of an article on several pages may be blocks of one page that scripts hide and show.
            has_style = "hidden" in named or _HIDDEN.search(named.get("style") or "") is not None
            is_hidden = _UNSEEN.fullmatch(tag) is not None or (is_inline and has_style)
            self._open.append((tag, self._is_visible and not is_hidden))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not _INLINE.fullmatch(tag):
            self.parts.append("\n")
        if any(name == tag for name, _ in self._open):
            self._close(tag)

    def handle_data(self, data: str) -> None:
        if self._is_visible:
            self.parts.append(data)

    def _close(self, tag: str) -> None:
        while self._open.pop()[0] != tag:
            pass


def render_text(page: str) -> str:
    """Return the visible text of the page on one line, without invisible characters."""
    renderer = _Renderer()
    renderer.feed(page)
    renderer.close()
    return normalize("".join(renderer.parts))


def normalize(text: str) -> str:
    """Return the text on one line, without invisible characters."""
    return " ".join("".join(c for c in text if unicodedata.category(c) != "Cf").split())
