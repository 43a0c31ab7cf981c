"""Convert rows to values of the domain and back, for both databases.

A row is read by column name. SQLite stores numbers and text only: a time is ISO 8601 text, a list JSON; PostgreSQL
returns both as they are. The `…_columns` functions return Python's values, which a session encodes for its database.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, time
from enum import StrEnum
from functools import lru_cache
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from summaries.digests.select import OPENING_CHARS
from summaries.errors import StoreDamaged
from summaries.model import (
    NO_MARKS,
    Addition,
    Article,
    CentralAddition,
    ChatRef,
    Coverage,
    DeliveredStory,
    Delivery,
    DeliveryPart,
    DigestOrder,
    EditKind,
    FactCheck,
    Length,
    Marks,
    NewsQuery,
    Origin,
    PollState,
    Preferences,
    QuietHours,
    RegionRule,
    Report,
    SentDigest,
    Source,
    StoredArticle,
    StoredSource,
    StoryEdit,
    Subscription,
    Summary,
    SummarySentence,
    Taste,
    TasteKind,
    Verdict,
)
from summaries.storage.compression import compress, decompress
from summaries.stories import Entry, Signature, StoryArticle, count_outlets, pick_best
from summaries.text.dates import sanitize_timestamp

T = TypeVar("T")

log = logging.getLogger(__name__)

# `json.loads` without its two searches for white space around the value, which take longer than a short list.
_parse = json.JSONDecoder().raw_decode
_LISTS = ("topics", "outlets", "include_words", "exclude_words", "regions", "tastes")
_SINGLE = ("length", "story_count", "quiet", "is_silent", "skips_empty", "story_order", "region_rule")


def stored_moment(value: datetime) -> str:
    """Return a time as text that sorts: UTC, fixed width. SQLite stores this form, PostgreSQL reads it."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def to_moment(stored: str | datetime) -> datetime:
    return datetime.fromisoformat(stored) if isinstance(stored, str) else stored.astimezone(UTC)


def to_optional_moment(stored: str | datetime | None) -> datetime | None:
    return None if stored is None else to_moment(stored)


def optional_published(stored: str | None, stored_at: str | datetime | None = None) -> datetime | None:
    """Return when an article was published, with the outlet's own offset, or None if that is not credible.

    Both databases store it as text. `stored_at` is the time at which the row was written.
    """
    return sanitize_timestamp(datetime.fromisoformat(stored), now=to_optional_moment(stored_at)) if stored else None


def to_list(stored: str | Sequence[Any]) -> tuple[Any, ...]:
    # Most lists are empty.
    if stored == "[]":
        return ()
    return tuple(_parse(stored)[0] if isinstance(stored, str) else stored)


# A page has at most 5 MiB, and a character of a single byte takes up to three in UTF-8.
MAX_TEXT_BYTES = 16 * 2**20


def stored_text(text: str) -> bytes:
    """Return the form in which an article's text is stored.

    Raises:
        ValueError: it is too long to be read again, or not valid Unicode.
    """
    data = text.encode()
    if len(data) > MAX_TEXT_BYTES:
        raise ValueError(f"a text has {len(data)} bytes, more than {MAX_TEXT_BYTES}")
    return compress(data)


def to_text(stored: bytes) -> str:
    """Return an article's text from its stored form.

    Raises:
        StoreDamaged: it is not one.
    """
    try:
        return decompress(stored, MAX_TEXT_BYTES).decode()
    except (TypeError, ValueError) as error:
        raise StoreDamaged(f"the text of an article cannot be read: {error}") from error


def stored_key(key: str) -> str:
    """Return the form in which keys of articles and listings are stored: hashes are shorter than addresses."""
    hashed = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=15)
    return urlsafe_b64encode(hashed.digest()).decode()


