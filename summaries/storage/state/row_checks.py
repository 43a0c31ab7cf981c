"""Check the meaning of imported rows by reading each as the bot does: a malformed one would stop the bot repeatedly."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from summaries.digests.schedule import load_zone
from summaries.model import ChatRef, Outcome, Reason
from summaries.storage import values
from summaries.stories import Signature

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import sqlite_utils

    Reader = Callable[[Mapping[str, Any]], object]

AT_ONCE = 500


def check_meaning(db: sqlite_utils.Database) -> None:
    """Read all rows. Raises ValueError or another error for the first malformed one, with its table in a note."""
    for table, (query, read) in READERS.items():
        for row in each(db, query):
            try:
                read(row)
            except Exception as error:
                error.add_note(table)
                raise
    check_numbers(db)


def each(db: sqlite_utils.Database, query: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of the query by column name, without holding all of them in memory."""
    cursor = db.execute(query)
    names = [column[0] for column in cursor.description]
    while found := cursor.fetchmany(AT_ONCE):
        for row in found:
            yield dict(zip(names, row, strict=True))


def check_numbers(db: sqlite_utils.Database) -> None:
    """Raise ValueError if the next number of a story, or the revision, was used already."""
    states = list(db.query("SELECT revision, next_story FROM story_state"))
    (last_story,) = db.execute("SELECT coalesce(max(id), 0) FROM stories").fetchone()
    (last_revision,) = db.execute("SELECT coalesce(max(revision), 0) FROM signatures").fetchone()
    if len(states) != 1 or states[0]["next_story"] <= last_story or states[0]["revision"] < last_revision:
        raise ValueError("the numbers of stories do not fit the stories")


def read_summary(row: Mapping[str, Any]) -> None:
    summary = values.to_summary(row["article_text"], row)
    end = 0
    for sentence in summary.sentences:
        if not end <= sentence.start < sentence.end <= len(row["article_text"]):
            raise ValueError("a sentence outside its article")
        end = sentence.end


def read_subscription(row: Mapping[str, Any]) -> None:
    subscription = values.to_subscription(row)
    load_zone(subscription.zone)
    if row["is_active"] not in (0, 1) or not subscription.times or not subscription.days <= frozenset(range(7)):
        raise ValueError("no hours or no days")
    for column in ("topics", "outlets", "include_words", "exclude_words"):
        texts(row[column])


def read_delivery(row: Mapping[str, Any]) -> None:
    ChatRef(row["chat_id"], row["thread_id"])
    load_zone(row["zone"])
    if row["outcome"] is not None:
        Outcome(row["outcome"])
    if row["reason"] is not None:
        Reason(row["reason"])


def read_source(row: Mapping[str, Any]) -> None:
    stored = values.to_stored_source(row)
    if urlsplit(stored.source.url).scheme not in {"http", "https"}:
        raise ValueError("a source that is no address")
    texts(row["hosts"])


def read_article(row: Mapping[str, Any]) -> None:
    values.to_stored(row)
    texts(row["authors"])


def texts(stored: str) -> None:
    check_list(stored, str)


def numbers(stored: str) -> None:
    check_list(stored, int)


def check_list(stored: str, kind: type) -> None:
    found = json.loads(stored)
    if not isinstance(found, list) or any(type(value) is not kind for value in found):
        raise ValueError(f"no list of {kind.__name__}")


READERS: Mapping[str, tuple[str, Reader]] = {
    "articles": ("SELECT * FROM articles", read_article),
    "summaries": (
        "SELECT s.*, a.text AS article_text FROM summaries s JOIN articles a ON a.id = s.article_id",
        read_summary,
    ),
    "signatures": ("SELECT * FROM signatures", lambda row: Signature.from_plain(json.loads(row["signature"]))),
    "listings": ("SELECT * FROM listings", lambda row: texts(row["titles"])),
    "queries": ("SELECT * FROM queries", lambda row: values.to_query(row["query"])),
    "sources": ("SELECT * FROM sources", read_source),
    "subscriptions": ("SELECT * FROM subscriptions", read_subscription),
    "deliveries": ("SELECT * FROM deliveries", read_delivery),
    "bodies": ("SELECT * FROM bodies", lambda row: numbers(row["article_ids"])),
    "answered_messages": ("SELECT * FROM answered_messages", lambda row: numbers(row["answer_ids"])),
}
