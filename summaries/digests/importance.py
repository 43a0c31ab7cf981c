"""The importance of stories for a digest, with its reasons, and the mix of stories that a digest contains.

Editors judge an event by the newsrooms that report it. So the weight of a story is above all its number of independent
voices: publishers that report the event themselves. Speed, follow-ups and age decide between stories with as many.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from math import log, sqrt
from types import MappingProxyType
from typing import NamedTuple

from summaries.model import Report, get_outlet_key
from summaries.outlets import get_owner
from summaries.stories.signature import HeadlineKind, classify_headline
from summaries.text.lazy_patterns import lazy_regex
from summaries.text.words import load_stop_words, split_words
from summaries.topic_model.topics import GENERAL, TOPICS


class Minor(StrEnum):
    """Kinds of articles that rank behind news, however many outlets publish them."""

    SYNOPSIS = "synopsis"
    SCHEDULE = "schedule"
    HOROSCOPE = "horoscope"
    LAUNCH = "launch"
    PROMOTION = "promotion"
    LIST = "list"
    PREVIEW = "preview"
    LIVE = "live"


# Cues in lower-case headlines. They are words of the genre, which all outlets use, not habits of one outlet.
_CUES: Mapping[Minor, re.Pattern[str]] = {
    Minor.SYNOPSIS: lazy_regex(
        r"^sinopsis\b|\bsinopsis (?:film|drama|drakor|serial|series)\b|\b(?:link )?nonton film\b"
    ),
    Minor.HOROSCOPE: lazy_regex(
        r"\b(?:horoskop|zodiak|primbon|weton|tarot|shio)\b|\bramalan (?:asmara|karier|keuangan|bintang|cinta)\b"
    ),
    Minor.SCHEDULE: lazy_regex(
        r"^(?:catat )?jadwal\b|^(?:prakiraan|ramalan) cuaca\b"
        r"|\bjadwal (?:acara|tv|siaran|tayang|bioskop|film|sholat|salat|imsak|buka puasa|sim keliling|krl|pelni)\b"
    ),
    Minor.PROMOTION: lazy_regex(
        r"\b(?:promo(?! (?:pari)?wisata)|diskon|cashback|voucher|obral|diobral|giveaway|advertorial|kode redeem"
        r"|flash sale)\b"
    ),
    # A number opens many headlines of news ("3 jemaah hilang"); here it counts the items of a list.
    Minor.LIST: lazy_regex(
        r"^(?:\d+ |deretan |daftar |kumpulan |inilah |ini |sederet )(?:cara|tips|fakta|manfaat|rekomendasi|alasan|resep"
        r"|ide|ciri|tanda|kesalahan|keunggulan|perbedaan|contoh|destinasi|tempat wisata|kebiasaan|ucapan|potret"
        r"|inspirasi|model|khasiat|langkah|trik|drama|drakor|lagu|game|gim|anime|makanan|minuman|tanaman|zodiak|doa|jenis)\b"
        r"|^(?:tips|cara|trik|resep|rekomendasi|kumpulan|contoh|panduan|niat|lirik|link|inspirasi|download|unduh) "
        r"|^doa (?:agar|untuk|sebelum|setelah|sesudah|ketika|saat|harian|pagi|mohon|memohon)\b"
        r"|^(?:kunci jawaban|teks (?:pidato|protokol|doa|mc|khutbah))\b"
        r"|\bcara (?:cek|daftar|klaim|transfer|membuat|bikin|mengatasi|mengurus|mencairkan)\b|\b\d+ tips\b"
        r"|^(?:foto|potret|infografis|video|galeri|kuis|tes) ?:"
    ),
    Minor.LIVE: lazy_regex(
        r"^live\b|\blink live\b|^(?:saksikan|nonton)\b(?! bareng)|\blive (?:report|update|score|blog)\b"
    ),
    Minor.PREVIEW: lazy_regex(r"\b(?:vs|prediksi skor|prediksi susunan|susunan pemain|head to head|nanti malam)\b"),
}
# A headline with "vs" announces a match, unless it has the result.
_RESULT = lazy_regex(
    r"\b(?:hasil|skor akhir|rekap|klasemen|menang|kalah|imbang|seri|takluk|tumbang|lolos|juara|gugur|bungkam|tekuk)"
    r"|\b(?:usai|rating pemain|pemain terbaik|man of the match|cetak)\b|\d ?[-–] ?\d"
)
# Previews and live coverage are news until their event is over, which is soon after they were published.
_IS_OVER_AFTER = {Minor.PREVIEW: timedelta(hours=8), Minor.LIVE: timedelta(hours=4)}
# A price or a specification makes any headline one about a product; a launch does so where products are the subject,
# because governments and armies launch things too.
_PRODUCT = lazy_regex(r"\b(?:spesifikasi(?:nya)?|spek|ini harganya|harganya(?=\?)|harga mulai|harga dan|dibanderol)\b")
_LAUNCH = lazy_regex(r"\b(?:di|me)?(?:rilis|luncurkan|luncur)\b|\b(?:hadirkan|debut|resmi hadir|resmi mengaspal)\b")
_PRODUCT_TOPICS = frozenset({"teknologi", "otomotif", "gaya-hidup"})
# A rebate that the state grants is a policy, not a promotion.
_POLICY = lazy_regex(r"\b(?:pemerintah|menteri|kepmen|perpres|pajak|ppn|stimulus|dpr|presiden|gubernur|subsidi)\b")
MAX_TITLE_CHARS = 300


@lru_cache(maxsize=20_000)
def find_minor_kind(title: str, topic: str | None) -> Minor | None:
    """Return the kind of a minor article by cues in its headline, or None for news. Previews and live coverage count
    only once their event is over."""
    lower = " ".join(title[:MAX_TITLE_CHARS].lower().split())
    if _PRODUCT.search(lower) or (topic in _PRODUCT_TOPICS and _LAUNCH.search(lower)):
        return Minor.LAUNCH
    kind = next((kind for kind, cue in _CUES.items() if cue.search(lower)), None)
    is_news = (kind is Minor.PREVIEW and (topic != "olahraga" or _RESULT.search(lower))) or (
        kind is Minor.PROMOTION and _POLICY.search(lower)
    )
    return None if is_news else kind


@dataclass(frozen=True, slots=True)
class Importance:
    """The weight of a story, in voices, and its reasons.

    `owners` counts the publishers that report the event themselves, `quick_owners` those among them that did so within
    `QUICK` of the first, `copies` the reports that repeat the text of another publisher. `minor` is the kind of a story
    that ranks behind news.
    """

    weight: float
    owners: int
    quick_owners: int
    copies: int
    minor: Minor | None


# A report is one voice of its publisher. Background is not quite a report of the event, and a minor article hardly says
# that the event matters.
BACKGROUND_VOICE, MINOR_VOICE = 0.5, 0.3
# Newsrooms drop other work for big news, so publishers that report it within hours of the first add to the weight.
QUICK = timedelta(hours=3)
QUICK_WEIGHT, MAX_QUICK = 0.2, 5
# Newsrooms follow up on events that matter to them. Publishers are counted, because some write of everything often.
FOLLOW_UP_WEIGHT = 0.1
# A story of yesterday evening needs half a voice more than one of this morning.
AGE_WEIGHT_PER_HOUR = 0.02


def weigh_story(reports: Sequence[Report], shown: Report, now: datetime) -> Importance:
    """Return the importance at `now` of a story that is shown by the report `shown`."""
    minor = {report.article_id: find_minor(report, now) for report in reports}
    copies = find_copies(reports)
    by_owner: dict[str, list[Report]] = {}
    for report in sorted(reports, key=_sort_key):
        if report.article_id not in copies:
            by_owner.setdefault(find_owner(report.outlet), []).append(report)
    voices = [max(_measure_voice(report, minor[report.article_id]) for report in own) for own in by_owner.values()]
    first = min(own[0].published_at for own in by_owner.values())
    quick = sum(own[0].published_at - first <= QUICK for own in by_owner.values())
    hours = max(timedelta(), now - max(report.published_at for report in reports)) / timedelta(hours=1)
    weight = (
        sum(voices)
        + QUICK_WEIGHT * min(quick - 1, MAX_QUICK)
        + FOLLOW_UP_WEIGHT * sum(len(own) > 1 for own in by_owner.values())
        - AGE_WEIGHT_PER_HOUR * hours
    )
    return Importance(weight, len(voices), quick, len(copies), minor[shown.article_id])


def explain_story(reports: Sequence[Report], article_id: int, now: datetime) -> Importance:
    """Return the importance at `now` of a story that is shown by its article with this id."""
    return weigh_story(reports, next(report for report in reports if report.article_id == article_id), now)


def _measure_voice(report: Report, minor: Minor | None) -> float:
    if minor is not None:
        return MINOR_VOICE
    return BACKGROUND_VOICE if classify_headline(report.title) is HeadlineKind.BACKGROUND else 1.0


def find_minor(report: Report, now: datetime) -> Minor | None:
    """Return the kind of a minor article at `now`, or None for news."""
    kind = find_minor_kind(report.title, report.topic)
    if kind in _IS_OVER_AFTER and now - report.published_at < _IS_OVER_AFTER[kind]:
        return None
    return kind


@lru_cache(maxsize=2_000)
def find_owner(outlet: str | None) -> str:
    """Return the owner of the outlet. Articles without an outlet have one owner together."""
    return get_owner(outlet.strip()).casefold() if outlet else ""


# Copies of one text differ in the dateline and a few edits. Separate reports share at most half of their runs of words,
# even of one press release.
COPY_RUN_WORDS = 4
COPY_SHARE = 0.7
MIN_COPY_WORDS = 12


def find_copies(reports: Sequence[Report]) -> frozenset[int]:
    """Return the articles whose opening repeats that of an earlier article of another owner."""
    if len({find_owner(report.outlet) for report in reports}) < 2:
        return frozenset()
    seen: list[tuple[str, frozenset[tuple[str, ...]]]] = []
    copies = set()
    for report in sorted(reports, key=_sort_key):
        owner, runs = find_owner(report.outlet), _split_runs(report.opening)
        if not runs:
            continue
        if any(
            owner != other and len(runs & known) >= COPY_SHARE * min(len(runs), len(known)) for other, known in seen
        ):
            copies.add(report.article_id)
        seen.append((owner, runs))
    return frozenset(copies)


@lru_cache(maxsize=2_000)
def _split_runs(opening: str) -> frozenset[tuple[str, ...]]:
    words = split_words(opening.lower())
    if len(words) < MIN_COPY_WORDS:
        return frozenset()
    return frozenset(zip(*(words[start:] for start in range(COPY_RUN_WORDS)), strict=False))


def _sort_key(report: Report) -> tuple[datetime, int]:
    return report.published_at, report.article_id


# Words of the headline say most about the event; those of the opening add names that the headline leaves out.
TITLE_WORD, OPENING_WORD = 1.0, 0.4
# Cosines of such vectors, with words weighted by rarity: from the first on two stories belong to one affair, from the
# second on they are one story that was split by mistake.
SAME_AFFAIR, SAME_STORY = 0.2, 0.5
MAX_OF_AFFAIR = 2
# Headlines of the course or the cause of an event, which belong to the story of the event.
_COURSE = lazy_regex(r"^(?:kronologi|detik-detik|penyebab|begini kronologi|ini kronologi|terungkap penyebab)\b")
# A digest takes at most a third of its stories from one outlet, rounded up.
OUTLET_SHARE = 3
# A story that a chat wants more of ranks as if two further publishers reported it.
TASTE_WEIGHT = 2.0
# Half of a digest, rounded up, is kept for the reader's regions; the other half has the news of the country.
REGION_SHARE = 2


class Wording:
    """The words of reports, for comparing them: a word is the rarer, the fewer of the stories have it.

    Other reports may be compared, too. A word that no story has is as rare as one of a single story.
    """

    def __init__(self, stories: Collection[Sequence[Report]]) -> None:
        counts = Counter(
            word
            for reports in stories
            for word in {word for report in reports for word in _count_words(report.title, report.opening)}
        )
        self._rarest = log(1 + len(stories))
        self._rarity = {word: self._rarest - log(count) for word, count in counts.items()}
        self._vectors: dict[int, tuple[Mapping[str, float], float]] = {}
        self._similarities: dict[tuple[int, int], float] = {}

    def compare(self, one: Report, other: Report) -> float:
        """Return the similarity of two reports, from 0 to 1."""
        ids = one.article_id, other.article_id
        if (found := self._similarities.get(ids)) is None:
            (a, a_norm), (b, b_norm) = self._measure(one), self._measure(other)
            norm = a_norm * b_norm
            found = sum(a[word] * b[word] for word in a.keys() & b.keys()) / norm if norm else 0.0
            self._similarities[ids] = found
        return found

    def _measure(self, report: Report) -> tuple[Mapping[str, float], float]:
        """Return the weights of the report's words, and the length of this vector."""
        if (found := self._vectors.get(report.article_id)) is None:
            words = _count_words(report.title, report.opening).items()
            vector = {word: value * self._rarity.get(word, self._rarest) for word, value in words}
            found = self._vectors[report.article_id] = vector, sqrt(sum(value * value for value in vector.values()))
        return found


