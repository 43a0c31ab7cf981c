"""Text from outside as it may stand in a message (pure).

Telegram makes links of "@name", "kabar.example", "#tag", "/command", "$USD" and the like wherever they stand in a
message, so whoever writes a headline could lead its readers anywhere in the bot's name. A word joiner, which has no
width and parts no line, keeps each of them from being one; the words look as they did. Copied, they hold the joiner.
"""

from __future__ import annotations

import re
from html import escape

from summaries.text.spacing import strip_hidden

_JOINER = "\u2060"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
# The character in each kind of link behind which a joiner ends it. What Telegram takes for one, TDLib tells
# (td/telegram/MessageEntity.cpp); telephone numbers are found by its servers and apps.
_LINK = re.compile(
    r"[@#$/:.+0](?:"
    r"(?<=@)(?=[a-zA-Z0-9_])"
    r"|(?<=\#)(?=\w)"
    r"|(?<=\$)(?=[A-Z1])"
    r"|(?<=/)(?<![\w/<>]/)(?=[a-zA-Z0-9_])"
    r"|(?<=:)(?=//)"
    # A host's last name: two letters or more, and not the capital of a sentence whose space is missing.
    r"|(?<=[^\s.]\.)(?![A-Z][a-z])(?=[^\W\d_]{2})"
    rf"|(?<=\d\.)(?={_OCTET}\.{_OCTET}\.{_OCTET}(?!\d))"
    r"|(?<=\+)(?=\d)"
    r"|(?<=0)(?<![\w.,]0)(?=\d{2,3}[-. ]?\d{3,4}[-. ]?\d{3,5}(?!\d))"
    r")"
)


def unlinked(text: str) -> str:
    """The text without hidden characters and with nothing in it that becomes a link."""
    return _LINK.sub(rf"\g<0>{_JOINER}", strip_hidden(text))


def shown(text: str) -> str:
    """The same as Telegram HTML."""
    return escape(unlinked(text))
