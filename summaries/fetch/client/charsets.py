"""Names of character sets, as documents and headers declare them."""

from __future__ import annotations

import codecs
import re

_WRITES_MARKUP_AS_ASCII = re.compile(
    r"utf-8|ascii|iso8859-\d+|cp125\d|cp87\d|koi8-\w|gb2312|gbk|gb18030|big5\w*|euc_\w+|shift_jis\w*|tis-620|mac-\w+"
)


def resolve_charset(name: str | None) -> str | None:
    """Return Python's name of the charset, or None if it is unknown or does not encode markup like ASCII.

    Other charsets (UTF-7, EBCDIC, escape codes, UTF-16 without a byte order mark) could hide markup from a check of the
    bytes.
    """
    if not name or len(name) > 40:
        return None
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    return known if _WRITES_MARKUP_AS_ASCII.fullmatch(known) else None
