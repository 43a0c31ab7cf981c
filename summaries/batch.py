"""Many articles at once: one JSON line in, one JSON line out (pure)."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from summaries.errors import InputError, NothingToSummarize
from summaries.model import Article
from summaries.summarizer import summarize
from summaries.text.cleaning import clean

if TYPE_CHECKING:
    from summaries.model import Length


log = logging.getLogger(__name__)

_SURROGATE = re.compile("[\ud800-\udfff]")


class BadRecord(InputError):
    """A line is not the record that is asked for."""


@dataclass(frozen=True, slots=True)
class Record:
    """One line of input: an article's id, its headline and text as printed, its outlet if known."""

    id: Any
    article: Article


def read_record(line: str) -> Record:
    """The record in a line `{"id", "title", "text", "source"?}`; the text is cleaned.

    Raises:
        BadRecord: the line is something else; the message says what.
    """
    try:
        fields = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadRecord("not a JSON line") from error
    if not isinstance(fields, dict) or "id" not in fields:
        raise BadRecord('not a JSON object with an "id"')
    title, text, source = fields.get("title") or "", fields.get("text"), fields.get("source")
    if not isinstance(text, str) or not isinstance(title, str) or not isinstance(source, str | None):
        raise BadRecord('"title", "text" and "source" must be strings')
    cleaned = clean(_whole(text))
    article = Article(
        title=_whole(title),
        text=cleaned.text,
        outlet=_whole(source) if source else cleaned.outlet,
        place=cleaned.place,
        initials=cleaned.initials,
    )
    return Record(fields["id"], article)


def summarize_line(line: str, length: Length, method: str) -> str:
    """The line that answers: `{"id", "sentences", "language", "method"}` or `{"id", "refused"}`."""
    identity: Any = None
    try:
        record = read_record(line)
        identity = record.id
        summary = summarize(record.article, length, method=method)
    except NothingToSummarize as refusal:
        answer: dict[str, Any] = {"id": identity, "refused": refusal.reason.value}
    except BadRecord as error:
        identity = _id_of(line)
        answer = {"id": identity, "refused": str(error)}
    except Exception:
        # One article must not cost the others theirs.
        log.exception("a line could not be summarised")
        answer = {"id": identity, "refused": "failed"}
    else:
        answer = {
            "id": record.id,
            "sentences": [sentence.text for sentence in summary.sentences],
            "language": summary.language,
            "method": summary.method,
        }
    # An id may hold what UTF-8 can't.
    return json.dumps(answer, ensure_ascii=_SURROGATE.search(str(identity)) is not None)


def _whole(text: str) -> str:
    """The text without halves of surrogate pairs, which JSON can hold and nothing else can read."""
    return _SURROGATE.sub("\ufffd", text)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _id_of(line: str) -> Any:
    """The id of a record that is wrong otherwise, so that its answer can be told from the others."""
    try:
        fields = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    return fields.get("id") if isinstance(fields, dict) else None
