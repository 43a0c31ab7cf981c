"""Numbers about the same thing on which the outlets of a story differ.

Precision comes first. Numbers of people, magnitudes and scores are compared by the figure that an article leads with.
Other numbers are compared only in sentences that resemble each other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import combinations, takewhile
from math import log
from operator import attrgetter, eq

from summaries.model import StoredArticle, get_outlet_key
from summaries.stories.figures import (
    CUED_KINDS,
    MAX_CHARS,
    MAX_SENTENCE_CHARS,
    Bound,
    Figure,
    Kind,
    extract_article_figures,
    find_possible_kinds,
)
from summaries.stories.signature import extract_terms
from summaries.text.amounts import find_amounts
from summaries.text.sentences import find_sentences

SHOWN_KINDS = frozenset((Kind.DEATHS, Kind.INJURED, Kind.MISSING, Kind.SURVIVORS, Kind.MAGNITUDE, Kind.AGE))
"""The kinds that readers of the bot see. The precision of the others was not shown on stories that nobody had seen."""
MAX_ARTICLES = 15
"""The latest articles that are compared, which bounds the cost of a large story."""
LATER = timedelta(hours=1)
"""A higher number of victims so much later is a development."""
_PEOPLE = (Kind.DEATHS, Kind.INJURED, Kind.MISSING, Kind.SURVIVORS, Kind.DISPLACED)
_LED = frozenset((*_PEOPLE, Kind.MAGNITUDE, Kind.SCORE))
MIN_LIKENESS = 0.35
"""The likeness of two contexts from which their numbers count as numbers about the same thing."""
_MIN_COMMON = 2
_ROUNDED = 0.05
_CLOSE = 0.02
# "Lebih dari 100" and 140 agree, "lebih dari 100" and 300 do not.
_LIMIT_REACH = Decimal("1.5")
_SOME = 0.1
_FINE = 1_000
_FAR_APART = 2
_LONG_NAME = 5
_MAGNITUDE_GAP, _AGE_GAP = 1, 5
"""Beyond it, two earthquakes or two people of one name are more likely than two reports of one."""
# The word before such an amount names the thing: a fine and a bribe are two things.
_MEASURED = (Kind.MONEY, Kind.PERCENT, Kind.DISTANCE, Kind.MEASURE)
_ANY_RATIO = (Kind.TIME, Kind.DATE, Kind.AGE, Kind.DEPTH)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence with a number in an article: `text[start:end]` of its text, or of its title if `is_title`.

    The number is at `number_start` to `number_end`; `value` is as in `Figure`. `is_later` marks a development: it was
    published an hour or more after another number, and the number of victims grew.
    """

    article_id: int
    outlet: str | None
    published_at: datetime
    sentence: str
    start: int
    end: int
    number_start: int
    number_end: int
    value: Decimal
    is_title: bool = False
    is_later: bool = False


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Statements of different outlets, the earliest first, whose numbers about the same thing differ.

    `is_update` is true if all the differences are developments, so that no dispute remains.
    """

    kind: Kind
    statements: tuple[Statement, ...]
    is_update: bool = False


def find_disagreements(articles: Collection[StoredArticle]) -> list[Disagreement]:
    """Return the disagreements between the outlets of the story's `articles`, those of its first statements first."""
    latest = sorted(articles, key=attrgetter("reported_at"), reverse=True)[:MAX_ARTICLES]
    reports = [_Report(stored) for stored in sorted(latest, key=attrgetter("reported_at"))]
    weights = _Weights([figure for report in reports for figure in report.figures])
    pairs: list[_Pair] = []
    for one, other in combinations(reports, 2):
        if one.outlet != other.outlet:
            pairs += _compare(one, other, weights)
    kept = [pair for pair in pairs if not _is_corrected(pair, reports, weights)]
    return sorted(_group(kept), key=lambda found: found.statements[0].published_at)


def may_disagree(articles: Iterable[StoredArticle], kinds: Collection[Kind]) -> bool:
    """Return whether two outlets may have figures of one of the kinds. Most stories have none, and need not be read."""
    if not CUED_KINDS.issuperset(kinds):
        return True
    outlets: dict[Kind, set[str]] = defaultdict(set)
    for stored in articles:
        for kind in find_possible_kinds(stored.article.title, stored.article.text):
            outlets[kind].add(get_outlet_key(stored.article.outlet))
    return any(len(outlets[kind]) > 1 for kind in kinds)


