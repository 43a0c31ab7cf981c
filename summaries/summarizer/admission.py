"""Admission: refuse texts that are not articles, and give the reason."""

from __future__ import annotations

import re
from itertools import compress

from summaries.errors import NothingToSummarize, RefusalReason
from summaries.model import Article
from summaries.text.boilerplate import is_caption
from summaries.text.language import UNKNOWN, detect_language
from summaries.text.lazy_patterns import lazy_regex
from summaries.text.sentences import find_sentences

MIN_WORDS = 40
LANGUAGES = ("id", "en")

# The start of a text suffices to classify it.
_HEAD_CHARS = 4_000
_CODE_SIGNS = rb"{}[]<>=;|\_"
_DIGITS = b"0123456789"
# Limits for signs of code and for numbers: the worst of 6,000 articles has 2 % such signs, and 28 % words with a digit.
_MAX_CODE_SHARE = 0.035
_MAX_NUMBER_SHARE = 0.3
_FEW_LINES = 4
_MAX_SHARE = 0.5
# The text with a clip is often a short report, of 49 words and more in 18 seen; a mere description has 40 at most.
_CLIP_WORDS = 45
# A dateline may leave its dash as a line of its own.
_MAX_MARK_WORDS = 1
_SAMPLE_LINES = 200
# A gallery or a clip has a caption or two as its only text.
_FEW_WORDS = 120
# This much running text can be summarised despite a table below it ...
_ENOUGH_PROSE_WORDS = 100
# ... unless the table makes up nearly all of the text.
_MIN_PROSE_SHARE = 0.25
_MIN_ENTRIES = 3
# The clock may be on a line of its own above each entry.
_MAX_ENTRY_SHARE = 0.45
# The last characters show how a line ends.
_TAIL_CHARS = 40
_ENDS_SENTENCE = lazy_regex(r"[.!?…][\"'”’)\]\s]*(?:\([^()]{1,20}\))?$|[\"”]$")
# A caption ends with its credit in brackets.
_CREDIT_ENDS = (")", "]", ").", "].", " .")
_END_MARKS = '.!?…"”'
_AFTER_END = "'’)]"
_OPENS_CLOCK = "mMpP(["
_CLOCK = lazy_regex(
    r"menit\s(?:ke\s?-?\s?)?\d{1,3}\b|(?:pukul\s)?[(\[]?\d{1,2}[.:]\d{2}\s?(?:WIB|WITA|WIT|GMT)?\b[)\]]?\s?[-–—:|]?",
    re.IGNORECASE,
)
_SCORE = lazy_regex(r"\b\d{1,3}\s?[-–:]\s?\d{1,3}\b|\bvs\.?\b", re.IGNORECASE)
_MEDIA_TITLE = lazy_regex(
    r"\W*(?:foto|galeri(?:\sfoto)?|(?P<clip>video|infografis)|potret|photos?|gallery)\s?(?:[:|\-–]|foto\b)",
    re.IGNORECASE,
)
_LIVE_TITLE = lazy_regex(
    r"\b(?:live\s(?:report|blog|update|streaming)|(?<!jadwal\s)(?<!link\s)siaran\slangsung|laporan\slangsung)\b",
    re.IGNORECASE,
)
_PAYWALL = lazy_regex(
    r"\b(?:berlangganan|subscribe|langganan)\s(?:sekarang\s)?(?:untuk|to|agar)\s(?:\w+\s){0,2}(?:membaca|baca|read|continue)|"
    r"\b(?:khusus|hanya)\s(?:untuk\s)?pelanggan\b|\buntuk\smelanjutkan\smembaca\b|"
    r"\blanjutkan\smembaca\b.{0,60}\b(?:ber)?langganan\b|\bsudah\s(?:punya\sakun|berlangganan)\?",
    re.IGNORECASE,
)
# Pages that sites show in place of an article.
_SITE_PAGE = lazy_regex(
    r"\bhalaman\s(?:yang\sanda\scari\s)?tidak\s(?:dapat\s)?ditemukan\b|\blupa\s(?:kata\ssandi|password)\b|"
    r"\b(?:aktifkan|nyalakan|enable)\sjavascript\b|\b(?:checking\syour\sbrowser|verify\s(?:that\s)?you\sare\s(?:a\s)?human)\b|"
    r"\bpage\snot\sfound\b|\bforgot\s(?:your\s)?password\b",
    re.IGNORECASE,
)
_CONSENT = lazy_regex(
    r"\b(?:cookies?|kuki)\b.{0,200}\b(?:setuju|terima|izinkan|accept|agree|consent)", re.IGNORECASE | re.DOTALL
)


