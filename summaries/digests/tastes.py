"""Tastes: more, or less, news of a topic, an outlet or a name than a digest would have by importance alone."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from summaries.digests.importance import Leaning
from summaries.model import MAX_TASTE_CHARS, Article, Report, Taste, TasteKind, get_outlet_key
from summaries.stories.signature import extract_names, normalize_term
from summaries.text.words import split_words
from summaries.topic_model.topics import GENERAL


class Subject(NamedTuple):
    """A topic (its key), an outlet or a name that a chat may want more or less of."""

    kind: TasteKind
    name: str


def get_subject(taste: Taste) -> Subject:
    return Subject(taste.kind, taste.name)


def is_same_subject(one: Subject, other: Subject) -> bool:
    """Return whether the subjects are the same; names match in any case."""
    return one.kind is other.kind and one.name.casefold() == other.name.casefold()


def find_taste(tastes: Iterable[Taste], subject: Subject) -> Taste | None:
    """Return the taste for the subject, if there is one."""
    return next((taste for taste in tastes if is_same_subject(get_subject(taste), subject)), None)


def put_taste(tastes: Iterable[Taste], subject: Subject, *, is_more: bool | None) -> tuple[Taste, ...]:
    """Return the tastes with more or less of the subject, or with neither if `is_more` is None; they are sorted."""
    others = [taste for taste in tastes if not is_same_subject(get_subject(taste), subject)]
    if is_more is not None:
        others.append(Taste(subject.kind, subject.name, is_more))
    return tuple(sorted(others))


class TasteIndex:
    """Finds the stories to which tastes apply, each taste once for all chats that have it."""

    def __init__(self, stories: Mapping[int, Sequence[Report]]) -> None:
        self._stories = stories
        self._counts: defaultdict[Subject, Counter[int]] = defaultdict(Counter)
        texts: list[str] = []
        self._applied: dict[Taste, Collection[int]] = {}
        for story_id, reports in stories.items():
            for report in reports:
                self._counts[Subject(TasteKind.TOPIC, report.topic or GENERAL)][story_id] += 1
                self._counts[Subject(TasteKind.OUTLET, get_outlet_key(report.outlet))][story_id] += 1
                texts.append(_join_words(f"{report.title} . {report.opening}"))
        # One text is searched much faster than many. Reports are separated by line breaks, which no name contains.
        self._text = "\n".join(texts)
        self._ends = list(accumulate(len(text) + 1 for text in texts))
        self._owners = [story_id for story_id, reports in stories.items() for _ in reports]

    def extend(self, stories: Mapping[int, Sequence[Report]]) -> TasteIndex:
        """Return an index of these stories, too."""
        return TasteIndex({**self._stories, **stories})

    def find(self, taste: Taste) -> Collection[int]:
        """Return the stories to which the taste applies.

        More applies if one of the reports has the subject. Less applies if most have it, so that a story stays that
        other outlets report, or under other topics.
        """
        if taste not in self._applied:
            least = 0 if taste.is_more else 0.5
            counts = self._count_reports(taste)
            self._applied[taste] = {
                story for story, count in counts.items() if count > least * len(self._stories[story])
            }
        return self._applied[taste]

    def weigh(self, tastes: Iterable[Taste]) -> Leaning:
        """Return the effect of the tastes: each counts one for or against the stories to which it applies."""
        scores: Counter[int] = Counter()
        outlets: dict[str, int] = {}
        for taste in tastes:
            if taste.is_more:
                scores.update(self.find(taste))
            else:
                scores.subtract(self.find(taste))
            if taste.kind is TasteKind.OUTLET:
                outlets[get_outlet_key(taste.name)] = 1 if taste.is_more else -1
        return Leaning(scores, outlets)

    def _find_reports(self, name: str) -> Iterator[int]:
        """Yield the places of the reports with the name."""
        start = self._text.find(name)
        while start >= 0:
            place = bisect_right(self._ends, start)
            yield place
            start = self._text.find(name, self._ends[place])

    def _count_reports(self, taste: Taste) -> Mapping[int, int]:
        """Return how many reports with the subject each story has; a name may be in the headline or the opening."""
        if taste.kind is TasteKind.NAME:
            return Counter(self._owners[place] for place in self._find_reports(_join_words(taste.name)))
        name = get_outlet_key(taste.name) if taste.kind is TasteKind.OUTLET else taste.name
        return self._counts.get(Subject(taste.kind, name), {})


@lru_cache(maxsize=4_096)
def _join_words(text: str) -> str:
    """Return the words in lower case, each with a space on both sides, so that a name is not found inside a word."""
    return f" {' '.join(split_words(text.lower()))} "


# Offices and kinds of places, which come before names.
_OFFICE_WORDS = """
    presiden wakil wapres pm perdana menteri menko menkeu mendagri menlu menhan gubernur bupati wali kota walikota
    ketua umum sekretaris jenderal sekjen direktur utama dirut kepala kapolri kapolda kapolres kapolsek komjen irjen
    brigjen kombes akbp akp kompol iptu ipda aiptu letjen mayjen letkol mayor kapten kolonel serma hakim jaksa agung
    anggota komisi fraksi juru bicara jubir pelatih gelandang bek penyerang kiper dokter profesor prof dr ir drs dra h
    hj haji kh pak bapak ibu bu tuan nyonya raja ratu pangeran paus ustaz ustadz kiai provinsi kabupaten kab kecamatan
    kec kelurahan desa dusun kampung jalan jl pulau gunung sungai laut selat teluk bandara stasiun universitas rumah
    sakit gedung pasar pt cv republik negara pemerintah pemprov pemkab pemkot dinas badan lembaga kementerian
    direktorat polsek polres polresta polda tim klub liga piala