class _Report:
    """An article with its figures; `leads` has the figure of each kind and group of people that it leads with."""

    def __init__(self, stored: StoredArticle) -> None:
        article = stored.article
        self.stored = stored
        self.published_at = stored.reported_at
        self.outlet = get_outlet_key(article.outlet)
        self.figures = extract_article_figures(article.title, article.text, self.published_at.date())
        self.ages = [figure for figure in self.figures if figure.kind is Kind.AGE]
        self.title = frozenset(extract_terms(article.title))
        found: dict[tuple[Kind, str], list[Figure]] = defaultdict(list)
        for figure in self.figures:
            if figure.kind in _LED and (not figure.place or figure.place in self.title):
                found[figure.kind, figure.head if figure.kind in _PEOPLE else ""].append(figure)
        self.leads = {key: lead for key, figures in found.items() if (lead := _find_lead(figures))}

    @cached_property
    def numbers(self) -> Mapping[tuple[str | None, Decimal], Sequence[frozenset[str]]]:
        """Return the sentences with each number, as sets of stems. Most stories never need them."""
        article = self.stored.article
        found: dict[tuple[str | None, Decimal], list[frozenset[str]]] = defaultdict(list)
        text = article.text[:MAX_CHARS]
        for sentence in (article.title, *(text[span.start : span.end] for span in find_sentences(text))):
            if amounts := find_amounts(sentence[:MAX_SENTENCE_CHARS]):
                stems = frozenset(extract_terms(sentence))
                for amount in amounts:
                    found[amount.unit, amount.values[0]].append(stems)
        return found

    def has(self, figure: Figure, weights: _Weights, least: float = 0.0) -> bool:
        """Return whether the article has another article's number, too, in a sentence of at least this overlap."""
        if figure.kind is Kind.AGE:
            return any(one.value == figure.value and measure_likeness(one, figure, weights) for one in self.ages)
        sentences = self.numbers.get((figure.unit, figure.value), ()) if figure.kind not in _LED else ()
        return any(weights.measure_overlap(figure.around, stems) >= max(least, _SOME) for stems in sentences) or any(
            is_comparable(one, figure)
            and is_consistent(one, figure)
            and weights.measure_overlap(figure.around, one.around) >= least
            for one in self.figures
        )


def _find_lead(figures: Sequence[Figure]) -> Figure | None:
    """Return the one in the title, else the only one, else the first if its number is the most frequent."""
    titled = {one.value for one in figures if one.is_title}
    counts = Counter(one.value for one in figures).most_common(2)
    value = next(iter(titled), figures[0].value)
    is_unclear = counts[0][0] != value or (len(counts) > 1 and counts[0][1] == counts[1][1])
    if len(titled) > 1 or (not titled and is_unclear):
        return None
    return next((one for one in figures if one.value == value and not one.is_title), figures[0])


@dataclass(frozen=True, slots=True)
class _Pair:
    one: _Report
    figure: Figure
    other: _Report
    counterpart: Figure


def is_comparable(one: Figure, other: Figure) -> bool:
    """Return whether two figures have the same kind and unit, a similar size and, for counts, the same noun."""
    if _are_far_apart(one, other):
        return False
    is_same_unit = one.unit == other.unit or (one.kind is Kind.TIME and None in (one.unit, other.unit))
    return one.kind is other.kind and is_same_unit and (one.kind is not Kind.COUNT or one.head == other.head)


def is_consistent(one: Figure, other: Figure) -> bool:
    """Return whether two numbers may be the same one, rounded or given as a limit."""
    if one.value == other.value:
        return True
    low, high = sorted((one, other), key=lambda figure: figure.value)
    if low.bound is Bound.AT_LEAST or high.bound is Bound.AT_MOST:
        return high.value <= _LIMIT_REACH * low.value
    if one.kind is Kind.TIME:
        return Bound.ABOUT in (one.bound, other.bound) and high.value - low.value <= 15 and _is_round_time(one, other)
    if one.kind in (Kind.DATE, Kind.SCORE, Kind.AGE, Kind.MAGNITUDE):
        return False
    gap = (high.value - low.value) / high.value
    is_rough = Bound.ABOUT in (one.bound, other.bound)
    is_fine = high.value >= _FINE or high.value % 1 != 0
    return gap <= float(_ROUNDED if is_rough or _is_rounding(low, high) else _CLOSE) and (is_rough or is_fine)


