"""Group many articles into stories: JSON lines in, JSON lines out."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from summaries.errors import InputError
from summaries.stories.index import cluster
from summaries.stories.signature import Signature, make_signature
from summaries.text.characters import dump_json, parse_json, replace_unstorable
from summaries.text.cleaning import clean
from summaries.text.dates import sanitize_timestamp

log = logging.getLogger(__name__)

# Outlets that print no zone use western Indonesian time.
_USUAL_ZONE = timezone(timedelta(hours=7))


class InvalidStoryRecord(InputError):
    """A line is not a valid record."""


def group_lines(lines: Iterable[str]) -> Iterator[str]:
    """Convert lines `{"id", "outlet"?, "title", "text", "date"?}` into lines `{"id", "story"}` in the same order.

    A story is named after the id of its first article; an article without text forms a story of its own. An invalid
    line yields `{"id", "refused": reason}`, with the id if it has one; blank lines are skipped. Two lines with the same
    id are one article, and the last line counts.
    """
    ids: list[Any] = []
    refused: dict[int, str] = {}
    signatures: dict[str, Signature] = {}
    for line in lines:
        if not line.strip():
            continue
        try:
            identity, signature = parse_story_record(line)
            key = json.dumps(identity)
            signatures[key] = replace(signature, id=key)
        except InvalidStoryRecord as error:
            identity, refused[len(ids)] = _read_id(line), str(error)
        except Exception:
            # One article must not spoil the batch.
            log.exception("an article could not be read")
            identity, refused[len(ids)] = _read_id(line), "failed"
        ids.append(identity)
    stories = cluster(list(signatures.values()))
    for i, identity in enumerate(ids):
        answer = {"refused": refused[i]} if i in refused else {"story": json.loads(stories[json.dumps(identity)])}
        yield dump_json({"id": identity, **answer})


def parse_story_record(line: str) -> tuple[str | int, Signature]:
    """Parse one line into its id, as given, and its signature.

    Raises:
        InvalidStoryRecord: the line is not a valid record; the message gives the reason.
    """
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidStoryRecord("not a JSON line") from error
    if not isinstance(fields, dict) or not isinstance(fields.get("id"), str | int):
        raise InvalidStoryRecord('not a JSON object with an "id" that is a text or a whole number')
    title, text, outlet = fields.get("title") or "", fields.get("text") or "", fields.get("outlet")
    if not isinstance(text, str) or not isinstance(title, str) or not isinstance(outlet, str | None):
        raise InvalidStoryRecord('"title", "text" and "outlet" must be strings')
    published_at = _parse_time(fields.get("date"))
    cleaned = clean(replace_unstorable(text)).text
    return fields["id"], make_signature(
        str(fields["id"]), replace_unstorable(title), cleaned, outlet=outlet, published_at=published_at
    )


def _parse_time(date: object) -> datetime | None:
    """Parse a date in ISO 8601 or RFC 2822 form; return None for anything else and for implausible dates."""
    if not isinstance(date, str):
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(date.strip())
        except (ValueError, OverflowError):
            continue
        return sanitize_timestamp(moment if moment.tzinfo else moment.replace(tzinfo=_USUAL_ZONE), now=None)
    return None


def _read_id(line: str) -> Any:
    fields = parse_json(line)
    return fields.get("id") if isinstance(fields, dict) else None