def build(kind: Callable[..., T], row: Mapping[str, Any], **others: Any) -> T:
    """Return the dataclass with the values of the row's columns that are named like its fields, except for `others`."""
    plain, converted = _fields_of(kind, *others)
    for name in plain:
        others[name] = row[name]
    for name, convert in converted:
        others[name] = convert(row[name])
    return kind(**others)


@lru_cache(maxsize=64)
def _fields_of(
    kind: Callable[..., Any], *others: str
) -> tuple[Sequence[str], Sequence[tuple[str, Callable[[Any], Any]]]]:
    """Return the fields that take the stored values, and those that take converted ones."""
    hints = {name: hint for name, hint in get_type_hints(kind).items() if name not in others}
    converters = {name: converter for name, hint in hints.items() if (converter := _find_converter(hint))}
    return [name for name in hints if name not in converters], list(converters.items())


def _find_converter(hint: Any) -> Callable[[Any], Any] | None:
    types = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    if datetime in types:
        return to_optional_moment
    if bool in types:
        return bool
    if get_origin(hint) is tuple:
        return to_list
    for enum in types:
        if issubclass(enum, StrEnum):
            return lambda stored: None if stored is None else enum(stored)
    return None


def changed_article(
    article: Article, key: str, existing: Mapping[str, Any] | None, origin: Origin, now: datetime
) -> dict[str, Any]:
    """Return the columns of the article, which replaces the `existing` row with its key, if any.

    A public article stays public, and an article that becomes public counts as added `now`. A date that is not credible
    at `now` is not stored.
    """
    article = replace(article, published_at=sanitize_timestamp(article.published_at, now=now))
    added_at = now
    if existing:
        before = Origin(existing["origin"])
        origin = before if before.is_public else origin
        if before.is_public == origin.is_public:
            added_at = to_moment(existing["added_at"])
    return {
        **asdict(article),
        "text": stored_text(article.text),
        "published_at": article.published_at.isoformat() if article.published_at else None,
        "authors": list(article.authors),
        "fact_check": fact_check_column(article.fact_check),
        "key": stored_key(key),
        "origin": origin.value,
        "is_public": origin.is_public,
        # An article dated in the future would lead every list until then.
        "dated_at": min(article.published_at or now, now),
        "added_at": added_at,
        "updated_at": now,
    }


def to_article(row: Mapping[str, Any]) -> Article:
    text = to_text(row["text"])
    return build(
        Article,
        row,
        text=text,
        published_at=optional_published(row["published_at"], row.get("updated_at")),
        fact_check=to_fact_check(row["fact_check"], text),
    )


def fact_check_column(checked: FactCheck | None) -> str | None:
    """Return the verdict, the claim, and the span of the verdict sentence in the article's text."""
    if checked is None:
        return None
    span = [checked.sentence.start, checked.sentence.end] if checked.sentence else []
    return json.dumps([checked.verdict, checked.claim, *span], ensure_ascii=False)


def to_fact_check(stored: str | None, text: str) -> FactCheck | None:
    if stored is None:
        return None
    verdict, claim, *span = _parse(stored)[0]
    sentence = SummarySentence(text[slice(*span)], *span) if span else None
    return FactCheck(Verdict(verdict), claim, sentence)


def to_stored(row: Mapping[str, Any]) -> StoredArticle:
    return StoredArticle(row["id"], row["key"], to_article(row), Origin(row["origin"]), to_moment(row["added_at"]))


def summary_columns(summary: Summary) -> dict[str, Any]:
    return {
        "length": summary.length.code,
        "method": summary.method,
        "language": summary.language,
        "spans": json.dumps([[s.start, s.end] for s in summary.sentences], separators=(",", ":")),
    }


@lru_cache(maxsize=64)
def to_length(code: str) -> Length:
    number = int(code[:-1])
    return Length(words=number) if code.endswith("w") else Length(sentences=number)


def to_summary(text: str, row: Mapping[str, Any]) -> Summary:
    """Return the summary from its spans in the article's text; `row` has the columns of the table summaries."""
    spans, _ = _parse(row["spans"])
    return Summary(
        sentences=tuple(SummarySentence(text[start:end], start, end) for start, end in spans),
        method=row["method"],
        length=to_length(row["length"]),
        language=row["language"],
    )


