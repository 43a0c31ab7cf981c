"""The study of stories that were added or changed: link each to the chain of its affair, and compare its outlets."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from summaries.errors import RingkasError, StoryConflict
from summaries.model import CentralAddition
from summaries.ports import Clock, Offload, StudyStore
from summaries.ports.stories import StaleStory, StudiedStory
from summaries.stories.central_facts import StoryReport, compare_outlets
from summaries.stories.chains import (
    MAX_POSTINGS,
    MEMORY,
    ChainIndex,
    LinkedStory,
    Postings,
    choose_terms,
    find_candidates,
)
from summaries.stories.disagreements import MAX_ARTICLES

log = logging.getLogger(__name__)

# The stories of one transaction, for which readers of the store wait.
BATCH_SIZE = 64


class StudyService:
    """Studies stale stories. It may run late, twice, and in several processes at once."""

    def __init__(self, *, studies: StudyStore, offload: Offload, clock: Clock) -> None:
        self._studies = studies
        self._offload = offload
        self._clock = clock

    async def study(self) -> int:
        """Study all stale stories, and return how many there were.

        If another process studies at the same time, the rest is left to it and to the next tick.
        """
        count, limit = 0, BATCH_SIZE
        while (stale := await self._studies.list_stale(limit=limit)).stories:
            try:
                studied = await self._decide(stale.stories)
            except RingkasError:
                raise
            except Exception:
                first, *others = stale.stories
                if others:
                    log.warning("a batch of stories could not be studied: one by one now", exc_info=True)
                    limit = 1
                    continue
                # It holds up no other story, and no alerts.
                limit = BATCH_SIZE
                log.exception("the story %d could not be studied", first.id)
                studied = [StudiedStory(first.id, first.version, first.chain_id or -first.id)]
            try:
                await self._studies.put_studied(studied, known=stale.studies)
            except StoryConflict:
                log.info("another process studied stories meanwhile: the next tick goes on")
                break
            count += len(studied)
        return count

    async def _decide(self, stories: Sequence[StaleStory]) -> Sequence[StudiedStory]:
        since = self._clock() - MEMORY
        chains: Mapping[int, tuple[int, Mapping[str, float]]] = {}
        if unlinked := [story for story in stories if story.chain_id is None and story.latest_at >= since]:
            terms = await self._offload(choose_terms_of, unlinked)
            postings = await self._studies.read_postings(set().union(*terms.values()), limit=MAX_POSTINGS)
            candidates = await self._offload(find_all_candidates, terms, postings)
            linked = await self._studies.read_chains({other for found in candidates.values() for other in found})
            chains = await self._offload(link, unlinked, terms, candidates, linked)
        # A story that is too old to be linked is a chain of its own.
        own: Mapping[str, float] = {}
        reports = await self._studies.read_reports([story.id for story in stories], most=MAX_ARTICLES)
        marks = await self._offload(compare_all, reports)
        return [
            StudiedStory(
                story.id,
                story.version,
                *chains.get(story.id, (story.chain_id or -story.id, own)),
                *marks.get(story.id, (None, False)),
            )
            for story in stories
        ]


def choose_terms_of(stories: Sequence[StaleStory]) -> dict[int, dict[str, float]]:
    """Return the terms of each story by its id."""
    return {story.id: choose_terms(story.signature) if story.signature else {} for story in stories}


def find_all_candidates(terms: Mapping[int, Mapping[str, float]], postings: Postings) -> dict[int, dict[int, float]]:
    """Return for each story the other stored stories that it is compared with, and their affinities."""
    found = {story_id: find_candidates(own, postings, excluding=story_id) for story_id, own in terms.items()}
    # The chains of the stories themselves are decided now.
    return {
        story_id: {other: affinity for other, affinity in candidates.items() if other not in terms}
        for story_id, candidates in found.items()
    }


def link(
    stories: Sequence[StaleStory],
    terms: Mapping[int, Mapping[str, float]],
    candidates: Mapping[int, Mapping[int, float]],
    linked: Mapping[int, LinkedStory],
) -> dict[int, tuple[int, Mapping[str, float]]]:
    """Link the stories, the oldest first, and return the chain and the terms of each; see `StudiedStory`."""
    index = ChainIndex()
    index.load(candidates, linked)
    ordered: Sequence[tuple[datetime, int]] = sorted((story.latest_at, story.id) for story in stories)
    return {
        story_id: (index.link(story_id, terms[story_id], latest_at, new_chain=-story_id), terms[story_id])
        for latest_at, story_id in ordered
    }


def compare_all(
    reports: Mapping[int, Sequence[StoryReport]],
) -> dict[int, tuple[CentralAddition | None, bool]]:
    """Compare the outlets of each story, by the story's id."""
    return {story_id: compare_outlets(found) for story_id, found in reports.items()}
