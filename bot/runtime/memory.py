"""Return unused memory to the system where glibc would keep it.

glibc gives threads heaps of their own, up to eight per core, and a heap keeps the memory that a large page once needed.
A bot that reads pages all day grows for hours. With few heaps that are trimmed now and then it does not.
"""

from __future__ import annotations

import ctypes
import os
from functools import cache
from typing import Protocol

# Threads hold the GIL most of the time, so they hardly contend for a heap.
HEAPS = 2
# `M_ARENA_MAX` of malloc.h.
_MOST_HEAPS = -8


class Library(Protocol):
    """The functions of the C library that are used."""

    def mallopt(self, parameter: int, value: int, /) -> int: ...

    def malloc_trim(self, kept_bytes: int, /) -> int: ...


@cache
def c_library() -> Library | None:
    """Return glibc, or None on a system with another C library."""
    try:
        library: Library = ctypes.CDLL(None)
        has_both = hasattr(library, "mallopt") and hasattr(library, "malloc_trim")
    except (OSError, TypeError):
        return None
    return library if has_both else None


def use_few_heaps(library: Library | None) -> None:
    """Limit the number of heaps, unless the operator set MALLOC_ARENA_MAX. Call it before threads start."""
    if library is not None and "MALLOC_ARENA_MAX" not in os.environ:
        library.mallopt(_MOST_HEAPS, HEAPS)


def give_back(library: Library | None) -> None:
    """Trim the heaps. This takes some milliseconds and releases the GIL: run it in a thread."""
    if library is not None:
        library.malloc_trim(0)