# An amount is often printed without a space: "Rp890 miliar".
_CURRENCY = lazy_regex(r"\brp\.?(?=\d)", re.IGNORECASE)


@lru_cache(maxsize=20_000)
def _count_words(title: str, opening: str) -> Mapping[str, float]:
    words = dict.fromkeys(_split_content(opening), OPENING_WORD)
    return words | dict.fromkeys(_split_content(title[:MAX_TITLE_CHARS]), TITLE_WORD)


def _split_content(text: str) -> Iterator[str]:
    """Yield the words without stop words and single letters; amounts without their currency ("Rp890" is "890")."""
    stops = load_stop_words("id")
    for word in split_words(_CURRENCY.sub("", text.lower())):
        if len(word) > 1 and word not in stops:
            yield word


@dataclass(frozen=True, slots=True)
class Story:
    """A candidate for a digest: its reports, those that represent it best first, and its importance."""

    id: int
    reports: tuple[Report, ...]
    importance: Importance


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Stories, the most important first, the wording of their reports, and by id the places of the stories in this
    order and their weights."""

    stories: tuple[Story, ...]
    wording: Wording
    places: Mapping[int, int]
    weights: Mapping[int, float]


class Leaning(NamedTuple):
    """The effect of a chat's tastes: the scores of stories by id and of outlets by key, positive for more."""

    scores: Mapping[int, int] = MappingProxyType({})
    outlets: Mapping[str, int] = MappingProxyType({})


