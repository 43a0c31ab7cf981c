"""Forgetting what is old."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from summaries.model import Old


class UpkeepStore(Protocol):
    """Rows that nobody needs any more.

    Of digests, alerts and broadcasts only what is over is old, of message texts what no digest needs that stays, of
    readers' articles what nobody saved and no answer tells that stays. `before` has the moment for every kind.
    """

    async def count_old(self, before: Mapping[Old, datetime]) -> Mapping[Old, int]:
        """How many rows of each kind `forget_old` would delete, were it called for each kind in order."""
        ...

    async def forget_old(self, kind: Old, before: Mapping[Old, datetime], *, limit: int) -> int:
        """Delete at most `limit` rows of the kind, and what hangs on them; how many went."""
        ...
