"""Read a story: the best article's summary, the additions of further outlets, and the disagreements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from summaries.model import LONG, MEDIUM, Addition, Coverage, PublicStory, StoredArticle, Summary, SummarySentence
from summaries.ports.articles import ArticleStore
from summaries.ports.public_news import PublicReader
from summaries.ports.stories import StoryStore
from summaries.ports.world import Offload
from summaries.stories import StoryArticle, pick_best
from summaries.stories.additions import find_additions
from summaries.stories.disagreements import SHOWN_KINDS, Disagreement, find_disagreements, may_disagree
from summaries.stories.figures import Kind
from summaries.summarizer import summarize

MAX_READ = 20
"""The earliest articles that are read of a story, and the latest: enough for its additions and disagreements."""


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story as readers see it. `coverage` has all of its articles, and `chain` the best article of each story in its
    chain, the earliest first."""

    shown: StoredArticle
    summary: Summary
    coverage: tuple[Coverage, ...]
    additions: tuple[Addition, ...]
    disagreements: tuple[Disagreement, ...] = ()
    chain: tuple[Coverage, ...] = ()


async def read_story(
    article_id: int,
    *,
    articles: ArticleStore | PublicReader,
    stories: StoryStore | PublicReader,
    offload: Offload,
    kinds: Collection[Kind] = SHOWN_KINDS,
    coverage: tuple[Coverage, ...] | None = None,
) -> StoryView | None:
    """Return the story of the article with disagreements of the `kinds`, or None if there is no such public article.

    `coverage` has the story's articles, by default those that readers see.
    """
    coverage = await stories.coverage(article_id) if coverage is None else coverage
    chain = await stories.chain(article_id)
    ids = list(dict.fromkeys(report.article_id for report in (*coverage[:MAX_READ], *coverage[-MAX_READ:])))
    found = await articles.read_many(ids, LONG)
    if not found:
        return None
    read = [stored for stored, _ in found]
    sentences = {stored.id: summary.sentences for stored, summary in found if summary is not None}
    best = pick_best([_describe(stored) for stored in read]).id
    summary = await articles.find_summary(best, MEDIUM)
    return await offload(_compose, read, best, summary, sentences, coverage, chain, kinds)


def compose_story(story: PublicStory) -> StoryView:
    """Return a story that was read in bulk as readers see it; see `read_story`."""
    read = [stored for stored, _ in story.articles]
    sentences = {stored.id: summary.sentences for stored, summary in story.articles if summary is not None}
    medium = story.summaries.get(story.article_id)
    return _compose(read, story.article_id, medium, sentences, story.coverage, story.chain, SHOWN_KINDS)


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
    chain: tuple[Coverage, ...],
    kinds: Collection[Kind],
) -> StoryView:
    shown = next(stored for stored in read if stored.id == best)
    summary = summary or summarize(shown.article, MEDIUM)
    others = [stored for stored in read if stored.id != best]
    if not others:
        # Most stories have one article; comparing it with none takes as long as with another.
        return StoryView(shown, summary, coverage, (), (), chain)
    additions = find_additions(shown, summary.sentences, others, sentences)
    # The numbers in a fact-check may be those of the hoax.
    news = [stored for stored in read if stored.article.fact_check is None]
    compared = find_disagreements(news) if may_disagree(news, kinds) else []
    disagreements = tuple(found for found in compared if found.kind in kinds)
    return StoryView(shown, summary, coverage, tuple(additions), disagreements, chain)
