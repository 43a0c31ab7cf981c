"""The passages of a fact-check: the claim as others spread it, and the research of the desk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from summaries.model import SummarySentence
from summaries.outlets import find_outlet
from summaries.text.lazy_patterns import lazy_regex
from summaries.text.sentences import find_sentences

# The desk begins its research.
_RESEARCH_HEADING = lazy_regex(
    r"\W*(?:hasil )?(?:penelusuran|pemeriksaan|verifikasi|penjelasan|konfirmasi|kesimpulan|(?:cek )?fakta)(?: fakta|"
    r" kami| [\w.]+\.com)?\W*"
)
_RESEARCH = lazy_regex(
    r"\b(?:hasil|berdasar\w*|setelah|usai) (?:\w+ ){0,2}?(?:penelusuran|verifikasi|pemeriksaan|cek fakta|ditelusuri|"
    r"diperiksa|diverifikasi)\b|^\W*(?:faktanya|kesimpulan)\b|\b(?:menelusuri|memverifikasi|meng?konfirmasi|"
    r"menghubungi|membandingkan|mewawancarai|menyimpulkan|memeriksa (?:video|foto|tautan|klaim|unggahan|gambar|situs|"
    r"data))\b|\b(?:klaim|narasi|informasi|kabar|video|foto|gambar|unggahan) (?:itu|ini|tersebut) (?:adalah |"
    r"dipastikan )?(?:salah|keliru|tidak benar|hoaks|hoax)\b"
)
# The claim is quoted from here on.
_CLAIM_HEADING = lazy_regex(r"\W*(?:narasi|klaim|isi)(?: yang beredar| unggahan| pesan| postingan\w*)?\W*")
_CLAIM = lazy_regex(
    r"\b(?:berikut|narasi|isi|tulisan|keterangan|pesan)\b[^.:]{0,80}:$|"
    r"\bberikut(?:nya)? (?:\w+ )?(?:narasi|isi|tulisan|keterangan|bunyi)|\bsebagai berikut\b"
)
# A sentence with one of these does not state the claim as a fact.
_REPORTED = lazy_regex(
    r"\b(?:(?:meng|di)?klaim\w*|mengeklaim|narasi\w*|beredar|unggah\w*|diunggah|mengunggah\w*|posting\w*|hoaks|hoax|"
    r"konten|pesan berantai|dikabarkan|disebut\w*|menyebut\w*|dibagikan|viral|isu|kabar|palsu|keliru|tidak benar|"
    r"menyesatkan|menampilkan|memperlihatkan)\b"
)
_CALL = lazy_regex(
    r"\b(?:klik\w*|daftar(?:kan|lah)?(?: sekarang| segera| di| diri| di bawah)|segera (?:daftar|hubungi|cek|klaim|"
    r"tukar\w*)|isi (?:formulir|data)|formulir|hubungi (?:nomor|admin|wa|kami|chatbot)|caranya|silakan|silahkan|"
    r"sebarkan|bagikan ke|viralkan|kirim(?:kan)? (?:pesan|ke)|ketik|transfer|buruan|jangan sampai|ayo)\b|(?:\+62|"
    r"\b08)\d{2}|https?:|www\.|\bbit\.ly|\bwa\.me|\bt\.me|[?&]\w+="
)
_ADDRESS = lazy_regex(r"(?<![\w@.-])(?:[a-z0-9-]{1,63}\.){1,4}(?:[a-z]{2,12})(?:/\S*)?(?![\w-])")
# Written without "https://" or a path, "lagi.Segera" is no address.
_DOMAIN = lazy_regex(
    r"\.(?:com|id|net|org|site|online|info|xyz|me|ly|co|app|link|shop|click|top|live|store|web|biz|io|cc|dev|page|tk)$"
)
_OFFICIAL = lazy_regex(r"\.(?:go|ac|mil|sch|desa)\.id$|\.(?:gov|edu|int)$")
_MARKS = lazy_regex('["“”]|&[lr]dquo;')
_OPENING = "\"“'‘"
_ANNOUNCES = lazy_regex(r"\b(?:simak|halaman|baca|berikut ini)\b")


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of a fact-check; `is_claim` if it belongs to the claim as others spread it, `is_quoted` if it is their
    own words."""

    sentence: SummarySentence
    lower: str
    is_claim: bool
    is_quoted: bool
    is_question: bool


def find_passages(text: str, verdict_start: int = -1) -> Iterator[Passage]:
    """Yield the sentences of a fact-check in order; the one at `verdict_start` ends the account of the claim."""
    is_claim, is_open = True, False
    for start, end in find_sentences(text, "id"):
        sentence = SummarySentence(text[start:end], start, end)
        lower = " ".join(sentence.text.lower().split())
        is_question = lower.rstrip("\"”') ").endswith("?")
        was_open, is_open = is_open, _leaves_open(sentence.text, is_open)
        is_quoted = was_open or is_open or _is_quotation(lower)
        is_research = not is_question and not is_quoted and not _ANNOUNCES.search(lower)
        if is_research and (start == verdict_start or _begins_research(lower, start)):
            is_claim = False
        elif not is_quoted and (_CLAIM_HEADING.fullmatch(lower) or _CLAIM.search(lower)):
            is_claim = True
        yield Passage(sentence, lower, is_claim, is_quoted, is_question)


def _begins_research(lower: str, start: int) -> bool:
    """Return whether the desk's research begins here. Below "Penjelasan" at the very top, some report the claim."""
    return (start > 0 and _RESEARCH_HEADING.fullmatch(lower) is not None) or _RESEARCH.search(lower) is not None


def _is_quotation(lower: str) -> bool:
    """Return whether the sentence is a quotation and nothing else."""
    return lower[:1] in _OPENING and lower.rstrip(".!? ")[-1:] in "\"”'’"


def _leaves_open(text: str, is_open: bool) -> bool:
    """Return whether a quotation is open after the text; one that a paragraph never closes ends with the next mark."""
    for mark in _MARKS.findall(text):
        is_open = mark in ("“", "&ldquo;") or (mark == '"' and not is_open)
    return is_open


def may_be_shown(passage: Passage, *, is_true: bool = False) -> bool:
    """Return whether a summary may contain the sentence: it neither lures readers nor states a claim as a fact that is
    not `is_true`."""
    if passage.is_quoted or passage.is_question or is_lure(passage.sentence.text):
        return False
    return is_true or not passage.is_claim or _REPORTED.search(passage.lower) is not None


def is_lure(text: str) -> bool:
    """Return whether the text calls readers to act, or has an address that is neither an outlet's nor an office's."""
    lower = text.lower()
    return _CALL.search(lower) is not None or any(map(_is_foreign, _ADDRESS.findall(lower)))


def _is_foreign(address: str) -> bool:
    host = address.partition("/")[0]
    return not (_OFFICIAL.search(host) or find_outlet(f"https://{host}"))


def find_claim_passages(text: str) -> list[str]:
    """Return the sentences of a fact-check that quote or report the claim."""
    return [passage.sentence.text for passage in find_passages(text) if passage.is_claim or passage.is_quoted]


def split_addresses(lower: str) -> tuple[str, list[str]]:
    """Return the lower-case text without web addresses, and those that are neither an outlet's nor an office's."""
    found = [
        match[0]
        for match in _ADDRESS.finditer(lower)
        if lower.endswith("//", 0, match.start())
        or "/" in match[0]
        or match[0].startswith("www.")
        or _DOMAIN.search(match[0])
    ]
    for address in found:
        lower = lower.replace(address, " ")
    return lower, [address for address in dict.fromkeys(found) if _is_foreign(address)]
