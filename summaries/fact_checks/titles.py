"""The marks of a fact-check in a title, and the claim between them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from summaries.fact_checks.verdicts import classify
from summaries.model import Verdict
from summaries.text.lazy_patterns import lazy_regex

_TAG = lazy_regex(r"\W{0,3}[\[(]\s?([^\[\]()]{2,40})[\])]\s?[:|–-]?\s*")
_DESK = lazy_regex(
    r"\W{0,3}(?:tim\s)?(?:cek|periksa)\sfakta(?:(?:\s[\w.]+){0,2}?\s?[:|,;!–—-]\s*|\s(?=(?:hoaks|hoax|tidak\sbenar|"
    r"benarkah|keliru|salah|menyesatkan|beredar|viral|video|foto|klaim|isu|kabar|pesan|narasi)\b))",
    re.IGNORECASE,
)
_CHOICE = lazy_regex(
    r"\W{0,3}(?:hoaks|hoax|fakta|benar|salah)\s?(?:atau|or|/)\s?(?:bukan|not|hoaks|hoax|fakta|benar|"
    r"salah)\s?[:?,!–—-]+\s*",
    re.IGNORECASE,
)
# "Hoaks! Tautan ...". With a comma or without a mark, the text must confirm it: "Hoaks Selingkuh Berujung Laporan".
_SHOUT = lazy_regex(r"\W{0,3}(?:hoaks|hoax|disinformasi|misinformasi)\s?[!:]+\s*", re.IGNORECASE)
_LABEL = lazy_regex(
    r"\W{0,3}(?!salah\ssatu|benar-benar|tidak\sbenar-)(?:hoaks|hoax|keliru|salah|menyesatkan|disinformasi|sebagian\s(?:besar\s)?(?:benar|salah)|(?:tidak|"
    r"tak)\sbenar|benar|(?:belum|tidak|tak)\s(?:ada\s)?(?:ter)?bukti|tanpa\sbukti)(?:\s?[|:!,;–—-]\s*|\s+(?=\w))",
    re.IGNORECASE,
)
# The kind of the page, before the mark.
_MEDIUM = lazy_regex(r"\W{0,3}(?:infografi[ks]|video|foto|podcast)\s?[:|]\s*", re.IGNORECASE)
_ASKS = lazy_regex(r"\W{0,3}benarkah,?\s+", re.IGNORECASE)
_ASKED = lazy_regex(r"\bbenarkah\b", re.IGNORECASE)
_EITHER = lazy_regex(r"[,:;?!.–—-]\s?(?:[^,?!]{1,30}\satau\s[^,?!]{1,30}\?|benarkah\W{0,3})$", re.IGNORECASE)
_TEASER = lazy_regex(
    r"[,:;?!.–—-]\s?(?:ini|cek|simak|begini|berikut|apa|bagaimana)\s?(?:lah\s)?(?:hasil\s)?(?:cek\s)?(?:fakta|"
    r"penjelasan|kebenaran|kata)\w*[^,?!]{0,40}\W*$",
    re.IGNORECASE,
)
_FORGED = r"editan|suntingan|deepfake|(?:manipulasi|rekayasa|modifikasi|buatan)(?:\s(?:ai|digital|kecerdasan\sbuatan))?"
_VERDICT = (
    r"hoaks|hoax|(?:tidak|tak)\sbenar|keliru|palsu|menyesatkan|penipuan|disinformasi|(?:tidak|belum)\sterbukti|"
    rf"{_FORGED}"
)
_ENDING = lazy_regex(
    r"(?:[,:;?!.–—-]\s?(?:ternyata\s)?|\s(?:adalah|merupakan|ternyata|itu|dipastikan|hanyalah|cuma)\s)(?:hasil\s)?"
    rf"({_VERDICT})\W*$|\s(?:hasil\s)?({_FORGED})\W*$",
    re.IGNORECASE,
)
# Only after another mark: "Kominfo Blokir Seribu Situs Hoaks" is news.
_BARE_ENDING = lazy_regex(rf"\s({_VERDICT})\W*$", re.IGNORECASE)
_WITHIN = lazy_regex(
    r"\b(?:dengan\sklaim|klaim)\s(?:keliru|salah|palsu)|\b(?:keliru|salah)\s(?:disebut|diklaim|dikaitkan|dinarasikan)|"
    r"\bdiklaim\skeliru|\bbuatan\sai\b",
    re.IGNORECASE,
)
# The desk's own words against the claim; a mere "tidak" may belong to the claim.
_DENIAL = lazy_regex(
    r"\b(?:bukan(?:lah)?|tidak\spernah|(?:mem)?bantah|ternyata|(?:video|foto)\slama|dicatut|dipelintir)\b",
    re.IGNORECASE,
)
_NEGATION = lazy_regex(r"\b(?:tidak|tak|belum)\b", re.IGNORECASE)
_ANY_HOAX = lazy_regex(r"\bhoa(?:ks|x)\b", re.IGNORECASE)
_KINDS = r"(?:deretan|kumpulan|daftar|ragam|beragam|aneka|sederet|rangkuman)"
_LIST = lazy_regex(rf"(?:\b{_KINDS}|^\W{{0,3}}\d+)\s(?:\w+\s){{0,2}}?(?:hoaks|hoax)\s+", re.IGNORECASE)
_SITE = lazy_regex(r"\s[|]\s[^|]{2,30}$", re.IGNORECASE)
_DESK_AT_END = lazy_regex(r"\s[-–|]\scek\sfakta$", re.IGNORECASE)
_CHECK_AT_END = lazy_regex(r"[,?!.]\s?cek\sfakta\W*$", re.IGNORECASE)
# Advice and news about hoaxes.
_ABOUT = lazy_regex(
    r"^\W*(?:\d+\s)?(?:cara|tips|langkah|kiat|kenali|waspada|ciri|alasan|apa\situ|mengapa|kenapa|bagaimana|modus)\b|"
    r"\bpenyebar\w*|\bpelaku\b|\bmenangkal|\btangkal|\blawan\b|\bmelawan|\bliterasi|\bpelatihan|\bkorban\shoa|"
    r"\bpasal\b|\btersangka|\bditangkap|\btangkap\b|\bmengenali|\bmendeteksi|\bmembedakan|\bmencegah|\bcegah\b|"
    r"\bantihoa|\bindeks\b|\bblokir|\btangani|"
    r"\bsitus\shoa|\bkonten\shoa|\b(?:me|di)nyebar|\bkolaborasi|\blapor|\bdilapor|\bsepanjang",
    re.IGNORECASE,
)
_HOAX = lazy_regex(r"hoaks|hoax|tidak\sbenar|benarkah|keliru|menyesatkan|\bklaim\b|cek\sfakta", re.IGNORECASE)
_DESK_TAGS = lazy_regex(
    r"(?:cek|periksa)\s?fakta|fact\s?check|hoa(?:ks|x)\satau|atau\shoa(?:ks|x)|benar\s?(?:/|atau)\s?salah|"
    r"salah\s?(?:/|atau)\s?benar|klarifikasi",
    re.IGNORECASE,
)
_KNOWN_TAGS = lazy_regex(
    r"(?:salah|hoaks?|hoax|keliru|menyesatkan|disinformasi|misinformasi|benar|penipuan|fitnah|hasut|palsu|misleading|"
    r"false|sebagian\sbenar|belum\sterbukti)",
    re.IGNORECASE,
)

# Each mark contains one of these; few other titles do.
_MAYBE = lazy_regex(
    r"fakta|hoa(?:ks|x)|fact|benar|bukti|keliru|salah|yesat|kla(?:im|rif)|informasi|palsu|nipu|fitnah|hasut|edit|"
    r"sunting|deepfake|manipul|rekayasa|modifik|buatan"
)


@dataclass(frozen=True, slots=True)
class TitleReading:
    """The claim in a title, and its marks.

    `is_marked`: no other article has such a title. `is_labelled`: it opens with a verdict or asks for one, as some news
    does. `has_hint`: it has a word of fact-checks, and is no advice or news about hoaxes. `denies_claim`: the title's
    words deny the claim rather than state it. `is_list`: the article lists several claims.
    `says_hoax`: its words call the claim a hoax, without the form of a verdict.
    """

    claim: str
    verdict: Verdict | None = None
    is_marked: bool = False
    is_labelled: bool = False
    has_hint: bool = False
    denies_claim: bool = False
    is_list: bool = False
    says_hoax: bool = False


def read_title(title: str) -> TitleReading:
    """Read the marks before and after the claim."""
    if not _MAYBE.search(title.lower()):
        return TitleReading(_SITE.sub("", title))
    whole = " ".join(title.split())
    is_from_desk = _DESK_AT_END.search(whole) is not None
    whole = _SITE.sub("", _DESK_AT_END.sub("", whole))
    is_advice = _ABOUT.search(whole) is not None
    if (listed := _LIST.search(whole)) and not (is_advice and listed.start() == 0):
        found = whole[listed.end() :]
        claims = _strip_ending(found.partition(": ")[2] or found, is_marked=False)[0]
        return TitleReading(claims, Verdict.FALSE, is_from_desk, has_hint=True, is_list=True)
    rest, verdict, is_marked, is_labelled = _strip_opening(whole)
    is_marked = is_marked or is_from_desk
    claim, ending = _strip_ending(rest, is_marked=is_marked)
    is_judged = _WITHIN.search(claim) is not None
    is_question = _ASKED.search(whole) is not None
    is_asking = is_question or _CHECK_AT_END.search(whole) is not None
    is_clarified = verdict is Verdict.MISLEADING or verdict is None
    denies = bool(_DENIAL.search(claim) or (is_clarified and _NEGATION.search(claim)))
    verdict = verdict or ending or (Verdict.FALSE if is_judged else None)
    return TitleReading(
        claim,
        verdict,
        is_marked,
        is_labelled=is_labelled or is_asking or is_judged,
        has_hint=not is_advice and (verdict is not None or _HOAX.search(whole) is not None),
        denies_claim=is_judged or (denies and not is_question),
        says_hoax=_ANY_HOAX.search(claim) is not None,
    )


def _strip_opening(rest: str) -> tuple[str, Verdict | None, bool, bool]:
    verdict: Verdict | None = None
    is_marked = is_labelled = False
    for _ in range(4):
        if tag := _TAG.match(rest):
            if _DESK_TAGS.search(tag[1]) or _KNOWN_TAGS.fullmatch(tag[1]):
                is_marked = True
                verdict = verdict or (Verdict.MISLEADING if tag[1].lower() == "klarifikasi" else _read_tag(tag[1]))
            rest = rest[tag.end() :]
        elif mark := _CHOICE.match(rest) or _DESK.match(rest):
            is_marked = True
            rest = rest[mark.end() :]
        elif mark := _MEDIUM.match(rest):
            rest = rest[mark.end() :]
        elif mark := _SHOUT.match(rest):
            is_marked = True
            verdict = verdict or classify(mark[0])
            rest = rest[mark.end() :]
        elif mark := _ASKS.match(rest):
            is_labelled = True
            rest = rest[mark.end() :]
        elif verdict is None and (mark := _LABEL.match(rest)):
            is_labelled = True
            verdict = classify(mark[0])
            rest = rest[mark.end() :]
        else:
            break
    return rest, verdict, is_marked, is_labelled


def _read_tag(tag: str) -> Verdict | None:
    """Return the verdict in brackets; "[Hoaks atau Fakta]" leaves it open."""
    return None if re.search(r"atau|/|fakta", tag, re.IGNORECASE) else classify(tag)


def _strip_ending(rest: str, *, is_marked: bool) -> tuple[str, Verdict | None]:
    verdict: Verdict | None = None
    for _ in range(3):
        if mark := _EITHER.search(rest) or _TEASER.search(rest):
            rest = rest[: mark.start()]
        elif mark := _ENDING.search(rest) or (_BARE_ENDING.search(rest) if is_marked else None):
            verdict = verdict or classify(mark[0])
            rest = rest[: mark.start()]
        else:
            break
    return rest.strip(" ,:;.!?–—-"), verdict
