"""Trailers: reporters' initials, credits and parting words at the end of an article's text."""

from __future__ import annotations

from dataclasses import dataclass

from summaries.text.lazy_patterns import lazy_regex


@dataclass(frozen=True, slots=True)
class Initials:
    """The reporter's or agency's mark at the end of an article: "(has)", "(abc/def)".

    `paragraph[start:]` is the part to cut. `text` is None if the mark is a full name rather than initials.
    """

    text: str | None
    start: int


# No trailer is longer; bounds how much of a paragraph's end is read.
_REACH = 420
_MAX_MARK_CHARS = 64
_SENTENCE_END = lazy_regex(r"[.!?…][\"'”’)\]\s]*$")
_AFTER_SENTENCE = lazy_regex(r"[.!?…][\"'”’)\]\s]*")
_BRACKET = lazy_regex(r"[(\[]\s*+(?P<inside>[^\s()\[\]](?:[^()\[\]]{0,62}?[^\s()\[\]])?)\s*+(?:[)\]]\s*+)?$")
_INITIALS = lazy_regex(r"[A-Za-z]{1,5}(?:\s?/\s?[A-Za-z]{1,5}){0,3}")
# "(Uu. H-RF/I015)", "(T.KR-MH/N005)", "(gk-48)": codes of the national agency, and imitations of them.
_CODE = lazy_regex(r"(?:[A-Z][a-z]?\.\s?)?[\w.]{1,12}(?:\s?[-/]\s?[\w.]{1,12}){0,4}/?")
_NAME = r"[A-Z*][\w.'’*-]*"
_NAMES = lazy_regex(rf"{_NAME}(?:\s(?:dan\s|/\s)?{_NAME}){{0,5}}(?:\s?[/,]\s?[\w.'’* -]{{1,40}}){{0,4}}")
_LOWER_NAMES = lazy_regex(r"[a-z*]+(?:\s[a-z]+)?\s?/\s?[a-z]*(?:\s?/\s?[a-z]+)?|[a-z]{2,12}")
# Without a full stop before the mark, only text that cannot belong to the sentence counts.
_SURE = lazy_regex(r"[a-z]{2,5}(?:\s?/\s?[a-z]{2,5}){1,2}|[a-z]{3}")
_GLUED_NAMES = lazy_regex(r"[A-Z][\w'’-]+(?:\s[A-Z][\w.'’-]*){1,3}")
# "rzn/as (AFP, AP)": the adapting editors and the agencies.
_ADAPTED = lazy_regex(
    r"(?<![\w/])(?P<text>[a-z]{2,4}/[a-z]{2,4})\s*+(?:\((?:[A-Z][\w ]{1,60}+(?:,\s?|/|(?=\)))){1,5}\)\s*+)?$"
)

# Credits run to the end and hold no sentence: a full stop in them is part of a name or an address.
_REST = r"(?:[^.!?]|\.(?:(?=\w)|(?<=\b[A-Z]\.)(?!\w))){1,100}\.?"
_CLOSINGS = lazy_regex(
    r"(?:"
    rf"(?:Editor|Penulis|Reporter|Pewarta|Kontributor|Redaktur|Penyunting|Penerjemah|Laporan|Sumber(?:\s(?:foto|gambar|"
    rf"berita|data))?|Via|Header|Gambar\sheader|Foto|Video|Link\s\w+|KONTAK|Kontak)\s?:\s?{_REST}|Sumber\s?:?|"
    r"(?:Artikel|Tulisan|Berita)\sini\s(?:pertama\skali\s|telah\s|sudah\s|pernah\s)?(?:terbit|diterbitkan|tayang|"
    r"ditayangkan|dipublikasikan|diadaptasi|dimuat)\b[^.!?]{0,200}\.?|"
    r"(?:Diadaptasi|Diterjemahkan|Disunting)\soleh\b\s?:?[^.!?]{3,60}|"
    r"[^.!?\"”]{3,120}\b(?:ikut\s|turut\s)?berkontribusi\s(?:dalam|pada|untuk)\s(?:penulisan|pembuatan|tulisan|artikel|laporan)"
    r"[^.!?]{0,40}\.?|"
    # A byline in capitals: "RINA DEWI | JOKO W. SANTOSA | REUTERS".
    r"[A-Z][A-Z.'’-]+(?:\s?[ |,/&]\s?[A-Z][A-Z.'’-]*){1,11}|"
    # The rest of a link whose first word was lost: ". : Harga Cabai Turun".
    r"(?<=\s):\s[^.!?:]{8,150}|"
    r"(?:Saksikan|Tonton|Simak|Lihat)\sLive\s\S{3,30}?\s?:?|"
    r"(?:(?:Baca|Simak|Lihat|Cek)\s(?:berita\s|informasi\s|artikel\s)?|Berita\s)selengkapnya\s?di\s?(?:sini|halaman\s\w+|tautan\s\w+)\s?[.:]?|"
    r"(?:https?://|www\.)\S+|[●•▪■]|[*=_~-]{3,}|"
    # Parting words of particular outlets.
    r"DailySocial\.id\sadalah\sportal(?:[^.]|\.(?=\w)){1,120}\.|Kamu\sbisa\smenjadi\smember(?:[^.]|\.(?=\w)){1,280}\.|"
    r"Segera\sunduh\saplikasi\sVidio(?:[^.]|\.(?=\w)){1,280}\.?"
    r")\s*"
)


def find_trailing_initials(paragraph: str) -> Initials | None:
    """Find the reporter's or agency's mark after the last finished sentence of a paragraph.

    An abbreviation in brackets inside a sentence, "... Komisi Pemberantasan Korupsi (KPK)", is not one.
    """
    base = max(0, len(paragraph) - _REACH)
    tail = paragraph[base:]
    found = _find_bracketed(tail) or _find_adapted(tail)
    return Initials(found.text, base + found.start) if found else None


def _find_bracketed(tail: str) -> Initials | None:
    match = _BRACKET.search(tail, max(0, len(tail.rstrip()) - _MAX_MARK_CHARS - 2))
    if match is None:
        return None
    inside, before = match["inside"], tail[: match.start()]
    start = len(before.rstrip())
    initials = "".join(inside.split()) if _INITIALS.fullmatch(inside) else None
    if _SENTENCE_END.search(before):
        is_mark = any(c.isalpha() or c == "*" for c in inside) and any(
            form.fullmatch(inside) for form in (_INITIALS, _CODE, _NAMES, _LOWER_NAMES)
        )
        return Initials(initials, start) if is_mark and not inside[0].isdigit() else None
    if match[0].rstrip()[-1] not in ")]" or not before.strip():
        return None
    is_glued = not before[-1].isspace()
    if _SURE.fullmatch(inside) or (is_glued and _GLUED_NAMES.fullmatch(inside)):
        return Initials(initials, start)
    return None


def _find_adapted(tail: str) -> Initials | None:
    match = _ADAPTED.search(tail)
    if match is None or not _SENTENCE_END.search(tail[: match.start()]):
        return None
    return Initials(match["text"], len(tail[: match.start()].rstrip()))


def find_closing_start(paragraph: str) -> int | None:
    """Return the start of a trailing credit or parting words after a finished sentence, or None.

    0 means that the paragraph holds nothing else.
    """
    base = max(0, len(paragraph) - _REACH)
    tail = paragraph[base:]
    starts = [match.end() for match in _AFTER_SENTENCE.finditer(tail)]
    if not base:
        starts.insert(0, len(tail) - len(tail.lstrip()))
    for start in starts:
        if start < len(tail) and _CLOSINGS.fullmatch(tail, start):
            return base + len(tail[:start].rstrip())
    return None
