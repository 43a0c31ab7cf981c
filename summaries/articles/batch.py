"""Summarise many articles, group them into stories, or choose a digest of them: JSON lines in, JSON lines out."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from summaries.errors import InputError, NothingToSummarize
from summaries.fact_checks import describe, mark_fact_check
from summaries.model import SHORT, Article, Length, Origin, StoredArticle, hash_text
from summaries.outlets import find_section_topic
from summaries.summarizer import summarize, summarize_each
from summaries.text.characters import dump_json, replace_unstorable
from summaries.text.cleaning import clean, find_own_outlet
from summaries.text.dates import sanitize_timestamp
from summaries.topic_model import guess_topic

if TYPE_CHECKING:
    from summaries.stories import Signature
    from summaries.stories.central_facts import StoryReport

log = logging.getLogger(__name__)

FAILED = "failed"
# Outlets that print no zone use western Indonesian time.
_USUAL_ZONE = timezone(timedelta(hours=7))


class InvalidRecord(InputError):
    """A line is not a valid record."""


def parse_article(line: str) -> Article:
    """Parse a line `{"id", "title", "text", "source"?, "url"?}` and clean the text.

    Raises:
        InvalidRecord: the line is not a valid record; the message gives the reason.
    """
    fields = _load_json(line)
    if not isinstance(fields, dict) or "id" not in fields:
        raise InvalidRecord('not a JSON object with an "id"')
    title, printed, source = _read_texts(fields, "source")
    cleaned, url = clean(printed), fields.get("url")
    return Article(
        title=title,
        text=cleaned.text,
        url=url if isinstance(url, str) else None,
        outlet=source or find_own_outlet(printed, cleaned),
        place=cleaned.place,
        initials=cleaned.initials,
    )


def summarize_line(line: str, length: Length, method: str) -> str:
    """Return the output line: `{"id", "refused"}`, or `{"id", "url", "sentences", "spans", "text_hash", "language",
    "method", "fact_check"}`."""
    try:
        article = mark_fact_check(parse_article(line))
        summary = summarize(article, length, method=method)
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
            "url": article.url,
            "sentences": [sentence.text for sentence in summary.sentences],
            "spans": [[sentence.start, sentence.end] for sentence in summary.sentences],
            "text_hash": hash_text(article.text),
            "language": summary.language,
            "method": summary.method,
            "fact_check": describe(article.fact_check),
        }
    return dump_json({"id": read_id(line), **answer})


def group_lines(lines: Iterable[str], *, has_chains: bool = False) -> Iterator[str]:
    """Convert lines `{"id", "outlet"?, "title", "text", "date"?}` into lines `{"id", "story"}` in the same order.

    A story is named after the id of its first article; an article without text forms a story of its own. An invalid
    line yields `{"id", "refused": reason}`, with the id if it has one; blank lines are skipped. Two lines with the same
    id are one article, and the last line counts.

    With `has_chains`, articles are grouped in the order of their dates, as a bot does, and the answers have a "chain":
    the id of the first article of the chain of stories.
    """
    from summaries.stories import cluster

    answers: list[dict[str, Any]] = []
    signatures: dict[str, Signature] = {}
    word_counts: dict[str, int] = {}
    for line in lines:
        if not line.strip():
            continue
        answers.append({"id": read_id(line)})
        try:
            signature = parse_story_record(line)
            signatures[signature.id] = signature
            if has_chains:
                word_counts[signature.id] = count_words(line)
        except InvalidRecord as error:
            answers[-1]["refused"] = str(error)
        except Exception:
            # One article must not spoil the batch.
            log.exception("an article could not be read")
            answers[-1]["refused"] = FAILED
    if has_chains:
        from summaries.stories.chains import build_chains

        stories, chains = build_chains((one, word_counts[one.id]) for one in signatures.values())
        groups = {"story": stories, "chain": chains}
    else:
        groups = {"story": cluster(list(signatures.values()))}
    for answer in answers:
        if "refused" not in answer:
            article_id = json.dumps(answer["id"])
            answer |= {name: json.loads(found[article_id]) for name, found in groups.items()}
        yield dump_json(answer)


def choose_lines(lines: Iterable[str], now: datetime, count: int) -> Iterator[str]:
    """Choose a digest from lines `{"id", "outlet"?, "title", "text", "date"?, "url"?}`.

    Yield its stories in order as lines `{"articles": [ids of the story's articles], "shown": id of one, "addition":
    {"article": id, "text", "start", "end"} or null, "is_disputed"}`. Articles without a date count as published `now`;
    later ones and invalid lines are left out.
    """
    from summaries.digests.importance import choose_mix
    from summaries.digests.schedule import NEWS_WINDOW
    from summaries.digests.select import OPENING_CHARS, Candidate, Member, find_contenders, rank_candidates
    from summaries.stories import cluster
    from summaries.stories.central_facts import compare_outlets

    signatures: dict[str, Signature] = {}
    fields_by_id: dict[str, dict[str, Any]] = {}
    for line in filter(str.strip, lines):
        try:
            signature = parse_story_record(line)
        except InvalidRecord as error:
            log.warning("a line is left out: %s", error)
            continue
        if signature.published_at is None or signature.published_at <= now:
            signatures[signature.id] = signature
            fields_by_id[signature.id] = _load_json(line)
    numbers = {article_id: number for number, article_id in enumerate(signatures)}
    members: dict[str, list[Member]] = {}
    headlines: dict[int, tuple[str, str]] = {}
    stored: dict[int, StoredArticle] = {}
    for article_id, story in cluster(list(signatures.values())).items():
        fields = fields_by_id[article_id]
        title, text, outlet = _read_texts({**fields, "text": fields.get("text") or ""}, "outlet")
        text, number = clean(text).text, numbers[article_id]
        dated_at = signatures[article_id].published_at or now
        url = fields.get("url")
        topic = (find_section_topic(url) if isinstance(url, str) else None) or guess_topic(title, text)
        members.setdefault(story, []).append(Member(number, outlet, topic, dated_at, len(text.split())))
        headlines[number] = title, text[:OPENING_CHARS]
        stored[number] = StoredArticle(number, article_id, Article(title, text, outlet=outlet), Origin.IMPORT, dated_at)
    candidates = [Candidate(number, found[0].article_id, tuple(found)) for number, found in enumerate(members.values())]
    since = now - NEWS_WINDOW
    ranking = rank_candidates(find_contenders(candidates, since, now), headlines, since, now)
    ids = [json.loads(article_id) for article_id in numbers]
    for story_number, shown in choose_mix(ranking, count):
        numbers_of = [member.article_id for member in candidates[story_number].members]
        place, is_disputed = compare_outlets([_summarize_stored(stored[number]) for number in numbers_of])
        addition = None
        if place is not None and (shown, SHORT.code) in place.lacking:
            text = stored[place.article_id].article.text[place.start : place.end]
            addition = {"article": ids[place.article_id], "text": text, "start": place.start, "end": place.end}
        articles = [ids[number] for number in numbers_of]
        yield dump_json({"articles": articles, "shown": ids[shown], "addition": addition, "is_disputed": is_disputed})


def _summarize_stored(stored: StoredArticle) -> StoryReport:
    """Return the article with the summaries that are stored, or without any if there is too little."""
    from summaries.articles.prepare import BELOW_HEADLINE, STORED_LENGTHS
    from summaries.stories.central_facts import StoryReport

    stored = replace(stored, article=mark_fact_check(stored.article))
    try:
        return StoryReport(stored, summarize_each(stored.article, STORED_LENGTHS, below_headline=BELOW_HEADLINE))
    except NothingToSummarize:
        return StoryReport(stored, ())


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
    article = mark_fact_check(Article(title, clean(text).text, outlet=outlet))
    return make_signature(
        json.dumps(fields["id"]),
        title,
        article.text,
        outlet=outlet,
        published_at=_parse_time(fields.get("date")),
        is_fact_check=article.fact_check is not None,
    )


def count_words(line: str) -> int:
    """Return the number of words in the text of a valid record."""
    return len((_load_json(line).get("text") or "").split())


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
