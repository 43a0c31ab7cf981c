"""The sentence of a second outlet with the central fact of a story that the summary of another outlet lacks.

A fact is a figure, such as the number of deaths or a sum of money, or an outcome: a death, an arrest, a verdict. It is
central if an outlet has it in a headline, or if several have the number of victims in their openings. Precision comes
first: most stories have no such sentence.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from summaries.model import CentralAddition, StoredArticle, Summary, SummarySentence, get_outlet_key
from summaries.stories.disagreements import (
    MAX_ARTICLES,
    SHOWN_KINDS,
    find_disagreements,
    is_comparable,
    is_consistent,
)
from summaries.stories.figures import Figure, Kind, extract_article_figures, load_frame_stems
from summaries.stories.signature import extract_names, extract_terms
from summaries.text.amounts import find_amounts
from summaries.text.lazy_patterns import lazy_regex

MAX_CHARS = 240
"""A short summary has about as many characters: a longer sentence would double the item."""
MAX_OPENING_CHARS = 500
"""The start of an article, which has its central facts."""
MIN_COMMON = 3
"""The content words that a sentence has in common with the headline and summary if it is about the same event; one of
them is a name."""
MAX_REPEATED = 0.7
"""The share of a sentence's content words in one sentence of the summary from which it repeats that sentence."""

# By importance. Other numbers are central only as the years of a sentence.
_CENTRAL = (
    Kind.DEATHS,
    Kind.MAGNITUDE,
    Kind.SCORE,
    Kind.MISSING,
    Kind.INJURED,
    Kind.SURVIVORS,
    Kind.DISPLACED,
    Kind.MONEY,
    Kind.PERCENT,
    Kind.DISTANCE,
    Kind.COUNT,
)
_VICTIMS = frozenset((Kind.DEATHS, Kind.MISSING, Kind.INJURED, Kind.SURVIVORS, Kind.DISPLACED))
# Outlets may have different numbers of these at one time: neither is the fact.
_CONTESTED = _VICTIMS | {Kind.SCORE, Kind.MAGNITUDE}


def _match_words(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words.split())})(?:nya)?\b", re.IGNORECASE)


_DEATH = _match_words(
    "tewas(?:kan)? menewaskan meninggal wafat gugur (?:ter|di|mem)?bunuh pembunuhan jiwa jenazah mayat (?:ber)?duka"
    " berpulang (?:di|pe)?makam(?:kan|an)? almarhum(?:ah)? mendiang kematian"
)
# The last stage of a case first: a summary with a later stage lacks no earlier one.
_STAGES = (
    _match_words("(?:di|mem)?vonis (?:di)?penjara(?:kan)? (?:di)?bui dihukum menghukum hukuman dipidana terpidana"),
    _match_words("tersangka"),
    _match_words(
        "(?:di|ter)?tangkap menangkap ditahan menahan (?:di|mem)bekuk (?:di|men)ciduk ott"
        " (?:di|meng)amankan (?:di|me)ringkus"
    ),
)
_OTHERS = (
    _DEATH,
    _match_words("(?:di|mem)?batal(?:kan)? pembatalan (?:di|men)?tunda penundaan"),
    _match_words("mundur (?:di|men)?copot (?:di|me)?pecat (?:di|mem)?berhentikan"),
)
# Each outcome with the outcomes that make it old news.
_OUTCOMES: Sequence[tuple[re.Pattern[str], tuple[re.Pattern[str], ...]]] = (
    *((one, (one,)) for one in _OTHERS),
    *zip(_STAGES, accumulate((one,) for one in _STAGES), strict=True),
)
_OUTCOME_RANK = _CENTRAL.index(Kind.MISSING)
_STATES: Mapping[Kind, re.Pattern[str]] = {
    Kind.DEATHS: _DEATH,
    Kind.MISSING: lazy_regex(r"hilang|belum ditemukan|pencarian|dicari", re.IGNORECASE),
    Kind.INJURED: lazy_regex(r"\bluka|terluka|melukai|cedera", re.IGNORECASE),
    Kind.SURVIVORS: lazy_regex("selamat", re.IGNORECASE),
    Kind.DISPLACED: lazy_regex("ungsi", re.IGNORECASE),
}
_ONE = lazy_regex(r"\bseorang\b", re.IGNORECASE)
_QUOTE = lazy_regex(r"[\"“”„«»]|&[lr]squo;")
_OPINION = _match_words(
    "saya kami kita menurut menilai dinilai berharap diharapkan harus semestinya seharusnya meminta mengimbau menduga"
    " diduga diperkirakan diprediksi mungkin kemungkinan"
)
# A sentence with a verdict has a number of years, or one of these words; a threat or a demand is no verdict.
_VERDICT = _match_words("bebas bersalah mati hidup")
_NO_VERDICT = lazy_regex(r"\b(?:ancam|terancam|diancam|tuntut|dituntut|menuntut|masa hukuman)", re.IGNORECASE)
# Words that refer to the sentence before, and rates of exchange, of which there are many.
_REFERENCE = lazy_regex(r"\btersebut\b|^\W*(?:\w+ (?:ini|itu)|ia|dia|mereka|sedangkan|sementara)\b", re.IGNORECASE)
_RATE = lazy_regex(r"\b(?:kurs|nilai tukar)\b", re.IGNORECASE)
# The end of a whole sentence, not of one that a feed or a number cut off.
_END = lazy_regex(r"[^\W_]{2}[)\]]?\.\s*$")


