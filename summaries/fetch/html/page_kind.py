"""Decide whether a page is an article, and otherwise classify it.

No single sign decides: index pages declare themselves articles in their tags, and old articles have no tags.
Declarations, the address and the composition of the text are combined into a score.
"""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from summaries.errors import NothingToSummarize, RefusalReason
from summaries.fetch.html.blocks import HEADLINE_WORDS, Block
from summaries.fetch.html.discovery import has_article_path
from summaries.fetch.html.html_tree import find_tags, read_line, select
from summaries.fetch.html.json_ld import is_paywalled
from summaries.fetch.html.metadata import PageMetadata
from summaries.fetch.html.page_text import PageBlocks
from summaries.text.dates import parse_date
from summaries.text.lazy_patterns import lazy_regex
from summaries.urls import split_url

MIN_WORDS = 15
_FEW_WORDS, _SOME_WORDS, _MANY_WORDS = 60, 150, 120
# Pictures and clips with fewer words have captions only.
_MAX_CAPTION_WORDS = 100

_ERROR_TITLE = lazy_regex(
    r"^(?:error|http|status|\W)*(?:40[134]|50[0234])(?:\W*(?:error|(?:page\s|file\s)?not\sfound|forbidden|bad\sgateway|"
    r"unauthorized|service\sunavailable|internal\sserver\serror|gateway\stime-?out))?\W*$|"
    r"\b(?:halaman|artikel|berita|konten)\s(?:yang\sanda\scari\s|ini\s)?(?:tidak|tak)\s(?:ditemukan|tersedia|ada)\b|"
    r"\bpage\s(?:not\sfound|can'?t\sbe\sfound)|^just\sa\smoment|^attention\srequired|^access\sdenied|"
    r"^are\syou\sa\s(?:human|robot)|^(?:verifikasi\s)?(?:re)?captcha|^security\scheck|"
    r"\bsitus\s.{0,20}(?:dalam\sperbaikan|maintenance)",
    re.IGNORECASE,
)
_LOGIN_TITLE = lazy_regex(
    r"(?:log\s?in|sign\s?(?:in|up)|masuk|daftar|register|registrasi)(?:\s(?:ke|atau|/|akun|akun\sanda|log\s?in|masuk|daftar|"
    r"\S[^\s.]*+\.\S++|id)){0,4}",
    re.IGNORECASE,
)
_CONSENT = lazy_regex(
    r"\b(?:before\syou\scontinue|sebelum\sanda\smelanjutkan|we\svalue\syour\sprivacy|privasi\sanda\spenting|"
    r"(?:setuju|terima|accept|izinkan)\s(?:semua|all)\s?(?:cookies?)?|(?:menggunakan|use)\s(?:cookies?|kuki)|cookie\sconsent|"
    r"persetujuan\s(?:cookie|kuki|privasi))\b",
    re.IGNORECASE,
)
_PAYWALL = lazy_regex(
    r"\b(?:(?:artikel|konten|berita|tulisan)\s(?:ini\s)?(?:hanya\s|khusus\s)+(?:untuk\s|bagi\s|dapat\sdiakses\s)*(?:pelanggan|"
    r"member|anggota)|(?<!scroll\s)(?<!down\s)(?:untuk|agar\s(?:dapat|bisa))\s(?:lanjut|melanjutkan)\s(?:mem)?baca|"
    r"(?:masuk|log\s?in|daftar|(?:ber)?langganan)\b.{0,40}\buntuk\s(?:(?:bisa|dapat|terus)\s)?(?:lanjut|melanjutkan|"
    r"(?:(?:mem)?baca|(?:meng)?akses|menikmati|membuka)\b.{0,20}\b(?:artikel|konten|tulisan|lengkap|selengkapnya|tuntas|penuh|"
    r"berita\sini))|"
    r"untuk\smembaca\s(?:selanjutnya|selengkapnya|artikel\s(?:ini|lengkap))\b.{0,30}\b(?:langganan|berlangganan|masuk|log\s?in|"
    r"daftar)|wajib\sberlangganan|\d\sartikel\sgratis\s(?:bulan|minggu|hari)\sini|"
    r"lanjutkan\smembaca\sdengan|(?:subscribe\sto|to)\s(?:read|continue)\s?(?:the\s)?full|subscribe\sto\s(?:read|continue)|"
    r"subscribers?\sonly|sisa\sartikel\sini)",
    re.IGNORECASE,
)
_OBSTACLE = lazy_regex(
    r"\b(?:(?:nonaktifkan|matikan|disable|menggunakan)\s.{0,20}(?:pemblokir\siklan|ad-?\s?block\w*)|"
    r"(?:aktifkan|enable)\sjava\s?script|(?:situs|website|web|server)\s.{0,30}(?:pemeliharaan|perbaikan|maintenance)|"
    r"kami\s.{0,60}segera\skembali|verif\w+\s.{0,20}(?:bukan\srobot|manusia))",
    re.IGNORECASE,
)
_GALLERY_TITLE = lazy_regex(r"\W*(?:foto|galeri(?:\sfoto)?|photos?|gallery)\s?[:|]", re.IGNORECASE)
_CLIP_TITLE = lazy_regex(r"\W*video\s?[:|]", re.IGNORECASE)
_CLIP_SEGMENTS = frozenset(("video", "videos"))
_INDEX_TITLE = lazy_regex(
    r"(?:indeks|index|arsip|kumpulan|daftar)\s(?:berita|artikel|news)\b.*|"
    r"(?:berita|artikel|news)\s(?:terkini|terbaru|terpopuler|hari\sini)|hasil\spencarian\b.*",
    re.IGNORECASE,
)
_JUST_NOW = lazy_regex(
    r"\b\d{1,2}\s(?:detik|menit|jam|hari|minggu)\s(?:yang\s)?lalu\b|\b(?:minutes?|hours?|days?)\sago\b", re.IGNORECASE
)
_CLOCK = lazy_regex(r"\b\d{1,2}[:.]\d\d\b")
_MORE = lazy_regex(r"\W*(?:(?:baca|lihat)\s)?(?:selengkapnya|lengkap)\W*|\W*read\smore\W*", re.IGNORECASE)
# A list has more articles; an article has fewer links to others.
_MANY_ITEMS = 5
_INDEX_SEGMENTS = frozenset(
    (
        "", "indeks", "index", "index.php", "index.html", "home", "terbaru", "terkini", "terpopuler", "populer", "tag",
        "tags", "topik", "topic", "search", "cari", "pencarian", "kategori", "category", "kanal", "channel", "rubrik",
        "author", "penulis", "login", "masuk", "register", "daftar", "signin", "newsindex", "about", "about-us",
        "tentang", "tentang-kami", "redaksi", "kontak", "contact", "disclaimer", "privacy", "privacy-policy",
        "kebijakan-privasi", "pedoman-media-siber", "pedoman", "terms", "karier", "karir", "career", "info-iklan",
    )
)  # fmt: skip
_NUMBER = lazy_regex(r"\d{5}")


