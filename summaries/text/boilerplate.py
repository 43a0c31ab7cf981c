"""Recognise boilerplate: lines and paragraphs (links, adverts, credits, picture captions), and parts of a line.

Boilerplate inside a line (adverts, embeds, page turns, bracketed links, code) has a definite start and end;
`related_links` handles links whose headline has no clear end.
"""

from __future__ import annotations

import re
from functools import cache

from summaries.text.lazy_patterns import lazy_regex

# The group for lines that do not start with a lower-case letter.
_OTHER = "*"
# A line that matches one of these holds links, credits or calls to action, never a sentence of the article. Lines are
# lower-cased first, because re.IGNORECASE takes twice as long. Each pattern is listed with the letters that its matches
# can start with, so that most lines are tried against few patterns or none.
BOILERPLATE = (
    ("blst", r"(?:baca|lihat|simak|tonton|saksikan)\s*(?:juga|pula|selengkapnya)\b"),
    (
        "blstvi",
        r"(?:baca|lihat|simak|tonton|saksikan|video|infografis)(?:\s(?:artikel|berita|video|foto|infografis)\w*)?\s?:",
    ),
    # A headline must follow the colon; "Simak tiga caranya:" introduces text of the article.
    ("blstvi", r"(?:baca|lihat|simak|tonton|saksikan|video|infografis)(?:\s\S+){1,3}\s?:\s?\S[^.]*$"),
    ("b", r"baca\s(?:artikel|berita)\b.{0,60}\b(?:lainnya|di\ssini|selengkapnya)"),
    ("stl", r"(?:simak|tonton|saksikan|lihat)\s(?:breaking\snews|video|selengkapnya)\b"),
    ("ais", r"(?:advertisement|iklan|sponsored)\s*$"),
    ("as", r"(?:advertisement\s*)?scroll\s(?:down\s)?(?:to|ke|untuk)\b"),
    ("lcr", r"(?:lanjutkan\smembaca|continue\sreading|read\s(?:also|more))(?:\s?:|\W*$)"),
    (_OTHER + "g", r"\[?gambas\s?:"),
    (
        "perksfvl",
        r"(?:pewarta|editor|penulis|penyunting|reporter|redaktur|kontributor|sumber|foto|photo|video|laporan(?:\swartawan)?)\s?:",
    ),
    (_OTHER + "ch", r"(?:copyright|hak\scipta|©|\(c\)\s)"),
    ("p", r"pilihan\seditor\b"),
    ("hsb", r"(?:halaman\s)?(?:selanjutnya|berikutnya|sebelumnya)\s?(?::|>|»|$)"),
    ("ba", r"(?:berita|artikel)\s(?:terkait|lainnya|populer)\s?(?::|$)"),
    ("a", r"artikel\sini\stelah\stayang\b(?:[^.!?]|\.(?=\w))*\.?$"),
    (
        "d",
        r"dapatkan\s(?:update|berita|informasi)\b.{0,160}\b(?:whatsapp|telegram|google\snews|kanal|grup|aplikasi|email|akun)\b",
    ),
    (
        "ifgya",
        r"(?:ikuti|follow|gabung|yuk|ayo)\b.{0,160}\b(?:whatsapp|telegram|google\snews|kanal|saluran|channel|instagram|twitter)\b",
    ),
    ("csu", r"(?:cek|simak|update)\b.{0,160}\b(?:whatsapp|google\snews|wa\schannel)\b"),
    ("d", r"dapatkan\b.{0,200}(?:!|\bdi\ssini\W*)$"),
    (
        "d",
        r"dilarang\s(?:keras\s)?(?:mengambil|mengutip|menyalin|memperbanyak|menyebarluaskan|mereproduksi)\b.{0,160}\b(?:se)?izin\b",
    ),
    (_OTHER + "f", r"\W{0,2}fakta\satau\shoaks\?"),
    ("l", r"laporan\s(?:wartawan|reporter|kontributor|jurnalis)\s[\w.]+(?:\s\w+)?,\s[^.!?]{3,60}$"),
    ("dtbslk", r"(?:disclaimer|tags?|topik|bagikan|share|tweet|loading|komentar)\s?(?::|\.{3}|$)"),
    ("hw", r"(?:https?://|www\.)\S+$"),
    (_OTHER, r"[*=\-_~•.\s]{3,}$"),
    (_OTHER + "vwg", r"\((?:adsbygoogle|function)\b|(?:var|window)\s\w+\s?=|googletag\b"),
)


@cache
def _compile_patterns(letter: str) -> re.Pattern[str] | None:
    """Compile the patterns for lines that start with `letter` into one, on first use."""
    patterns = [f"(?:{pattern})" for letters, pattern in BOILERPLATE if letter in letters]
    return re.compile("|".join(patterns)) if patterns else None


