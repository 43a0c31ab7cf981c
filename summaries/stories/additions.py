"""Sentences of further outlets that add to the summary of a story's shown article."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter

from summaries.model import Addition, StoredArticle, SummarySentence, get_outlet_key
from summaries.stories.content import Content
from summaries.stories.figures import load_frame_stems
from summaries.stories.signature import extract_terms

MAX_ADDITIONS = 5
MAX_OUTLETS = 20
"""The outlets considered, those with the earliest reports; it bounds the cost of a large story."""
MIN_GAIN = 4.0
"""The new information that a sentence must have (see `Content.measure_gain`)."""
MIN_NEW_SHARE = 0.4
"""The share of new stems from which a sentence says something else, not the same thing in other words."""


def find_additions(
    shown: StoredArticle,
    summary: Sequence[SummarySentence],
    others: Collection[StoredArticle],
    sentences: Mapping[int, Sequence[SummarySentence]],
) -> list[Addition]:
    """Return for each further outlet at most one sentence with new information, at most five, the earliest first.

    New is relative to the title and `summary` of the `shown` article and to the sentences of earlier outlets.
    `sentences` are the candidates of each article by its id: sentences that are clear without their neighbours, such as
    those of its long summary. Candidates must share a name or two other content words with the shown article.
    """
    # Without the figures, which take longest to find and say nothing about the topic.
    topic = frozenset(extract_terms(f"{shown.article.title}\n\n{shown.article.text}")) - load_frame_stems()
    known = _read([shown.article.title, *(sentence.text for sentence in summary)])
    found: list[Addition] = []
    for reports in _group_by_outlet(shown, others)[:MAX_OUTLETS]:
        gains = [
            (measure_gain(content, known), -at, report, sentence, content)
            for report in reports
            for at, sentence in enumerate(sentences.get(report.id, ()))
            if _is_on_topic(content := _read([sentence.text]), topic)
        ]
        if not gains:
            continue
        gain, _, report, sentence, content = max(gains, key=lambda one: one[:2])
        if gain >= MIN_GAIN:
            found.append(Addition(report.id, report.article.outlet, report.reported_at, sentence))
            known |= content
        if len(found) == MAX_ADDITIONS:
            break
    return found


def _group_by_outlet(shown: StoredArticle, others: Collection[StoredArticle]) -> list[list[StoredArticle]]:
    """Return the articles of each outlet but the shown one's, the outlet with the earliest report first."""
    groups: dict[str, list[StoredArticle]] = {}
    for stored in sorted(others, key=attrgetter("reported_at")):
        groups.setdefault(get_outlet_key(stored.article.outlet), []).append(stored)
    groups.pop(get_outlet_key(shown.article.outlet), None)
    return list(groups.values())


def measure_gain(content: Content, known: Content) -> float:
    """Return how much new information there is beyond `known`, 0 for the same thing in other words."""
    new = content.stems - known.stems
    if not new or len(new) < MIN_NEW_SHARE * len(content.stems):
        return 0.0
    return content.measure_gain(known)


def _read(texts: Iterable[str]) -> Content:
    content = Content.read("\n\n".join(texts))
    return replace(content, stems=content.stems - load_frame_stems())


def _is_on_topic(content: Content, topic: frozenset[str]) -> bool:
    return bool(content.names & topic) or len(content.stems & topic) > 1
