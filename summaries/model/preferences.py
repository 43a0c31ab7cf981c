"""What a chat wants of its digests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from summaries.model.articles import SHORT

if TYPE_CHECKING:
    from datetime import time

    from summaries.model.articles import Length

# Days of the week as `datetime.weekday` counts them: Monday is 0.
EVERY_DAY = frozenset(range(7))
WORKING_DAYS = frozenset(range(5))
WEEKEND = frozenset({5, 6})
USUAL_COUNT = 8


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` on the chat's clock nothing is sent; `end` may be on the next day."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise ValueError("quiet hours that last all day would let nothing through")

    def covers(self, at: time) -> bool:
        """Whether the hours are quiet at that time of day; the end itself is not."""
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


@dataclass(frozen=True, slots=True)
class Preferences:
    """Which stories a digest tells, and how. Empty tuples leave everything in.

    A story is told when one of its outlets is among `outlets`, one of its topics among `topics` (keys), and the article
    that is shown of it has one of the words of `include` and none of `exclude`; what counts as a word's occurrence is
    its stem's. `count` is the most stories, `length` that of their summaries. A digest without stories is left out with
    `skips_empty`.
    """

    topics: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    length: Length = SHORT
    count: int = USUAL_COUNT
    quiet: QuietHours | None = None
    is_silent: bool = False
    skips_empty: bool = False

    @property
    def has_filter(self) -> bool:
        return bool(self.topics or self.outlets or self.include or self.exclude)


USUAL = Preferences()
