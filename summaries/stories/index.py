"""The stories of the last days: articles come in, in any order, and each finds its story."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from heapq import heappop, heappush
from itertools import islice
from typing import TYPE_CHECKING

from summaries.stories.grouping import group
from summaries.stories.pair_model import LIMIT, MAX_HOURS, Scorer, default_scorer
from summaries.stories.term_weights import Background, default_background
from summaries.stories.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from summaries.stories.signature import Signature

WINDOW = timedelta(hours=MAX_HOURS)
MAX_NEIGHBOURHOOD = 40
"""How many articles are grouped again for one new article. The largest such group among 2,986 items of three days of
feeds had 12. Grouping costs more than the square of this, and a chain of similar articles reaches any limit."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a store keeps of an article in the window: its signature and its story."""

    signature: Signature
    story: int


class StoryIndex:
    """Articles of a sliding window and their stories.

    Stories are groups of articles that are alike on average (see `grouping`), over pairs that `pairs` scores. Only the
    part of the window that a new article touches is grouped anew, so that the order of arrival hardly matters. A story
    keeps its number with the larger part of its articles; an article may move. Not for several threads at once.
    """

    def __init__(
        self,
        entries: Iterable[Entry] = (),
        *,
        next_story: int = 1,
        background: Background | None = None,
        scorer: Scorer | None = None,
    ) -> None:
        self._scorer = scorer or default_scorer()
        self._window = Window(background or default_background(), self._scorer)
        self._story: dict[str, int] = {}
        # Each story's articles. A dict because it keeps an order: a large story is looked at in part.
        self._told: dict[int, dict[str, None]] = {}
        self.next_story = next_story
        self.restore(entries)

    def __len__(self) -> int:
        return len(self._window)

    def __contains__(self, article_id: object) -> bool:
        return article_id in self._window

    def restore(self, entries: Iterable[Entry]) -> None:
        """Take articles in, or in again, with the stories that were found for them elsewhere."""
        known = list(entries)
        self._window.insert([entry.signature for entry in known])
        for entry in known:
            self._place(entry.signature.id, entry.story)
            self.next_story = max(self.next_story, entry.story + 1)

    def entry(self, article_id: str) -> Entry:
        """The article as it is in the window."""
        return Entry(self._window.signature(article_id), self._story[article_id])

    def entries(self) -> list[Entry]:
        """All that a store must keep, beside `next_story`, to make the index again."""
        return [Entry(self._window.signature(article_id), story) for article_id, story in self._story.items()]

    def stories(self) -> dict[str, int]:
        """Article to story."""
        return dict(self._story)

    def members(self, story: int) -> frozenset[str]:
        """The articles of a story that are in the window."""
        return frozenset(self._told.get(story, ()))

    def add(self, signatures: Sequence[Signature]) -> dict[str, int]:
        """Take articles in, or in again after an edit. Returns every article whose story is new or another than before.

        Many at once cost less than one by one, and the order among them does not matter.
        """
        new = {signature.id: signature for signature in signatures}
        self._window.insert(list(new.values()))
        for article_id in new:
            self._window.refresh(article_id)
        changed: dict[str, int] = {}
        done: set[str] = set()
        for article_id in sorted(new):
            if article_id not in done:
                around = self._neighbourhood(article_id)
                changed |= self._regroup(around)
                done |= around
        return changed

    def expire(self, before: datetime) -> list[str]:
        """Forget articles published before then, and tell their ids. Those of unknown time stay until `discard`."""
        gone = [
            article_id
            for article_id in self._window
            if (moment := self._window.published_at(article_id)) is not None and moment < before
        ]
        self.discard(gone)
        return gone

    def discard(self, article_ids: Iterable[str]) -> None:
        """Forget articles. The others keep their stories."""
        for article_id in article_ids:
            self._window.remove(article_id)
            self._leave(article_id)

    def _neighbourhood(self, article_id: str) -> set[str]:
        """The articles to group again with this one: those that likely pairs link to it, and the stories of these.

        Grouping never joins articles that no likely pair links, so nothing else can change. Of more than
        MAX_NEIGHBOURHOOD the most surely linked are taken, in whole stories: one that is grouped in part keeps the
        articles that were left out, whatever the others now tell. Only a story that is large itself is taken in part.
        """
        found: set[str] = set()
        large: set[int] = set()
        waiting = [(-LIMIT, article_id)]
        while waiting and len(found) < MAX_NEIGHBOURHOOD:
            _, here = heappop(waiting)
            if here in found:
                continue
            story = self._story.get(here, 0)
            mates = self._told.get(story) or {here: None}
            if len(mates) > MAX_NEIGHBOURHOOD // 2:
                if story not in large:
                    large.add(story)
                    # Last, and no more than fit: enough that an article which no longer fits the story leaves it.
                    for mate in islice(mates, MAX_NEIGHBOURHOOD):
                        heappush(waiting, (LIMIT, mate))
                mates = {here: None}
            if len(found) + len(mates) > MAX_NEIGHBOURHOOD:
                continue
            found.update(mates)
            for mate in mates:
                for other in self._window.nearest(mate):
                    if other not in found and (log_odds := self._window.log_odds(mate, other)) >= self._scorer.join_at:
                        heappush(waiting, (-log_odds, other))
        return found

    def _regroup(self, around: set[str]) -> dict[str, int]:
        groups = group(sorted(around), self._window.log_odds, self._scorer.join_at)
        before = {article_id: self._story.get(article_id) for article_id in around}
        for story, articles in self._number(groups):
            for article_id in articles:
                self._place(article_id, story)
        return {i: self._story[i] for i in sorted(around) if self._story[i] != before[i]}

    def _number(self, groups: list[list[str]]) -> list[tuple[int, list[str]]]:
        """Each group with the story that most of its articles were in, if no other group has more of them."""
        claims = [
            (-count, story, k)
            for k, articles in enumerate(groups)
            for story, count in Counter(self._story[i] for i in articles if i in self._story).items()
        ]
        numbers: dict[int, int] = {}
        for _, story, k in sorted(claims):
            if k not in numbers and story not in numbers.values():
                numbers[k] = story
        for k in range(len(groups)):
            if k not in numbers:
                numbers[k] = self.next_story
                self.next_story += 1
        return [(numbers[k], articles) for k, articles in enumerate(groups)]

    def _place(self, article_id: str, story: int) -> None:
        self._leave(article_id)
        self._story[article_id] = story
        self._told.setdefault(story, {})[article_id] = None

    def _leave(self, article_id: str) -> None:
        story = self._story.pop(article_id, None)
        if story is None:
            return
        del self._told[story][article_id]
        if not self._told[story]:
            del self._told[story]
