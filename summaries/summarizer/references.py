"""References between sentences: the earlier sentences that a sentence needs to be understood.

"Ia menolak" needs a sentence that names a person, "Kemenangan itu" a victory, "Hal itu" the preceding sentence. Names
and stems decide; there is no parser.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from summaries.summarizer.anaphora import (
    PERSONS,
    Anaphora,
    find_referent,
    is_bare_speech,
    measure_connective,
    names_this,
    refers_back,
)
from summaries.summarizer.document import Sentence
from summaries.text.datelines import load_places
from summaries.text.words import load_stop_words, load_word_list, split_words, stem_all

_SPEECH = load_word_list("word_kinds.txt", "verbs of speech")
_SAYING = load_word_list("word_kinds.txt", "verbs of saying")
_VERBS = _SPEECH | _SAYING
# "Katanya": the previous speaker continues.
_SAME_SPEAKER = frozenset(f"{verb}nya" for verb in _SPEECH)
_HIMSELF = frozenset(("dia", "ia", "beliau", "mereka"))
_DAYS = frozenset(("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"))
_EVENTS = frozenset(("peristiwa", "kejadian", "insiden", "kecelakaan", "kasus", "musibah", "tragedi", "bencana"))
_TITLES = frozenset(PERSONS) | load_word_list("word_kinds.txt", "offices")
_SPEAKERS = load_word_list("word_kinds.txt", "speakers")
_VERB = re.compile(r"(?:me|ber|ter|di)[a-z]{3}")
# Nouns that Indonesian derives from other words: "pengamat", "kepolisian", "pihaknya".
_DERIVED = re.compile(r"pe[lmnr]\w{4,}|ke\w{3,}an|\w{3,}nya")
_AFTER_SUBJECT = frozenset(("juga", "lalu", "kemudian", "pun", "sendiri", "akan", "sudah", "telah", "tidak"))
# A report may say "the match" without having introduced one.
_MATCHES = frozenset(("laga", "pertandingan", "duel", "partai", "pertemuan", "kemenangan", "kekalahan", "hasil"))
_PLAYED = load_word_list("word_kinds.txt", "matches")
# How many sentences back a pronoun may refer.
_REACH = 6


@dataclass(frozen=True, slots=True)
class SentenceReferences:
    """The sentence positions that resolve a reference.

    Either the last selected sentence before it is in `just_before`; or an earlier selected sentence is in `anywhere`
    and the last one is not in `unless_after`.
    """

    just_before: frozenset[int] = frozenset()
    anywhere: frozenset[int] = frozenset()
    unless_after: frozenset[int] = frozenset()


def find_references(sentences: Sequence[Sentence], i: int, language: str = "id") -> SentenceReferences | None:
    """Return the references of sentence `i`, or None if it needs no other; the first sentence never does."""
    text = sentences[i].text
    if not i:
        return None
    if is_bare_speech(text):
        return SentenceReferences(_precede(i))
    kind = sentences[i].opening
    if (kind <= Anaphora.BACKGROUND and not names_this(text)) or measure_connective(text):
        return _find_introduction(sentences, i)
    if kind in (Anaphora.PRONOUN, Anaphora.SPEAKER):
        return SentenceReferences(_precede(i)) if refers_back(text) else _resolve_person(sentences, i)
    named = find_referent(text)
    if not named:
        return SentenceReferences(_precede(i))
    wanted = set(stem_all(named, language))
    mentioning = frozenset(j for j in range(i) if not wanted.isdisjoint(sentences[j].terms))
    if not mentioning and not _MATCHES.isdisjoint(named):
        mentioning = frozenset(j for j in range(i) if not _PLAYED.isdisjoint(sentences[j].lower))
    if mentioning:
        return SentenceReferences(_precede(i), mentioning)
    if named[0] in PERSONS:
        return _resolve_person(sentences, i)
    # "The event" refers to the opening of the report.
    return SentenceReferences(_precede(i), frozenset((0,)) if named[0] in _EVENTS else frozenset())


def _find_introduction(sentences: Sequence[Sentence], i: int) -> SentenceReferences | None:
    """Return the earlier sentences that introduce the person whose single name sentence `i` gives, if there are any.

    "Rina mengatakan ..." needs the sentence with "Kepala Dinas Rina Dewi".
    """
    text = sentences[i].text
    words = split_words(text[measure_connective(text) :])
    lower = [word.lower() for word in words]
    name = _find_single_name(words, lower)
    if not name or name.lower() in _TITLES:
        return None
    mentioning = [j for j in range(i) if name in sentences[j].words]
    introducing = [j for j in mentioning if _introduces(sentences[j].words, name)] or mentioning[:1]
    if introducing or (name == words[0] and _opens_with_speaker(lower) and _is_name(name, sentences)):
        return SentenceReferences(anywhere=frozenset(introducing))
    return None


def _opens_with_speaker(lower: Sequence[str]) -> bool:
    """Return whether a verb of speech follows the first word: "Rina juga mengatakan ..."."""
    return any(word in _SAYING for word in lower[1 : 3 if lower[1] in _AFTER_SUBJECT else 2])


def _is_name(word: str, sentences: Sequence[Sentence]) -> bool:
    """Return whether a capitalised word is a name: it has no affix, and the article never writes it in lower case."""
    lower = word.lower()
    return (
        word.istitle()
        and not any(lower in words for words in (_SPEAKERS, load_places(), load_stop_words("id")))
        and not _DERIVED.fullmatch(lower)
        and not any(lower in sentence.words for sentence in sentences)
    )


def _find_single_name(words: Sequence[str], lower: Sequence[str]) -> str:
    """Return the name of the speaker or of the subject at the start, if it is a single word; else an empty string."""
    at = _find_speaker_position(words, lower)
    if at is not None:
        return words[at] if not _has_capital(words, at - 1) and not _has_capital(words, at + 1) else ""
    is_subject = len(words) > 1 and (lower[1] in _AFTER_SUBJECT or _VERB.match(lower[1]))
    return words[0] if is_subject and words[0].istitle() else ""


def _introduces(words: Sequence[str], name: str) -> bool:
    """Return whether more than the single name is given: a second name, an office or a title next to it."""
    return any(
        word == name
        and (_has_capital(words, at - 1) or _has_capital(words, at + 1) or (at and words[at - 1] in _TITLES))
        for at, word in enumerate(words)
    )


def _has_capital(words: Sequence[str], at: int) -> bool:
    """Return whether a word that can be part of a name is there."""
    return 0 <= at < len(words) and words[at][0].isupper() and words[at].lower() not in load_stop_words("id")


def _precede(i: int) -> frozenset[int]:
    return frozenset((i - 1,))


def _resolve_person(sentences: Sequence[Sentence], i: int) -> SentenceReferences:
    """Resolve a pronoun to the sentences that name the last person before `i`, unless other people come in between."""
    silent: list[int] = []
    for j in range(i - 1, max(-1, i - 1 - _REACH), -1):
        names = _find_protagonist(sentences[j])
        if not names:
            silent.append(j)
            continue
        mentioning = frozenset(k for k in range(j + 1) if not names.isdisjoint(sentences[k].words))
        others = frozenset[str]().union(*map(_find_speaker, sentences[:i])) - names
        blocked = frozenset(k for k in range(i) if k not in mentioning and not others.isdisjoint(sentences[k].words))
        return SentenceReferences(_precede(i), mentioning, blocked)
    return SentenceReferences(_precede(i))


def _find_protagonist(sentence: Sentence) -> frozenset[str]:
    """Return the words of the name that a sentence is about: its speaker, else the first name in it; empty if it has
    none."""
    speaker = _find_speaker(sentence)
    if speaker:
        return speaker
    words, lower = sentence.words, sentence.lower
    if not _SAME_SPEAKER.isdisjoint(lower) or any(verb in _SPEECH and who in _HIMSELF for verb, who in pairwise(lower)):
        return frozenset()
    for k in range(1, len(words)):
        if words[k][0].isupper() and not words[k].isupper() and lower[k] not in _DAYS:
            return _read_name(words, k)
    return frozenset()


def _find_speaker(sentence: Sentence) -> frozenset[str]:
    """Return the words of the name next to a verb of speech: "kata Rina Dewi", "Rina mengatakan"."""
    words, lower = sentence.words, sentence.lower
    at = _find_speaker_position(words, lower)
    if at is None:
        return frozenset()
    return _read_name(words, at) if at and lower[at - 1] in _SPEECH else frozenset((words[at],))


def _find_speaker_position(words: Sequence[str], lower: Sequence[str]) -> int | None:
    """Return the position of the last capitalised word after a verb of speech or before a verb of saying."""
    if _VERBS.isdisjoint(lower):
        return None
    for k in range(len(words) - 1, 0, -1):
        if lower[k - 1] in _SPEECH and words[k][0].isupper():
            return k
        if lower[k] in _SAYING and words[k - 1][0].isupper():
            return k - 1
    return None


def _read_name(words: Sequence[str], start: int) -> frozenset[str]:
    end = start
    while end < len(words) and words[end][0].isupper():
        end += 1
    return frozenset(words[start:end])
