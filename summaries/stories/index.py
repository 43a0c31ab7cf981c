"""An incremental index of the stories of the last days. Articles may arrive in any order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import islice
from math import inf

import numpy as np
from numpy.typing import NDArray

from summaries.stories.edits import Constraints
from summaries.stories.pair_model import LIMIT, MAX_HOURS, Scorer, load_scorer
from summaries.stories.signature import Signature
from summaries.stories.vectors import load_background
from summaries.stories.window import Window

Scores = NDArray[np.float64]

BEST_SHARE = 0.5
"""Weight of the best pair between two groups; the mean over all their pairs has the remaining weight.

With the mean alone, a large story splits into its aspects (course, cause, reactions); with the best pair alone, chains
of loosely related articles become one story.
"""


def group_by_score(
    ids: Sequence[str],
    score: Callable[[str, str], float],
    join_at: float,
    united: Iterable[Sequence[str]] = (),
) -> list[list[str]]:
    """Join the two nearest groups repeatedly, until no two score at least `join_at`.

    The ids of each sequence in `united` begin in one group. Any other pair with a score of minus infinity never ends up
    in one group. The result depends on the order of `ids` only where scores tie exactly. Runs in slightly more than
    quadratic time.
    """
    groups = {i: [name] for i, name in enumerate(ids)}
    means = np.full((len(ids), len(ids)), -np.inf)
    for i, a in enumerate(ids):
        for k in range(i):
            means[i, k] = means[k, i] = score(a, ids[k])
    bests = means.copy()
    for names in united:
        _unite(sorted(map(ids.index, names)), groups, means, bests)
    while len(groups) > 1:
        links = means * (1 - BEST_SHARE) + bests * BEST_SHARE
        i, k = sorted(divmod(int(links.argmax()), len(ids)))
        if links[i, k] < join_at:
            break
        m, n = len(groups[i]), len(groups[k])
        for table, joined in (
            (means, (means[i] * m + means[k] * n) / (m + n)),
            (bests, np.maximum(bests[i], bests[k])),
        ):
            table[i], table[:, i] = joined, joined
            table[i, i] = -np.inf
            table[k], table[:, k] = -np.inf, -np.inf
        groups[i] += groups.pop(k)
    return list(groups.values())


def _unite(places: Sequence[int], groups: dict[int, list[str]], means: Scores, bests: Scores) -> None:
    """Join the groups at the places into the first one.

    A pair of minus infinity does not count, unless all are: united articles may be days apart, and a later article must
    be able to join them.
    """
    first, *others = places
    rows = means[places]
    is_counted = np.isfinite(rows)
    counts = is_counted.sum(axis=0)
    mean = np.where(is_counted, rows, 0.0).sum(axis=0) / np.maximum(counts, 1)
    mean[counts == 0] = -np.inf
    for table, joined in ((means, mean), (bests, bests[places].max(axis=0))):
        table[first], table[:, first] = joined, joined
        table[first, first] = -np.inf
        table[others], table[:, others] = -np.inf, -np.inf
    for place in others:
        groups[first] += groups.pop(place)


WINDOW = timedelta(hours=MAX_HOURS)
MAX_NEIGHBOURHOOD = 40
"""How many articles are regrouped for one new article. The largest such neighbourhood among 2,986 feed items of three
days had 12. Grouping takes more than quadratic time, and a chain of similar articles would reach any limit."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The stored state of an article in the window: its signature and its story."""

    signature: Signature
    story: int


