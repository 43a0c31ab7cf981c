"""What a person wrote and is called, kept out of the logs while their update is worked on."""

from __future__ import annotations

import re
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# The fields of an update that hold people's words and names.
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
    """Lines that are logged inside hold nothing of the update's texts and names.

    `update` gives it as Telegram's JSON has it; it is called when there is a line, which is seldom.
    """
    token = _update.set(update)
    try:
        yield
    finally:
        _update.reset(token)


def private_strings() -> tuple[str, ...]:
    """What is to be masked in a line that is logged here and now, the longest first."""
    update = _update.get()
    return strings_of(update()) if update is not None else ()


def strings_of(update: Mapping[str, Any]) -> tuple[str, ...]:
    """The private strings of an update: texts, their lines, the links in them, names (pure)."""
    found: set[str] = set()
    for text in _texts(update, 0):
        # The command's own name is no secret, and stands in the program's.
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
    """The text with each of the strings replaced where it stands as words of its own (pure)."""
    for string in strings:
        if string in text:
            start = r"(?<!\w)" if string[0].isalnum() else ""
            end = r"(?!\w)" if string[-1].isalnum() else ""
            text = re.sub(start + re.escape(string) + end, MASK, text)
    return text
