"""Trending names of a day or a week: names in the stories with the widest coverage."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from summaries.model import StoryWithCoverage
from summaries.text.words import load_stop_words

MAX_WORDS_IN_NAME = 4
_SENTENCE = re.compile(r"[^.!?\n]+")
_NAME = re.compile(r"[A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+)*|[A-Z]{2,}")
_INSIDE_QUOTES = re.compile(r"[\"“”‘’()\[\],;:]")
# Words written like names that name nobody: days, months, offices, currencies.
_NO_NAMES_TEXT = """
    senin selasa rabu kamis jumat jum'at sabtu minggu ahad januari februari maret april mei juni juli agustus september
    oktober november desember rp wib wita wit presiden wakil menteri gubernur bupati wali walikota kota kabupaten
    provinsi kepala ketua direktur utama jenderal komisaris anggota sekretaris juru bicara pelatih kapten hakim jaksa
    kombes kompol akbp brigjen irjen mayjen letjen letkol kolonel kapolda kapolres kapolri ajun inspektur polisi
    pak bapak ibu bu haji hajah kh dr drs dra prof ir st mt mm sh se jalan jl kecamatan desa kelurahan dusun pulau
    rt rw pt cv tbk undang-undang uu perpres peraturan tahun bulan pukul dalam dan di ke dari untuk pada the
    president minister governor mr mrs ms monday tuesday wednesday thursday friday saturday sunday
"""
_NO_NAMES = frozenset(_NO_NAMES_TEXT.split())


@dataclass(frozen=True, slots=True)
class TrendingName:
    """A name with the number of stories that mention it, and their total number of outlets."""

    name: str
    stories: int
    outlets: int


def rank_names(stories: Sequence[StoryWithCoverage], count: int) -> tuple[TrendingName, ...]:
    """Rank the names in the most covered stories: by the number of these stories, then by their outlets.

    A capital at the start of a sentence proves nothing; such a word counts if it is a name elsewhere. A word of a
    longer name ("Rahma") counts as the longer name ("Sitti Rahma") of the same stories.
    """
    sure = {name for story in stories for name, is_sure in _find_names(story) if is_sure}
    in_story = [{name for name, is_sure in _find_names(story) if is_sure or name in sure} for story in stories]
    longer = _find_longer_names(in_story)
    mentions: Counter[str] = Counter()
    outlets: Counter[str] = Counter()
    for story, names in zip(stories, in_story, strict=True):
        for name in {longer.get(name, name) for name in names}:
            mentions[name] += 1
            outlets[name] += story.outlet_count
    # Readers see the number of stories. A name in a single story is not a trend and comes last.
    ranked = sorted(mentions, key=lambda name: (-mentions[name], -outlets[name], name))
    return tuple(TrendingName(name, mentions[name], outlets[name]) for name in ranked[:count])


def _find_names(story: StoryWithCoverage) -> Iterator[tuple[str, bool]]:
    """Yield the names in a story's summary, each with whether its capital can only mark a name."""
    for sentence in _SENTENCE.findall(story.summary):
        for piece_start, piece in _split_pieces(sentence):
            for match in _NAME.finditer(piece):
                name = _trim_titles(match.group())
                if name:
                    is_first = piece_start and not piece[: match.start()].strip()
                    yield name, not is_first or " " in name or name.isupper()


def _split_pieces(sentence: str) -> Iterator[tuple[bool, str]]:
    """Split the sentence at quotes, brackets and commas; flag pieces where a sentence may start."""
    may_begin = True
    at = 0
    for mark in _INSIDE_QUOTES.finditer(sentence):
        yield may_begin, sentence[at : mark.start()]
        may_begin = mark.group() in '"“”‘’'
        at = mark.end()
    yield may_begin, sentence[at:]


def _trim_titles(name: str) -> str:
    """Strip titles and stop words from both ends of the name; empty if nothing is left."""
    words = name.split()
    stops = load_stop_words("id")
    while words and (words[0].casefold() in _NO_NAMES or words[0].casefold() in stops):
        words.pop(0)
    while words and (words[-1].casefold() in _NO_NAMES or words[-1].casefold() in stops):
        words.pop()
    return " ".join(words[:MAX_WORDS_IN_NAME]) if words and len(words[0]) > 1 else ""


def _find_longer_names(in_story: Iterable[set[str]]) -> dict[str, str]:
    """Map single words to the longer name that they most often appear in."""
    beside: dict[str, Counter[str]] = {}
    for names in in_story:
        for long in (name for name in names if " " in name):
            for word in long.split():
                beside.setdefault(word, Counter())[long] += 1
    return {word: max(longs, key=lambda long: (longs[long], long)) for word, longs in beside.items()}
