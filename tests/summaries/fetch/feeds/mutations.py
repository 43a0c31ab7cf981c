"""Seeded random changes to the bytes of a feed, anywhere or within one entry."""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

# The longest piece of a feed that one change deletes, repeats or moves.
MAX_PIECE_BYTES = 400

# Dates, numbers, addresses, characters and markup that break readers.
_SHORT_TOKENS: list[str] = json.loads(Path(__file__).with_name("mutation_tokens.json").read_text(encoding="ascii"))
_LONG_TOKENS = ("9" * 5000, "a" * 5000, " " * 500, "<b>" * 150, "<b/>" * 500)
TOKENS = tuple(token.encode("utf-8", "surrogatepass") for token in (*_SHORT_TOKENS, *_LONG_TOKENS))
CHARSETS = (
    *("utf-8", "utf-16", "utf-16-le", "utf-32", "utf-7"),
    *("windows-1252", "iso-8859-1", "cp037", "shift_jis", "gb18030"),
)
DECLARED = (*CHARSETS, "UTF-9", "", "x" * 50, "utf8mb4", "unicode", "idna", "punycode", "base64", "rot13", "utf-8\x00")
MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF8 * 2)

_ENTRY = re.compile(rb"<(item|entry)[\s>].*?</\1>", re.DOTALL)
_URL = re.compile(rb"<url>.*?</url>", re.DOTALL)
_NAMESPACE = re.compile(rb"\sxmlns:\w+=\"[^\"]*\"")
_TAG = re.compile(rb"</?[A-Za-z][^<>]*>")
_TEXT = re.compile(rb">([^<>]+)<|=\"([^\"]*)\"|:\s?\"([^\"]*)\"|(?<=CDATA\[)([^\]]+)")
_DECLARED_CHARSET = re.compile(rb"encoding=[\"'][^\"']*[\"']")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed feed, the charset in its HTTP header, and the names of the changes."""

    body: bytes
    charset: str | None
    changes: tuple[str, ...]


def mutate(body: bytes, rng: random.Random) -> Mutant:
    """Change one to three places anywhere in the feed, and rarely its charset."""
    changes = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        name = rng.choice(tuple(CHANGES))
        body = CHANGES[name](body, rng)
        changes.append(name)
    if rng.random() < 0.1:
        name = rng.choice(tuple(WHOLE_CHANGES))
        body = WHOLE_CHANGES[name](body, rng)
        changes.append(name)
    return Mutant(body, rng.choice((None, None, None, *DECLARED)), tuple(changes))


def mutate_entry(body: bytes, rng: random.Random) -> tuple[Mutant, int]:
    """Change one to three places within one entry; return the feed and the number of that entry."""
    spans = entry_spans(body)
    number = rng.randrange(len(spans))
    start, end = spans[number]
    entry, changes = body[start:end], []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        name = rng.choice(tuple(CHANGES))
        entry = CHANGES[name](entry, rng)
        changes.append(name)
    return Mutant(body[:start] + entry + body[end:], None, tuple(changes)), number


def entry_spans(body: bytes) -> list[tuple[int, int]]:
    """Return start and end of each entry of a healthy feed."""
    if not body.lstrip().startswith(b"{"):
        entry = _URL if b"<urlset" in body else _ENTRY
        return [found.span() for found in entry.finditer(body)]
    text = body.decode()
    spans, at, decoder = [], text.index("[", text.index('"items"')) + 1, json.JSONDecoder()
    while (start := text.find("{", at)) >= 0:
        _, at = decoder.raw_decode(text, start)
        spans.append((len(text[:start].encode()), len(text[:at].encode())))
    return spans


def _flip(body: bytes, rng: random.Random) -> bytes:
    at = _place(body, rng)
    return body[:at] + bytes([body[at] ^ (1 << rng.randrange(8))]) + body[at + 1 :] if at < len(body) else body


def _delete(body: bytes, rng: random.Random) -> bytes:
    start, end = _piece(body, rng)
    return body[:start] + body[end:]


def _repeat(body: bytes, rng: random.Random) -> bytes:
    start, end = _piece(body, rng)
    return body[:end] + body[start:end] * rng.choice((1, 1, 2, 20)) + body[end:]


def _move(body: bytes, rng: random.Random) -> bytes:
    start, end = _piece(body, rng)
    left = body[:start] + body[end:]
    at = _place(left, rng)
    return left[:at] + body[start:end] + left[at:]


def _insert(body: bytes, rng: random.Random) -> bytes:
    at = _place(body, rng)
    return body[:at] + rng.choice(TOKENS) + body[at:]


def _insert_noise(body: bytes, rng: random.Random) -> bytes:
    at = _place(body, rng)
    return body[:at] + rng.randbytes(rng.randint(1, 8)) + body[at:]


def _replace_text(body: bytes, rng: random.Random) -> bytes:
    """Replace a text or an attribute's value, such as a date or an address."""
    found = list(_TEXT.finditer(body))
    if not found:
        return body
    start, end = max(rng.choice(found).regs[1:])
    return body[:start] + rng.choice((b"", rng.choice(TOKENS), rng.choice(TOKENS))) + body[end:]


def _drop_tag(body: bytes, rng: random.Random) -> bytes:
    start, end = _tag(body, rng)
    return body[:start] + body[end:]


def _repeat_tag(body: bytes, rng: random.Random) -> bytes:
    start, end = _tag(body, rng)
    return body[:end] + body[start:end] + body[end:]


def _rename_tag(body: bytes, rng: random.Random) -> bytes:
    start, end = _tag(body, rng)
    other = _tag(body, rng)
    return body[:start] + body[slice(*other)] + body[end:]


def _truncate(body: bytes, rng: random.Random) -> bytes:
    return body[: _place(body, rng)]


CHANGES: Mapping[str, Callable[[bytes, random.Random], bytes]] = {
    "flip a bit": _flip,
    "delete": _delete,
    "repeat": _repeat,
    "move": _move,
    "insert a token": _insert,
    "insert noise": _insert_noise,
    "replace a text": _replace_text,
    "drop a tag": _drop_tag,
    "repeat a tag": _repeat_tag,
    "rename a tag": _rename_tag,
    "truncate": _truncate,
}


def _recode(body: bytes, rng: random.Random) -> bytes:
    """Encode the text in a charset other than the declared one."""
    return body.decode("utf-8", "replace").encode(rng.choice(CHARSETS), "replace")


def _redeclare(body: bytes, rng: random.Random) -> bytes:
    return _DECLARED_CHARSET.sub(b'encoding="' + rng.choice(DECLARED).encode() + b'"', body, count=1)


def _mark(body: bytes, rng: random.Random) -> bytes:
    return rng.choice(MARKS) + body


WHOLE_CHANGES: Mapping[str, Callable[[bytes, random.Random], bytes]] = {
    "another charset": _recode,
    "another declaration": _redeclare,
    "a byte order mark": _mark,
    "no namespaces": lambda body, _: _NAMESPACE.sub(b"", body),
    "lower case": lambda body, _: body.lower(),
}


def _place(body: bytes, rng: random.Random) -> int:
    return rng.randint(0, len(body))


def _piece(body: bytes, rng: random.Random) -> tuple[int, int]:
    start = _place(body, rng)
    return start, min(len(body), start + rng.choice((1, 1, rng.randint(1, 20), rng.randint(1, MAX_PIECE_BYTES))))


def _tag(body: bytes, rng: random.Random) -> tuple[int, int]:
    found = list(_TAG.finditer(body))
    return rng.choice(found).span() if found else (0, 0)
