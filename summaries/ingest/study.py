"""The study of stories that were added or changed: link each to the chain of its affair."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from summaries.errors import StoryConflict
from summaries.ports import Offload, StudyStore
from summaries.ports.stories import StaleStory, StudiedStory
from summaries.stories import Signature

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
            studied = await self._offload(decide, stale.stories)
            try:
                await self._studies.put_studied(studied, known=stale.studies)
            except StoryConflict:
                log.info("another process studied stories meanwhile: the next tick goes on")
                break
            count += len(studied)
        return count


def decide(stories: Sequence[StaleStory]) -> list[StudiedStory]:
    """Return the result of the study of each story."""
    return [
        StudiedStory(story.id, story.version, story.chain_id or story.id, choose_terms(story.signature))
        for story in stories
    ]


def choose_terms(signature: Signature | None) -> Mapping[str, float]:
    return {} if signature is None else {term: signature.weights[term] for term in signature.title}
