"""Fact-checks: articles that check a claim and state a verdict.

A summary of one must not repeat the claim as news, so its verdict comes first. News about hoaxes is no fact-check.
"""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from typing import Any

from summaries.fact_checks.passages import find_claim_passages, find_passages, may_be_shown, split_addresses
from summaries.fact_checks.titles import TitleReading, read_title
from summaries.fact_checks.verdicts import VerdictSentence, classify, find_rating, find_verdict_sentences
from summaries.model import Article, FactCheck, SummarySentence, Verdict
from summaries.text.words import split_words
from summaries.topic_model.topics import FACT_CHECKS
from summaries.urls import split_url

__all__ = [
    "classify",
    "describe",
    "find_claim_passages",
    "find_fact_check",
    "find_shown_sentences",
    "lists_claims",
    "mark_fact_check",
    "split_addresses",
]

# Folders, subdomains and slugs of desks.
_PLACE = re.compile(
    r"(?:^|[./])(?:cek-?fakta|fact-?check|periksa-?fakta|turnbackhoax|berita-hoaks|hoaks|laporan_isu_hoaks|hoax-or-not|"
    r"hoaxornot)(?:[./]|$)|/(?:[\w-]{0,20}-)?cek-fakta-"
)
_PLACE_WORDS = ("fakta", "fact", "hoa")
_DESK = re.compile(
    r"(?:cek|periksa|pemeriksa)\sfakta\s(?:liputan6|tempo|kompas|detik|dw|afp|medcom|suara|tirto|viva|okezone|"
    r"merdeka|cnn|antara)|"
    r"tim\s(?:cek|pemeriksa)\sfakta|turnbackhoax|mafindo|antara/jacx"
)
_RESEARCH = re.compile(
    r"(?:penelusuran|pemeriksaan|periksa|verifikasi)\sfakta|\bverifikasi\s[a-z.]+\s(?:menunjukkan|menyimpulkan)|\bafp\b"
)
_DESK_CHARS = 3_000
# Words that a sentence has in common with a title about the same claim.
_MIN_SHARED = 2


def mark_fact_check(article: Article) -> Article:
    """Return the article with its fact-check, if it is one, and with the topic of fact-checks only if it is."""
    found = find_fact_check(article)
    category = FACT_CHECKS if found else None if article.category == FACT_CHECKS else article.category
    if (found, category) == (article.fact_check, article.category):
        return article
    return replace(article, fact_check=found, category=category)


def find_fact_check(article: Article) -> FactCheck | None:
    """Return the verdict, the claim and the verdict sentence of a fact-check; None for any other article.

    `article.fact_check` holds the statement of the page's ClaimReview, if it has one, or an earlier result.
    """
    stated = article.fact_check
    if stated and stated.sentence and _is_verbatim(stated.sentence, article.text):
        return stated
    title = read_title(article.title)
    is_place = _is_place(article.url)
    if not (stated or title.is_marked or is_place or title.is_labelled or title.verdict):
        return None
    claim = stated.claim if stated and stated.claim else title.claim
    sentences = find_verdict_sentences(article.text, claim)
    if not (stated or title.is_marked or _is_confirmed(title, sentences, article.text, is_place=is_place)):
        return None
    verdict = _choose_verdict(stated, title, sentences, article.text)
    if title.denies_claim and not (stated and stated.claim):
        claim = _find_reported_claim(article.text, title.claim) or claim
    return FactCheck(verdict, claim or article.title, None if title.is_list else _choose_sentence(sentences, verdict))


def describe(checked: FactCheck | None) -> dict[str, Any] | None:
    """Return the fact-check as JSON: {"verdict", "claim", "sentence": {"text", "start", "end"} or null}."""
    return asdict(checked) if checked else None


def lists_claims(article: Article) -> bool:
    """Return whether the fact-check is about several claims."""
    return read_title(article.title).is_list


def _is_verbatim(sentence: SummarySentence, text: str) -> bool:
    return text[sentence.start : sentence.end] == sentence.text


def _is_place(url: str | None) -> bool:
    if url is None or not any(map(url.lower().__contains__, _PLACE_WORDS)):
        return False
    parts = split_url(url)
    return parts is not None and _PLACE.search(f"{parts.hostname or ''}{parts.path}".lower()) is not None


def _is_confirmed(title: TitleReading, sentences: list[VerdictSentence], text: str, *, is_place: bool) -> bool:
    """Return whether section, desk and text confirm an unmarked title."""
    concludes = any(one.is_conclusion and one.verdict for one in sentences)
    if is_place:
        return title.has_hint or (concludes and title.verdict is not None)
    if not title.has_hint or not (title.is_labelled or title.is_list):
        return False
    lower = text[:_DESK_CHARS].lower() + text[-_DESK_CHARS:].lower()
    if title.is_list:
        return "cek fakta" in lower
    return _DESK.search(lower) is not None or (concludes and _RESEARCH.search(lower) is not None)


def _choose_verdict(
    stated: FactCheck | None, title: TitleReading, sentences: list[VerdictSentence], text: str
) -> Verdict:
    """Return the verdict: the page's statement, the title's label, a line of its own, the best sentence."""
    if stated:
        return stated.verdict
    said = title.verdict or find_rating(text) or next((one.verdict for one in sentences if one.verdict), None)
    if said:
        return said
    return Verdict.FALSE if sentences or title.denies_claim or title.says_hoax else Verdict.UNPROVEN


def _choose_sentence(sentences: list[VerdictSentence], verdict: Verdict) -> SummarySentence | None:
    """Return the best sentence that states the verdict, or else one that does not contradict it."""
    agreeing = [found for found in sentences if (found.verdict is Verdict.TRUE) == (verdict is Verdict.TRUE)]
    agreeing.sort(key=lambda found: (found.verdict is not verdict, found.verdict is None))
    return agreeing[0].sentence if agreeing else None


def _find_reported_claim(text: str, denial: str) -> str | None:
    """Return the first sentence that reports the claim, preferably one with words of the title's denial."""
    denied = {word.lower() for word in split_words(denial) if len(word) > 2}
    reporting = [one for one in find_passages(text) if one.is_claim and may_be_shown(one)]
    same = (one for one in reporting if len(denied.intersection(split_words(one.lower))) >= _MIN_SHARED)
    first = next(same, next(iter(reporting), None))
    return first.sentence.text if first else None


def find_shown_sentences(text: str, checked: FactCheck) -> frozenset[int]:
    """Return the starts of the sentences in a fact-check's text that a summary may contain."""
    is_true = checked.verdict is Verdict.TRUE
    passages = find_passages(text, checked.sentence.start if checked.sentence else -1)
    return frozenset(one.sentence.start for one in passages if may_be_shown(one, is_true=is_true))
