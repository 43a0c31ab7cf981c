"""The writer of public articles: assigns each to a story and stores both together.

One `ArticleWriter` keeps the stories of the last days in memory, so that the cost of an article does not depend on the
number of stored articles. The store is authoritative: changes by other processes are read before anything is decided.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from summaries.errors import StoreBusy, StoreError, StoryConflict
from summaries.model import Origin, StoredArticle
from summaries.ports import Clock, Offload, StoryState, StoryStore
from summaries.ports.stories import Decisions, PreparedArticle
from summaries.stories import WINDOW, Entry, Signature, StoryIndex
from summaries.stories.edits import Constraints
from summaries.text.dates import sanitize_timestamp

log = logging.getLogger(__name__)

# The maximum batch per transaction, because readers of the store wait for a transaction.
MAX_BATCH = 64
# While articles keep arriving, wait this long to batch them: a transaction costs more than an article.
BATCH_WAIT_S = 0.25
CHANGES_LIMIT = 500
EXPIRE_EVERY = timedelta(minutes=5)
MAX_ATTEMPTS = 20


@dataclass(slots=True)
class _Waiting:
    article: PreparedArticle
    origin: Origin
    stored: asyncio.Future[StoredArticle]


@dataclass(frozen=True, slots=True)
class _Decision:
    """The new story of each article, and the state to restore if the store refuses the change."""

    stories: dict[str, int]
    next_story: int
    new: frozenset[str]
    before: tuple[Entry, ...]
    settled: Mapping[int, int]


class ArticleWriter:
    """Stores articles in batches, each atomically. For one event loop; call `close` at the end.

    `offload` must use threads of this process, because the stories in memory are not copied.
    """

    def __init__(self, *, stories: StoryStore, offload: Offload, clock: Clock) -> None:
        self._stories = stories
        self._offload = offload
        self._clock = clock
        self._index: StoryIndex | None = None
        self._is_behind = False
        self._state = StoryState()
        # Articles that decisions of administrators moved: those near them are regrouped with the next batch.
        self._moved: frozenset[str] = frozenset()
        self._waiting: list[_Waiting] = []
        self._task: asyncio.Task[None] | None = None
        self._last_batch_s = -BATCH_WAIT_S
        self._is_closing = False
        self._expired_at: datetime | None = None

    async def add(self, article: PreparedArticle, *, origin: Origin) -> StoredArticle:
        """Store the article with its story; articles that arrive in the meantime share one transaction.

        Raises:
            StoreError: the database cannot be used.
        """
        waiting = _Waiting(article, origin, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="writer")
        return await waiting.stored

    async def close(self) -> None:
        """Finish the current batch; waiting articles are not stored."""
        self._is_closing = True
        for waiting in self._waiting:
            waiting.stored.cancel()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._wait_for_batch()
                origin = self._waiting[0].origin
                batch = [one for one in self._waiting if one.origin is origin][:MAX_BATCH]
                self._waiting = [one for one in self._waiting if one not in batch]
                await self._store_batch([one for one in batch if not one.stored.done()], origin)
                self._last_batch_s = asyncio.get_running_loop().time()
        finally:
            self._task = None

    async def _wait_for_batch(self) -> None:
        is_alone = asyncio.get_running_loop().time() - self._last_batch_s > BATCH_WAIT_S
        if not is_alone and not self._is_closing and len(self._waiting) < MAX_BATCH:
            await asyncio.sleep(BATCH_WAIT_S)

    async def _store_batch(self, batch: Sequence[_Waiting], origin: Origin) -> None:
        """Store the batch and resolve its futures. An article that cannot be stored does not affect the others."""
        if not batch:
            return
        try:
            stored = await self._store([one.article for one in batch], origin)
        except Exception as error:
            # The index may contain articles that the store does not: discard it.
            self._index = None
            if len(batch) == 1 or isinstance(error, StoreError):
                for one in batch:
                    if not one.stored.done():
                        one.stored.set_exception(error)
                return
            log.warning("a batch of %d articles could not be stored: one by one now", len(batch), exc_info=True)
            for one in batch:
                await self._store_batch([one], origin)
            return
        for one, article in zip(batch, stored, strict=True):
            if not one.stored.done():
                one.stored.set_result(article)

    async def _store(self, articles: Sequence[PreparedArticle], origin: Origin) -> tuple[StoredArticle, ...]:
        for _ in range(MAX_ATTEMPTS):
            now = self._clock()
            index = await self._catch_up(now)
            dated = [replace(article, signature=set_plausible_time(article.signature, now)) for article in articles]
            # Expiring examines all articles of three days, which costs more than adding a few.
            if self._expired_at is None or not timedelta() <= now - self._expired_at < EXPIRE_EVERY:
                await self._offload(index.expire, now - WINDOW)
                self._expired_at = now
            decision = await self._offload(decide, index, [article.signature for article in dated], self._moved)
            try:
                stored, self._state = await self._stories.put_many(
                    dated,
                    decision.stories,
                    known=self._state,
                    next_story=decision.next_story,
                    keep_since=now - WINDOW,
                    origin=origin,
                    now=now,
                )
            except StoryConflict:
                log.info("another process changed the stories meanwhile: deciding again")
                await self._offload(undo, index, decision)
                self._is_behind = True
            else:
                self._moved = frozenset()
                return stored
        raise StoreBusy("another process keeps changing the stories: stop it, or try again")

    async def _catch_up(self, now: datetime) -> StoryIndex:
        """Return the index, updated to the store's revision."""
        if self._index is not None and not self._is_behind:
            return self._index
        index = self._index or StoryIndex()
        after = self._state.revision if self._index is not None else 0
        entries: list[Entry] = []
        decisions: Decisions | None = None
        is_complete = False
        while not is_complete:
            changes = await self._stories.changes(after=after, since=now - WINDOW, limit=CHANGES_LIMIT)
            if self._index is None:
                await self._offload(index.restore, changes.entries)
            else:
                entries += changes.entries
            decisions = changes.decisions or decisions
            after, is_complete = changes.state.revision, changes.is_complete
            self._state = changes.state
        if self._index is None:
            self._index = index
        else:
            if decisions is not None:
                stories = index.stories()
                moved = {entry.signature.id for entry in entries if stories.get(entry.signature.id) != entry.story}
                self._moved |= moved & stories.keys()
            await self._offload(index.restore, entries)
        index.next_story = max(index.next_story, self._state.next_story)
        if decisions is not None:
            index.constrain(Constraints(decisions.edits), decisions.stories)
        self._is_behind = False
        return index


def decide(index: StoryIndex, signatures: Sequence[Signature], moved: Collection[str] = ()) -> _Decision:
    """Add the signatures to the index, regroup the articles near the `moved` ones, and return the changes."""
    ids = {signature.id for signature in signatures}
    before = {article_id: index.entry(article_id) for article_id in ids if article_id in index}
    settled = index.settled
    stories = index.add(signatures, moved)
    before = {i: Entry(index.entry(i).signature, story) for i, story in index.moved_from.items()} | before
    return _Decision(stories, index.next_story, frozenset(ids - before.keys()), tuple(before.values()), settled)


def undo(index: StoryIndex, decision: _Decision) -> None:
    """Revert the index to its state before the decision."""
    index.discard(decision.new)
    index.restore(decision.before)
    index.settled = decision.settled


def set_plausible_time(signature: Signature, now: datetime) -> Signature:
    """Set a plausible past time on the signature, because a store expires articles by it."""
    moment = sanitize_timestamp(signature.published_at, now=now)
    return replace(signature, published_at=moment.astimezone(UTC) if moment is not None and moment <= now else now)
