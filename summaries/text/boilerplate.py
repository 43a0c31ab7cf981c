"""What outlets leave around and inside an article's text: recognisers for one line or one paragraph, all pure."""

from __future__ import annotations

import re
from functools import cache

# Stands for all that are no small letter of the alphabet.
_SIGNS = "*"
# A line that starts like this carries links, credits or calls to action, never a sentence of the article. Lines are in
# lower case here: to ignore the case of each letter takes twice as long. Before each stand the letters that it may
# begin with: a line begins like few of them, and many like none.
FURNITURE = (
    ("blst", r"(?:baca|lihat|simak|tonton|saksikan)\s*(?:juga|pula|selengkapnya)\b"),
    (
        "blstvi",
        r"(?:baca|lihat|simak|tonton|saksikan|video|infografis)(?:\s(?:artikel|berita|video|foto|infografis)\w*)?\s?:",
    ),
    # With a headline after the colon; "Simak tiga caranya:" announces what the article goes on with.
    ("blstvi", r"(?:baca|lihat|simak|tonton|saksikan|video|infografis)(?:\s\S+){1,3}\s?:\s?\S[^.]*$"),
    ("b", r"baca\s(?:artikel|berita)\b.{0,60}\b(?:lainnya|di\ssini|selengkapnya)"),
    ("stl", r"(?:simak|tonton|saksikan|lihat)\s(?:breaking\snews|video|selengkapnya)\b"),
    ("ais", r"(?:advertisement|iklan|sponsored)\s*$"),
    ("as", r"(?:advertisement\s*)?scroll\s(?:to|ke|untuk)\b"),
    ("lcr", r"(?:lanjutkan\smembaca|continue\sreading|read\s(?:also|more))\s?(?::|$)"),
    (_SIGNS + "g", r"\[?gambas\s?:"),
    (
        "perksfvl",
        r"(?:pewarta|editor|penulis|penyunting|reporter|redaktur|kontributor|sumber|foto|photo|video|laporan(?:\swartawan)?)\s?:",
    ),
    (_SIGNS + "ch", r"(?:copyright|hak\scipta|©|\(c\)\s)"),
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
    (_SIGNS + "f", r"\W{0,2}fakta\satau\shoaks\?"),
    ("l", r"laporan\s(?:wartawan|reporter|kontributor|jurnalis)\s[\w.]+(?:\s\w+)?,\s[^.!?]{3,60}$"),
    ("dtbslk", r"(?:disclaimer|tags?|topik|bagikan|share|tweet|loading|komentar)\s?(?::|\.{3}|$)"),
    ("hw", r"(?:https?://|www\.)\S+$"),
    (_SIGNS, r"[*=\-_~•.\s]{3,}$"),
    (_SIGNS + "vwg", r"\((?:adsbygoogle|function)\b|(?:var|window)\s\w+\s?=|googletag\b"),
)


@cache
def _furniture(letter: str) -> re.Pattern[str] | None:
    """What lines beginning with this letter may match, in one; made when the first such line comes."""
    patterns = [f"(?:{pattern})" for letters, pattern in FURNITURE if letter in letters]
    return re.compile("|".join(patterns)) if patterns else None


_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")

# Posts of social networks that stand in the text: who wrote them, and when.
_POST = re.compile(
    r"\(@\w{1,30}\)\s?(?:\w{3,9}\s\d{1,2},\s\d{4}|on\s?\w{3,9}\s\d{1,2},\s\d{4}\s?at\s[\d:]+\s?[ap]m\b.{0,6})$"
)

