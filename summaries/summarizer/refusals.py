"""What is not an article that can be summarised, and why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from summaries.errors import NothingToSummarize, RefusalReason
from summaries.text.boilerplate import is_caption
from summaries.text.language import UNKNOWN, detect

if TYPE_CHECKING:
    from collections.abc import Callable

    from summaries.model import Article

FEWEST_WORDS = 40
LANGUAGES = ("id", "en")

_FEW_LINES = 4
_MOST = 0.5
_SAMPLE_LINES = 200
# What a gallery or a clip has of text is a caption or two.
_FEW_WORDS = 120
_ENDS_SENTENCE = re.compile(r"[.!?…][\"'”’)\]]*$")
_CLOCK = re.compile(r"(?:pukul\s)?[(\[]?\d{1,2}[.:]\d{2}\s?(?:WIB|WITA|WIT|GMT)?\b[)\]]?\s?[-–—:|]?", re.IGNORECASE)
_SCORE = re.compile(r"\b\d{1,3}\s?[-–:]\s?\d{1,3}\b|\bvs\.?\b", re.IGNORECASE)
_MEDIA_TITLE = re.compile(
    r"\W*(?:foto|galeri(?:\sfoto)?|video|potret|infografis|photos?|gallery)\s?(?:[:|\-–]|foto\b)", re.IGNORECASE
)
_LIVE_TITLE = re.compile(
    r"\b(?:live\s(?:report|blog|update|streaming)|siaran\slangsung|laporan\slangsung)\b", re.IGNORECASE
)
_PAYWALL = re.compile(
    r"\b(?:berlangganan|subscribe|langganan)\s(?:sekarang\s)?(?:untuk|to|agar)\s(?:\w+\s){0,2}(?:membaca|baca|read|continue)|"
    r"\b(?:khusus|hanya)\s(?:untuk\s)?pelanggan\b|\buntuk\smelanjutkan\smembaca\b",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"\b(?:cookies?|kuki)\b.{0,200}\b(?:setuju|terima|izinkan|accept|agree|consent)", re.IGNORECASE | re.DOTALL
)


def admit(article: Article) -> str:
    """The article's language, when there is something to summarise in it.

    Raises:
        NothingToSummarize: with the reason; `detail` is the language's code where the language is the reason.
    """
    if not article.text.strip():
        raise NothingToSummarize(RefusalReason.EMPTY)
    language = detect(article.text)
    if language not in (*LANGUAGES, UNKNOWN):
        raise NothingToSummarize(RefusalReason.OTHER_LANGUAGE, language)
    size = len(article.text[:4_000].split())
    if size < _FEW_WORDS:
        _refuse_stubs(article)
    if size < FEWEST_WORDS:
        raise NothingToSummarize(RefusalReason.TOO_SHORT)
    if language == UNKNOWN:
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE)
    _refuse_other_forms(article)
    return language


def _refuse_stubs(article: Article) -> None:
    """What is short because the rest stands elsewhere: behind a payment, in pictures, in a clip."""
    if _PAYWALL.search(article.text):
        raise NothingToSummarize(RefusalReason.PAYWALL)
    if _CONSENT.search(article.text):
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, "a consent page")
    if _MEDIA_TITLE.match(article.title):
        raise NothingToSummarize(RefusalReason.GALLERY)


def _refuse_other_forms(article: Article) -> None:
    """What is long enough, but tells nothing in running sentences."""
    lines = [line for line in article.paragraphs if line.strip()][:_SAMPLE_LINES]
    if len(lines) < _FEW_LINES:
        return
    if _share(lines, is_caption) > _MOST:
        raise NothingToSummarize(RefusalReason.GALLERY)
    timed = _share(lines, lambda line: bool(_CLOCK.match(line)))
    if timed > _MOST or (timed and _LIVE_TITLE.search(article.title)):
        raise NothingToSummarize(RefusalReason.LIVE_REPORT)
    unfinished = [line for line in lines if not _ENDS_SENTENCE.search(line.rstrip())]
    if len(unfinished) <= _MOST * len(lines):
        return
    if _share(unfinished, lambda line: bool(_SCORE.search(line) or _CLOCK.search(line))) > _MOST:
        raise NothingToSummarize(RefusalReason.RESULTS)
    if sum(len(line.split()) for line in unfinished) > _MOST * len(article.text.split()):
        raise NothingToSummarize(RefusalReason.LISTING)


def _share(lines: list[str], is_one: Callable[[str], bool]) -> float:
    return sum(map(is_one, lines)) / len(lines)
