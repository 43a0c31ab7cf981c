"""What the ranker knows of a sentence: numbers, from the text alone and, when known, its title and outlet.

Every feature costs time linear in the article. The order of `NAMES` is part of the model file's contract.
"""

from __future__ import annotations

import re
from collections import Counter
from math import sqrt
from typing import TYPE_CHECKING

from summaries.summarizer.openings import opening_kind
from summaries.text.boilerplate import is_boilerplate_line

if TYPE_CHECKING:
    from summaries.summarizer.document import Document, Sentence

_SPEECH_VERBS = frozenset(
    {
        "kata", "katanya", "ujar", "ujarnya", "ucap", "ucapnya", "tutur", "tuturnya", "jelas", "jelasnya",
        "tegas", "tegasnya", "imbuh", "imbuhnya", "tandas", "tandasnya", "papar", "paparnya", "ungkap",
        "ungkapnya", "sebut", "sebutnya", "terang", "terangnya", "tambah", "tambahnya", "pungkas", "pungkasnya",
        "cetus", "lanjut", "lanjutnya", "tulis", "tulisnya", "said", "says", "told", "added",
    }
)  # fmt: skip
_SAYING_VERBS = frozenset(
    {
        "mengatakan", "menyatakan", "menyebut", "menyebutkan", "mengungkap", "mengungkapkan", "menjelaskan",
        "menilai", "mengaku", "menegaskan", "menambahkan", "menuturkan",
    }
)  # fmt: skip
_FIRST_PERSON = frozenset(
    {
        "saya", "kami", "kita", "aku", "gue", "kamu", "anda", "i", "we", "you", "my", "our",
    }
)  # fmt: skip
_DAYS = frozenset(
    {
        "senin", "selasa", "rabu", "kamis", "jumat", "jum'at", "sabtu", "minggu", "kemarin",
    }
)  # fmt: skip
_AMOUNTS = frozenset(
    {
        "persen", "ribu", "juta", "miliar", "triliun", "dolar", "rupiah", "million", "billion", "percent",
    }
)  # fmt: skip
_MODALS = frozenset(
    {
        "akan", "telah", "resmi", "baru", "berhasil", "menjadi", "karena", "untuk",
    }
)  # fmt: skip
_DATE = re.compile(r"\(\d{1,2}\s?/\s?\d{1,2}")
_NOT_ALNUM = re.compile(r"[\W_]+")

_WHERE = (
    "position", "relative_position", "from_end", "sentences", "words_before", "words_through", "article_words",
    "paragraph", "place", "paragraphs", "size", "size_ratio", "previous_size", "next_size", "first_size",
)  # fmt: skip
_ABOUT = (
    "title_share", "title_count", "title_precision", "title_new", "title_seen", "frequency", "centroid", "recurs",
    "novelty", "like_first", "like_previous", "like_next", "like_lead",
)  # fmt: skip
_STYLE = (
    "first_person", "quotes", "opens_quote", "speech_verb", "saying_verb", "numbers", "date", "day", "amounts",
    "acronyms", "capitals", "new_capitals", "commas", "brackets", "opening", "question", "colon", "stop_share",
    "word_length", "modals", "furniture",
)  # fmt: skip
_OWN = (*_WHERE, *_ABOUT, *_STYLE)
# What the sentence's neighbours and the first sentence are like matters as much as what it is like itself.
_LOOKED_AT = (
    "title_share", "centroid", "novelty", "opens_quote", "speech_verb", "recurs", "place", "opening", "numbers",
)  # fmt: skip
_LOOKED_AT_INDEX = tuple(_OWN.index(name) for name in _LOOKED_AT)
_NOBODY = [-1.0] * len(_LOOKED_AT)

# The outlets of the training data. Any other is simply none of them.
OUTLETS = (
    "antaranews", "cnnindonesia", "dailysocial", "goalindonesia", "juara", "kumparan", "merdeka", "poskotanews",
    "rimanews", "suara",
)  # fmt: skip
_ALIASES = {"antara": "antaranews", "poskota": "poskotanews", "goal": "goalindonesia", "bolasport": "juara"}

NAMES: tuple[str, ...] = (
    *_OWN,
    *(f"{whose}_{name}" for whose in ("next", "previous", "second_next", "first") for name in _LOOKED_AT),
    *(f"outlet_{outlet}" for outlet in OUTLETS),
)


def features(document: Document) -> list[list[float]]:
    """One row a sentence, one number a name of `NAMES`."""
    if not document.sentences:
        return []
    shared = _Shared(document)
    own = [_own_row(shared, i) for i in range(len(document.sentences))]
    looks = [[row[k] for k in _LOOKED_AT_INDEX] for row in own]
    outlet = outlet_row(document.outlet)
    around = [_NOBODY, *looks, _NOBODY, _NOBODY]
    return [[*row, *around[i + 2], *around[i], *around[i + 3], *looks[0], *outlet] for i, row in enumerate(own)]


