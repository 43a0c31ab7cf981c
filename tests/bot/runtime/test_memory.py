"""Memory that nobody uses is given back, where the C library can do that."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from bot.runtime.memory import HEAPS, c_library, give_back, loading_modules, use_few_heaps


class FakeLibrary:
    """Notes the requests."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []

    def mallopt(self, parameter: int, value: int, /) -> int:
        self.asked.append((parameter, value))
        return 1

    def malloc_trim(self, kept_bytes: int, /) -> int:
        self.asked.append((kept_bytes,))
        return 1


@pytest.mark.parametrize(("chosen", "asked"), [(None, [(-8, HEAPS)]), ("4", [])])
def test_malloc_arenas_are_limited_unless_configured(
    monkeypatch: pytest.MonkeyPatch, chosen: str | None, asked: list[tuple[int, ...]]
) -> None:
    monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    if chosen is not None:
        monkeypatch.setenv("MALLOC_ARENA_MAX", chosen)
    library: Any = FakeLibrary()
    use_few_heaps(library)
    assert library.asked == asked


def test_free_memory_is_trimmed() -> None:
    library: Any = FakeLibrary()
    give_back(library)
    assert library.asked == [(0,)]


def test_other_c_libraries_are_ignored() -> None:
    use_few_heaps(None)
    give_back(None)


def test_libc_of_this_machine_is_callable() -> None:
    give_back(c_library())


def test_loaded_modules_are_exempt_from_collections() -> None:
    try:
        with loading_modules():
            assert not gc.isenabled()
            loaded = [[1]]
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
        assert not any(one is loaded for one in gc.get_objects())
    finally:
        gc.unfreeze()
