"""Recognise the lines around a copied article: date line, bylines, section trail, buttons.

News sites print them between the headline and the text or after it, each in its own way:

CNN Indonesia | Rabu, 15/05/2019 10:05 WIB
    Kompas.com - 15/05/2019, 10:05 WIB
    Siti Rahma - detikNews
    Siti Rahma, Jurnalis · Rabu 15 Mei 2019 10:05 WIB
    Reporter: Siti Rahma / Editor: Budi
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from summaries.text.datelines import load_places
from summaries.text.dates import parse_date
from summaries.text.lazy_patterns import lazy_regex
from summaries.topic_model.topics import find_topic

_MAX_LINE_CHARS: Final = 160
_MAX_OUTLET_WORDS: Final = 5

_SEPARATOR: Final = lazy_regex(r"(?:(?<!\s)\s++)?[|•·»›>]\s*+|(?<!\s)\s++[-–—/]++\s++")

# Words allowed next to the numbers of a date: a label, weekday, month, zone, or reading time.
_DATE_WORDS: Final = """
    senin selasa rabu kamis jumat jum'at jum’at sabtu minggu ahad sen sel rab kam jum sab min
    monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun
    wib wita wit gmt utc am pm pukul pkl jam at on
    diterbitkan dipublikasikan dipublikasi diperbarui diperbaharui diunggah terbit tayang publikasi published updated
    update terakhir pada waktu tanggal tgl baca menit min read dibaca
"""
_BESIDE_A_DATE: Final = frozenset(_DATE_WORDS.split())
_NUMBER: Final = lazy_regex(r"[+-]?\d[\d/.:,+-]*(?:st|nd|rd|th|z)?", re.IGNORECASE)
_CLOCK: Final = lazy_regex(r"(?<!\d)\d{1,2}[:.]\d\d(?![\d/])")

_WRITER: Final = r"reporter|rep|penulis|pewarta|wartawan|oleh|by|laporan|kontributor|jurnalis|author|writer|teks"
_OTHER_ROLE: Final = (
    r"editor|redaktur|red|penyunting|penerjemah|sumber|source|uploader|publisher|copy\s?editor|tim\s+redaksi|redaksi"
)
_BYLINE: Final = lazy_regex(rf"\b(?P<role>{_WRITER}|{_OTHER_ROLE})\s*(?P<colon>:)?\s*", re.IGNORECASE)
_IS_WRITER: Final = lazy_regex(_WRITER, re.IGNORECASE)
_PERSON: Final = lazy_regex(r"[A-Z][\w.'’-]*(?:\s+[A-Z][\w.'’-]*){0,3}")
_IS_ROLE: Final = lazy_regex(rf"{_WRITER}|{_OTHER_ROLE}", re.IGNORECASE)
_BETWEEN_PEOPLE: Final = lazy_regex(r"(?:(?<!\s)\s++)?[,;&/|]\s*+|(?<!\s)\s++dan\s++")
_BESIDE_A_PERSON: Final = lazy_regex(r"^[\s:,|/-]++|(?<![\s:,|/-])[\s:,|/-]++$")

_HOME: Final = frozenset({"home", "beranda", "depan", "halaman depan"})

_BUTTON_WORDS: Final = """
    a+ a- a aa+ add aktifkan aplikasi app artikel as bagikan baca berita bookmark cari cetak channel copy daftar dan
    dengarkan di email facebook favorit fb follow font google hapus iklan ikuti in ini instagram kami ke kecil kirim
    komentar lihat line link linkedin login masuk menu messenger news notifikasi on pencarian perbesar perkecil pilih
    pilihan pinterest preferred print salin saluran scroll sebagai share simpan suara suka sumber tambahkan tautan teks
    telegram threads tiktok tts tulis tutup twitter ukuran via wa whatsapp x youtube
"""
_BUTTONS: Final = frozenset(_BUTTON_WORDS.split())
_URL_LINE: Final = lazy_regex(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_COUNT: Final = lazy_regex(r"[\d.,]+(?:rb|jt|k|m)?\+?", re.IGNORECASE)

_SIGNATURE: Final = lazy_regex(r"[A-Z][A-Z.'’-]*(?: [A-Z][A-Z.'’-]*){1,3}")
_FOOTER: Final = lazy_regex(
    r"[*#\s]*(?:tags?[\s:]|fakta atau hoaks\?|selengkapnya\s?:|dilarang keras (?:mengambil|mengutip|menyalin)\b"
    r"|konten ini (?:dilindungi|telah tayang)\b|artikel (?:asli|ini telah) )",
    re.IGNORECASE,
)
_LINK_LABEL: Final = lazy_regex(
    r"(?:baca|lihat|simak|tonton)(?: juga| pula)?\s?:?|(?:pilihan|rekomendasi) (?:redaksi|editor|untuk anda)\s?:?"
    r"|(?:berita|artikel) (?:terkait|lainnya|populer|pilihan)\s?:?",
    re.IGNORECASE,
)
_MAX_LINKED_HEADLINES: Final = 4  # the label and three headlines
_MAX_HEADLINE_CHARS: Final = 140
_ENDS_SENTENCE: Final = (".", "!", "?", ":", ";", ",", '"', "”", ")")


@dataclass(frozen=True, slots=True)
class DateLine:
    """A line with the publication time of an article and usually the outlet."""

    published_at: datetime
    outlet: str | None = None
    category: str | None = None
    writers: tuple[str, ...] = ()
    has_clock: bool = False


def read_date_line(line: str) -> DateLine | None:
    """Return the line's date, outlet and topic; None for a sentence or headline with a date."""
    if len(line) > _MAX_LINE_CHARS:
        return None
    dated: list[str] = []
    others: list[str] = []
    for piece in _split_pieces(line):
        (dated if _is_part_of_date(piece) else others).append(piece)
    published_at = parse_date(" ".join(dated))
    if published_at is None:
        return None
    writers: list[str] = []
    topics: list[str] = []
    names: list[str] = []
    for piece in others:
        if (people := read_byline(piece)) is not None:
            writers.extend(people)
        elif (labelled := _split_role(piece)) is not None:
            person, role = labelled
            writers.extend([person] if _IS_WRITER.fullmatch(role) else [])
        elif topic := find_topic(piece):
            topics.append(topic)
        elif len(piece.split()) <= _MAX_OUTLET_WORDS:
            names.append(piece)
        else:
            return None
    return DateLine(
        published_at=published_at,
        outlet=names[-1] if names else None,
        category=topics[0] if topics else None,
        writers=tuple(writers),
        has_clock=any(_CLOCK.search(piece) for piece in dated),
    )