def outlet_row(outlet: str | None) -> list[float]:
    """1 for the outlet if the training data knew it; names are compared by letters and digits alone."""
    key = re.sub(r"(?:\.com|\.id|\.net)$", "", (outlet or "").strip().lower())
    key = _NOT_ALNUM.sub("", key)
    key = _ALIASES.get(key, key)
    return [float(key == known) for known in OUTLETS]


class _Shared:
    """What all sentences of a document share, computed once."""

    def __init__(self, document: Document) -> None:
        self.sentences = document.sentences
        self.title = document.title_terms
        self.sets = [frozenset(s.terms) for s in document.sentences]
        self.count = Counter(term for terms in self.sets for term in terms)
        self.total = sum(self.count.values()) or 1
        self.norm = sqrt(sum(n * n for n in self.count.values())) or 1.0
        self.openings = [float(opening_kind(s.text, document.language)) for s in document.sentences]
        self.lead = frozenset[str]().union(*self.sets[:3])
        self.before: list[int] = []
        self.seen_title: list[int] = []
        self.first_seen: dict[str, int] = {}
        self.last_seen: dict[str, int] = {}
        self.names: list[tuple[int, int]] = []
        self.words = 0
        self._accumulate()

    def _accumulate(self) -> None:
        titled: set[str] = set()
        named: set[str] = set()
        for i, sentence in enumerate(self.sentences):
            self.before.append(self.words)
            self.words += sentence.size
            self.seen_title.append(len(titled))
            titled |= self.sets[i] & self.title
            for term in self.sets[i]:
                self.first_seen.setdefault(term, i)
                self.last_seen[term] = i
            capitals = {w for w in sentence.words[1:] if w[0].isupper()}
            self.names.append((len(capitals), len(capitals - named)))
            named |= capitals


def _own_row(shared: _Shared, i: int) -> list[float]:
    sentence, terms = shared.sentences[i], shared.sets[i]
    return [*_where(shared, i, sentence), *_about(shared, i, terms), *_style(shared, i, sentence)]


def _where(shared: _Shared, i: int, sentence: Sentence) -> list[float]:
    sentences, n = shared.sentences, len(shared.sentences)
    return [
        i,
        i / n,
        n - 1 - i,
        n,
        shared.before[i],
        shared.before[i] + sentence.size,
        shared.words,
        sentence.paragraph,
        sentence.place,
        sentences[-1].paragraph + 1,
        sentence.size,
        sentence.size * n / max(1, shared.words),
        sentences[i - 1].size if i else 0,
        sentences[i + 1].size if i + 1 < n else 0,
        sentences[0].size,
    ]


def _about(shared: _Shared, i: int, terms: frozenset[str]) -> list[float]:
    size = len(terms) or 1
    titled = terms & shared.title
    title_size = len(shared.title) or 1
    first_seen, last_seen, sets = shared.first_seen, shared.last_seen, shared.sets
    mass = sum([shared.count[t] for t in terms])
    return [
        len(titled) / title_size,
        len(titled),
        len(titled) / size,
        sum([first_seen[t] == i for t in titled]) / title_size,
        shared.seen_title[i] / title_size,
        mass / (size * shared.total) * 100,
        mass / (sqrt(size) * shared.norm),
        sum([last_seen[t] > i for t in terms]) / size,
        sum([first_seen[t] == i for t in terms]) / size,
        _alike(terms, sets[0]),
        _alike(terms, sets[i - 1]) if i else 0.0,
        _alike(terms, sets[i + 1]) if i + 1 < len(sets) else 0.0,
        len(terms & shared.lead) / size,
    ]


def _alike(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / sqrt(len(a) * len(b)) if a and b else 0.0


def _style(shared: _Shared, i: int, sentence: Sentence) -> list[float]:
    text, words, lower = sentence.text, sentence.words, sentence.lower
    count = len(words) or 1
    capitals, new_capitals = shared.names[i]
    quotes = text.count('"') + text.count("“") + text.count("”")
    found = frozenset(lower)
    return [
        sum([w in _FIRST_PERSON for w in lower]) / count,
        quotes,
        text[0] in "\"“”'‘",
        not found.isdisjoint(_SPEECH_VERBS),
        not found.isdisjoint(_SAYING_VERBS),
        sum([w[0].isdigit() for w in words]),
        "/" in text and bool(_DATE.search(text)),
        not found.isdisjoint(_DAYS),
        len(found & _AMOUNTS) + text.count("%") + text.count("Rp"),
        sum([len(w) > 1 and w.isupper() for w in words]),
        capitals / count,
        new_capitals,
        text.count(",") / count,
        text.count("("),
        shared.openings[i],
        "?" in text,
        text[-1] == ":",
        1.0 - len(sentence.terms) / count,
        sum(map(len, words)) / count,
        len(found & _MODALS),
        is_boilerplate_line(text),
    ]