def to_coverage(stored: str | Sequence[Any] | None) -> tuple[Coverage, ...]:
    """Return a story's articles, the earliest first, from rows of (article, title, outlet, address, topic, published,
    added, dated)."""
    found = to_list(stored or ())
    if len(found) > 1:
        found = tuple(sorted(found, key=lambda row: (row[7], row[0])))
    return tuple(
        Coverage(article_id, title, outlet, url, category, optional_published(published_at), to_moment(added_at))
        for article_id, title, outlet, url, category, published_at, added_at, _ in found
    )


def to_marks(row: Mapping[str, Any]) -> Marks:
    """Return the marks of the item of article `id` with the summary of `length`, from the columns of its story and
    those of the article of its addition."""
    if row["added_id"] is None and not row["is_disputed"]:
        return NO_MARKS
    addition = None
    if row["added_id"] is not None:
        place = to_central_addition(row["addition"])
        if (row["id"], row["length"]) in place.lacking:
            moment = optional_published(row["added_published_at"]) or to_moment(row["added_dated_at"])
            if text := to_text(row["added_text"])[place.start : place.end]:
                sentence = SummarySentence(text, place.start, place.end)
                addition = Addition(row["added_id"], row["added_outlet"], moment, sentence)
    return Marks(is_disputed=bool(row["is_disputed"]), addition=addition)


def to_central_addition(stored: str) -> CentralAddition:
    found = json.loads(stored)
    lacking = frozenset((article_id, length) for article_id, length in found["lacking"])
    return CentralAddition(found["article_id"], found["start"], found["end"], lacking)


def plain_central_addition(addition: CentralAddition | None) -> str | None:
    """Return the form in which a story stores its addition."""
    if addition is None:
        return None
    return json.dumps(asdict(addition) | {"lacking": sorted(addition.lacking)})


def plain_marks(marks: Sequence[tuple[int, Marks]]) -> str | None:
    """Return the form in which a message stores the marks of its stories, or None without any."""
    plain = [[article_id, _plain_marks_of_story(each)] for article_id, each in marks]
    return json.dumps(plain, default=stored_moment) if plain else None


@lru_cache(maxsize=1_000)
def _plain_marks_of_story(marks: Marks) -> dict[str, Any]:
    return asdict(marks)


def read_marks(stored: str | None) -> tuple[tuple[int, Marks], ...]:
    """Parse the result of `plain_marks`."""
    return tuple(
        (article_id, Marks(**plain | {"addition": _read_addition(plain["addition"])}))
        for article_id, plain in json.loads(stored or "[]")
    )


def _read_addition(plain: Mapping[str, Any] | None) -> Addition | None:
    return build(Addition, plain, sentence=SummarySentence(**plain["sentence"])) if plain else None


def to_sentences(stored: str) -> tuple[SummarySentence, ...]:
    """Return the sentences of an update from the form in which its message stores them."""
    return tuple(SummarySentence(text, start, end) for start, end, text in json.loads(stored))


def to_entries(rows: Iterable[Mapping[str, Any]]) -> Iterator[Entry]:
    """Yield the signatures to compare with new articles, without those that cannot be read."""
    for row in rows:
        try:
            signature = Signature.from_bytes(row["signature"])
        except ValueError:
            log.warning("a stored signature cannot be read: its article is not compared with others")
            continue
        yield Entry(signature, row["story_id"])


