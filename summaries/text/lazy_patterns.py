"""Regular expressions that are compiled when they are first used.

Compiling all patterns of the program takes a fifth of a bot's start, and most processes use few of them.
"""

from __future__ import annotations

import re
from typing import Any, cast

_METHODS = ("findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn")


class LazyPattern:
    """A pattern whose methods are those of the compiled one, which is made when one of them is first used."""

    __slots__ = ("_flags", "_source", *_METHODS)

    def __init__(self, source: str, flags: int) -> None:
        self._source = source
        self._flags = flags

    def compile(self) -> re.Pattern[str]:
        """Return the compiled pattern."""
        return re.compile(self._source, self._flags)

    def __getattr__(self, name: str) -> Any:
        """Compile the pattern and keep its methods, so that later calls cost no more than those of a compiled one."""
        compiled = self.compile()
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def lazy_regex(source: str, flags: int = 0) -> re.Pattern[str]:
    """Return the pattern, to be used by its methods only: functions of `re` do not accept it."""
    return cast("re.Pattern[str]", LazyPattern(source, flags))