def check_article(tree: HtmlElement, metadata: PageMetadata, blocks: PageBlocks, text: str, *, url: str) -> None:
    """Return if the page is an article; `blocks` are as extracted, `text` is the cleaned article.

    Raises:
        NothingToSummarize: PAYWALL if the article is not freely available, GALLERY for pictures or a clip with few
            words, else NOT_AN_ARTICLE.
    """
    words = len(text.split())
    if words < _MAX_CAPTION_WORDS and _is_gallery(metadata.article.title, words, url or metadata.stated_url):
        raise NothingToSummarize(RefusalReason.GALLERY, "the page shows pictures or a clip")
    if detail := _find_barrier(tree, metadata, text, words):
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, detail)
    if words < _SOME_WORDS and _is_behind_paywall(tree, metadata):
        raise NothingToSummarize(RefusalReason.PAYWALL, "the article is for subscribers")
    if words < MIN_WORDS:
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, "there is no running text on the page")
    points = _score_statements(tree, metadata) + _score_address(url or metadata.stated_url) + _score_text(blocks, words)
    if points < (6 if _INDEX_TITLE.fullmatch(metadata.article.title) else 0):
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, "the page lists articles and is none itself")


def _is_gallery(title: str, words: int, url: str) -> bool:
    """Return whether the headline announces pictures, or a clip with few words or in the outlet's section of clips."""
    if _GALLERY_TITLE.match(title):
        return True
    is_clip = words < _FEW_WORDS or not _CLIP_SEGMENTS.isdisjoint(_split_path(url))
    return is_clip and _CLIP_TITLE.match(title) is not None


def _split_path(url: str) -> list[str]:
    parts = split_url(url)
    return parts.path.strip("/").lower().split("/") if parts else []


