"""The outlet that an article's own text names: in its dateline or in the outlet's parting words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from summaries.text.clean_text import RemovalRule

if TYPE_CHECKING:
    from summaries.text.clean_text import CleanText

_DOMAIN = r"\w[\w-]{1,30}\.(?:com|co\.id|or\.id|id|net|co|news)\b"
# Parting words are at the end: look at this many of the last removed parts.
_AT_THE_END = 12
# Self-descriptions: "X.id adalah portal berita …", "Kamu bisa menjadi member komunitas … X.id, …". A credit ("Sumber:
# X.com") names others.
_OF_ITSELF = re.compile(
    rf"(?<![\w.])(?P<portal>{_DOMAIN})\sadalah\sportal\b|"
    rf"\bmenjadi\smember\s[^.,!?]{{0,60}}?(?<!\w)(?P<club>{_DOMAIN})"
)


def find_own_outlet(original: str, cleaned: CleanText) -> str | None:
    """Return the outlet's name as printed in the parts removed from `original`, or None.

    `cleaned` is the result of `clean(original)`. Names in the running text may belong to others and are ignored.
    """
    if cleaned.outlet:
        return cleaned.outlet
    for removed in cleaned.removed[-_AT_THE_END:]:
        if removed.rule not in (RemovalRule.CLOSING, RemovalRule.FURNITURE):
            continue
        found = _OF_ITSELF.search(original, removed.start, removed.end)
        if found:
            return found["portal"] or found["club"]
    return None
