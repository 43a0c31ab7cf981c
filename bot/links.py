"""Addresses to links (pure). Only web addresses become links."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from summaries.model import Telling


def outlet_name(telling: Telling) -> str:
    """The outlet's name, or else its host."""
    host = urlsplit(telling.url or "").hostname if is_web_address(telling.url) else None
    return telling.outlet or (host or "").removeprefix("www.")


def link(url: str | None, label: str) -> str:
    """A link with words, or nothing for an address that is not http(s)."""
    return linked(url, escape(label)) if is_web_address(url) else ""


def linked(url: str | None, html: str) -> str:
    return f'<a href="{escape(url)}">{html}</a>' if url and is_web_address(url) else html


def is_web_address(url: str | None) -> bool:
    try:
        return url is not None and urlsplit(url).scheme in {"http", "https"} and bool(urlsplit(url).hostname)
    except ValueError:
        return False