def _find_barrier(tree: HtmlElement, metadata: PageMetadata, text: str, words: int) -> str | None:
    """Return which barrier replaces the article: an error, a robot check, a login, a consent page; None without one."""
    article = metadata.article
    if words >= _SOME_WORDS or metadata.linked_data:
        return None
    # Many sites have a hidden login form on every page, including articles.
    if words < _FEW_WORDS and article.published_at is None and select(tree, "//input[@type='password']"):
        return "the page asks to log in"
    if _ERROR_TITLE.search(article.title):
        return "the page is an error page"
    if words < _FEW_WORDS and article.published_at is None and _OBSTACLE.search(text):
        return "the page says why it shows no article"
    if _LOGIN_TITLE.fullmatch(article.title):
        return "the page asks to log in"
    if article.published_at is None and (_CONSENT.search(article.title) or len(_CONSENT.findall(text)) > 1):
        return "the page asks for consent"
    return None


def _is_behind_paywall(tree: HtmlElement, metadata: PageMetadata) -> bool:
    if is_paywalled(metadata.linked_data):
        return True
    metas = find_tags(tree, "meta")
    tier = [meta for meta in metas if "article:content_tier" in (meta.get("property"), meta.get("name"))]
    if tier and tier[0].get("content", "").lower() == "locked":
        return True
    if "isAccessibleForFree" in metadata.linked_data:
        return False
    lines = map(read_line, select(tree, "//p|//h2|//h3|//h4|//button|//div[not(*)]")[:600])
    return any(len(line) < 300 and _PAYWALL.search(line) for line in lines)


def _score_statements(tree: HtmlElement, metadata: PageMetadata) -> int:
    named = [(meta.get("property"), meta.get("content", "")) for meta in find_tags(tree, "meta")]
    kinds = [content.strip().lower() for name, content in named if name == "og:type"][:1]
    is_dated = any(name == "article:published_time" for name, _ in named)
    points = 3 if metadata.linked_data.get("headline") else 0
    points += 2 if is_dated or select(tree, "//@itemprop[.='datePublished']/..") else 0
    points += 1 if select(tree, "//@itemprop[.='articleBody']/..") else 0
    points += 1 if kinds == ["article"] else -2 if kinds == ["website"] else 0
    # A front page may state the address of its first article elsewhere.
    homes = [link.get("href", "") for link in select(tree, "//link[@rel='canonical']")[:1]]
    points -= 3 if any(_split_path(home) == [""] for home in homes) else 0
    return points + (metadata.article.published_at is not None) + bool(metadata.article.authors)


def _score_address(url: str) -> int:
    segments = _split_path(url)
    if not url.startswith(("http://", "https://")) or not segments:
        return 0
    if has_article_path(url):
        return 2
    is_day = len(segments) > 1 and all(part.isdigit() and len(part) <= 2 for part in segments[-2:])
    if is_day or not _INDEX_SEGMENTS.isdisjoint(segments):
        return -3
    return 2 if len(segments) > 1 and any(map(_NUMBER.search, segments)) else 0


def _score_text(blocks: PageBlocks, words: int) -> int:
    main = blocks.main
    all_words = sum(block.words for block in main) or 1
    link_words = sum(block.link_words for block in main)
    headlines = sum(_is_headline(block) for block in main)
    texts = {block.text for block in main if block.is_prose}
    prose = len(texts)
    short = [block.text for block in main if block.words < 15]
    against = 3 if link_words > 0.5 * all_words else 0
    against += 2 if headlines > max(5, prose) else 0
    against += min(4, sum(len(_JUST_NOW.findall(text)) for text in short))
    # Each article of a list has its date and its "Selengkapnya".
    dates = sum(_CLOCK.search(text) is not None and parse_date(text) is not None for text in short)
    pointers = sum(_MORE.fullmatch(text) is not None for text in short)
    against += 4 * ((dates >= _MANY_ITEMS) + (pointers >= _MANY_ITEMS))
    # In a list, each linked headline has its article's teaser below it, and often a date between them.
    openings = sum(
        two.text in texts and (_is_headline(one) or (_is_headline(zero) and one.words < 15 and not one.is_prose))
        for zero, one, two in zip(blocks.page, blocks.page[1:], blocks.page[2:], strict=False)
    )
    against += 4 if openings >= _MANY_ITEMS and openings > 0.6 * prose else 0
    if words >= _MANY_WORDS:  # an article may have been extracted together with lists around it
        return 2 - min(8, against)
    # Verses, tables.
    against += 2 if sum(block.words for block in main if block.is_prose) < 0.5 * all_words else 0
    return -against - (2 if words < _FEW_WORDS else 0)


def _is_headline(block: Block) -> bool:
    return block.is_linked and block.words >= HEADLINE_WORDS
