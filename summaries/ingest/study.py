"""The study of stories that were added or changed: link each to the chain of its affair, and compare its outlets."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from summaries.errors import StoryConflict
from summaries.model import CentralAddition
from summaries.ports import Offload, StudyStore
from summaries.ports.stories import StaleStory, StudiedStory
from summaries.stories import Signature
from summaries.stories.central_facts import StoryReport, find_central_addition
from summaries.stories.disagreements import MAX_ARTICLES, SHOWN_KINDS, find_disagreements

log = logging.getLogger(__name__)

# The stories of one transaction, for which readers of the store wait.
BATCH_SIZE = 64


class StudyService:
    """Studies stale stories. It may run late, twice, and in several processes at once."""

    def __init__(self, *, studies: StudyStore, offload: Offload) -> None:
        self._studies = studies
        self._offload = offload

    async def study(self) -> int:
        """Study all stale stories, and return how many there were.

        If another process studies at the same time, the rest is left to it and to the next tick.
        """
        count = 0
        while (stale := await self._studies.list_stale(limit=BATCH_SIZE)).stories:
            reports = await self._studies.read_reports([story.id for story in stale.stories], most=MAX_ARTICLES)
            studied = await self._offload(decide, stale.stories, reports)
            try:
                await self._studies.put_studied(studied, known=stale.studies)
            except StoryConflict:
                log.info("another process studied stories meanwhile: the next tick goes on")
                break
            count += len(studied)
        return count


def decide(stories: Sequence[StaleStory], reports: Mapping[int, Sequence[StoryReport]]) -> list[StudiedStory]:
    """Return the result of the study of each story. `reports` are the articles of those of several outlets."""
    return [
        StudiedStory(
            story.id,
            story.version,
            story.chain_id or story.id,
            choose_terms(story.signature),
            *compare_outlets(reports.get(story.id, ())),
        )
        for story in stories
    ]


def compare_outlets(reports: Sequence[StoryReport]) -> tuple[CentralAddition | None, bool]:
    """Return the addition of a story in digests, and whether its outlets give different numbers that readers see."""
    # The numbers and outcomes in a fact-check may be those of the hoax.
    news = [report for report in reports if report.stored.article.fact_check is None]
    if len(news) < 2:
        return None, False
    disagreements = find_disagreements([report.stored for report in news])
    is_disputed = any(found.kind in SHOWN_KINDS and not found.is_update for found in disagreements)
    return find_central_addition(news), is_disputed


def choose_terms(signature: Signature | None) -> Mapping[str, float]:
    return {} if signature is None else {term: signature.weights[term] for term in signature.title}
