"""Articles, summaries, stories and queries to rows and back."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from summaries.model import (
    Article,
    Length,
    NewsItem,
    NewsQuery,
    Origin,
    StoredArticle,
    Story,
    Summary,
    SummarySentence,
    Telling,
    first_of_each_outlet,
)
from summaries.storage.values.moments import optional_published, stored_moment, to_list, to_moment, to_optional_moment
from summaries.stories import Entry, Signature, StoryArticle, count_outlets, pick_best
from summaries.text.dates import sanitize_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

log = logging.getLogger(__name__)


def article_columns(article: Article) -> dict[str, Any]:
    return {
        "title": article.title,
        "outlet": article.outlet,
        "category": article.category,
        "published_at": article.published_at.isoformat() if article.published_at else None,
        "place": article.place,
        "initials": article.initials,
        "authors": list(article.authors),
        "url": article.url,
        "image_url": article.image_url,
        "text": article.text,
        "is_excerpt": article.is_excerpt,
    }


def changed_article(
    article: Article, key: str, existing: Mapping[str, Any] | None, origin: Origin, now: datetime
) -> dict[str, Any]:
    """The columns of the article as it is to be stored over the `existing` row with its key, if there is one.

    What is public stays public, and an article that becomes public is added then. A date that is not credible at `now`
    is not stored.
    """
    article = replace(article, published_at=sanitize_timestamp(article.published_at, now=now))
    added_at = now
    if existing:
        before = Origin(existing["origin"])
        origin = before if before.is_public else origin
        if before.is_public == origin.is_public:
            added_at = to_moment(existing["added_at"])
    return {
        **article_columns(article),
        "key": key,
        "origin": origin.value,
        "is_public": origin.is_public,
        # A date in the future would stand on top of every list until it comes.
        "dated_at": min(article.published_at or now, now),
        "added_at": added_at,
        "updated_at": now,
    }


def to_article(row: Mapping[str, Any]) -> Article:
    return Article(
        title=row["title"],
        text=row["text"],
        url=row["url"],
        outlet=row["outlet"],
        category=row["category"],
        published_at=optional_published(row["published_at"], row.get("updated_at")),
        place=row["place"],
        initials=row["initials"],
        authors=to_list(row["authors"]),
        image_url=row["image_url"],
        is_excerpt=bool(row["is_excerpt"]),
    )


def to_stored(row: Mapping[str, Any]) -> StoredArticle:
    return StoredArticle(
        id=row["id"],
        key=row["key"],
        article=to_article(row),
        origin=Origin(row["origin"]),
        added_at=to_moment(row["added_at"]),
    )


def summary_columns(summary: Summary) -> dict[str, Any]:
    return {
        "length": summary.length.code,
        "method": summary.method,
        "language": summary.language,
        "text": summary.text,
        "spans": json.dumps([[s.start, s.end] for s in summary.sentences]),
    }


@lru_cache(maxsize=64)
def to_length(code: str) -> Length:
    number = int(code[:-1])
    return Length(words=number) if code.endswith("w") else Length(sentences=number)


def to_summary(text: str, row: Mapping[str, Any]) -> Summary:
    """The summary from its spans in the article's text; `row` has the columns of the table summaries."""
    spans = json.loads(row["spans"])
    return Summary(
        sentences=tuple(SummarySentence(text[start:end], start, end) for start, end in spans),
        method=row["method"],
        length=to_length(row["length"]),
        language=row["language"],
    )


def to_item(row: Mapping[str, Any], tellings: Sequence[Telling]) -> NewsItem:
    """The item of a list from a row with the columns of the article and of its summary."""
    return NewsItem(to_stored(row), to_summary(row["text"], row), first_of_each_outlet(tellings))


def to_coverage(stored: str | Sequence[Any] | None) -> tuple[Telling, ...]:
    """Return a story's articles, the earliest first, from rows of (article, title, outlet, address, topic, published,
    added, dated)."""
    found = sorted(to_list(stored or ()), key=lambda row: (row[7], row[0]))
    return tuple(
        Telling(article_id, title, outlet, url, category, optional_published(published_at), to_moment(added_at))
        for article_id, title, outlet, url, category, published_at, added_at, _ in found
    )


def to_story(story_id: int, row: Mapping[str, Any], tellings: tuple[Telling, ...]) -> Story:
    """The story from its best article's row, which has the story's columns too."""
    return Story(
        id=story_id,
        best=to_stored(row),
        tellings=tellings,
        outlet_count=row["outlet_count"],
        latest_at=to_moment(row["latest_at"]),
    )


def to_entries(rows: Iterable[Mapping[str, Any]]) -> Iterator[Entry]:
    """What is compared with new articles; a signature that can't be read is left out."""
    for row in rows:
        try:
            signature = Signature.from_plain(json.loads(row["signature"]))
        except (ValueError, KeyError, TypeError):
            # An article that can't be compared stays in its story, alone as far as new ones go.
            log.warning("a stored signature can't be read; its article is compared with no other")
            continue
        yield Entry(signature, row["story_id"])


def story_columns(members: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What a list shows of the story with these articles (rows of story_articles)."""
    told = [
        StoryArticle(
            member["article_id"],
            member["outlet"],
            member["words"],
            optional_published(member["published_at"]),
            bool(member["is_free"]),
        )
        for member in members
    ]
    return {
        "article_id": pick_best(told).id,
        "article_count": len(told),
        "outlet_count": count_outlets(told),
        "latest_at": max(member["dated_at"] for member in members),
        "added_at": max(member["added_at"] for member in members),
    }


def outlet_key(outlet: str | None) -> str | None:
    """Return the name by which an outlet is found, whatever its case."""
    return outlet.lower() if outlet is not None else None


def plain_query(query: NewsQuery) -> str:
    """Return the text under which the query is stored."""
    times = [stored_moment(time) if time else None for time in (query.since, query.until)]
    return json.dumps([query.category, query.outlet, query.words, *times], ensure_ascii=False)


def to_query(text: str) -> NewsQuery:
    """Return the query that `plain_query` wrote."""
    category, outlet, words, since, until = json.loads(text)
    return NewsQuery(category, outlet, words, to_optional_moment(since), to_optional_moment(until))
