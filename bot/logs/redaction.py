"""Keep the texts and names of people out of the logs while their update is handled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

# Fields of an update that contain text or names of people.
PRIVATE_FIELDS = frozenset(
    {"text", "caption", "query", "title", "first_name", "last_name", "username", "file_name", "url", "phone_number",
     "address", "name", "author_signature", "bio", "description"}
)  # fmt: skip
MASK = "<private>"
DEEPEST = 12
MOST_STRINGS = 200

_COMMAND = re.compile(r"/[a-z0-9_]+(?:@[a-z0-9_]+)?\s*", re.IGNORECASE)

_update: ContextVar[Callable[[], Mapping[str, Any]] | None] = ContextVar("private update", default=None)


@contextmanager
def keeping_private(update: Callable[[], Mapping[str, Any]]) -> Iterator[None]:
    """Redact the texts and names of the update from all lines that are logged in the block.

    `update` returns the update as Telegram's JSON. It is called only when a line is logged.
    """
    token = _update.set(update)
    try:
        yield
    finally:
        _update.reset(token)


def private_strings() -> tuple[str, ...]:
    """Return the strings to mask in a line that is logged now, longest first."""
    update = _update.get()
    return strings_of(update()) if update is not None else ()


def strings_of(update: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the private strings of an update: texts, their lines, links in them, names."""
    found: set[str] = set()
    for text in _texts(update, 0):
        # The command's own name is not private, and occurs in the program's messages.
        rest = _COMMAND.sub("", text, count=1) if text.startswith("/") else text
        links = (word for word in rest.split() if "." in word.strip(".") or "/" in word)
        found.update({rest.strip(), *(line.strip() for line in rest.splitlines()), *links})
        if len(found) > MOST_STRINGS:
            break
    return tuple(sorted((string for string in found if len(string) > 1), key=len, reverse=True))


def _texts(value: object, depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in PRIVATE_FIELDS and isinstance(inner, str):
                yield inner
            else:
                yield from _texts(inner, depth + 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner, depth + 1)


def masked(text: str, strings: tuple[str, ...]) -> str:
    """Return the text with each of the strings masked where it occurs as whole words."""
    for string in strings:
        if string in text:
            start = r"(?<!\w)" if string[0].isalnum() else ""
            end = r"(?!\w)" if string[-1].isalnum() else ""
            text = re.sub(start + re.escape(string) + end, MASK, text)
    return text