def _is_round_time(*figures: Figure) -> bool:
    return all(figure.bound is Bound.EXACT or figure.value % 5 == 0 for figure in figures)


def _is_rounding(one: Figure, other: Figure) -> bool:
    """Return whether one number is the other with fewer digits."""
    digits = sorted((str(int(figure.value)).rstrip("0") for figure in (one, other)), key=len)
    return len(digits[0]) < len(digits[1])


class _Weights:
    """The weight of each stem: the rarer it is in the story's sentences with figures, the higher."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        sentences = {(figure.sentence, figure.around) for figure in figures}
        counts = Counter(stem for _, stems in sentences for stem in stems)
        self._weights: defaultdict[str, float] = defaultdict(lambda: 1.0)
        self._weights |= {stem: log(1 + len(sentences) / count) for stem, count in counts.items()}
        self._sums: dict[frozenset[str], float] = {}
        self._overlaps: dict[tuple[frozenset[str], frozenset[str]], float] = {}

    def sum(self, stems: frozenset[str]) -> float:
        if stems not in self._sums:
            self._sums[stems] = sum(map(self._weights.__getitem__, stems))
        return self._sums[stems]

    def measure_overlap(self, one: frozenset[str], other: frozenset[str]) -> float:
        """Return the Dice coefficient of two sets by weight. One common stem is no overlap."""
        if (overlap := self._overlaps.get((one, other))) is None:
            common = one & other
            weight = self.sum(one) + self.sum(other)
            overlap = 2 * self.sum(common) / weight if len(common) >= _MIN_COMMON else 0.0
            self._overlaps[one, other] = overlap
        return overlap


def _compare(one: _Report, other: _Report, weights: _Weights) -> Iterator[_Pair]:
    for key in one.leads.keys() & other.leads.keys():
        figure, counterpart = one.leads[key], other.leads[key]
        is_elsewhere = not {figure.place, counterpart.place} - {""} <= one.title & other.title
        is_other_match = figure.kind is Kind.SCORE and not weights.measure_overlap(figure.around, counterpart.around)
        is_other_quake = figure.kind is Kind.MAGNITUDE and abs(figure.value - counterpart.value) > _MAGNITUDE_GAP
        if is_elsewhere or is_other_match or is_other_quake or figure.years ^ counterpart.years:
            continue
        if not (one.has(counterpart, weights) or other.has(figure, weights)):
            yield _Pair(one, figure, other, counterpart)
    for figure in one.figures:
        found, likeness = _find_counterpart(figure, other.figures, weights)
        if found is None or figure.kind in _LED or likeness < MIN_LIKENESS:
            continue
        if figure.kind in _MEASURED and _share_amount(one, figure, other, found):
            continue
        least = weights.measure_overlap(figure.around, found.around) / 2
        if is_consistent(figure, found) or one.has(found, weights, least) or other.has(figure, weights, least):
            continue
        if _find_counterpart(found, one.figures, weights)[0] is figure:
            yield _Pair(one, figure, other, found)


def _share_amount(one: _Report, figure: Figure, other: _Report, counterpart: Figure) -> bool:
    """Return whether the two sentences agree on another amount of the kind: each may have one more about another thing.

    If they list equally many amounts, and only these two differ, they are about the same thing.
    """
    mine, theirs = (
        [same.value for same in report.figures if same.sentence == member.sentence and same.kind is member.kind]
        for report, member in ((one, figure), (other, counterpart))
    )
    if len(mine) == len(theirs) and sum(a != b for a, b in zip(mine, theirs, strict=True)) == 1:
        return False
    return not set(mine).isdisjoint(theirs)


def _are_far_apart(one: Figure, other: Figure) -> bool:
    """Return whether one amount is so much higher that the two more likely measure different things."""
    low, high = sorted((one.value, other.value))
    if one.kind is Kind.AGE:
        return high - low > _AGE_GAP
    return one.kind not in _ANY_RATIO and high >= _FAR_APART * low


def _find_counterpart(figure: Figure, others: Sequence[Figure], weights: _Weights) -> tuple[Figure | None, float]:
    """Return the figure of another article that is most like the figure, and their likeness."""
    best, highest = None, 0.0
    for other in others:
        if is_comparable(figure, other):
            likeness = measure_likeness(figure, other, weights)
            if likeness > highest:
                best, highest = other, likeness
    return best, highest


def measure_likeness(one: Figure, other: Figure, weights: _Weights) -> float:
    """Return the likeness of the contexts of two figures: 0 with other names or years, 1 for the same words."""
    is_other = one.names and other.names and one.names.isdisjoint(other.names) and one.kind is not Kind.AGE
    if one.years ^ other.years or is_other:
        return 0.0
    if one.kind in _MEASURED and one.measured not in other.near and other.measured not in one.near:
        return 0.0
    if one.kind is Kind.AGE:
        few, many = sorted((one.names, other.names), key=len)
        return float(bool(few) and all(any(_is_spelling(a, b) for b in many) for a in few))
    return (weights.measure_overlap(one.near, other.near) + weights.measure_overlap(one.around, other.around)) / 2


def _is_spelling(one: str, other: str) -> bool:
    """Return whether the two are one name, or long names that differ in one letter."""
    if one == other:
        return True
    same = sum(sum(takewhile(bool, map(eq, *pair))) for pair in ((one, other), (one[::-1], other[::-1])))
    return min(len(one), len(other)) >= _LONG_NAME and max(len(one), len(other)) - same <= 1


def _is_corrected(pair: _Pair, reports: Sequence[_Report], weights: _Weights) -> bool:
    """Return whether a later article of one of the two outlets has another number, or the other outlet's."""
    for own, figure in ((pair.one, pair.figure), (pair.other, pair.counterpart)):
        for later in reports:
            if later.outlet != own.outlet or later.published_at <= own.published_at:
                continue
            if figure.kind in _LED:
                if any(kind is figure.kind for kind, _ in later.leads):
                    return True
                continue
            _, likeness = _find_counterpart(figure, later.figures, weights)
            if likeness >= MIN_LIKENESS and not later.has(figure, weights):
                return True
    return False


