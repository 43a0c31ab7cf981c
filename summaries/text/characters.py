"""Characters that JSON and HTML can contain but UTF-8 or a database cannot.

A lone surrogate makes every write fail: to the store, to Telegram, to standard output. Parsers of external input call
`replace_unstorable`.
"""

from __future__ import annotations

import json
import re
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSTORABLE = re.compile("[\x00-\x08\x0e-\x1b\x7f\ud800-\udfff\ufffe\uffff]")
REPLACEMENT = "\ufffd"


def replace_unstorable(text: str) -> str:
    """Replace lone surrogates and noncharacters with U+FFFD, and control characters with spaces.

    White space and length do not change.
    """
    if text.isprintable():
        return text
    return _UNSTORABLE.sub(lambda found: REPLACEMENT if found[0] >= "\ud800" else " ", text)


def dump_json(value: Any, *, indent: int | None = None) -> str:
    """Serialise the value as JSON that can be encoded as UTF-8; escape non-ASCII only if it holds a lone surrogate."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return json.dumps(value, indent=indent) if _SURROGATE.search(text) else text