class StoryIndex:
    """Articles of a sliding window and their stories.

    Stories are groups of articles with a high average score (see `group_by_score`) over pairs scored by `pair_model`.
    Only the part of the window near a new article is regrouped, so the order of arrival hardly matters. A story keeps
    its number with the larger part of its articles; an article may move. Not thread-safe.
    """

    def __init__(
        self,
        entries: Iterable[Entry] = (),
        *,
        next_story: int = 1,
        scorer: Scorer | None = None,
    ) -> None:
        self._scorer = scorer or load_scorer()
        self._window = Window(load_background(), self._scorer)
        self._story: dict[str, int] = {}
        # The articles of each story. A dict keeps their order, because only a part of a large story is examined.
        self._members_of: dict[int, dict[str, None]] = {}
        self._constraints: Constraints[str] = Constraints()
        # The story of each group of the constraints, in which articles may be that have left the window.
        self._settled: dict[int, int] = {}
        self.next_story = next_story
        self.moved_from: dict[str, int] = {}
        """The previous story of each article that the last `add` moved."""
        self.restore(entries)

    def __len__(self) -> int:
        return len(self._window)

    def __contains__(self, article_id: object) -> bool:
        return article_id in self._window

    def restore(self, entries: Iterable[Entry]) -> None:
        """Insert or update articles with the stories that another index assigned."""
        known = list(entries)
        self._window.insert([entry.signature for entry in known])
        for entry in known:
            self._assign(entry.signature.id, entry.story)
            self.next_story = max(self.next_story, entry.story + 1)

    def constrain(self, constraints: Constraints[str], stories: Mapping[str, int]) -> None:
        """Group articles within the constraints from now on.

        `stories` has the story of each article that they name; the constraints hold for these stories.
        """
        self._constraints = constraints
        self._settled = {}
        for article_id, story in stories.items():
            self._assign(article_id, story)

    @property
    def settled(self) -> Mapping[int, int]:
        """The story of each group of the constraints. Set it to revert to an earlier state."""
        return dict(self._settled)

    @settled.setter
    def settled(self, stories: Mapping[int, int]) -> None:
        self._settled = dict(stories)

    def entry(self, article_id: str) -> Entry:
        """Return the article's signature and story."""
        return Entry(self._window.signature(article_id), self._story[article_id])

    def stories(self) -> dict[str, int]:
        """Map each article to its story."""
        return dict(self._story)

    def add(self, signatures: Sequence[Signature], moved: Iterable[str] = ()) -> dict[str, int]:
        """Insert or update articles; return every article whose story is new or has changed.

        Articles that a decision `moved` are regrouped with the articles near them. Among the changed ones may be
        articles that have left the window. A batch costs less than single calls, and its order does not matter.
        """
        new = {signature.id: signature for signature in signatures}
        self._window.insert(list(new.values()))
        for article_id in new:
            self._window.refresh(article_id)
        self.moved_from = {}
        changed: dict[str, int] = {}
        done: set[str] = set()
        for article_id in sorted(new.keys() | {known for known in moved if known in self._window}):
            if article_id not in done:
                around = self._collect_neighbourhood(article_id)
                changed |= self._regroup(around)
                done |= around
        return changed

    def expire(self, before: datetime) -> list[str]:
        """Remove articles published before `before` and return their ids. Undated articles stay until `discard`."""
        gone = self._window.published_before(before)
        self.discard(gone)
        return gone

    def discard(self, article_ids: Iterable[str]) -> None:
        """Remove articles. The others keep their stories."""
        for article_id in article_ids:
            self._window.remove(article_id)
            self._unassign(article_id)

    def _collect_neighbourhood(self, article_id: str) -> set[str]:
        """Return the articles to regroup with this one: those linked to it by likely pairs, with their stories.

        Grouping never joins articles that no likely pair links, so nothing else can change. Beyond MAX_NEIGHBOURHOOD
        the likeliest are taken, in whole stories: in a story regrouped in part, the articles left out would keep their
        story regardless of the others. Only a story that is large itself is taken in part.
        """
        found: set[str] = set()
        large: set[int] = set()
        waiting = [(-LIMIT, article_id)]
        while waiting and len(found) < MAX_NEIGHBOURHOOD:
            _, here = heappop(waiting)
            if here in found:
                continue
            story = self._story.get(here, 0)
            mates = self._members_of.get(story) or {here: None}
            if len(mates) > MAX_NEIGHBOURHOOD // 2:
                if story not in large:
                    large.add(story)
                    # Last, and only as many as fit: enough for an article that no longer fits the story to leave it.
                    for mate in islice(mates, MAX_NEIGHBOURHOOD):
                        heappush(waiting, (LIMIT, mate))
                mates = {here: None}
            if len(found) + len(mates) > MAX_NEIGHBOURHOOD:
                continue
            found.update(mates)
            for mate in mates:
                for other, log_odds in self._window.links(mate):
                    if other not in found:
                        heappush(waiting, (-log_odds, other))
        return found | self._find_united(found)

    def _find_united(self, article_ids: Iterable[str]) -> set[str]:
        """Return articles of the window that decisions unite with the given ones, a bounded number for each group."""
        found: set[str] = set()
        for group in self._constraints.groups(article_ids):
            united = (mate for mate in self._constraints.members(group) if mate in self._window)
            found.update(islice(united, MAX_NEIGHBOURHOOD // 2))
        return found

    def _regroup(self, around: set[str]) -> dict[str, int]:
        ids = sorted(around)
        named = self._constraints.groups(ids)
        united = [articles for articles in named.values() if len(articles) > 1]
        score = self._score if named else self._window.log_odds
        groups = group_by_score(ids, score, self._scorer.join_at, united)
        for articles in groups if named else ():
            articles += [
                mate
                for group in self._constraints.groups(articles)
                for mate in self._constraints.members(group)
                if mate not in around
            ]
        before = {article_id: self._find_story(article_id) for articles in groups for article_id in articles}
        changed = {}
        for story, articles in self._number_groups(groups, named):
            for article_id in articles:
                previous = self._story.get(article_id)
                self._assign(article_id, story)
                # An article that returns has no story in the store, though decisions know it.
                if story != before[article_id] or (previous is None and article_id in around):
                    changed[article_id] = story
                    if previous is not None:
                        self.moved_from.setdefault(article_id, previous)
        return changed

    def _score(self, a: str, b: str) -> float:
        """Return the log-odds of the pair (see `Window.log_odds`); minus infinity if a decision keeps it apart."""
        return -inf if self._constraints.is_apart(a, b) else self._window.log_odds(a, b)

    def _find_story(self, article_id: str) -> int | None:
        """Return the article's story, or that of its group in the constraints if it is not in the window."""
        story = self._story.get(article_id)
        group = self._constraints.group(article_id) if story is None else None
        return story if group is None else self._settled.get(group)

    def _number_groups(self, groups: list[list[str]], named: Collection[int]) -> list[tuple[int, list[str]]]:
        """Assign each group the story that most of its articles were in, unless another group has more of them.

        A story that holds articles which must be apart from the group's is not assigned. The groups of the constraints
        `named` move.
        """
        claims: list[tuple[int, int, int]] = []
        for k, articles in enumerate(groups):
            barred = self._find_barred(articles, named)
            counts = Counter(map(self._find_story, articles)).items()
            claims += [(-count, story, k) for story, count in counts if story is not None and story not in barred]
        numbers: dict[int, int] = {}
        for _, story, k in sorted(claims):
            if k not in numbers and story not in numbers.values():
                numbers[k] = story
        for k in range(len(groups)):
            if k not in numbers:
                numbers[k] = self.next_story
                self.next_story += 1
        return [(numbers[k], articles) for k, articles in enumerate(groups)]

    def _find_barred(self, articles: Iterable[str], named: Collection[int]) -> set[int]:
        """Return the stories of other groups of the constraints, except `named`, that are apart from the articles."""
        return {
            self._settled[other]
            for group in self._constraints.groups(articles)
            for other in self._constraints.apart(group)
            if other not in named and other in self._settled
        }

    def _assign(self, article_id: str, story: int) -> None:
        if (group := self._constraints.group(article_id)) is not None:
            self._settled[group] = story
        if article_id not in self._window:
            return
        self._unassign(article_id)
        self._story[article_id] = story
        self._members_of.setdefault(story, {})[article_id] = None

    def _unassign(self, article_id: str) -> None:
        story = self._story.pop(article_id, None)
        if story is None:
            return
        del self._members_of[story][article_id]
        if not self._members_of[story]:
            del self._members_of[story]


MAX_BATCH = 20_000
"""Up to this many articles are compared all with all; more are processed day by day through a sliding window."""
_EARLIEST = datetime.min.replace(tzinfo=UTC) + WINDOW
_LATEST = datetime.max.replace(tzinfo=UTC)


def cluster(signatures: Sequence[Signature]) -> dict[str, str]:
    """Map each article id to its story: the id of the story's first article by time, then by id.

    The order of `signatures` does not matter if there are no more than MAX_BATCH.
    """
    index = StoryIndex()
    story: dict[str, int] = {}
    for start, part in _split_by_day(signatures):
        if start is not None:
            index.expire(start - WINDOW)
        story |= index.add(part)
    members: defaultdict[int, list[Signature]] = defaultdict(list)
    for signature in {signature.id: signature for signature in signatures}.values():
        members[story[signature.id]].append(signature)
    firsts = {
        number: min(articles, key=lambda one: (one.published_at or _LATEST, one.id)).id
        for number, articles in members.items()
    }
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
