"""The words of verdicts, and the sentence in which a fact-check states its verdict."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from summaries.fact_checks.passages import find_passages, is_lure
from summaries.model import SummarySentence, Verdict
from summaries.text.lazy_patterns import lazy_regex
from summaries.text.words import split_words

# Wrong of any kind, and never merely out of context.
_WRONG = (
    r"(?:hoaks|hoax|kabar bohong|bohong|fitnah|palsu|penipuan|phishing|isapan jempol|tidak(?:lah)? benar|tak benar|"
    r"keliru|salah|fabricated|impostor|tiruan|(?:dimanipulasi|manipulasi|direkayasa|rekayasa|modifikasi|editan|"
    r"suntingan|diedit|disunting|deepfake|buatan (?:ai|kecerdasan)|dibuat (?:oleh|dengan|menggunakan|pakai) (?:ai|"
    r"kecerdasan|teknologi ai)|dihasilkan (?:oleh |dengan )?(?:ai|kecerdasan)))"
)
_MISLEADING = (
    r"(?:menyesatkan|misleading|disinformasi|misinformasi|sebagian (?:besar )?(?:benar|salah)|(?:tidak|tak|belum|"
    r"kurang) (?:sepenuhnya |sepenuh)?(?:tepat|akurat)|(?:tidak|tak|belum) sepenuhnya benar|"
    r"konteks(?:nya)? (?:yang )?(?:keliru|salah|berbeda)|di luar konteks|(?:butuh|perlu) (?:konteks|diluruskan|"
    r"diklarifikasi))"
)
_UNPROVEN = (
    r"(?:(?:belum|tidak|tak) (?:dapat |bisa )?(?:terbukti|dibuktikan|terverifikasi)|belum (?:ada|ditemukan|memiliki|"
    r"punya) (?:cukup )?bukti|belum (?:dapat|bisa) (?:dipastikan|disimpulkan)|tanpa bukti|tidak cukup bukti|unproven)"
)
_RIGHT = r"(?:benar adanya|sesuai fakta|fakta|benar|akurat)"
# A word before the verdict that makes it a predicate: "adalah hoaks", but not "penyebar hoaks".
_COPULA = (
    r"(?:adalah|merupakan|ialah|itu|tersebut|ini|ternyata|dipastikan|dinyatakan|terbukti|terkonfirmasi|bersifat|"
    r"tergolong|termasuk|kategori|jenis|sebagai|hanya|hanyalah|alias|atau|jelas|memang|dengan|dan|secara)"
)
_KIND = (
    r"(?:(?:informasi|kabar|berita|konten|klaim|unggahan|narasi|sebuah|hasil|tidak|yang|sudah|telah|juga|masuk|berisi|"
    r"video|foto) ){0,3}"
)
_PREDICATE = lazy_regex(rf"\b{_COPULA},? [\"“'(]?{_KIND}[\"“'(]?(?P<term>{_WRONG}|{_MISLEADING}|{_UNPROVEN})\b")
_AT_END = lazy_regex(
    rf"(?<!penyebar )(?<!yang )(?<!menyebar )(?<!menyebarkan )(?P<term>{_WRONG}|{_MISLEADING}|{_UNPROVEN})"
    r"(?=[\"”')]*(?: alias| atau| karena| sebab| akibat| dan |[.;,]|$))"
)
_TRUE = lazy_regex(rf"\b(?:adalah|terbukti|memang|dipastikan|itu|tersebut|dinyatakan) {_RIGHT}(?=\W|$)")
# A desk that names no kind of error still denies the claim.
_DENIES = lazy_regex(r"\b(?:bukan(?:lah)?|tidak pernah|tidak terkait|tidak ada|tidak mungkin|tidak didukung)\b")
_CLASSES = (
    (Verdict.UNPROVEN, lazy_regex(rf"\b{_UNPROVEN}")),
    (Verdict.MISLEADING, lazy_regex(rf"\b{_MISLEADING}")),
    (Verdict.FALSE, lazy_regex(rf"\b{_WRONG}")),
)
_TRUE_WORDS = lazy_regex(r"^\W*(?:benar|fakta|true|correct|accurate|terbukti|mostly true)\b")
_FALSE_WORDS = lazy_regex(r"^\W*(?:false|fake|pants on fire|incorrect|tidak benar|altered|manipulated|inaccurate)\b")
_HALF_WORDS = lazy_regex(r"\b(?:mostly|half|partly|partially|missing context|mixture|sebagian)\b")
# The desk concludes: "setelah ditelusuri", "Verifikasi Tempo menyimpulkan", "Cek Fakta DW:".
_CONCLUDES = lazy_regex(
    r"\b(?:(?:hasil|berdasar\w*|dari|setelah|usai) (?:\w+ ){0,2}?(?:penelusuran|verifikasi|pemeriksaan|pengecekan|"
    r"cek fakta|periksa fakta|ditelusuri|diperiksa|diverifikasi|dicek|ditelisik)|(?:verifikasi|pemeriksaan fakta|"
    r"penelusuran) (?:tim |fakta )?[\w.]+ (?:menunjukkan|menyimpulkan|menemukan|membuktikan)|(?:me)?nyimpulkan|"
    r"disimpulkan|kesimpulan(?:nya)?|dengan demikian|cek fakta \w+:)|^\W*faktanya\b"
)
_CLAIM_WORDS = lazy_regex(
    r"\b(?:klaim|narasi|informasi|unggahan|postingan|konten|video|foto(?:-foto)?|gambar|kabar|isu|pesan|tautan|link|"
    r"situs|artikel|tangkapan layar|pernyataan|surat|poster|berita|rekaman|akun|tulisan|cuitan|dokumen|pengumuman|"
    r"tampilan|hal|khasiat|program|pamflet|selebaran|brosur|audio|suara)\b"
)
_SPOKEN = lazy_regex(r"[\"”],? (?:kata|ujar|ucap|tutur|jelas|tegas|tulis|demikian)")
_RATING_LINE = lazy_regex(
    r"\b(?:rating|kategori|kesimpulan|hasil cek fakta|status|verdict)\s?:\s?(?P<verdict>[^\n]{2,60})"
)
_ENDS = lazy_regex(r"[.!…][\"”')]{0,2}$")
_MAX_WORDS = 60


@dataclass(frozen=True, slots=True)
class VerdictSentence:
    """A sentence that states a verdict, None for a denial without a word for it; `is_conclusion` if the desk concludes
    there from its own research."""

    sentence: SummarySentence
    verdict: Verdict | None
    is_conclusion: bool
    score: float


def classify(text: str) -> Verdict | None:
    """Return the verdict that a short text names, as in a title's label or a rating: "Salah", "[HOAKS]", "False"."""
    lower = " ".join(text.lower().split())
    if _HALF_WORDS.search(lower):
        return Verdict.MISLEADING
    if _FALSE_WORDS.search(lower):
        return Verdict.FALSE
    # "Tidak terbukti kebenarannya alias hoaks" is false, "salah dan menyesatkan", too; "konteks yang salah" is not.
    left = lower
    found: Verdict | None = None
    for verdict, words in _CLASSES:
        if verdict is Verdict.FALSE or found is None or words.search(left):
            rest = words.sub(" ", left)
            if rest != left:
                found, left = verdict, rest
    if found is None and _TRUE_WORDS.search(lower):
        return Verdict.TRUE
    return found


