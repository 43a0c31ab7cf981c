"""Text from outside, made safe for a message (pure).

Telegram turns "@name", "kabar.example", "#tag", "/command", "$USD" and the like into links anywhere in a message, so
the author of a headline could send readers of the bot wherever they like. A word joiner (U+2060) inside each of them
prevents that. It is invisible and allows no line break, but it is copied along with the text.
"""

from __future__ import annotations

import re
from html import escape

from summaries.text.spacing import strip_hidden

_JOINER = "\u2060"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
# In each kind of link, the character that a joiner has to follow. The rules are those of TDLib
# (td/telegram/MessageEntity.cpp), except for telephone numbers, which Telegram's servers and apps find.
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
