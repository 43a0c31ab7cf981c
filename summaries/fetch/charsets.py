"""Names of character sets, as documents and headers claim them (pure)."""

from __future__ import annotations

import codecs

_MARKUP = "<>&\"'/=!?;#[]"


def known_charset(name: str | None) -> str | None:
    """Python's name of the charset, or None when it is unknown or writes markup otherwise than ASCII does.

    The latter (UTF-7, EBCDIC, UTF-16 without a mark) is how a document would hide its markup from a look at its bytes.
    """
    if not name or len(name) > 40:
        return None
    try:
        known = codecs.lookup(name).name
        return known if _MARKUP.encode(known) == _MARKUP.encode("ascii") else None
    except (LookupError, ValueError):  # unknown, or no charset at all, as "rot13"
        return None
