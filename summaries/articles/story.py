"""Read a story: the best article's summary, the additions of further outlets, and the disagreements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from summaries.model import LONG, MEDIUM, Addition, Coverage, StoredArticle, Summary, SummarySentence
from summaries.ports.articles import ArticleStore
from summaries.ports.stories import StoryStore
from summaries.ports.world import Offload
from summaries.stories import StoryArticle, pick_best
from summaries.stories.additions import find_additions
from summaries.stories.disagreements import Disagreement, find_disagreements
from summaries.summarizer import summarize

MAX_READ = 20
"""The earliest articles that are read of a story, and the latest: enough for its additions and disagreements."""


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story as readers see it. `coverage` has all of its articles, the earliest first."""

    shown: StoredArticle
    summary: Summary
    coverage: tuple[Coverage, ...]
    additions: tuple[Addition, ...]
    disagreements: tuple[Disagreement, ...]


async def read_story(
    article_id: int, *, articles: ArticleStore, stories: StoryStore, offload: Offload
) -> StoryView | None:
    """Return the story of the article, or None if there is no such public article."""
    coverage = await stories.coverage(article_id)
    ids = dict.fromkeys(report.article_id for report in (*coverage[:MAX_READ], *coverage[-MAX_READ:]))
    read = [stored for one in ids if (stored := await articles.get(one)) is not None]
    if not read:
        return None
    best = pick_best([_describe(stored) for stored in read]).id
    summaries = {one: found for one in ids if (found := await articles.find_summary(one, LONG)) is not None}
    sentences = {one: found.sentences for one, found in summaries.items()}
    summary = await articles.find_summary(best, MEDIUM)
    return await offload(_compose, read, best, summary, sentences, coverage)


def _describe(stored: StoredArticle) -> StoryArticle:
    article = stored.article
    words = len(article.text.split())
    return StoryArticle(stored.id, article.outlet, words, article.published_at, is_free=not article.is_excerpt)


def _compose(
    read: Sequence[StoredArticle],
    best: int,
    summary: Summary | None,
    sentences: Mapping[int, Sequence[SummarySentence]],
    coverage: tuple[Coverage, ...],
) -> StoryView:
    shown = next(stored for stored in read if stored.id == best)
    summary = summary or summarize(shown.article, MEDIUM)
    others = [stored for stored in read if stored.id != best]
    additions = find_additions(shown, summary.sentences, others, sentences)
    return StoryView(shown, summary, coverage, tuple(additions), tuple(find_disagreements(read)))
