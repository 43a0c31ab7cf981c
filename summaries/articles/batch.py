"""Summarise many articles: one JSON line in, one JSON line out."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import Any

from summaries.errors import InputError, NothingToSummarize
from summaries.model import Article, Length
from summaries.summarizer import summarize
from summaries.text.characters import dump_json, replace_unstorable
from summaries.text.cleaning import clean, find_own_outlet

log = logging.getLogger(__name__)

FAILED = "failed"


class InvalidRecord(InputError):
    """A line is not a valid record."""


@dataclass(frozen=True, slots=True)
class Record:
    """One line of input: an article's id, its headline and text as printed, and its outlet if known."""

    id: Any
    article: Article


def parse_record(line: str) -> Record:
    """Parse a line `{"id", "title", "text", "source"?}` and clean the text.

    Raises:
        InvalidRecord: the line is not a valid record; the message gives the reason.
    """
    fields = _parse_json(line)
    if not isinstance(fields, dict) or "id" not in fields:
        raise InvalidRecord('not a JSON object with an "id"')
    title, text, source = fields.get("title") or "", fields.get("text"), fields.get("source")
    if not isinstance(text, str) or not isinstance(title, str) or not isinstance(source, str | None):
        raise InvalidRecord('"title", "text" and "source" must be strings')
    printed = replace_unstorable(text)
    cleaned = clean(printed)
    article = Article(
        title=replace_unstorable(title),
        text=cleaned.text,
        outlet=replace_unstorable(source) if source else find_own_outlet(printed, cleaned),
        place=cleaned.place,
        initials=cleaned.initials,
    )
    return Record(fields["id"], article)


def summarize_line(line: str, length: Length, method: str) -> str:
    """Return the output line: `{"id", "sentences", "language", "method"}` or `{"id", "refused"}`."""
    identity: Any = None
    try:
        record = parse_record(line)
        identity = record.id
        summary = summarize(record.article, length, method=method)
    except NothingToSummarize as refusal:
        answer: dict[str, Any] = {"id": identity, "refused": refusal.reason.value}
    except InvalidRecord as error:
        identity = read_id(line)
        answer = {"id": identity, "refused": str(error)}
    except Exception:
        # One article must not spoil the batch.
        log.exception("a line could not be summarised")
        answer = {"id": identity, "refused": FAILED}
    else:
        answer = {
            "id": record.id,
            "sentences": [sentence.text for sentence in summary.sentences],
            "language": summary.language,
            "method": summary.method,
        }
    return dump_json(answer)


def decode_line(line: bytes) -> str:
    """Decode a line of input, replacing invalid bytes."""
    return line.decode("utf-8", "replace")


def read_id(line: str) -> Any:
    """Return the id of an otherwise invalid record, to identify its output."""
    try:
        fields = _parse_json(line)
    except InvalidRecord:
        return None
    return fields.get("id") if isinstance(fields, dict) else None


def _parse_json(line: str) -> Any:
    try:
        return json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidRecord("not a JSON line") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
