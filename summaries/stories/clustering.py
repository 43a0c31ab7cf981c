"""Cluster a batch of articles into stories."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from summaries.stories.index import WINDOW, StoryIndex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from summaries.stories.pair_model import Scorer
    from summaries.stories.signature import Signature

MAX_BATCH = 20_000
"""Up to this many articles are compared all with all; more are processed day by day through a sliding window."""
_EARLIEST = datetime.min.replace(tzinfo=UTC) + WINDOW
_LATEST = datetime.max.replace(tzinfo=UTC)


def cluster(signatures: Sequence[Signature], *, scorer: Scorer | None = None) -> dict[str, str]:
    """Map each article id to its story: the id of the story's first article by time, then by id.

    The order of `signatures` does not matter if there are no more than AT_ONCE.
    """
    index = StoryIndex(scorer=scorer)
    story: dict[str, int] = {}
    for start, part in _split_by_day(signatures):
        if start is not None:
            index.expire(start - WINDOW)
        story |= index.add(part)
    members: defaultdict[int, list[Signature]] = defaultdict(list)
    for signature in {signature.id: signature for signature in signatures}.values():
        members[story[signature.id]].append(signature)
    firsts = {number: min(articles, key=_sort_key).id for number, articles in members.items()}
    return {signature.id: firsts[story[signature.id]] for signature in signatures}


def _split_by_day(signatures: Sequence[Signature]) -> Iterator[tuple[datetime | None, list[Signature]]]:
    if len(signatures) <= MAX_BATCH:
        yield None, list(signatures)
        return
    days: defaultdict[datetime, list[Signature]] = defaultdict(list)
    day = min((s.published_at for s in signatures if s.published_at), default=_EARLIEST)
    for signature in signatures:
        # An article without a time belongs to the day of its predecessor in the input.
        day = signature.published_at or day
        days[day.replace(hour=0, minute=0, second=0, microsecond=0)].append(signature)
    for start in sorted(days):
        yield start if start > _EARLIEST else None, days[start]


def _sort_key(signature: Signature) -> tuple[datetime, str]:
    return signature.published_at or _LATEST, signature.id