"""
_OFFICES = frozenset(_OFFICE_WORDS.split())
# Words that are written like names but say little about a story.
_COMMON_WORDS = """
    indonesia jakarta ri wib wita wit senin selasa rabu kamis jumat jum'at sabtu minggu ahad januari februari maret
    april mei juni juli agustus september oktober november desember tuhan allah islam muslim rp usd covid-19 kami kita
    polri tni polisi dpr dprd mk ma pasal undang-undang uu nomor tahun bulan hari com id instagram tiktok youtube
    facebook twitter whatsapp x anda saya
"""
_COMMON = frozenset(_COMMON_WORDS.split())
MAX_NAMES, MAX_NAME_WORDS = 3, 4
# A news text names its persons and places in the first paragraphs.
MAX_CHARS = 2_000
_CLAUSE_END = re.compile(r"(?<![.,;:!?()\"“”\n])[.,;:!?()\"“”\n]++(?=\s|$)|\s[-–—]\s|[(\"“]")


def find_subjects(article: Article) -> tuple[Subject, ...]:
    """Return the topic, the outlet and the names of a story, by its article."""
    subjects = [Subject(TasteKind.TOPIC, article.category or GENERAL)]
    if article.outlet and len(article.outlet) <= MAX_TASTE_CHARS:
        subjects.append(Subject(TasteKind.OUTLET, article.outlet))
    subjects += [Subject(TasteKind.NAME, name) for name in find_names(article.title, article.text, article.outlet)]
    return tuple(subjects)


def find_names(title: str, text: str, outlet: str | None = None) -> tuple[str, ...]:
    """Return the names that identify the story: those in the headline, then those that occur several times.

    Of a longer name the words in the headline are returned: "Prabowo" if the text says "Presiden Prabowo Subianto".
    """
    titled = _join_words(title)
    own = _join_words(outlet or "")
    counts: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for run in _list_runs(text[:MAX_CHARS]):
        name = " ".join(_cut_to_title(_strip_offices(run), titled))
        key = name.lower()
        if 1 < len(name) <= MAX_TASTE_CHARS and not _COMMON.issuperset(key.split()) and f" {key} " not in own:
            counts[key] += 1
            shown.setdefault(key, name)
    # Sorting is stable: of names as frequent, the first of the text comes first.
    ranked = sorted(counts, key=lambda key: (f" {key} " not in titled, -counts[key]))
    chosen: list[str] = []
    for key in ranked:
        is_part = any(f" {key} " in f" {other} " or f" {other} " in f" {key} " for other in chosen)
        if len(chosen) < MAX_NAMES and not is_part and (f" {key} " in titled or counts[key] > 1):
            chosen.append(key)
    return tuple(shown[key] for key in chosen)


def _list_runs(text: str) -> Iterator[list[str]]:
    """Yield runs of words that are written like names, at least once within a sentence.

    An acronym is a name of its own: "Ketua PSSI Erick Thohir" has two.
    """
    names = extract_names(text)
    for clause in _CLAUSE_END.split(text):
        run: list[str] = []
        for word in (*split_words(clause), ""):
            is_name = word[:1].isupper() and not word[-1].isdigit() and normalize_term(word) in names
            if run and (not is_name or word.isupper() != run[-1].isupper() or len(run) == MAX_NAME_WORDS):
                yield run
                run = []
            if is_name:
                run.append(word)


def _strip_offices(run: Sequence[str]) -> Sequence[str]:
    start = next((place for place, word in enumerate(run) if word.lower() not in _OFFICES), len(run))
    return run[start:]


def _cut_to_title(name: Sequence[str], titled: str) -> Sequence[str]:
    """Return the most words in a row of the name that are in the headline, or the whole name if none is."""
    for count in range(len(name), 0, -1):
        for start in range(len(name) - count + 1):
            part = name[start : start + count]
            key = " ".join(part).lower()
            if f" {key} " in titled and not (_OFFICES | _COMMON).issuperset(key.split()):
                return part
    return name