@dataclass(frozen=True, slots=True)
class StoryReport:
    """An article of a story with its stored summaries."""

    stored: StoredArticle
    summaries: tuple[Summary, ...]


def compare_outlets(reports: Sequence[StoryReport]) -> tuple[CentralAddition | None, bool]:
    """Return the addition of a story in digests, and whether its outlets give different numbers that readers see."""
    # The numbers and outcomes in a fact-check may be those of the hoax.
    news = [report for report in reports if report.stored.article.fact_check is None]
    if len(news) < 2:
        return None, False
    disagreements = find_disagreements([report.stored for report in news])
    is_disputed = any(found.kind in SHOWN_KINDS and not found.is_update for found in disagreements)
    return find_central_addition(news), is_disputed


def find_central_addition(reports: Collection[StoryReport]) -> CentralAddition | None:
    """Return the sentence with the story's central fact, and the summaries that lack it; None if there is none."""
    latest = sorted(reports, key=lambda one: one.stored.reported_at, reverse=True)[:MAX_ARTICLES]
    read = [_Report(one) for one in latest if one.summaries]
    if len({one.outlet for one in read}) < 2:
        return None
    found = [
        (one, lacking)
        for report in read
        for one in _list_candidates(report, read)
        if (lacking := frozenset(view.key for other in read for view in other.views if one.is_lacking(view, other)))
    ]
    if not found:
        return None
    best, lacking = max(found, key=lambda one: (-one[0].rank, one[0].support, len(one[1]), -len(one[0].sentence.text)))
    return CentralAddition(best.report.stored.id, best.sentence.start, best.sentence.end, lacking)


class _View:
    """The headline of an article with one of its summaries: all that a reader sees."""

    def __init__(self, stored: StoredArticle, summary: Summary, figures: Sequence[Figure]) -> None:
        self.key = stored.id, summary.length.code
        self.sentences = [stored.article.title, *(one.text for one in summary.sentences)]
        self.stems = [_read_stems(one) for one in self.sentences]
        self.figures = [
            one
            for one in figures
            if one.is_title or any(shown.start <= one.start < shown.end for shown in summary.sentences)
        ]
        amounts = [find_amounts(one) for one in self.sentences]
        self.numbers = {value for some in amounts for amount in some for value in amount.values}
        self.has_number = [bool(some or _ONE.search(one)) for some, one in zip(amounts, self.sentences, strict=True)]

    def has(self, outcomes: Collection[re.Pattern[str]]) -> bool:
        return any(outcome.search(sentence) for outcome in outcomes for sentence in self.sentences)

    def counts(self, kind: Kind) -> bool:
        """Return whether a sentence has a number, and a word for the state of these people."""
        state = _STATES.get(kind)
        return state is not None and any(
            has_number and state.search(sentence)
            for has_number, sentence in zip(self.has_number, self.sentences, strict=True)
        )


