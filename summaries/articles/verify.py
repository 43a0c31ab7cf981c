"""Verify published summaries: find which of their sentences are still in the article, word for word."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from summaries.articles.batch import InvalidRecord
from summaries.errors import FetchError, InputError
from summaries.fact_checks import describe
from summaries.model import PARAGRAPH_BREAK, Article, StoredArticle, Summary, SummarySentence, hash_text
from summaries.ports import ArticleStore
from summaries.text.characters import parse_json, replace_unstorable
from summaries.text.cleaning import clean
from summaries.urls import MAX_URL_CHARS, make_url_key

# `ringkas summarize --sentences` chooses no more.
MAX_SENTENCES = 1_000
MAX_ID_CHARS = 200
# PostgreSQL's `bigint`.
MAX_ARTICLE_ID = 2**63 - 1
# Places of one sentence to look at: a text of repetitions would have millions.
MAX_PLACES = 1_000
_HASH = re.compile(r"sha256:[0-9a-f]{64}")
_SURROGATE = re.compile("[\ud800-\udfff]")
# A place inside a word or a number: "5 orang" is not in "25 orang", nor in "1,5 orang".
_INSIDE_WORD = re.compile(r"(?<=\w)(?=\w)|(?<=\d[.,])(?=\d)|(?<=\d)(?=[.,]\d)")


class Finding(StrEnum):
    """Whether a sentence is in the article: there, elsewhere, or not. For a summary: the worst of its sentences, or the
    reason why they were not compared."""

    SAME = "same"
    MOVED = "moved"
    CHANGED = "changed"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"
    INVALID = "invalid"


class Source(StrEnum):
    """The origin of the text with which a summary was compared."""

    PAGE = "page"
    DATABASE = "database"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class PublishedSummary:
    """A summary as it was published. `text_hash` is that of the article then; `text` is the article in the line."""

    sentences: tuple[SummarySentence, ...]
    id: str | int | None = None
    url: str | None = None
    text_hash: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence of a summary, and its offset in the article now; `start` is None for a sentence that is not in it."""

    text: str
    finding: Finding
    start: int | None


@dataclass(frozen=True, slots=True)
class Verification:
    """The result for one summary. `text_hash` is that of the article now; `detail` is the reason without an article."""

    finding: Finding
    source: Source | None = None
    text_hash: str | None = None
    sentences: tuple[CheckedSentence, ...] = ()
    detail: str = ""


def describe_stored(stored: StoredArticle, summary: Summary) -> dict[str, Any]:
    """Return the summary of a stored article as the fields of a line that `parse_summary` reads."""
    article = stored.article
    return {
        "id": stored.id,
        "url": article.url,
        "title": article.title,
        "outlet": article.outlet,
        "length": summary.length.code,
        "sentences": [asdict(one) for one in summary.sentences],
        "text_hash": hash_text(article.text),
        "fact_check": describe(article.fact_check),
    }


def parse_summary(line: bytes) -> PublishedSummary | None:
    """Parse the output of `ringkas summarize --json` or `--jsonl`, or of `ringkas export --summaries`.

    Return None for an article that `--jsonl` refused: it has no summary.

    Raises:
        InvalidRecord: it is not the JSON of a summary; the message gives the reason.
    """
    fields = parse_json(line)
    if not isinstance(fields, dict):
        raise InvalidRecord("not a JSON object")
    if "refused" in fields and "sentences" not in fields:
        return None
    identity, text_hash = fields.get("id"), _read_text(fields, "text_hash")
    if isinstance(identity, bool) or not isinstance(identity, str | int | None):
        raise InvalidRecord('"id" is not a text or a whole number')
    if len(str(identity)) > MAX_ID_CHARS or _SURROGATE.search(str(identity)):
        raise InvalidRecord(f'"id" has more than {MAX_ID_CHARS} characters, or half a surrogate pair')
    if text_hash is not None and not _HASH.fullmatch(text_hash):
        raise InvalidRecord('"text_hash" is not "sha256:" and 64 hexadecimal digits')
    url = _read_text(fields, "url")
    if url is not None and len(url) > MAX_URL_CHARS:
        raise InvalidRecord(f'"url" has more than {MAX_URL_CHARS} characters')
    return PublishedSummary(tuple(_read_sentences(fields)), identity, url, text_hash, _read_article(fields))


def _read_text(fields: Mapping[str, Any], name: str) -> str | None:
    text = fields.get(name)
    if not isinstance(text, str | None):
        raise InvalidRecord(f'"{name}" is not a string')
    if text and _SURROGATE.search(text):
        raise InvalidRecord(f'"{name}" has half a surrogate pair')
    return text or None


def _read_article(fields: Mapping[str, Any]) -> str | None:
    """Return the article's text in the line: "text", or the "paragraphs" of `ringkas summarize --json`."""
    paragraphs = fields.get("paragraphs")
    if "text" in fields or paragraphs is None:
        return _read_text(fields, "text")
    if not isinstance(paragraphs, list) or not all(isinstance(paragraph, str) for paragraph in paragraphs):
        raise InvalidRecord('"paragraphs" is not a list of strings')
    return _read_text({"paragraphs": PARAGRAPH_BREAK.join(paragraphs)}, "paragraphs")


