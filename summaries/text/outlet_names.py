"""The outlet that an article's own text names: in its dateline, or in the outlet's parting words. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from summaries.text.clean_text import Rule

if TYPE_CHECKING:
    from summaries.text.clean_text import CleanText

_DOMAIN = r"\w[\w-]{1,30}\.(?:com|co\.id|or\.id|id|net|co|news)\b"
# Parting words stand at the end, as a sentence or as a line of its own; so many of what was taken out are looked at.
_AT_THE_END = 12
# "X.id adalah portal berita …", "Kamu bisa menjadi member komunitas … X.id, …": said of itself. A credit
# ("Sumber: X.com") names others.
_OF_ITSELF = re.compile(
    rf"(?<![\w.])(?P<portal>{_DOMAIN})\sadalah\sportal\b|"
    rf"\bmenjadi\smember\s[^.,!?]{{0,60}}?(?<!\w)(?P<club>{_DOMAIN})"
)


def named_outlet(original: str, cleaned: CleanText) -> str | None:
    """The outlet as printed, where `original` says whose it is in what was taken out of it.

    `cleaned` is what `clean` made of `original`. A name in the running text may be anybody's and is not looked at.
    """
    if cleaned.outlet:
        return cleaned.outlet
    for removed in cleaned.removed[-_AT_THE_END:]:
        if removed.rule not in (Rule.CLOSING, Rule.FURNITURE):
            continue
        found = _OF_ITSELF.search(original, removed.start, removed.end)
        if found:
            return found["portal"] or found["club"]
    return None
