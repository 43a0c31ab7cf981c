"""Names of character sets, as documents and headers claim them (pure)."""

from __future__ import annotations

import codecs
import re

_WRITES_MARKUP_AS_ASCII = re.compile(
    r"utf-8|ascii|iso8859-\d+|cp125\d|cp87\d|koi8-\w|gb2312|gbk|gb18030|big5\w*|euc_\w+|shift_jis\w*|tis-620|mac-\w+"
)


def known_charset(name: str | None) -> str | None:
    """Python's name of the charset, or None when it is unknown or writes markup otherwise than ASCII does.

    The latter (UTF-7, EBCDIC, escapes, UTF-16 without a mark) is how a document would hide its markup from a look at
    its bytes.
    """
    if not name or len(name) > 40:
        return None
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    return known if _WRITES_MARKUP_AS_ASCII.fullmatch(known) else None
