"""Which pages are asked for again."""

from __future__ import annotations

from collections import OrderedDict

MOST_TRIES = 3
MAX_REMEMBERED = 20_000


class Retries:
    """Which entries' pages are tried again, and which are given up, while this process lives.

    Without it each pass over a feed would ask again for every page that holds no article, or is gone.
    """

    def __init__(self) -> None:
        self._tries: OrderedDict[str, int] = OrderedDict()

    def is_waiting(self, key: str) -> bool:
        return self._tries.get(key, MOST_TRIES) < MOST_TRIES

    def is_given_up(self, key: str) -> bool:
        return self._tries.get(key, 0) >= MOST_TRIES

    def postpone(self, key: str) -> None:
        """It was not tried."""
        self._note(key, self._tries.get(key, 0))

    def fail(self, key: str) -> None:
        self._note(key, self._tries.get(key, 0) + 1)

    def give_up(self, key: str) -> None:
        self._note(key, MOST_TRIES)

    def succeed(self, key: str) -> None:
        self._tries.pop(key, None)

    def _note(self, key: str, tries: int) -> None:
        self._tries[key] = tries
        self._tries.move_to_end(key)
        if len(self._tries) > MAX_REMEMBERED:
            self._tries.popitem(last=False)