# Who made the picture: "(ANTARA FOTO/Nama)", "(Dok. Istimewa)", "(Foto: Nama)", "(Nama/Pool via Reuters)". Behind a
# label stand at most 80 characters; beside the name of an agency 60, and 60 more behind a slash.
_CREDIT_OPENS = re.compile(r"[(\[]\s*+")
_CREDIT_LABEL = re.compile(
    r"(?:foto|photo|dok(?:umentasi)?|ist(?:imewa)?|sumber|source|credit|ilustrasi|illustration|screenshot|tangkapan\slayar)\b",
    re.IGNORECASE,
)
_CREDIT_AGENCY = re.compile(
    r"\b(?:antara(?:\sfoto)?|reuters|afp|ap|epa|getty(?:\simages)?|xinhua|pool|shutterstock|istock(?:photo)?|pixabay|unsplash|"
    r"pexels|freepik|instagram|twitter|istimewa|(?<=/)\w+\.(?:com|co\.id|id)|cnn\sindonesia|detik\w*|kompas|tempo|merdeka|viva|"
    r"republika|liputan6)\b",
    re.IGNORECASE,
)
_MOST_BEHIND_LABEL = 80
_MOST_BESIDE_AGENCY = 60
_CREDIT_ENDS = (")", "]")
_HEAD_CAPTION = re.compile(
    r"[^.!?:()]{0,90}\((?i:foto|photo|kredit|credit|dok\.?|ilustrasi)\s?:[^()]{1,60}\)\s+(?=[\"“]?[A-Z0-9])"
)
# A longer line holds more than furniture: running text without line breaks may open with a credit.
_LONGEST_LINE = 300
_LONGEST_CAPTION = 600
# "... di pasar. (Rina/detikcom). Foto: ...": what says more is a paragraph that quotes its source at its end.
_MOST_SENTENCES = 4
_SENTENCE_END = re.compile(r"[a-z\d)\"”][.!?][\"”)]*(?=\s|$)")
_SPEAKS = re.compile(r"[\"“”]\s*+(?:,\s*+)?(?:kata|ujar|ucap|tutur|jelas|tegas|imbuh|tandas|papar)", re.IGNORECASE)


def is_boilerplate_line(line: str) -> bool:
    """Whether the whole line is an outlet's furniture: links to read, ads, credits, page numbers, copyright."""
    if not (line[:1].isalnum() or any(map(str.isalnum, line))):
        return True
    if len(line) > _LONGEST_LINE:
        return False
    bare = line.strip().lstrip("-–—*•>»|#([ ").lower()
    pattern = _furniture(bare[0] if bare[0] in _LETTERS else _SIGNS)
    return (pattern is not None and bool(pattern.match(bare))) or ("(@" in line and bool(_POST.search(line.strip())))


def head_caption_length(text: str) -> int:
    """How long the caption is that running text opens with, "Gedung baru (Foto: Rina) Warga ...", 0 for none."""
    match = _HEAD_CAPTION.match(text)
    return match.end() if match else 0


def is_caption(line: str) -> bool:
    """Whether the line is a picture's caption, known by the credit that it ends with."""
    line = line.strip()
    if len(line) > _LONGEST_CAPTION or line.removesuffix(".").rstrip()[-1:] not in _CREDIT_ENDS:
        return False
    if not _ends_with_credit(line) or _SPEAKS.search(line):
        return False
    return len(_SENTENCE_END.findall(line)) <= _MOST_SENTENCES


def _ends_with_credit(line: str) -> bool:
    """Whether the bracket that the line ends with says who made a picture."""
    inside = line.removesuffix(".").rstrip()[:-1].rstrip()
    begin, end = max(inside.rfind("("), inside.rfind(")"), 0), len(inside)
    agencies = [name.start() for name in _CREDIT_AGENCY.finditer(inside, begin) if _is_near_end(inside, name.end())]
    for opening in _CREDIT_OPENS.finditer(inside, begin):
        start = opening.end()
        label = _CREDIT_LABEL.match(inside, start)
        if label and end - label.end() <= _MOST_BEHIND_LABEL:
            return True
        if any(0 <= at - start <= _MOST_BESIDE_AGENCY for at in agencies):
            return True
    return False


def _is_near_end(inside: str, at: int) -> bool:
    """Whether no more follows than may stand behind an agency's name."""
    last = len(inside) - 1 - _MOST_BESIDE_AGENCY
    return at >= last + 1 or "/" in inside[max(at, last) : min(len(inside) - 1, at + _MOST_BESIDE_AGENCY + 1)]