NEUTRAL = Leaning()


def rank_stories(stories: Mapping[int, Sequence[Report]], now: datetime, wording: Wording | None = None) -> Ranking:
    """Return the stories with their importance at `now`. `wording` is that of their reports and others."""
    wording = wording or Wording(stories.values())
    ranked = []
    for story_id, reports in stories.items():
        ordered = order_reports(reports, wording, now)
        ranked.append(Story(story_id, ordered, weigh_story(reports, ordered[0], now)))
    return make_ranking(ranked, wording)


def make_ranking(stories: Iterable[Story], wording: Wording) -> Ranking:
    """Return the stories in order."""
    ranked = sorted(stories, key=lambda story: (-story.importance.weight, -story.id))
    places = {story.id: place for place, story in enumerate(ranked)}
    return Ranking(tuple(ranked), wording, places, {story.id: story.importance.weight for story in ranked})


def merge_ranking(ranking: Ranking, stories: Collection[Story]) -> Ranking:
    """Return the ranking with these stories, which replace those with the same ids; their wording is that of it."""
    ids = {story.id for story in stories}
    others = (story for story in ranking.stories if story.id not in ids)
    return make_ranking((*others, *stories), ranking.wording)


def order_reports(reports: Sequence[Report], wording: Wording, now: datetime) -> tuple[Report, ...]:
    """Return the reports that may be shown, or all if none may be, those that represent the story best first.

    That is a report of the event whose words have most in common with the others.
    """
    showable = [report for report in reports if report.is_showable] or list(reports)

    def rank(report: Report) -> tuple[bool, bool, float, tuple[datetime, int]]:
        common = sum(wording.compare(report, other) for other in reports if other is not report)
        is_background = classify_headline(report.title) is HeadlineKind.BACKGROUND
        return find_minor(report, now) is not None, is_background, -common, _sort_key(report)

    return tuple(sorted(showable, key=rank))


