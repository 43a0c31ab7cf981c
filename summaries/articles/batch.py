"""Summarise many articles, or group them into stories: one JSON line in, one JSON line out."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from summaries.errors import InputError, NothingToSummarize
from summaries.model import Article, Length
from summaries.summarizer import summarize
from summaries.text.characters import dump_json, replace_unstorable
from summaries.text.cleaning import clean, find_own_outlet
from summaries.text.dates import sanitize_timestamp

if TYPE_CHECKING:
    from summaries.stories import Signature

log = logging.getLogger(__name__)

FAILED = "failed"
# Outlets that print no zone use western Indonesian time.
_USUAL_ZONE = timezone(timedelta(hours=7))


class InvalidRecord(InputError):
    """A line is not a valid record."""


def parse_article(line: str) -> Article:
    """Parse a line `{"id", "title", "text", "source"?}` and clean the text.

    Raises:
        InvalidRecord: the line is not a valid record; the message gives the reason.
    """
    fields = _load_json(line)
    if not isinstance(fields, dict) or "id" not in fields:
        raise InvalidRecord('not a JSON object with an "id"')
    title, printed, source = _read_texts(fields, "source")
    cleaned = clean(printed)
    return Article(
        title=title,
        text=cleaned.text,
        outlet=source or find_own_outlet(printed, cleaned),
        place=cleaned.place,
        initials=cleaned.initials,
    )


def summarize_line(line: str, length: Length, method: str) -> str:
    """Return the output line: `{"id", "sentences", "language", "method"}` or `{"id", "refused"}`."""
    try:
        summary = summarize(parse_article(line), length, method=method)
    except NothingToSummarize as refusal:
        answer: dict[str, Any] = {"refused": refusal.reason.value}
    except InvalidRecord as error:
        answer = {"refused": str(error)}
    except Exception:
        # One article must not spoil the batch.
        log.exception("a line could not be summarised")
        answer = {"refused": FAILED}
    else:
        answer = {
            "sentences": [sentence.text for sentence in summary.sentences],
            "language": summary.language,
            "method": summary.method,
        }
    return dump_json({"id": read_id(line), **answer})


def group_lines(lines: Iterable[str]) -> Iterator[str]:
    """Convert lines `{"id", "outlet"?, "title", "text", "date"?}` into lines `{"id", "story"}` in the same order.

    A story is named after the id of its first article; an article without text forms a story of its own. An invalid
    line yields `{"id", "refused": reason}`, with the id if it has one; blank lines are skipped. Two lines with the same
    id are one article, and the last line counts.
    """
    from summaries.stories import cluster

    answers: list[dict[str, Any]] = []
    signatures: dict[str, Signature] = {}
    for line in lines:
        if not line.strip():
            continue
        answers.append({"id": read_id(line)})
        try:
            signature = parse_story_record(line)
            signatures[signature.id] = signature
        except InvalidRecord as error:
            answers[-1]["refused"] = str(error)
        except Exception:
            # One article must not spoil the batch.
            log.exception("an article could not be read")
            answers[-1]["refused"] = FAILED
    stories = cluster(list(signatures.values()))
    for answer in answers:
        story = {} if "refused" in answer else {"story": json.loads(stories[json.dumps(answer["id"])])}
        yield dump_json(answer | story)


def parse_story_record(line: str) -> Signature:
    """Parse one line into a signature whose id is the line's id as JSON.

    Raises:
        InvalidRecord: the line is not a valid record; the message gives the reason.
    """
    from summaries.stories import make_signature

    fields = _load_json(line)
    if not isinstance(fields, dict) or not isinstance(fields.get("id"), str | int):
        raise InvalidRecord('not a JSON object with an "id" that is a text or a whole number')
    title, text, outlet = _read_texts({**fields, "text": fields.get("text") or ""}, "outlet")
    return make_signature(
        json.dumps(fields["id"]), title, clean(text).text, outlet=outlet, published_at=_parse_time(fields.get("date"))
    )


def read_id(line: str) -> Any:
    """Return the id of a record, also of an otherwise invalid one, to identify its output."""
    try:
        fields = _load_json(line)
    except InvalidRecord:
        return None
    return fields.get("id") if isinstance(fields, dict) else None


def _load_json(line: str) -> Any:
    try:
        return json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidRecord("not a JSON line") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _read_texts(fields: dict[str, Any], outlet_key: str) -> tuple[str, str, str | None]:
    """Return the title, the text and the outlet of a record."""
    title, text, outlet = fields.get("title") or "", fields.get("text"), fields.get(outlet_key)
    if not isinstance(text, str) or not isinstance(title, str) or not isinstance(outlet, str | None):
        raise InvalidRecord(f'"title", "text" and "{outlet_key}" must be strings')
    return replace_unstorable(title), replace_unstorable(text), replace_unstorable(outlet) if outlet else None


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
