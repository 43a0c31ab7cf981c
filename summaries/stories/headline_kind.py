"""Classify a headline: event, reaction or background."""

from __future__ import annotations

import re
from enum import StrEnum

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_SPEAKER = re.compile(r"[^:]{3,45}: ")

_REACTION_WORDS = """
    kata respons reaksi tanggapi tanggapan kritik kecam kutuk mengecam mengutuk minta desak mendesak soroti ingatkan
    puji duka komentar komentari dukung tolak serukan ucapan pesan curhat sindir bela protes heran usul usulkan sesalkan
    apresiasi sarankan imbau dorong harap berharap pengamat pakar ahli legislator anggota
"""
_BACKGROUND_WORDS = """
    profil sosok rekam jejak daftar deretan fakta kisah sinopsis jadwal prediksi link live cara tips jelang preview
    potret foto video opini infografis arti apa siapa mengenal sejarah spesifikasi kegunaan kemampuan statistik top
"""
_REACTIONS = frozenset(_REACTION_WORDS.split())
_BACKGROUNDS = frozenset(_BACKGROUND_WORDS.split())


class HeadlineKind(StrEnum):
    """A reaction is a story separate from the event that it reacts to, and so is a profile, a list or a preview."""

    EVENT = "event"
    REACTION = "reaction"
    BACKGROUND = "background"


def classify_headline(title: str) -> HeadlineKind:
    """Guess the kind from words: the opening ("Profil", "5 Fakta"), verbs of reacting, "Somebody: …"."""
    words = [word.lower() for word in _WORD.findall(title[:300])]
    opening = words[1:2] if words and words[0].isdigit() else words[:1]
    if not _BACKGROUNDS.isdisjoint(opening):
        return HeadlineKind.BACKGROUND
    if not _REACTIONS.isdisjoint(words) or _SPEAKER.match(title):
        return HeadlineKind.REACTION
    return HeadlineKind.EVENT