def _split_role(piece: str) -> tuple[str, str] | None:
    """Split "Siti Rahma, Jurnalis" into both."""
    person, _, role = piece.rpartition(",")
    person, role = person.rstrip(), role.lstrip()
    return (person, role) if person and _IS_ROLE.fullmatch(role) else None


def _split_pieces(line: str) -> Iterator[str]:
    """Split the line at separators; a comma separates only after a name: "Kompas.com, 15 Mei 2019, 10:05 WIB"."""
    for piece in _SEPARATOR.split(line.strip().strip("()[]")):
        name, _, rest = piece.partition(",")
        if rest.strip() and not _is_part_of_date(name) and _is_part_of_date(rest):
            yield rest
            piece = name  # noqa: PLW2901
        if piece.strip(" ,:") and piece.strip().casefold() not in load_places():
            yield piece.strip(" ,:")


def _is_part_of_date(piece: str) -> bool:
    words = [word.strip(",.:()") for word in piece.split()]
    return bool(words) and all(
        not word or word.lower() in _BESIDE_A_DATE or _NUMBER.fullmatch(word) or _is_month(word) for word in words
    )


def _is_month(word: str) -> bool:
    return word.isalpha() and parse_date(f"1 {word} 2000") is not None


def read_byline(line: str, *, needs_colon: bool = False) -> tuple[str, ...] | None:
    """Return the writers that a byline names, empty for an editor's byline; None if the line is no byline.

    "Reporter: Siti Rahma / Editor: Budi" gives ("Siti Rahma",). So does "Penulis Siti Rahma", unless `needs_colon`,
    because "Penulis Laskar Pelangi" may be a headline.
    """
    if len(line) > _MAX_LINE_CHARS:
        return None
    roles = list(_BYLINE.finditer(line))
    if not roles or line[: roles[0].start()].strip(" (|-"):
        return None
    writers: list[str] = []
    for role, following in zip(roles, [*roles[1:], None], strict=True):
        said = _BESIDE_A_PERSON.sub("", line[role.end() : following.start() if following else None].rstrip(" )"))
        people = _BETWEEN_PEOPLE.split(said) if said else []
        # Without a colon only names may follow, because "Penulis buku itu ..." is a sentence.
        if not role["colon"] and (needs_colon or not people or not all(_PERSON.fullmatch(person) for person in people)):
            return None
        if _IS_WRITER.fullmatch(role["role"]):
            writers.extend(person for person in people if person)
    return tuple(writers)


def is_navigation(line: str) -> bool:
    """Return whether a line is only an address, a section trail ("Home > Ekonomi"), or sharing buttons and counts."""
    if _URL_LINE.fullmatch(line):
        return True
    if len(line) > _MAX_LINE_CHARS:
        return False
    pieces = [piece.strip() for piece in _SEPARATOR.split(line) if piece.strip()]
    if pieces and pieces[0].lower() in _HOME:
        return True
    words = [word.strip(",.:()!") for word in line.lower().split()]
    return all(not word or word in _BUTTONS or _COUNT.fullmatch(word) or find_topic(word) for word in words)


def read_signature(line: str) -> str | None:
    """Return the writer's name if it fills a line in capitals after the text: "SITI RAHMA"."""
    return line.title() if _SIGNATURE.fullmatch(line) else None


def is_footer(line: str) -> bool:
    """Return whether a line after the text is the outlet's own: tags, terms, services."""
    return bool(_FOOTER.match(line))


def drop_linked_headlines(lines: Sequence[str]) -> list[str]:
    """Remove the headlines that follow a separate line "Baca juga:" or "Pilihan Redaksi".

    A headline has no full stop, so no sentence of the article is lost.
    """
    kept: list[str] = []
    left = 0
    for line in lines:
        if _LINK_LABEL.fullmatch(line):
            left = _MAX_LINKED_HEADLINES
        elif left and line and (len(line) > _MAX_HEADLINE_CHARS or line.endswith(_ENDS_SENTENCE)):
            left = 0
        if left:
            left -= bool(line)
            continue
        kept.append(line)
    return kept
