"""Return unused memory to the system where glibc would keep it, and keep the garbage collector off loaded modules.

glibc gives threads heaps of their own, up to eight per core, and a heap keeps the memory that a large page once needed.
A bot that reads pages all day grows for hours. With few heaps that are trimmed now and then it does not.
"""

from __future__ import annotations

import ctypes
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

# Threads hold the GIL most of the time, so they hardly contend for a heap.
HEAPS = 2
# `M_ARENA_MAX` of malloc.h.
_MOST_HEAPS = -8


@cache
def c_library() -> ctypes.CDLL | None:
    """Return glibc, or None on a system with another C library."""
    try:
        library = ctypes.CDLL(None)
    except (OSError, TypeError):
        return None
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None


def use_few_heaps(library: ctypes.CDLL | None) -> None:
    """Limit the number of heaps, unless the operator set MALLOC_ARENA_MAX. Call it before threads start."""
    if library is not None and "MALLOC_ARENA_MAX" not in os.environ:
        library.mallopt(_MOST_HEAPS, HEAPS)


def give_back(library: ctypes.CDLL | None) -> None:
    """Trim the heaps. This takes some milliseconds and releases the GIL: run it in a thread."""
    if library is not None:
        library.malloc_trim(0)


@contextmanager
def loading_modules() -> Iterator[None]:
    """Import modules in the block with garbage collection off, and exempt the objects in memory from later collections.

    Modules contain no garbage, and a full collection that examines them stops replies for a tenth of a second.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