def find_rating(text: str) -> Verdict | None:
    """Return the verdict in a line of its own: "Rating: Hoaks", "Kategori: Disinformasi"."""
    for match in _RATING_LINE.finditer(text.lower()):
        if verdict := classify(match["verdict"]):
            return verdict
    return None


def find_verdict_sentences(text: str, claim: str) -> list[VerdictSentence]:
    """Return the sentences with a verdict on the claim, the best first.

    A desk's conclusion is better than a denial that it reports; a sentence with the words of the claim can be
    understood without the article.
    """
    wanted = {word.lower() for word in split_words(claim) if len(word) > 2}
    found = list(_find_candidates(text, wanted))
    return sorted(found, key=lambda one: (-one.score, one.sentence.start))


def _find_candidates(text: str, wanted: set[str]) -> Iterator[VerdictSentence]:
    for passage in find_passages(text):
        sentence, lower = passage.sentence, passage.lower
        words = lower.split()
        if passage.is_quoted or passage.is_question or not _ENDS.search(lower) or len(words) > _MAX_WORDS:
            continue
        concludes = _CONCLUDES.search(lower) is not None
        terms = _PREDICATE.search(lower) or _AT_END.search(lower)
        is_true = terms is None and _TRUE.search(lower) is not None
        denies = concludes and _DENIES.search(lower) is not None
        if not (terms or is_true or denies) or not (concludes or _CLAIM_WORDS.search(lower)) or is_lure(sentence.text):
            continue
        verdict = classify(lower[terms.start() :]) if terms else Verdict.TRUE if is_true else None
        shared = len(wanted.intersection(re.findall(r"\w+", lower))) / max(1, len(wanted))
        score = (
            3.0 * concludes + 2.0 * (terms is not None or is_true) + 2.0 * shared - 2.0 * bool(_SPOKEN.search(lower))
        )
        yield VerdictSentence(sentence, verdict, concludes, score)