_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")

# Embedded posts of social networks: author and date.
_POST = lazy_regex(
    r"\(@\w{1,30}\)\s?(?:\w{3,9}\s\d{1,2},\s\d{4}|on\s?\w{3,9}\s\d{1,2},\s\d{4}\s?at\s[\d:]+\s?[ap]m\b.{0,6})$"
)

# Picture credits: "(ANTARA FOTO/Nama)", "(Dok. Istimewa)", "(Foto: Nama)", "(Nama/Pool via Reuters)". At most 80
# characters follow a label. At most 60 characters precede or follow an agency's name, and 60 more may follow a slash.
_CREDIT_OPENS = lazy_regex(r"[(\[]\s*+")
_CREDIT_LABEL = lazy_regex(
    r"(?:foto|photo|dok(?:umentasi)?|ist(?:imewa)?|sumber|source|credit|ilustrasi|illustration|screenshot|tangkapan\slayar)\b",
    re.IGNORECASE,
)
_CREDIT_AGENCY = lazy_regex(
    r"\b(?:antara(?:\sfoto)?|reuters|afp|ap|epa|getty(?:\simages)?|xinhua|pool|shutterstock|istock(?:photo)?|pixabay|unsplash|"
    r"pexels|freepik|instagram|twitter|istimewa|(?<=/)\w+\.(?:com|co\.id|id)|cnn\sindonesia|detik\w*|kompas|tempo|merdeka|viva|"
    r"republika|liputan6)\b",
    re.IGNORECASE,
)
_MAX_CHARS_AFTER_LABEL = 80
_MAX_CHARS_NEAR_AGENCY = 60
_CREDIT_ENDS = (")", "]")
_HEAD_CAPTION = lazy_regex(
    r"[^.!?:()]{0,90}\((?i:foto|photo|kredit|credit|dok\.?|ilustrasi)\s?:[^()]{1,60}\)\s+(?=[\"“]?[A-Z0-9])"
)
# Longer lines hold running text: text without line breaks may open with a credit.
_MAX_LINE_CHARS = 300
_MAX_CAPTION_CHARS = 600
# A line with more sentences is a paragraph that ends with its source: "... di pasar. (Rina/detikcom). Foto: ...".
_MAX_SENTENCES = 4
_SENTENCE_END = lazy_regex(r"[a-z\d)\"”][.!?][\"”)]*(?=\s|$)")
_SPEAKS = lazy_regex(r"[\"“”]\s*+(?:,\s*+)?(?:kata|ujar|ucap|tutur|jelas|tegas|imbuh|tandas|papar)", re.IGNORECASE)


def is_boilerplate_line(line: str) -> bool:
    """Return whether the whole line is boilerplate: a link, advert, credit, page number or copyright notice."""
    if not (line[:1].isalnum() or any(map(str.isalnum, line))):
        return True
    if len(line) > _MAX_LINE_CHARS:
        return False
    bare = line.strip().lstrip("-–—*•>»|#([ ").lower()
    pattern = _compile_patterns(bare[0] if bare[0] in _LETTERS else _OTHER)
    return (pattern is not None and bool(pattern.match(bare))) or ("(@" in line and bool(_POST.search(line.strip())))


def measure_leading_caption(text: str) -> int:
    """Return the length of the caption that running text opens with ("Gedung baru (Foto: Rina) Warga ..."), or 0."""
    match = _HEAD_CAPTION.match(text)
    return match.end() if match else 0


def is_caption(line: str) -> bool:
    """Return whether the line is a picture caption: it ends with a credit in brackets."""
    line = line.strip()
    if len(line) > _MAX_CAPTION_CHARS or line.removesuffix(".").rstrip()[-1:] not in _CREDIT_ENDS:
        return False
    if not _ends_with_credit(line) or _SPEAKS.search(line):
        return False
    return len(_SENTENCE_END.findall(line)) <= _MAX_SENTENCES


def _ends_with_credit(line: str) -> bool:
    """Return whether the closing bracket of the line holds a picture credit."""
    inside = line.removesuffix(".").rstrip()[:-1].rstrip()
    begin, end = max(inside.rfind("("), inside.rfind(")"), 0), len(inside)
    agencies = [name.start() for name in _CREDIT_AGENCY.finditer(inside, begin) if _is_near_end(inside, name.end())]
    for opening in _CREDIT_OPENS.finditer(inside, begin):
        start = opening.end()
        label = _CREDIT_LABEL.match(inside, start)
        if label and end - label.end() <= _MAX_CHARS_AFTER_LABEL:
            return True
        if any(0 <= at - start <= _MAX_CHARS_NEAR_AGENCY for at in agencies):
            return True
    return False


