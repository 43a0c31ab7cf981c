"""The regions that an article is about, by the place names in its headline and first sentences.

Each name adds evidence for its region. The headline counts most, then the first sentence; the words before the name
decide how much ("Pemkot Malang" more than "Malang", "asal Malang" less, "Jalan Malang" nothing). A region needs as much
evidence as one name in the headline or in the first sentence gives.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest

from summaries.regions.gazetteer import WORD, Meaning, Name, Region, load_gazetteer
from summaries.text.datelines import find_dateline
from summaries.text.words import load_word_list

# Longer headlines and datelines are cut.
MAX_TITLE_CHARS = 300
# The fifth sentence ends before this in most articles; later ones mention other places.
MAX_TEXT_CHARS = 1_500
# Evidence of a name in the headline, and in the first, second and third sentence; in later ones.
_TITLE = 3.0
_SENTENCES = (2.0, 1.2, 1.0)
_LATER = 0.4
# Datelines of desks, in the capitals of provinces, and of other towns.
_DESK = 0.6
_DATELINE = 1.0
# A region needs this much, and this share of the province with the most.
_ENOUGH = 1.7
_ENOUGH_SHARE = 0.3
_ENOUGH_FOR_NATIONAL = 1.95
_ENOUGH_REGENCY = 0.95
# The factor from which a name helps to understand others.
_SURE = 0.3
# Factors of names: the place of a statement; a home ("asal Malang"); the desk of a journalist ("detikJatim"); a street
# with the name of a town, which is often there, and "ke Jakarta"; other streets, teams and dishes; a name marked as
# weak; Jakarta, where national matters are announced; a name beside that of its province.
_STATEMENT = 0.3
_ORIGIN = 0.2
_JOURNALIST = 0.4
_PASSED = 0.5
_NEARLY_NOTHING = 0.1
_WEAK = 0.35
_JAKARTA_FACTOR = 0.6
_WITH_PARENT = 1.5
# Words before a name in which a verb of speech makes it the place of a statement.
_STATEMENT_WORDS = 25
# As many words before Jakarta may name the building.
_VENUE_WORDS = 9
# "Citlim, Kabupaten Karimun": words from one name to the next.
_MOST_BETWEEN = 2
# More provinces than this are a list, in which none is the place of the report.
_MAX_PROVINCES = 6

_JAKARTA = "31"
_PAPUA = ("91", "92", "93", "94", "95", "96")
_SENTENCE_END = re.compile(r"[.!?][\"”’')]*\s|\n")
_BREAK = re.compile(r"[,.;:!?\n]")
_SMALL_WORDS = frozenset(("dan", "of"))
_ABBREVIATIONS = frozenset(
    ("jl", "jln", "kab", "kec", "kel", "dr", "prof", "h", "hj", "st", "no", "ir", "drs", "gg", "m")
)


@dataclass(slots=True)
class _Words:
    """The words of the headline or of the text, and in which sentence each is."""

    text: str
    words: list[str]
    lower: list[str]
    starts: list[int]
    ends: list[int]
    sentences: list[int]
    weights: tuple[float, ...]

    def gap(self, index: int) -> str:
        """Return the characters before the word at `index`."""
        return self.text[self.ends[index - 1] : self.starts[index]] if 0 < index < len(self.words) else "\n"


@dataclass(slots=True)
class _Mention:
    """A name in the text: `first` to `last` are its words. `kind` is "city", "regency" or "province" if it says so."""

    name: Name
    source: _Words
    first: int
    last: int
    kind: str | None = None
    is_local: bool = False
    factor: float = 1.0
    meanings: tuple[Meaning, ...] = ()

    @property
    def sentence(self) -> int:
        return self.source.sentences[self.first]

    @property
    def is_bare_jakarta(self) -> bool:
        return self.first == self.last and self.source.lower[self.first] == "jakarta"

    @property
    def is_in_place(self) -> bool:
        """Whether the text says "di Batang, " or "di Batang diduga": an ordinary word would be in small letters there,
        and a name of two words would go on."""
        source, after = self.source, self.last + 1
        if source.weights[0] == _TITLE or self.first == 0 or source.lower[self.first - 1] != "di":
            return False
        return after == len(source.words) or source.words[after].islower() or bool(source.gap(after).strip())

    @property
    def evidence(self) -> float:
        weights = self.source.weights
        return self.factor * (weights[self.sentence] if self.sentence < len(weights) else _LATER)


@cache
def _load_contexts() -> dict[str, frozenset[str]]:
    """Return the words of each section of data/contexts.txt."""
    return {
        section: load_word_list("contexts.txt", section, "summaries.regions")
        for section in (
            *("city", "regency", "province", "local", "street", "club", "clubname", "dish", "origin", "journalist"),
            *("speech", "weekday", "national", "venue", "court", "person", "solo"),
            *("district", "visit"),
        )
    }


def find_regions(title: str, text: str, place: str | None = None) -> tuple[Region, ...]:
    """Return the provinces, regencies and cities that the article is about, each province before its own.

    `place` is that of the dateline, if it is known; else it is read from `text`.
    """
    text = text[: MAX_TEXT_CHARS + MAX_TITLE_CHARS]
    dateline = find_dateline(text)
    if dateline:
        place, text = place or dateline.place, text[dateline.length :]
    headline = _split_words(title[:MAX_TITLE_CHARS], (_TITLE,))
    lead = _split_words(text[:MAX_TEXT_CHARS], _SENTENCES)
    found = [
        list(_find_mentions(source))
        for source in (headline, lead, _split_words((place or "")[:MAX_TITLE_CHARS], (_DATELINE,)))
    ]
    for mentions in found[:2]:
        _weigh(mentions)
    for mention in found[2]:
        is_desk = any(meaning.is_capital for meaning in mention.name.meanings)
        mention.factor = 0.0 if _is_jakarta(mention) else _DESK if is_desk else 1.0
    _resolve(found)
    is_national = _is_national(found[0], lead)
    if is_national:
        _discount_visits(found[1])
    return _choose([one for mentions in found for one in mentions], is_national=is_national)


def _split_words(text: str, weights: tuple[float, ...]) -> _Words:
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    sentences: list[int] = []
    sentence, end = 0, 0
    for match in WORD.finditer(text):
        start = match.start()
        if words and start > end + 1 and len(weights) > 1 and _SENTENCE_END.search(text, end, start):
            sentence += words[-1].lower() not in _ABBREVIATIONS
        end = match.end()
        words.append(match[0])
        starts.append(start)
        ends.append(end)
        sentences.append(sentence)
    return _Words(text, words, [word.lower() for word in words], starts, ends, sentences, weights)


def _find_mentions(source: _Words) -> Iterator[_Mention]:
    """Yield the longest names, from left to right."""
    gazetteer = load_gazetteer()
    index, words, lower = 0, source.words, source.lower
    while index < len(words):
        longest = gazetteer.longest.get(lower[index], 0)
        step = 1
        if longest and not words[index].islower():
            for count in range(min(longest, len(words) - index), 0, -1):
                name = gazetteer.names.get(tuple(lower[index : index + count]))
                if name and _is_written_as(name, source, index, index + count):
                    if name.meanings:
                        yield _Mention(name, source, index, index + count - 1)
                    step = count
                    break
        index += step


def _is_written_as(name: Name, source: _Words, start: int, end: int) -> bool:
    written = source.words[start:end]
    if name.is_in_capitals and not all(word.isupper() for word in written):
        return False
    if any(word.islower() and word not in _SMALL_WORDS for word in written):
        return False
    return not any(_BREAK.search(source.gap(index)) for index in range(start + 1, end))


def _weigh(mentions: Sequence[_Mention]) -> None:
    """Set the kind, and the factor that the words around each name give."""
    for before, mention in zip([None, *mentions], mentions, strict=False):
        gap = mention.source.gap(mention.first)
        _read_words_before(mention, [] if _BREAK.search(gap) else _list_words_before(mention))
        if before:
            _continue_list(before, mention)


def _list_words_before(mention: _Mention, most: int = 3) -> list[str]:
    """Return up to `most` words before the name in its sentence, the nearest first. A comma ends three words."""
    source, first = mention.source, mention.first
    found: list[str] = []
    for index in range(first - 1, max(-1, first - most - 1), -1):
        if source.sentences[index] != mention.sentence or (most == 3 and found and "," in source.gap(index + 1)):
            break
        found.append(source.lower[index])
    return found


def _read_words_before(mention: _Mention, before: Sequence[str]) -> None:
    contexts, source = _load_contexts(), mention.source
    nearest = before[0] if before else ""
    after = source.lower[mention.last + 1] if mention.last + 1 < len(source.lower) else ""
    for kind in ("city", "regency", "province"):
        if nearest in contexts[kind]:
            mention.kind = kind
    if after == "kota" and nearest in ("polres", "kapolres", "polresta", "metro"):
        mention.kind = "city"
    mention.is_local = mention.kind is not None or nearest in contexts["local"]
    elsewhere = _find_factor_elsewhere(mention, before, after)
    if elsewhere is not None:
        mention.factor = elsewhere
    elif _is_place_of_statement(mention) or (_is_jakarta(mention) and _is_meeting_place(mention, nearest)):
        mention.factor = _NEARLY_NOTHING if _is_jakarta(mention) else _STATEMENT
    elif nearest == "ke" and mention.is_bare_jakarta:
        mention.factor = _PASSED
    else:
        mention.factor = 1.2 if mention.is_local else 1.0 if nearest == "di" else 0.85


def _find_factor_elsewhere(mention: _Mention, before: Sequence[str], after: str) -> float | None:
    """Return a low factor if the name is part of that of a street, team, dish or school, or says an origin."""
    contexts, source = _load_contexts(), mention.source
    nearest, second = (*before[:2], "", "")[:2]
    # "Jalan Raya Bogor"
    road = second if nearest in ("raya", "lingkar") else nearest
    if road in contexts["street"]:
        return _PASSED if all(meaning.is_place for meaning in mention.name.meanings) else _NEARLY_NOTHING
    # "Tol Jakarta-Cikampek" is anywhere between, "Tol Boyolali" is there.
    is_range = nearest == "tol" and source.gap(mention.last + 1) in ("-", "–")
    if is_range or nearest in contexts["club"] or after in contexts["clubname"]:
        return _NEARLY_NOTHING
    if source.lower[mention.first] == "solo" and nearest in contexts["solo"]:
        return 0.0
    # "Kecamatan Abung Surakarta"; headlines have no commas ("Desa Serut Sukoharjo").
    is_district = second in contexts["district"] and source.weights[0] != _TITLE
    is_part = is_district and not mention.is_local and not source.words[mention.first - 1].islower()
    is_dish = nearest in contexts["dish"] and second not in contexts["local"]  # "Petani Kopi Temanggung" are there.
    if is_dish or (is_part and not _is_known(nearest)):
        return _NEARLY_NOTHING
    if nearest in contexts["origin"] or second in contexts["origin"]:
        return _ORIGIN
    if nearest in contexts["journalist"] or (nearest == "detik" and source.gap(mention.first) == ""):
        return _JOURNALIST
    return None


def _is_known(word: str) -> bool:
    return (word,) in load_gazetteer().names


def _continue_list(before: _Mention, mention: _Mention) -> None:
    """Read "Jalan Banda Aceh-Medan" and "Kabupaten Blora, Rembang dan Pati" as lists of streets and regencies, and
    "dari Aceh hingga Papua" as the whole country."""
    source = mention.source
    between = source.lower[before.last + 1 : mention.first]
    gap = source.gap(before.last + 1).strip()
    if not between and gap in ("-", "–"):
        mention.factor = min(mention.factor, before.factor)
    elif between in ([], ["dan"]) and gap in (",", "") and before.is_local and before.kind != "province":
        mention.is_local = True
    elif between in (["hingga"], ["sampai"]) and source.lower[max(0, before.first - 1)] == "dari":
        before.factor = mention.factor = _NEARLY_NOTHING


def _is_place_of_statement(mention: _Mention) -> bool:
    """Return whether a day follows the name, in a sentence that quotes somebody: "kata Budi di Surabaya, Senin"."""
    source, contexts = mention.source, _load_contexts()
    # The province may follow first.
    for index in range(mention.last + 1, min(mention.last + 5, len(source.words))):
        if source.sentences[index] != mention.sentence:
            return False
        if source.lower[index] in contexts["weekday"] or ("(" in source.gap(index) and source.words[index].isdigit()):
            return any(word in contexts["speech"] for word in _list_words_before(mention, _STATEMENT_WORDS))
    return False


def _is_jakarta(mention: _Mention) -> bool:
    return bool(mention.name.meanings) and mention.name.meanings[0].code.startswith(_JAKARTA)


def _is_meeting_place(mention: _Mention, nearest: str) -> bool:
    """Return whether the name is that of a court, or follows a building with a name, in which national meetings are
    held: "Hotel Sahid, Jakarta Pusat"."""
    source, contexts = mention.source, _load_contexts()
    if nearest in contexts["court"]:
        return True
    before = range(max(0, mention.first - _VENUE_WORDS), mention.first)
    return source.weights[0] != _TITLE and any(
        source.lower[index] in contexts["venue"] and not source.words[index + 1].islower()
        for index in before
        if source.sentences[index] == mention.sentence
    )


def _resolve(found: Sequence[Sequence[_Mention]]) -> None:
    """Set the meanings of each mention, with the provinces that the others name."""
    sure: set[str] = set()
    _discount_homes(found[0])
    for mentions in found:
        for mention in mentions:
            provinces = {meaning.code[:2] for meaning in mention.name.meanings if not meaning.is_ambiguous}
            if len(provinces) == 1 and mention.factor >= _SURE and not any(m.is_weak for m in mention.name.meanings):
                sure |= provinces
    parents = [[_find_parents(*pair) for pair in zip_longest(mentions, mentions[1:])] for mentions in found]
    both = [pair for mentions, above in zip(found, parents, strict=True) for pair in zip(mentions, above, strict=True)]
    for mention, above in both:
        meant = {meaning.code[:2] for meaning in mention.name.meanings} & above
        if meant and mention.factor >= _SURE:
            mention.factor *= _WITH_PARENT
            sure |= meant if len(meant) == 1 else set()
    for mention, above in both:
        mention.meanings = tuple(_select(mention, above, sure))


def _find_parents(mention: _Mention, after: _Mention | None) -> frozenset[str]:
    """Return the provinces of the name that follows after a comma or in brackets: "Todanan, Kabupaten Blora"."""
    if after is None or not 0 < after.first - mention.last <= _MOST_BETWEEN:
        return frozenset()
    gap = mention.source.gap(mention.last + 1).strip()
    if gap not in (",", "(", ", (", "/") and (gap or after.first != mention.last + 1):
        return frozenset()
    return frozenset(meaning.code[:2] for meaning in after.name.meanings)


def _discount_homes(headline: Sequence[_Mention]) -> None:
    """Discount the name after a person if another is the place: "di Labuan Bajo ..., Pria Bekasi Jadi Tersangka"."""
    persons = _load_contexts()["person"]
    for mention in headline:
        words = _list_words_before(mention)
        if words and words[0] in persons and any(one is not mention and one.factor >= _SURE for one in headline):
            mention.factor = _ORIGIN


def _select(mention: _Mention, parents: frozenset[str], sure: set[str]) -> Sequence[Meaning]:
    meanings: Sequence[Meaning] = mention.name.meanings
    if mention.name.means_all:
        return meanings
    regions = load_gazetteer().regions
    of_kind = [one for one in meanings if regions[one.code].kind == mention.kind]
    below = [one for one in of_kind or meanings if one.code[:2] in parents]
    if below or of_kind:
        meanings = below or of_kind
    elif parents or not mention.is_local:
        is_place = not parents and mention.is_in_place
        meanings = [
            one for one in meanings if not one.is_ambiguous or one.code[:2] in sure or (is_place and not one.is_place)
        ]
    if len({one.code[:2] for one in meanings}) > 1:
        meanings = [one for one in meanings if one.code[:2] in sure] or [
            one for one in meanings if not one.is_ambiguous and not one.is_place
        ]
        if len({one.code[:2] for one in meanings}) > 1:
            return ()
    # "Jambi" is the province unless it says "Kota Jambi".
    return [one for one in meanings if regions[one.code].is_province] or meanings


def _is_national(headline: Sequence[_Mention], lead: _Words) -> bool:
    """Return whether the headline names no region, and the first sentence an office of the state."""
    if any(mention.meanings and mention.factor >= _SURE for mention in headline):
        return False
    national = _load_contexts()["national"]
    return any(word in national for word, sentence in zip(lead.lower, lead.sentences, strict=True) if sentence == 0)


def _discount_visits(lead: Sequence[_Mention]) -> None:
    """Discount the places at which offices of the state speak: "saat menghadiri panen raya di Kebumen"."""
    visits = _load_contexts()["visit"]
    for mention in lead:
        if any(word in visits for word in _list_words_before(mention, _STATEMENT_WORDS)):
            mention.factor = min(mention.factor, _STATEMENT)


def _choose(mentions: Sequence[_Mention], *, is_national: bool) -> tuple[Region, ...]:
    evidence = _Evidence()
    for mention in mentions:
        evidence.add(mention)
    provinces = evidence.choose_provinces(_ENOUGH_FOR_NATIONAL if is_national else _ENOUGH)
    regions = load_gazetteer().regions
    chosen = [*provinces, *(code for code in evidence.choose_regencies() if code[:2] in provinces)]
    return tuple(regions[code] for code in sorted(chosen))


class _Evidence:
    """Sums the evidence for provinces and regencies. Of several names in a sentence, one counts for each region."""

    def __init__(self) -> None:
        self._by_sentence: dict[tuple[str, int, int], float] = {}
        # Names of a city and of a regency, and their evidence.
        self._shared: list[tuple[tuple[Meaning, ...], _Mention, float]] = []
        self._in_headline: set[str] = set()
        self._named_with_kind: set[str] = set()

    def add(self, mention: _Mention) -> None:
        if not mention.meanings:
            return
        is_weak = any(one.is_weak for one in mention.meanings) and not mention.is_local
        evidence = mention.evidence * (_WEAK if is_weak else 1.0)
        code = mention.meanings[0].code
        is_headline = mention.source.weights[0] == _TITLE
        if mention.is_bare_jakarta and not is_headline and not mention.is_local:
            evidence *= _JAKARTA_FACTOR
        if is_headline and mention.factor >= _SURE:
            self._in_headline.add(code[:2])
        for province in {one.code[:2] for one in mention.meanings}:
            self._raise(province, mention, evidence)
        if len(mention.meanings) > 1 and not mention.name.means_all:
            self._shared.append((mention.meanings, mention, evidence))
            return
        if mention.kind or mention.meanings[0].is_place:
            self._named_with_kind.add(code)
        for meaning in mention.meanings:
            if len(meaning.code) > 2:
                self._raise(meaning.code, mention, evidence)

    def _raise(self, code: str, mention: _Mention, evidence: float) -> None:
        key = (code, id(mention.source), mention.sentence)
        self._by_sentence[key] = max(self._by_sentence.get(key, 0.0), evidence)

    def _sum(self) -> dict[str, float]:
        total: dict[str, float] = defaultdict(float)
        for (code, _, _), evidence in self._by_sentence.items():
            total[code] += evidence
        return total

    def choose_provinces(self, enough: float) -> list[str]:
        total = {code: one for code, one in self._sum().items() if len(code) == 2}
        most = max(total.values(), default=0.0)
        chosen = [code for code, one in total.items() if one >= max(enough, _ENOUGH_SHARE * most)]
        if len(chosen) > _MAX_PROVINCES:
            chosen = [code for code in chosen if code in self._in_headline]
        if _JAKARTA in chosen and len(chosen) > 1 and _JAKARTA not in self._in_headline:
            chosen.remove(_JAKARTA)
        return self._drop_wider(chosen)

    def _drop_wider(self, chosen: list[str]) -> list[str]:
        """Drop "Papua" if it means another province on the island."""
        papuan = [code for code in chosen if code in _PAPUA]
        if len(papuan) < 2:
            return chosen
        narrow = {key[0][:2] for key in self._by_sentence if len(key[0]) > 2}
        kept = [code for code in papuan if code in narrow] or [code for code in papuan if code != _PAPUA[0]]
        return [code for code in chosen if code not in papuan or code in kept]

    def _read_short_names(self) -> None:
        """Take "Morowali" for "Morowali Utara" if both are named, and no word says that the former is a regency."""
        regions = load_gazetteer().regions
        named = {key[0] for key in self._by_sentence if len(key[0]) > 2}
        for code in named:
            longer = [one for one in named if regions[one].short_name.startswith(f"{regions[code].short_name} ")]
            if len(longer) == 1 and longer[0][:2] == code[:2] and code not in self._named_with_kind:
                for key in [key for key in self._by_sentence if key[0] == code]:
                    evidence = self._by_sentence.pop(key)
                    wider = (longer[0], *key[1:])
                    self._by_sentence[wider] = max(self._by_sentence.get(wider, 0.0), evidence)

    def choose_regencies(self) -> list[str]:
        self._read_short_names()
        named = self._sum()
        for meanings, mention, evidence in self._shared:
            exact = [one for one in meanings if one.code in named]
            for meaning in exact or [one for one in meanings if one.is_preferred]:
                self._raise(meaning.code, mention, evidence)
        total = {code: one for code, one in self._sum().items() if len(code) > 2}
        most = max(total.values(), default=0.0)
        return [code for code, one in total.items() if one >= max(_ENOUGH_REGENCY, _ENOUGH_SHARE * most)]
