"""Give memory that nobody uses back to the system, where the C library would keep it (glibc).

glibc lets each thread take from a heap of its own, up to eight a core, and a heap keeps what a large page once needed:
a bot that reads pages all day grows by that for hours. With few heaps that are trimmed now and then it does not.
"""

from __future__ import annotations

import ctypes
import os
from functools import cache
from typing import Protocol

# Python's threads take turns: they hardly wait for each other's heap.
HEAPS = 2
# `M_ARENA_MAX` of malloc.h.
_MOST_HEAPS = -8


class Library(Protocol):
    """What is asked of the C library."""

    def mallopt(self, parameter: int, value: int, /) -> int: ...

    def malloc_trim(self, kept_bytes: int, /) -> int: ...


@cache
def c_library() -> Library | None:
    """glibc; None where the system has another."""
    try:
        library: Library = ctypes.CDLL(None)
        has_both = hasattr(library, "mallopt") and hasattr(library, "malloc_trim")
    except (OSError, TypeError):
        return None
    return library if has_both else None


def use_few_heaps(library: Library | None) -> None:
    """Before threads are begun. What the operator chose (MALLOC_ARENA_MAX) stays."""
    if library is not None and "MALLOC_ARENA_MAX" not in os.environ:
        library.mallopt(_MOST_HEAPS, HEAPS)


def give_back(library: Library | None) -> None:
    """It takes some milliseconds and lets other threads work: for a thread."""
    if library is not None:
        library.malloc_trim(0)
