"""Characters that JSON and HTML can name and that UTF-8 or a database can't hold (pure).

Half of a surrogate pair makes every attempt to write the text fail: into the store, to Telegram, onto standard output.
What comes from outside goes through `storable` where it is read.
"""

from __future__ import annotations

import json
import re
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSTORABLE = re.compile("[\x00-\x08\x0e-\x1b\x7f\ud800-\udfff\ufffe\uffff]")
REPLACEMENT = "\ufffd"


def storable(text: str) -> str:
    """Return the text with U+FFFD for halves of surrogate pairs and noncharacters, and spaces for control characters.

    White space stays as it is, and so does the length.
    """
    if text.isprintable():
        return text
    return _UNSTORABLE.sub(lambda found: REPLACEMENT if found[0] >= "\ud800" else " ", text)


def to_json(value: Any, *, indent: int | None = None) -> str:
    """Return the value as JSON that can be written as UTF-8: readable, escaped only where it holds half a pair."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return json.dumps(value, indent=indent) if _SURROGATE.search(text) else text
