"""What buttons carry: callback data of at most 64 bytes, written and read in one place (pure).

Callback data comes back from outside: whoever can press can also forge. Reading it gives a valid value or None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.locale import languages

_LIST_PAGE = re.compile(r"b:(\d{1,15}):(\d{1,6})")
LIST_PATTERN = r"^b:"
_LANGUAGE = re.compile(r"l1:([a-z]{2,3})")
LANGUAGE_PATTERN = r"^l1:"


@dataclass(frozen=True, slots=True)
class ListPage:
    """Show a page (from 0) of the list behind a stored query."""

    query_id: int
    number: int

    def encode(self) -> str:
        return f"b:{self.query_id}:{self.number}"


def decode_list_page(data: str) -> ListPage | None:
    match = _LIST_PAGE.fullmatch(data)
    return ListPage(int(match.group(1)), int(match.group(2))) if match else None


def encode_language(language: str) -> str:
    """Speak that language in this chat."""
    return f"l1:{language}"


def decode_language(data: str) -> str | None:
    match = _LANGUAGE.fullmatch(data)
    return match.group(1) if match and match.group(1) in languages() else None