def admit(article: Article, *, is_fact_check: bool = False) -> str:
    """Return the language of an article that can be summarised.

    A fact-check may be short and may list claims: its verdict is worth showing.

    Raises:
        NothingToSummarize: with the reason; `detail` is the language code if the language is the reason.
    """
    if not article.text.strip():
        raise NothingToSummarize(RefusalReason.EMPTY)
    language = detect_language(article.text)
    head = article.text[:_HEAD_CHARS]
    words = head.split()
    if _is_code(head) and not _has_lead(article, language):
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, "code")
    if len(words) < _FEW_WORDS:
        _refuse_stubs(article, language)
    may_be_numbers = language != UNKNOWN and len(words) >= MIN_WORDS
    if may_be_numbers and _is_numbers(head, words) and not _has_lead(article, language):
        raise NothingToSummarize(RefusalReason.RESULTS)
    if language not in (*LANGUAGES, UNKNOWN):
        raise NothingToSummarize(RefusalReason.OTHER_LANGUAGE, language)
    if is_fact_check:
        return "id" if language == UNKNOWN else language
    if len(words) < MIN_WORDS:
        raise NothingToSummarize(RefusalReason.TOO_SHORT)
    if language == UNKNOWN:
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE)
    _refuse_other_forms(article, language)
    return language


def _is_code(text: str) -> bool:
    """Return whether brackets and operators are more frequent than in any article."""
    return _count(text, _CODE_SIGNS) > _MAX_CODE_SHARE * (len(text) - text.count(" "))


def _count(text: str, signs: bytes) -> int:
    """Count these ASCII signs in the text in one pass."""
    raw = text.encode("utf-8", "surrogatepass")
    return len(raw) - len(raw.translate(None, signs))


def _is_numbers(text: str, words: list[str]) -> bool:
    """Return whether so many words hold a digit that the text is a table. Most texts have too few digits for that."""
    most = _MAX_NUMBER_SHARE * len(words)
    return _count(text, _DIGITS) >= most and _count_numbers(words) >= most


def _count_numbers(words: list[str]) -> int:
    return sum(any(map(str.isdigit, word)) for word in words)


def _refuse_stubs(article: Article, language: str) -> None:
    """Refuse stubs: the rest is behind a paywall, in pictures or in a clip."""
    if _PAYWALL.search(article.text):
        raise NothingToSummarize(RefusalReason.PAYWALL)
    if _CONSENT.search(article.text):
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, "a consent page")
    if _SITE_PAGE.search(article.text):
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, "a page of the site")
    media = _MEDIA_TITLE.match(article.title)
    if media and not (media["clip"] and _has_lead(article, language, _CLIP_WORDS)):
        raise NothingToSummarize(RefusalReason.GALLERY)


def _refuse_other_forms(article: Article, language: str) -> None:
    """Refuse texts that are long enough but not written in running sentences."""
    lines = [stripped for line in article.paragraphs if (stripped := line.strip())][:_SAMPLE_LINES]
    if len(lines) < _FEW_LINES:
        return
    if sum([is_caption(line) for line in lines if line.endswith(_CREDIT_ENDS)]) > _MAX_SHARE * len(lines):
        raise NothingToSummarize(RefusalReason.GALLERY)
    is_finished = list(map(_ends_sentence, lines))
    entries = 0
    for line, finished in zip(lines, is_finished, strict=True):
        if line[0] in _OPENS_CLOCK or line[0].isdecimal():
            entries += (finished and bool(_CLOCK.match(line))) + bool(_CLOCK.fullmatch(line))
    is_live = entries >= _MIN_ENTRIES and _LIVE_TITLE.search(article.title) is not None
    if is_live or entries > _MAX_ENTRY_SHARE * len(lines):
        raise NothingToSummarize(RefusalReason.LIVE_REPORT)
    if not all(is_finished) and not _has_lead(article, language):
        prose = list(compress(lines, is_finished))
        _refuse_tables([line for line, ends in zip(lines, is_finished, strict=True) if not ends], prose)


def _has_lead(article: Article, language: str, least: int = MIN_WORDS) -> bool:
    """Return whether the article opens with `least` words of running text; these suffice for a summary."""
    words = 0
    head = article.text[:_HEAD_CHARS]
    for start, end in find_sentences(head, language):
        sentence = head[start:end]
        found = sentence.split()
        size = len(found)
        if not words and size <= _MAX_MARK_WORDS:
            continue
        is_table = _count_numbers(found) > _MAX_NUMBER_SHARE * size
        if is_table or not _ends_sentence(sentence) or is_caption(sentence):
            break
        words += size
    return words >= least


def _ends_sentence(line: str) -> bool:
    """Return whether the line ends like a sentence; the last character decides for most lines."""
    return line[-1] in _END_MARKS or (line[-1] in _AFTER_END and bool(_ENDS_SENTENCE.search(line[-_TAIL_CHARS:])))


def _refuse_tables(items: list[str], prose: list[str]) -> None:
    """Refuse a text of mostly unfinished lines; a report with a table below it has enough prose."""
    item_words, prose_words = (sum(len(line.split()) for line in lines) for lines in (items, prose))
    share = prose_words / max(1, item_words + prose_words)
    if share > _MAX_SHARE or (share > _MIN_PROSE_SHARE and prose_words >= _ENOUGH_PROSE_WORDS):
        return
    scores = sum(1 for line in items if _SCORE.search(line) or _CLOCK.search(line))
    raise NothingToSummarize(RefusalReason.RESULTS if scores > _MAX_SHARE * len(items) else RefusalReason.LISTING)