class _Report:
    def __init__(self, report: StoryReport) -> None:
        article = report.stored.article
        self.stored = report.stored
        self.outlet = get_outlet_key(article.outlet)
        self._mentioned: dict[re.Pattern[str], bool] = {}
        self.figures = extract_article_figures(article.title, article.text, self.stored.reported_at.date())
        self.leads = [one for one in self.figures if one.is_title or one.start < MAX_OPENING_CHARS]
        # Sentences of summaries are clear without their neighbours.
        self.sentences = {one.start: one for summary in report.summaries for one in summary.sentences}
        self._summaries = report.summaries

    def mentions(self, outcome: re.Pattern[str]) -> bool:
        """Return whether the article's text, which may be long, has the outcome."""
        if outcome not in self._mentioned:
            self._mentioned[outcome] = outcome.search(self.stored.article.text) is not None
        return self._mentioned[outcome]

    @cached_property
    def views(self) -> list[_View]:
        """Read the views, for which most stories have no candidate."""
        return [_View(self.stored, summary, self.figures) for summary in self._summaries]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence with a figure, or else with an outcome that is old news after one of `outcomes`.

    `support` counts the outlets that lead with the fact; facts of a low `rank` are the most important ones.
    """

    report: _Report
    sentence: SummarySentence
    rank: int
    support: int
    figure: Figure | None = None
    outcomes: tuple[re.Pattern[str], ...] = ()

    @property
    def stems(self) -> frozenset[str]:
        return _read_stems(self.sentence.text)

    @property
    def names(self) -> frozenset[str]:
        return extract_names(self.sentence.text)

    def is_lacking(self, view: _View, other: _Report) -> bool:
        """Return whether the view of another outlet's article lacks the fact, and the sentence is about its event."""
        if other.outlet == self.report.outlet or view.has(self.outcomes):
            return False
        if self.outcomes and not other.mentions(self.outcomes[-1]):
            return False
        if self.figure is not None and _has_figure(view, self.figure):
            return False
        known, stems = frozenset[str]().union(*view.stems), self.stems
        return (
            len(stems & known) >= MIN_COMMON
            and not self.names.isdisjoint(known)
            and all(len(stems & those) < MAX_REPEATED * len(stems) for those in view.stems)
        )


def _has_figure(view: _View, figure: Figure) -> bool:
    """Return whether the view has the figure, in any spelling, or another one for the same thing."""
    return (
        figure.value in view.numbers
        or view.counts(figure.kind)
        or any(
            one.kind is figure.kind and (figure.kind is not Kind.COUNT or one.head == figure.head)
            for one in view.figures
        )
    )


def _list_candidates(report: _Report, reports: Sequence[_Report]) -> Iterator[_Candidate]:
    for sentence in report.sentences.values():
        if not is_plain(sentence.text):
            continue
        figures = [one for one in report.figures if not one.is_title and sentence.start <= one.start < sentence.end]
        if any(_is_contested(one, report, reports) for one in figures):
            continue
        for figure in figures:
            if figure.kind in _CENTRAL and (support := _count_support(figure, report, reports)):
                yield _Candidate(report, sentence, _CENTRAL.index(figure.kind), support, figure)
        for outcome, later in _OUTCOMES:
            if outcome is _STAGES[0] and not _has_verdict(sentence.text):
                continue
            if outcome.search(sentence.text) and outcome.search(report.stored.article.title):
                support = len({one.outlet for one in reports if outcome.search(one.stored.article.title)})
                yield _Candidate(report, sentence, _OUTCOME_RANK, support, outcomes=later)


def is_plain(sentence: str) -> bool:
    """Return whether the sentence is short and whole, and neither a quotation nor an opinion or a guess."""
    is_whole = len(sentence) <= MAX_CHARS and _END.search(sentence) is not None
    return is_whole and not any(one.search(sentence) for one in (_QUOTE, _OPINION, _REFERENCE, _RATE))


def _has_verdict(sentence: str) -> bool:
    return bool(find_amounts(sentence) or _VERDICT.search(sentence)) and not _NO_VERDICT.search(sentence)


def _count_support(figure: Figure, report: _Report, reports: Sequence[_Report]) -> int:
    """Return the number of outlets that lead with the figure, or 0 if it is not central."""
    support = len({one.outlet for one in reports if any(_is_same(figure, lead) for lead in one.leads)})
    is_in_title = any(one.is_title and _is_same(figure, one) for one in report.leads)
    if figure.kind in _VICTIMS or figure.kind is Kind.MAGNITUDE:
        is_central = is_in_title or (support > 1 and figure.start < MAX_OPENING_CHARS)
    elif figure.kind is Kind.COUNT:
        is_punishment = figure.head in ("tahun", "bulan") and _STAGES[0].search(report.stored.article.title)
        is_central = is_in_title and bool(is_punishment)
    else:
        is_central = is_in_title
    return support if is_central else 0


def _is_same(one: Figure, other: Figure) -> bool:
    return one.value == other.value and is_comparable(one, other)


def _is_contested(figure: Figure, report: _Report, reports: Sequence[_Report]) -> bool:
    """Return whether an article leads with another number for the same thing."""
    return figure.kind in _CONTESTED and any(
        one.kind is figure.kind and one.head == figure.head and not is_consistent(one, figure)
        for other in reports
        if other is not report
        for one in other.leads
    )


def _read_stems(text: str) -> frozenset[str]:
    return frozenset(extract_terms(text)) - load_frame_stems()
