"""Telegram's text format: UTF-16 length, escaping text from outside, and splitting HTML into messages.

Telegram turns "@name", "kabar.example", "#tag", "/command", "$USD" and the like into links anywhere in a message, so
the author of a headline could place a link of their own. A word joiner (U+2060) inside each of them prevents that. It
is invisible and allows no line break, but it is copied along with the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape, unescape

from summaries.text.characters import strip_hidden

_JOINER = "\u2060"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
# In each kind of link, the character after which a joiner is inserted. The rules are those of TDLib
# (td/telegram/MessageEntity.cpp), except for telephone numbers, which only Telegram's servers and apps detect.
_LINK = re.compile(
    r"[@#$/:.+0](?:"
    r"(?<=@)(?=[a-zA-Z0-9_])"
    # TDLib's hashtags may hold letters and marks that `\w` lacks: its Unicode tables are newer than Python's.
    r"|(?<=\#)(?=\w|[^\s\u2060\x00-\x7f])"
    r"|(?<=\$)(?=[A-Z1])"
    r"|(?<=/)(?<![\w/<>]/)(?=[a-zA-Z0-9_])"
    r"|(?<=:)(?=//)"
    # A top-level domain: two letters or more, not capitalised like a sentence after a missing space.
    r"|(?<=[^\s.]\.)(?![A-Z][a-z])(?=[^\W\d_]{2})"
    rf"|(?<=\d\.)(?={_OCTET}\.{_OCTET}\.{_OCTET}(?!\d))"
    r"|(?<=\+)(?=\d)"
    r"|(?<=0)(?<![\w.,]0)(?=\d{2,3}[-. ]?\d{3,4}[-. ]?\d{3,5}(?!\d))"
    r")"
)


def unlink(text: str) -> str:
    """Return the text without hidden characters, and with nothing that Telegram turns into a link."""
    return _LINK.sub(rf"\g<0>{_JOINER}", strip_hidden(text))


class Html(str):
    """Telegram HTML that needs no escaping, such as a time in its tag."""

    __slots__ = ()


def to_html(text: str) -> str:
    """Return the text as Telegram HTML, unlinked and escaped; `Html` stays as it is."""
    return text if isinstance(text, Html) else escape(unlink(text))


# Telegram's limit for the visible text of a message, in UTF-16 code units.
MESSAGE_LIMIT = 4096

_MARKUP = re.compile(r"<(?P<close>/?)(?P<name>[a-z-]++)[^<>]*>|&(?:#\d+|#x[0-9a-fA-F]+|\w+);|[^<&]+|[<&]")
# Times are not split: each part would show the whole time.
_INDIVISIBLE = re.compile(r"<tg-time [^<>]*>[^<>]*</tg-time>|" + _MARKUP.pattern)
_TAG_NAME = re.compile(r"<([a-z-]++)[^<>]*+>")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’)]*\s+")


def visible_text(html: str) -> str:
    """Return the text of the HTML without its markup."""
    return "".join(unescape(match.group()) for match in _MARKUP.finditer(html) if match.group("name") is None)


def utf16_length(text: str) -> int:
    """Return the text's length in UTF-16 code units, in which Telegram counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True, slots=True)
class _Piece:
    """An indivisible piece of HTML: a tag, an entity, or a word with the white space after it."""

    html: str
    length: int
    # Quality of a cut after the piece: 0 not allowed, 1 between words, 2 after a sentence, 3 after a paragraph.
    rank: int
    opens: bool = False
    closes: bool = False


def split_html(html: str, limit: int = MESSAGE_LIMIT) -> list[str]:
    """Split the HTML into parts of at most `limit` UTF-16 units of visible text.

    Cuts fall after a paragraph, else after a sentence, else between words, else (in a word longer than a message)
    inside the word; never inside a tag or an entity. Tags that are open at a cut are closed before it and reopened
    after it. White space at a cut is dropped; no other text is lost. HTML without visible text has no parts.
    """
    parts: list[str] = []
    pieces = list(_pieces(html, limit))
    tags: list[str] = []
    while pieces:
        used = _fitting(pieces, limit)
        part = "".join([*tags, *(piece.html for piece in pieces[:used])]).strip()
        for piece in pieces[:used]:
            if piece.opens:
                tags.append(piece.html)
            elif piece.closes and tags:
                tags.pop()
        closing = "".join(_TAG_NAME.sub(r"</\1>", tag) for tag in reversed(tags))
        parts.append(part + closing)
        pieces = pieces[used:]
    return [part for part in parts if visible_text(part).strip()]


def _pieces(html: str, limit: int) -> Iterator[_Piece]:
    for match in _INDIVISIBLE.finditer(html):
        markup = match.group()
        if markup.startswith("<") and markup.endswith("</tg-time>"):
            yield _Piece(markup, utf16_length(visible_text(markup)), 0)
        elif match.group("name"):
            is_end = bool(match.group("close"))
            yield _Piece(markup, 0, 0, opens=not is_end, closes=is_end)
        elif markup.startswith("&") and len(markup) > 1:
            yield _Piece(markup, utf16_length(unescape(markup)), 0)
        else:
            yield from _words(markup, limit)


def _words(text: str, limit: int) -> Iterator[_Piece]:
    if text in {"<", "&"}:
        # Alone they are text, not markup, and must be escaped.
        yield _Piece(escape(text), 1, 0)
        return
    ends = {match.end() for match in _SENTENCE_END.finditer(text)}
    for match in re.finditer(r"\S*\s*", text):
        word = match.group()
        rank = 3 if "\n\n" in word else 2 if match.end() in ends or "\n" in word else 1 if word[-1:].isspace() else 0
        while utf16_length(word.rstrip()) > limit:
            # Half the limit in characters is at most the limit in UTF-16 units. A message must not start with "/word",
            # which would be a command.
            cut = max(1, limit // 2 - (word[limit // 2] == "/"))
            yield _Piece(word[:cut], utf16_length(word[:cut]), 1)
            word = word[cut:]
        if word:
            yield _Piece(word, utf16_length(word), rank)


def _fitting(pieces: list[_Piece], limit: int) -> int:
    """Count the pieces of the next part: all that fit, or those up to the best cut in its second half."""
    length = 0
    best, best_rank = 0, -1
    for index, piece in enumerate(pieces):
        # White space at the end of a part is dropped, so it need not fit.
        visible = piece.length - utf16_length(piece.html[len(piece.html.rstrip()) :])
        if length + visible > limit:
            return best or max(index - piece.html.startswith("/"), 1)
        length += piece.length
        if piece.rank and (piece.rank >= best_rank or length < limit // 2):
            best, best_rank = index + 1, piece.rank
    return len(pieces)
