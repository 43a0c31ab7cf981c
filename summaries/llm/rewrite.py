"""Use case: rewrite a summary with the operator's language model, if its answer passes the checks.

On any failure the extractive summary is shown: no answer takes longer than the set time, a failed model is not called
for a while, and the number of calls per day is limited.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from typing import TYPE_CHECKING

from summaries.errors import LanguageModelError
from summaries.llm import find_unsupported, join_lines, make_prompt

if TYPE_CHECKING:
    from datetime import date, datetime

    from summaries.model import StoredArticle, Summary
    from summaries.ports import Clock, LanguageModel, Offload

log = logging.getLogger(__name__)

MAX_CACHED = 500
# Concurrent calls; a small machine's model answers one at a time anyway.
MAX_CONCURRENT = 2
PAUSE_S = 60.0
# The languages with a prompt.
LANGUAGES = frozenset(("id", "en"))

Key = tuple[int, str, str]


class RewriteService:
    """Summaries rewritten by `model`, cached in memory for the life of the process.

    Args:
        per_day: the maximum number of calls per day in UTC.
        timeout_s: how long a caller waits at most.
    """

    def __init__(self, *, model: LanguageModel, offload: Offload, clock: Clock, per_day: int, timeout_s: float) -> None:
        self._model = model
        self._offload = offload
        self._clock = clock
        self._per_day = per_day
        self._timeout_s = timeout_s
        self._known: OrderedDict[Key, str | None] = OrderedDict()
        self._asking: dict[Key, asyncio.Task[str | None]] = {}
        self._turns = asyncio.Semaphore(MAX_CONCURRENT)
        self._day: date | None = None
        self._asked = 0
        self._failed_at: datetime | None = None

    async def rewrite(self, stored: StoredArticle, summary: Summary) -> str | None:
        """Return the summary in the model's words, of the same length and language, or None to show the original.

        Every number, name and quotation in it also appears in the article.
        """
        key = (stored.id, summary.length.code, summary.text)
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        task = self._asking.get(key)
        if task is None:
            if summary.language not in LANGUAGES or not self._may_ask():
                return None
            task = self._asking[key] = asyncio.create_task(self._ask(key, stored, summary), name="rewrite")
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        # Another reader may await the same answer when this one is cancelled.
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Cancel the calls in progress."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _may_ask(self) -> bool:
        now = self._clock()
        if self._failed_at is not None and (now - self._failed_at).total_seconds() < PAUSE_S:
            return False
        if self._day != now.date():
            self._day, self._asked = now.date(), 0
        if self._asked >= self._per_day:
            return False
        self._asked += 1
        if self._asked == self._per_day:
            log.warning("the language model was asked %d times today: no more until midnight UTC", self._asked)
        return True

    async def _ask(self, key: Key, stored: StoredArticle, summary: Summary) -> str | None:
        prompt = make_prompt(stored.article, summary)
        try:
            async with asyncio.timeout(self._timeout_s), self._turns:
                answer = await self._model.complete(
                    prompt.instructions, prompt.material, most_tokens=prompt.most_tokens
                )
        except (LanguageModelError, TimeoutError) as error:
            self._failed_at = self._clock()
            reason = str(error) or f"no answer within {self._timeout_s:g} s"
            log.warning("the language model failed, and rests for %d s: %s", PAUSE_S, reason)
            return None
        doubt = await self._offload(find_unsupported, answer, stored.article, summary)
        if doubt is not None:
            log.info("the language model's answer is not used: %s", doubt)
        text = None if doubt is not None else join_lines(answer)
        self._known[key] = text
        while len(self._known) > MAX_CACHED:
            self._known.popitem(last=False)
        return text