def _group(pairs: Sequence[_Pair]) -> Iterator[Disagreement]:
    """Yield one disagreement for all pairs that share figures, with one statement of each outlet and number."""
    groups: list[dict[tuple[int, bool, int], tuple[_Report, Figure]]] = []
    for pair in pairs:
        members = {
            (report.stored.id, figure.is_title, figure.start): (report, figure)
            for report, figure in ((pair.one, pair.figure), (pair.other, pair.counterpart))
        }
        for group in [group for group in groups if group.keys() & members.keys()]:
            members |= group
            groups.remove(group)
        groups.append(members)
    for group in groups:
        found = {(report.outlet, figure.value): (report, figure) for report, figure in group.values()}
        ordered = sorted(found.values(), key=lambda one: one[0].published_at)
        statements = tuple(_make_statement(report, figure, ordered) for report, figure in ordered)
        is_update = all(
            one[1].value == other[1].value or _is_development(*one, *other) for one, other in combinations(ordered, 2)
        )
        yield Disagreement(ordered[0][1].kind, statements, is_update)


def _is_development(earlier: _Report, before: Figure, later: _Report, after: Figure) -> bool:
    """Return whether the second of two different numbers may be the first one, hours later."""
    return (
        after.kind in (*_PEOPLE, Kind.COUNT)
        and later.published_at - earlier.published_at >= LATER
        and (after.kind is Kind.MISSING or after.value > before.value)
    )


def _make_statement(report: _Report, figure: Figure, all_of_them: Sequence[tuple[_Report, Figure]]) -> Statement:
    article = report.stored.article
    source = article.title if figure.is_title else article.text
    is_later = any(
        other.value != figure.value and _is_development(earlier, other, report, figure)
        for earlier, other in all_of_them
    )
    start, end = figure.sentence
    return Statement(
        report.stored.id,
        article.outlet,
        report.published_at,
        source[start:end],
        start,
        end,
        figure.start,
        figure.end,
        figure.value,
        figure.is_title,
        is_later,
    )