def _read_sentences(fields: Mapping[str, Any]) -> Iterator[SummarySentence]:
    """Yield the sentences, which are objects, or strings with a list "spans" of their offsets."""
    sentences, spans = fields.get("sentences"), fields.get("spans")
    if not isinstance(sentences, list) or not 0 < len(sentences) <= MAX_SENTENCES:
        raise InvalidRecord(f'"sentences" is not a list of 1 to {MAX_SENTENCES} sentences')
    if spans is not None and (not isinstance(spans, list) or len(spans) != len(sentences)):
        raise InvalidRecord('"spans" is not a list with the offsets of each sentence')
    for number, sentence in enumerate(sentences, 1):
        match (sentence, *(spans[number - 1 : number] if spans else ())):
            case [{"text": str(text), "start": int(start), "end": int(end)}] | [str(text), [int(start), int(end)]]:
                pass
            case _:
                raise InvalidRecord(f"sentence {number} has no text with two offsets")
        if _SURROGATE.search(text):
            raise InvalidRecord(f"sentence {number} has half a surrogate pair")
        if bool in {type(start), type(end)} or not text.strip() or start < 0 or end - start != len(text):
            raise InvalidRecord(f"sentence {number} does not have the length that its offsets give, in code points")
        yield SummarySentence(text, start, end)


def verify_text(summary: PublishedSummary, text: str, source: Source) -> Verification:
    """Compare the sentences of the summary with the article's text."""
    text_hash = hash_text(text)
    is_same_text = text_hash == summary.text_hash
    found = tuple(_check_sentence(one, text, is_same_text=is_same_text) for one in summary.sentences)
    findings = {one.finding for one in found}
    worst = next(one for one in (Finding.CHANGED, Finding.MOVED, Finding.SAME) if one in findings)
    return Verification(worst, source, text_hash, found)


def _check_sentence(sentence: SummarySentence, text: str, *, is_same_text: bool) -> CheckedSentence:
    start, end = sentence.start, sentence.end
    if text[start:end] == sentence.text and (is_same_text or _is_whole(text, start, end)):
        return CheckedSentence(sentence.text, Finding.SAME, start)
    whole = (at for at in _find_places(sentence.text, text) if _is_whole(text, at, at + len(sentence.text)))
    nearest = min(whole, key=lambda at: abs(at - start), default=None)
    return CheckedSentence(sentence.text, Finding.CHANGED if nearest is None else Finding.MOVED, nearest)


def _is_whole(text: str, start: int, end: int) -> bool:
    """Return whether `text[start:end]` neither begins nor ends inside a word or a number."""
    return _INSIDE_WORD.match(text, start) is None and _INSIDE_WORD.match(text, end) is None


def _find_places(part: str, text: str) -> Iterator[int]:
    """Yield the first `MAX_PLACES` offsets at which `text` has the part, without overlaps."""
    at = text.find(part)
    for _ in range(MAX_PLACES):
        if at < 0:
            return
        yield at
        at = text.find(part, at + len(part))


class SummaryVerifier:
    """Verifies summaries against the pages that `fetch` returns, the articles in the database, or the lines' texts."""

    def __init__(
        self, *, articles: ArticleStore | None = None, fetch: Callable[[str], Awaitable[Article]] | None = None
    ) -> None:
        self._articles = articles
        self._fetch = fetch

    async def verify(self, line: bytes) -> tuple[PublishedSummary | None, Verification] | None:
        """Return the summary in the line, if it is valid, with the result; None if the line has no summary."""
        try:
            summary = parse_summary(line)
        except InvalidRecord as error:
            return None, Verification(Finding.INVALID, detail=str(error))
        if summary is None:
            return None
        try:
            found = await self._find_text(summary)
        except (FetchError, InputError) as error:
            return summary, Verification(Finding.UNREACHABLE, detail=str(error))
        if found is None:
            return summary, Verification(Finding.UNKNOWN, detail="the article is not in the database")
        return summary, verify_text(summary, *found)

    async def _find_text(self, summary: PublishedSummary) -> tuple[str, Source] | None:
        """Return the article's text and its source.

        The id is used last: only in lines that Ringkas exported it is that of the database.
        """
        articles, url, article_id = self._articles, replace_unstorable(summary.url or ""), summary.id
        if self._fetch and url:
            return (await self._fetch(url)).text, Source.PAGE
        stored = await articles.find(make_url_key(url)) if articles and url else None
        if stored is None and summary.text is not None:
            return choose_text(summary.text, summary.text_hash), Source.LINE
        if stored is None and articles and not url and isinstance(article_id, int) and 0 < article_id <= MAX_ARTICLE_ID:
            stored = await articles.get(article_id)
        return None if stored is None else (stored.article.text, Source.DATABASE)


def choose_text(text: str, text_hash: str | None) -> str:
    """Return the article's text: as given if it has the hash, or cleaned as `ringkas summarize` does it."""
    return text if hash_text(text) == text_hash else clean(replace_unstorable(text)).text
