"""The vocabulary that distinguishes events: stems of content words, names and speakers."""

from __future__ import annotations

import re
from functools import cache

from summaries.text.word_lists import load_stop_words, read_data_lines
from summaries.text.words import split_words, stem, stem_all

MAX_CHARS = 3_500
"""The number of characters read: news reports the event in its first paragraphs."""
_TOKEN = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*|[.!?\n:]")
_SENTENCE_END = frozenset(".!?\n:")
_AFTER, _BEFORE = 8, 6
_MAX_WORD = 40

_SPEECH_VERBS = """
    kata katanya ujar ujarnya ucap ucapnya tutur tuturnya jelas jelasnya tegas tegasnya imbuh imbuhnya tandas
    tandasnya papar paparnya ungkap ungkapnya sebut sebutnya terang terangnya tambah tambahnya pungkas pungkasnya cetus
    lanjut lanjutnya tulis tulisnya bilang mengatakan menyatakan menyebut menyebutkan mengungkap mengungkapkan
    menjelaskan menilai mengaku menegaskan menambahkan menuturkan meminta mendesak menduga berharap said says
"""
_SPEECH = frozenset(_SPEECH_VERBS.split())


@cache
def _load_synonyms() -> dict[str, str]:
    """Map each stem to the stem that represents its synonym group. A word in two groups counts for the first."""
    found: dict[str, str] = {}
    for line in read_data_lines("summaries.stories", "same-words.txt"):
        group = [stem(word) for word in line.split()]
        for word in group:
            found.setdefault(word, group[0])
    return found


def normalize_term(word: str) -> str:
    """Return the word's stem, or the representative of its synonyms ("tewas" and "wafat" are one term)."""
    found = stem(word)
    return _load_synonyms().get(found, found)


def extract_terms(text: str) -> list[str]:
    """Return the terms of the content words in order, without stop words, numbers and single letters."""
    stops = load_stop_words("id")
    long = (
        word.lower() for word in split_words(text[:MAX_CHARS]) if 1 < len(word) <= _MAX_WORD and not word[0].isdigit()
    )
    same = _load_synonyms()
    return [same.get(found, found) for found in stem_all([word for word in long if word not in stops])]


def extract_names(text: str) -> frozenset[str]:
    """Return the terms of capitalised words inside sentences: people, places, bodies, brands."""
    tokens = _TOKEN.findall(text[:MAX_CHARS])
    stops = load_stop_words("id")
    return frozenset(
        normalize_term(word)
        for before, word in zip([".", *tokens], tokens, strict=False)
        if word[0].isupper() and before not in _SENTENCE_END and word.lower() not in stops
    )


def extract_speakers(text: str) -> frozenset[str]:
    """Return the terms of names near verbs of saying."""
    tokens = _TOKEN.findall(text[:MAX_CHARS])
    lower = [token.lower() for token in tokens]
    stops = load_stop_words("id")
    found: set[str] = set()
    for i, token in enumerate(lower):
        if token not in _SPEECH:
            continue
        for around in (range(i + 1, min(len(tokens), i + 1 + _AFTER)), range(i - 1, max(-1, i - 1 - _BEFORE), -1)):
            for k in around:
                if tokens[k] in _SENTENCE_END:
                    break
                if tokens[k][0].isupper() and len(tokens[k]) > 1 and lower[k] not in stops:
                    found.add(normalize_term(tokens[k]))
    return frozenset(found)