def choose_mix(
    ranking: Ranking,
    count: int,
    own_topics: Sequence[str] = (),
    without: Collection[int] = (),
    regional: Mapping[int, str] = MappingProxyType({}),
    leaning: Leaning = NEUTRAL,
) -> tuple[tuple[int, int], ...]:
    """Return the stories of a digest, each with the article to show: by region, then by topic, the reader's own topics
    first and the others in the order of `TOPICS`.

    The most important stories are taken, but not too many of one outlet or one affair, unless the digest would have
    free places. Stories with ids in `without` are passed over. `regional` are the codes of the reader's regions by the
    ids of the stories about them: these are preferred for half of the digest. The chat's `leaning` changes the order of
    importance. The most important story of all is in the digest in any case.
    """
    wording = ranking.wording
    if leaning.scores:
        ranked = sort_by_leaning(ranking, leaning.scores, without)
    else:
        ranked = [story for story in ranking.stories if story.id not in without]
    preferred = ranked[:1] + [story for story in ranked[1:] if story.id in regional]
    is_top_regional = bool(ranked) and ranked[0].id in regional
    half = min(count, -(-count // REGION_SHARE) + (not is_top_regional))
    shown = _Shown(wording, leaning.outlets)
    affairs: list[list[Story]] = []
    share = -(-count // OUTLET_SHARE)
    for stories, places, of_outlet, of_affair in (
        (preferred, half, share, MAX_OF_AFFAIR),
        (ranked, count, share, MAX_OF_AFFAIR),
        (preferred, half, count, MAX_OF_AFFAIR),
        (ranked, count, count, MAX_OF_AFFAIR),
        (ranked, count, count, None),
    ):
        for story in stories:
            if len(shown.reports) >= places:
                break
            affair = _find_affair(story, affairs, wording)
            is_new = (
                affair is None
                or of_affair is None
                or (len(affair) < of_affair and not any(is_same_event(story, other, wording) for other in affair))
            )
            if story.id not in shown.reports and is_new and shown.add(story, of_outlet):
                if affair is None:
                    affairs.append([story])
                else:
                    affair.append(story)
    names = dict.fromkeys((*sorted({*regional.values()}), *own_topics, *_TOPIC_ORDER))
    order = {name: place for place, name in enumerate(names)}
    # Sorting is stable: within a topic the most important story stays first.
    in_order = sorted(shown.reports, key=ranking.places.__getitem__)
    in_order.sort(key=lambda one: order.get(regional.get(one) or shown.reports[one].topic or GENERAL, len(order)))
    return tuple((story_id, shown.reports[story_id].article_id) for story_id in in_order)


def sort_by_leaning(ranking: Ranking, scores: Mapping[int, int], without: Collection[int] = ()) -> list[Story]:
    """Return the most important story that is not in `without`, then the others by their weight for a chat with these
    scores.

    A further taste for more adds as much to each story that it applies to, so none of them falls in the order.
    """
    weights = {**ranking.weights}
    for story_id in scores.keys() & weights.keys():
        weights[story_id] += TASTE_WEIGHT * scores[story_id]
    ids = [story_id for story_id in ranking.places if story_id not in without]
    # Stories with the same weight keep their order, also in reverse.
    ids[1:] = sorted(ids[1:], key=weights.__getitem__, reverse=True)
    return [ranking.stories[ranking.places[story_id]] for story_id in ids]


class _Shown:
    """The chosen stories, each with the report that is shown: if possible one of the `outlets` that score highest."""

    def __init__(self, wording: Wording, outlets: Mapping[str, int]) -> None:
        self._wording = wording
        self._outlets = outlets
        self.reports: dict[int, Report] = {}
        self._stories: list[Story] = []
        self._taken: Counter[str] = Counter()

    def add(self, story: Story, of_outlet: int) -> bool:
        """Add the story unless its outlets have `of_outlet` stories each. Another story may be shown by another of its
        outlets for that."""
        report = self._find_free(story, of_outlet) or self._make_room(story, of_outlet)
        if report is None:
            return False
        self._stories.append(story)
        self._show(story, report)
        return True

    def _make_room(self, story: Story, of_outlet: int) -> Report | None:
        """Show another story by another of its outlets, the one whose reports are most alike; return the report that
        this frees."""
        own = {_outlet_key(report): report for report in reversed(story.reports)}
        frees = [
            (self._wording.compare(free, other.reports[0]), place, free)
            for place, other in enumerate(self._stories)
            if _outlet_key(self.reports[other.id]) in own and (free := self._find_free(other, of_outlet)) is not None
        ]
        if not frees:
            return None
        _, place, free = max(frees, key=lambda found: found[:2])
        other = self._stories[place]
        report = own[_outlet_key(self.reports[other.id])]
        self._show(other, free)
        return report

    def _find_free(self, story: Story, of_outlet: int) -> Report | None:
        free = (report for report in story.reports if self._taken[_outlet_key(report)] < of_outlet)
        if not self._outlets:
            return next(free, None)
        # Of outlets with the same score, `max` takes the first.
        return max(free, key=lambda report: self._outlets.get(_outlet_key(report), 0), default=None)

    def _show(self, story: Story, report: Report) -> None:
        if story.id in self.reports:
            self._taken[_outlet_key(self.reports[story.id])] -= 1
        self.reports[story.id] = report
        self._taken[_outlet_key(report)] += 1


# General news is mostly news of the country.
_TOPIC_ORDER = tuple(dict.fromkeys(("nasional", GENERAL, *TOPICS)))


def _outlet_key(report: Report) -> str:
    return get_outlet_key(report.outlet)


# Verbs of headlines that report a statement ("Menkeu Tegaskan …"), and words that may come before them.
_STATEMENT_WORDS = """
    akui ajak bantah beberkan bicara bilang blak-blakan cerita dorong geram harap imbau ingatkan janji jelaskan kata
    katakan klaim kritik larang minta nilai pamer pastikan perintahkan puji sebut singgung sindir soroti targetkan
    tegaskan tuding umumkan ungkap ungkit usul usulkan yakin
"""
_STATEMENTS = frozenset(_STATEMENT_WORDS.split())
_ADVERBS = frozenset({"tegas", "kembali", "akan", "sudah", "juga", "tak", "ingin"})


@lru_cache(maxsize=20_000)
def find_speaker(title: str) -> str | None:
    """Return the name or office whose statement the headline reports, in lower case, or None."""
    speaker = None
    for word in title[:MAX_TITLE_CHARS].lower().split():
        if word in _STATEMENTS and speaker:
            return speaker
        if word.endswith(":"):
            return word.rstrip(":")
        if word not in _ADVERBS:
            speaker = word.strip(",")
    return None


def is_same_affair(one: Report, other: Report, wording: Wording) -> bool:
    """Return whether the reports belong to one affair: the same names and things, or statements of the same person.

    A speech is one affair, though each of its points is a story.
    """
    speaker = find_speaker(one.title)
    return wording.compare(one, other) >= SAME_AFFAIR or (speaker is not None and speaker == find_speaker(other.title))


def is_same_event(one: Story, other: Story, wording: Wording) -> bool:
    """Return whether stories of one affair are about the same event.

    They have most rare words or a large number in common, or one is about the course or the cause.
    """
    first, second = one.reports[0], other.reports[0]
    return (
        wording.compare(first, second) >= SAME_STORY
        or any(_COURSE.match(report.title.lower()) for report in (first, second))
        or not _find_numbers(one).isdisjoint(_find_numbers(other))
    )


_NUMBER = lazy_regex(r"(?<![\d.,])\d+(?:[.,]\d+)*")
_YEAR = lazy_regex(r"(?:19|20)\d\d")


def _find_numbers(story: Story) -> frozenset[str]:
    """Return the numbers of at least three digits in the headlines, other than years."""
    titles = (_CURRENCY.sub("", report.title[:MAX_TITLE_CHARS]) for report in story.reports)
    numbers = (number.replace(".", "") for title in titles for number in _NUMBER.findall(title))
    return frozenset(number for number in numbers if len(number) > 2 and not _YEAR.fullmatch(number))


def _find_affair(story: Story, affairs: Iterable[list[Story]], wording: Wording) -> list[Story] | None:
    """Return the affair that the story belongs to, the largest if there are several, or None."""
    first = story.reports[0]
    own = [affair for affair in affairs if any(is_same_affair(first, other.reports[0], wording) for other in affair)]
    return max(own, key=len, default=None)