def _is_near_end(inside: str, at: int) -> bool:
    """Return whether the rest of the text is short enough to follow an agency's name in a credit."""
    last = len(inside) - 1 - _MAX_CHARS_NEAR_AGENCY
    return at >= last + 1 or "/" in inside[max(at, last) : min(len(inside) - 1, at + _MAX_CHARS_NEAR_AGENCY + 1)]


# The lower-case prefixes of all matches: a cheap test that most lines fail.
_INLINE_STARTS = (
    "[gambas",
    "[ gambas",
    "[video]",
    "baca_juga",
    "advertisement",
    "scroll to ",
    "artikel ini telah tayang",
    "dapatkan update berita",
    "bersambung ke halaman",
    "lanjut ke sebelah",
    "baca lanjutan ",
    "baca di halaman ",
    "* *",
    "***",
    *(bracket + verb for bracket in "([" for verb in ("baca", "lihat", "simak", "tonton")),
)
_INLINE = lazy_regex(
    r"\[\s?gambas\s?:[^\]\n]{0,80}\]?|\[video\](?:(?!\[/video\])\S){0,200}+(?:\s?/\s?(?:(?!\[/video\])\S){1,80}+){0,3}+\[/video\]|"
    r"\bBaca_Juga\b|"
    r"(?:\bADVERTISEMENT\s*)?\bSCROLL\sTO\s(?:CONTINUE|RESUME)\s(?:WITH\s)?CONTENT\b|\bADVERTISEMENT\b|"
    # Only to the end of the headline that it names, because the article may continue.
    r"\bArtikel\sini\stelah\stayang\s(?:lebih\sdulu\s|sebelumnya\s)?di\s\S{3,60}"
    r"(?:\sdengan\sjudul:?\s?[^.!?\n]{5,160}[.,]?)?(?:\s?(?:Link|Sumber)?\s?:?\s?https?://\S+)?|"
    r"\bDapatkan\supdate\sberita\s[^.\n]{0,80}setiap\shari\.\sMari\sbergabung\s[^\n]{0,300}?(?:di\sponsel\.|$)|"
    r"\bBersambung\ske\shalaman\s(?:berikut|selanjut)nya\b(?:\s?(?:\.{2,}|…|[>»]+))?|\bLanjut\ske\ssebelah\b(?:\s?(?:\.{2,}|…))?|"
    r"\bBaca\s(?:lanjutan\s[^.!?\n]{0,80}\s)?di\shalaman\s(?:berikut|selanjut)nya\b(?:\s?(?:\.{2,}|…|[>»]{1,3}))?|"
    r"(?:(?<=\s)|^)\*(?:\s?\*){2,}(?=\s|$)|"
    r"[(\[]\s?(?:baca|lihat|simak|tonton)\s?(?:(?:juga|pula)\s?:?|:)\s?"
    # A gloss is shorter: "(baca: undang-undang)".
    r"[^\s()\[\]]+(?:\s+[^\s()\[\]]+){3,40}[)\]]",
    re.IGNORECASE,
)
_CODE_OPENS = lazy_regex(r"(?:/\s?/\s?)?<!\s?(?:-\s?-|\[\s?CDATA\b)")
_CODE_CLOSES = lazy_regex(r"(?:-\s?-\s?>|\]\]\s?(?:>|&\s?gt\s?;))(?:\s*-\s?-\s?>)*")


def may_hold_inline_boilerplate(text: str) -> bool:
    """Return whether any line of the text may contain inline boilerplate; a cheap test."""
    lower = text.lower()
    return "<!" in lower or len(lower) != len(text) or any(start in lower for start in _INLINE_STARTS)


def find_inline_boilerplate(line: str) -> list[tuple[int, int]]:
    """Return the ranges of boilerplate in one line, in order."""
    spans = _find_code(line) if "<!" in line else []
    lower = line.lower()
    if len(lower) != len(line):
        return sorted([*spans, *(match.span() for match in _INLINE.finditer(line))])
    for start in _INLINE_STARTS:
        at = lower.find(start)
        while at >= 0:
            match = _INLINE.match(line, at)
            if match:
                spans.append(match.span())
            at = lower.find(start, match.end() if match else at + 1)
    return sorted(spans)


def _find_code(line: str) -> list[tuple[int, int]]:
    """Return the ranges of comments and CDATA sections left behind by a page's scripts."""
    spans = []
    opening = _CODE_OPENS.search(line)
    while opening:
        closing = _CODE_CLOSES.search(line, opening.end())
        if closing is None:
            break
        spans.append((opening.start(), closing.end()))
        opening = _CODE_OPENS.search(line, closing.end())
    return spans
