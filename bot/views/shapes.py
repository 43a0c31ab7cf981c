"""The JSON shapes of articles and stories: one for each, printed by commands and served by the API.

Texts of sentences are verbatim: `start` and `end` are code points in the text of their article, whose hash is
`text_hash` where the shape has one.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from summaries import errors
from summaries.model import hash_text

if TYPE_CHECKING:
    from summaries.articles.story import StoryView
    from summaries.model import Addition, Article, Coverage, NewsItem, Summary

# The machine-readable reasons of errors other than `NothingToSummarize`, which has its own.
_REASONS = (
    (errors.AddressRefused, "address-refused"),
    (errors.TransientFetchError, "fetch-failed-for-now"),
    (errors.PermanentFetchError, "fetch-failed-for-good"),
    (errors.ResourceLimitExceeded, "too-costly"),
)


def describe_summarized(article: Article, summary: Summary) -> dict[str, Any]:
    """Return the article's fields with the summary."""
    from summaries.fact_checks import describe
    from summaries.text.sentences import split_sentences

    return {
        "title": article.title,
        "outlet": article.outlet,
        "published_at": article.published_at.isoformat(timespec="minutes") if article.published_at else None,
        "place": article.place,
        "initials": article.initials,
        "authors": article.authors,
        "url": article.url,
        "category": article.category,
        "paragraph_count": len(article.paragraphs),
        "sentence_count": sum(len(split_sentences(paragraph, summary.language)) for paragraph in article.paragraphs),
        "paragraphs": article.paragraphs,
        "language": summary.language,
        "method": summary.method,
        "summary": summary.text,
        "words": summary.word_count,
        "sentences": [asdict(sentence) for sentence in summary.sentences],
        "text_hash": hash_text(article.text),
        "fact_check": describe(article.fact_check),
    }


def describe_item(item: NewsItem) -> dict[str, Any]:
    """Return a story of a list: the fields of an exported summary, and those of the story."""
    from summaries.articles.verify import describe_stored

    return {
        **describe_stored(item.stored, item.summary),
        "category": item.stored.article.category,
        "date": item.stored.reported_at.isoformat(),
        "coverage": [describe_report(report) for report in item.coverage],
        "addition": describe_addition(item.marks.addition) if item.marks.addition else None,
        "is_disputed": item.marks.is_disputed,
    }


def describe_story(view: StoryView) -> dict[str, Any]:
    """Return the story. `in_title` marks places in the title of an article instead of its text."""
    from summaries.fact_checks import describe

    article = view.shown.article
    return {
        "article": view.shown.id,
        "title": article.title,
        "outlet": article.outlet,
        "url": article.url,
        "date": view.shown.reported_at.isoformat(),
        "articles": [report.article_id for report in view.coverage],
        "summary": [asdict(one) for one in view.summary.sentences],
        "text_hash": hash_text(article.text),
        "fact_check": describe(article.fact_check),
        "additions": [describe_addition(addition) for addition in view.additions],
        "disagreements": [
            {
                "kind": found.kind.value,
                "update": found.is_update,
                "statements": [
                    {
                        "article": said.article_id,
                        "outlet": said.outlet,
                        "date": said.published_at.isoformat(),
                        "text": said.sentence,
                        "start": said.start,
                        "end": said.end,
                        "in_title": said.is_title,
                        "number": [said.number_start, said.number_end],
                        "later": said.is_later,
                    }
                    for said in found.statements
                ],
            }
            for found in view.disagreements
        ],
        "chain": [describe_report(report) for report in view.chain],
    }


def describe_report(report: Coverage) -> dict[str, Any]:
    """Return one article of a story."""
    return {
        "article": report.article_id,
        "title": report.title,
        "outlet": report.outlet,
        "url": report.url,
        "date": report.reported_at.isoformat(),
    }


def describe_addition(addition: Addition) -> dict[str, Any]:
    """Return a sentence that another outlet adds to a story."""
    return {
        "article": addition.article_id,
        "outlet": addition.outlet,
        "date": addition.published_at.isoformat(),
        **asdict(addition.sentence),
    }


def describe_refusal(error: errors.InputError | errors.FetchError) -> dict[str, Any]:
    """Return the machine-readable reason ("not-an-article", "fetch-failed-for-now") and the error's message."""
    if isinstance(error, errors.NothingToSummarize):
        reason = error.reason.value
    else:
        reason = next((code for kind, code in _REASONS if isinstance(error, kind)), "input-error")
    return {"refused": reason, "detail": str(error)}