def story_columns(members: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the columns of the story with these articles, which are rows of story_articles."""
    articles = list(map(to_story_article, members))
    return {
        "article_id": pick_best(articles).id,
        "article_count": len(articles),
        "outlet_count": count_outlets(articles),
        "latest_at": max(member["dated_at"] for member in members),
        "added_at": max(member["added_at"] for member in members),
        "is_hidden": any(member["is_hidden"] for member in members),
    }


def to_story_article(row: Mapping[str, Any]) -> StoryArticle:
    published_at = optional_published(row["published_at"])
    return StoryArticle(row["article_id"], row["outlet"], row["words"], published_at, bool(row["is_free"]))


def to_story_edit(row: Mapping[str, Any]) -> StoryEdit:
    return StoryEdit(
        row["id"],
        EditKind(row["kind"]),
        tuple(to_list(row["article_ids"])),
        tuple(to_list(row["other_ids"])),
        row["admin_id"],
        to_moment(row["made_at"]),
        to_optional_moment(row["undone_at"]),
    )


def outlet_key(outlet: str | None) -> str | None:
    """Return the outlet's name in lower case, by which it is found."""
    return outlet.lower() if outlet is not None else None


def plain_query(query: NewsQuery) -> str:
    """Return the text under which the query is stored."""
    times = [stored_moment(time) if time else None for time in (query.since, query.until)]
    return json.dumps([query.category, query.outlet, query.words, *times, query.region], ensure_ascii=False)


def to_query(text: str) -> NewsQuery:
    """Return the query that `plain_query` wrote."""
    category, outlet, words, since, until, region = json.loads(text)
    return NewsQuery(category, outlet, words, to_optional_moment(since), to_optional_moment(until), region)


def with_hosts(source: Source, hosts: Iterable[str]) -> Source:
    """Return the source with these hosts added."""
    return replace(source, hosts=tuple(sorted({*source.hosts, *hosts})))


def source_columns(source: Source) -> dict[str, Any]:
    return {**asdict(source), "hosts": list(source.hosts), "alternatives": list(source.alternatives)}


def to_stored_source(row: Mapping[str, Any]) -> StoredSource:
    return StoredSource(source=build(Source, row), state=build(PollState, row))


def subscription_columns(subscription: Subscription) -> dict[str, Any]:
    return {
        "chat_id": subscription.chat.chat_id,
        "thread_id": subscription.chat.thread_id,
        "times": " ".join(f"{at:%H:%M}" for at in subscription.times),
        "zone": subscription.zone,
        "is_active": subscription.is_active,
        "days": "".join(map(str, sorted(subscription.days))),
        **preference_columns(subscription.preferences),
    }


def clock_of(subscription: Subscription) -> tuple[object, ...]:
    """Return the properties that determine when the subscription is due."""
    return subscription.times, subscription.days, subscription.zone, subscription.is_active


def preference_columns(preferences: Preferences) -> dict[str, Any]:
    quiet = preferences.quiet
    return {
        "topics": list(preferences.topics),
        "outlets": list(preferences.outlets),
        "include_words": list(preferences.include),
        "exclude_words": list(preferences.exclude),
        "tastes": [f"{'+' if taste.is_more else '-'}{taste.kind}:{taste.name}" for taste in preferences.tastes],
        "length": preferences.length.code,
        "story_count": preferences.count,
        "quiet": f"{quiet.start:%H:%M}-{quiet.end:%H:%M}" if quiet else None,
        "is_silent": preferences.is_silent,
        "skips_empty": preferences.skips_empty,
        "story_order": preferences.order.value,
        "regions": list(preferences.regions),
        "region_rule": preferences.region_rule.value,
    }


def to_preferences(row: Mapping[str, Any]) -> Preferences:
    lists = (row[column] for column in _LISTS)
    return _preferences(
        *(stored if isinstance(stored, str) else tuple(stored) for stored in lists),
        *(row[column] for column in _SINGLE),
    )


@lru_cache(maxsize=4096)
def _preferences(*stored: Any) -> Preferences:
    # Cached, because most chats have the same preferences.
    topics, outlets, include, exclude, regions, tastes, length, count, quiet, is_silent, skips_empty, order, rule = (
        stored
    )
    return Preferences(
        topics=to_list(topics),
        outlets=to_list(outlets),
        include=to_list(include),
        exclude=to_list(exclude),
        tastes=tuple(map(to_taste, to_list(tastes))),
        length=to_length(length),
        count=count,
        quiet=QuietHours(*map(time.fromisoformat, quiet.split("-"))) if quiet else None,
        is_silent=bool(is_silent),
        skips_empty=bool(skips_empty),
        order=DigestOrder(order),
        regions=to_list(regions),
        region_rule=RegionRule(rule),
    )


def to_taste(stored: str) -> Taste:
    match = re.fullmatch(r"([+-])([a-z]+):(.+)", stored, re.DOTALL)
    if match is None:
        raise ValueError("not a taste")
    return Taste(TasteKind(match[2]), match[3], match[1] == "+")


@lru_cache(maxsize=4096)
def _times(stored: str) -> tuple[time, ...]:
    return tuple(time.fromisoformat(at) for at in stored.split())


@lru_cache(maxsize=128)
def _days(stored: str) -> frozenset[int]:
    return frozenset(map(int, stored))


def to_subscription(row: Mapping[str, Any]) -> Subscription:
    return Subscription(
        chat=ChatRef(row["chat_id"], row["thread_id"]),
        times=_times(row["times"]),
        zone=row["zone"],
        is_active=bool(row["is_active"]),
        days=_days(row["days"]),
        preferences=to_preferences(row),
    )


def to_delivery(row: Mapping[str, Any], parts: Sequence[Mapping[str, Any]], lease_until: datetime) -> Delivery:
    """Return a claimed delivery from its row, joined with the chat's subscription and settings, and its parts' rows."""
    return Delivery(
        id=row["id"],
        chat=ChatRef(row["chat_id"], row["thread_id"]),
        zone=row["zone"],
        due_at=to_moment(row["due_at"]),
        lease_until=lease_until,
        parts=tuple(map(to_part, parts)),
        previous_due_at=to_optional_moment(row["previous"]),
        missed_from=to_optional_moment(row["missed_from"]),
        language=row["chosen_language"],
        preferences=to_preferences(row) if row["subscribed"] is not None else Preferences(),
        is_channel=row["chat_kind"] == "channel",
    )


def to_part(row: Mapping[str, Any]) -> DeliveryPart:
    return build(DeliveryPart, row, marks=read_marks(row["marks"]))


def to_sent_digest(row: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> SentDigest:
    """Return a digest from its row, joined with the chat's subscription, and its parts' rows."""
    return SentDigest(
        id=row["id"],
        due_at=to_moment(row["due_at"]),
        zone=row["zone"],
        composed_at=to_moment(parts[0]["created_at"]),
        parts=tuple(map(to_part, parts)),
        preferences=to_preferences(row) if row["subscribed"] is not None else Preferences(),
    )


def to_delivered_story(article_id: int, rows: Sequence[Mapping[str, Any]], marks: Marks) -> DeliveredStory:
    """Return the story of a sent digest that the article was shown for, from the rows of its reports and its marks."""
    reports = tuple(
        Report(
            row["article_id"],
            row["title"],
            row["outlet"],
            row["category"],
            to_moment(row["dated_at"]),
            to_text(row["text"])[:OPENING_CHARS],
            row["article_id"] == article_id,
        )
        for row in rows
    )
    title = next(report.title for report in reports if report.is_showable)
    return DeliveredStory(article_id, title, to_moment(rows[0]["created_at"]), reports, marks.region)


@lru_cache(maxsize=1_000)
def body_hash(part: DeliveryPart) -> bytes:
    """Return the hash of a message's text, articles, preview and marks, so that they are stored once.

    The cache holds the messages of one transaction, which asks for each hash twice.
    """
    others = [given for given in (plain_marks(part.marks), part.own_article_ids) if given]
    return hashlib.sha256(f"{json.dumps([part.article_ids, part.preview_url, *others])} {part.html}".encode()).digest()
