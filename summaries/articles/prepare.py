"""Prepare an article for storage. Runs in a worker."""

from __future__ import annotations

from dataclasses import replace

from summaries.fact_checks import mark_fact_check
from summaries.model import LONG, MEDIUM, SHORT, Article
from summaries.ports.stories import PreparedArticle, SearchTerms
from summaries.regions import find_regions
from summaries.stories import make_signature
from summaries.stories.claims import index_claim
from summaries.summarizer import summarize_each
from summaries.text.words import stem_for_search
from summaries.topic_model import guess_topic
from summaries.topic_model.topics import GENERAL
from summaries.urls import make_article_key

# The lengths in which every public article is stored: those offered in lists, replies and digests.
STORED_LENGTHS = (SHORT, MEDIUM, LONG)
# Digests, lists and alerts show these below the headline.
BELOW_HEADLINE = (SHORT,)


def prepare(article: Article) -> PreparedArticle:
    """Add summaries, signature, search terms, the verdict of a fact-check and a missing topic.

    Raises:
        NothingToSummarize: there is too little.
    """
    article = mark_fact_check(article)
    if article.category in (None, GENERAL):
        article = replace(article, category=guess_topic(article.title, article.text) or article.category)
    return PreparedArticle(
        article,
        summarize_each(article, STORED_LENGTHS, below_headline=BELOW_HEADLINE),
        make_signature(
            make_article_key(article),
            article.title,
            article.text,
            outlet=article.outlet,
            published_at=article.published_at,
            is_fact_check=article.fact_check is not None,
        ),
        extract_search_terms(article),
    )


def extract_search_terms(article: Article) -> SearchTerms:
    """Return the terms by which the article is found."""
    regions = find_regions(article.title, article.text, article.place)
    return SearchTerms(
        stem_for_search(article.title),
        stem_for_search(article.text),
        index_claim(article),
        [region.code for region in regions],
    )
