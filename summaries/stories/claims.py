"""Match texts with the claims of fact-checks: a forwarded message with the debunked claim that it repeats.

Terms are stems, numbers and the addresses of unknown sites, each weighted by its rarity in Indonesian news. A message
repeats a claim if most of its own terms occur in the claim or in the passages that quote it. News about the same event
has many other terms. A long message is compared in parts: around the claim, it has greetings, appeals and more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from math import sqrt

from rapidfuzz.distance import OSA

from summaries.fact_checks import find_claim_passages, lists_claims, split_addresses
from summaries.model import Article, StoredArticle, Verdict
from summaries.stories.signature import extract_terms
from summaries.stories.vectors import load_background
from summaries.text.characters import strip_hidden
from summaries.text.sentences import find_sentences
from summaries.text.words import stem

# News has its event in the first lines. A forwarded message has up to 4,096 characters, or is sent as several.
MAX_CHARS, MAX_FORWARDED_CHARS = 2_000, 8_000
# The rarest terms by which a fact-check is found, and with which a text, or a forwarded message, is looked up.
MAX_INDEXED, MAX_LOOKED_UP, MAX_FORWARDED_TERMS = 120, 30, 120
# Terms of the parts that a forwarded message is compared in: consecutive sentences, at most as many as in a message.
MIN_PART_TERMS, MAX_PART_TERMS = 3, 25
# A longer text is an article with a headline: the longest of 79 invented messages has 25 terms.
MAX_MESSAGE_TERMS = 40
# At these limits 42 of 44 messages that were kept aside match, and none of 6,849 headlines and 3,868 texts of news. The
# best headline has a score of 1.07, the best text a share of 0.23.
MIN_SHARE, MIN_SCORE = 0.42, 1.08
# A long message has many parts, so one must resemble more. Without the marks of a forwarded message, one of 3,868 texts
# of news has such a part, and it repeats the claim.
MIN_PART_SCORE, MIN_PART_COMMON = 1.3, 5
# A list of hoaxes about volcanoes has most words of the news about them.
MIN_LIST_SHARE = 0.75
# A headline matches only if it says the same as the claim.
MIN_HEADLINE_SHARE, MIN_CLAIM_SHARE, MIN_HEADLINE_TERMS = 0.85, 0.75, 5
# More terms in common prove no more.
MANY_TERMS = 9
# The score of a match without any term of the claim's headline: it repeats a passage of the fact-check.
_PASSAGE_SCORE = 0.35
# Words of all fact-checks and chain messages, which distinguish no claim.
_EMPTY_TEXT = """
    video foto gambar tautan link artikel unggahan postingan akun media sosial facebook tiktok instagram youtube
    telegram whatsapp viral beredar narasi klaim mengeklaim kabar informasi info hoaks hoax fakta cek benar salah keliru
    resmi sebar bagikan share klik daftar pendaftaran segera pesan berantai warganet sebut tolong mohon gaes guys bapak
    ibu pak bu teman saudara semua warga heboh awas waspada penting wa https http rp
    yg dgn utk krn jgn tdk ga gak dr dlm sdh udah skrg bs sblm thn bln tgl jd kmrn org lwt dpt buat per
"""
_SPELLINGS = {
    "jt": "juta", "rb": "ribu", "hutang": "utang", "resiko": "risiko", "dollar": "dolar", "umroh": "umrah",
    "jogja": "yogyakarta", "antri": "antre", "menkeu": "menteri keuangan", "pinjol": "pinjaman online",
    "walikota": "wali kota", "kementrian": "kementerian",
}  # fmt: skip
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:[-'’][^\W\d_]+)*")
# Anybody can have pages on these hosts.
_SHARED_HOST = re.compile(
    r"(?:[\w-]+\.)*(?:bit\.ly|s\.id|wa\.me|t\.me|tinyurl\.com|goo\.gl|forms\.gle|google\.com|facebook\.com|fb\.com|"
    r"instagram\.com|tiktok\.com|youtube\.com|youtu\.be|x\.com|twitter\.com|whatsapp\.com|blogspot\.com)(?![\w.])"
)
# Emoji, "!!", WhatsApp's bold type, capitals, links, chat spellings and appeals to forward: 3 % of news has a mark.
_FORWARDED = re.compile(
    r"[\U0001f300-\U0001faff\u2600-\u27bf\u203c\u2757]|!{2}|(?<!\w)\*[^*\n]{2,80}\*(?!\w)|https?://|\bwww\.|"
    r"(?:\b[A-Z]{2,}\b[ ,]+){4}|\b(?i:sebar(?:kan|in|luaskan)|bagikan (?:ke|info|pesan)|share|viralkan|copas|"
    r"teruskan (?:ke|pesan)|forward(?:ed)?|assalam\w*|mohon (?:izin|maaf)|(?:info|kabar) dari (?:grup|teman|saudara)|"
    r"bapak ibu|ibu-ibu|gaes|guys|yg|dgn|utk|krn|jgn|tdk|sdh|skrg|bgt|udh)\b"
)
_DENIES = re.compile(r"bantah|hoa(?:ks|x)|tidak benar|fakta|klarifikasi|keliru|palsu|bukan", re.IGNORECASE)
_ADDRESS_MARK = "@"
# Weights in nats. The rarest words have 10; a misspelt one would outweigh all others.
_ADDRESS_WEIGHT, _NUMBER_WEIGHT, _MAX_WEIGHT = 20.0, 2.0, 7.0
_MIN_MISSPELT_CHARS = 5


@dataclass(frozen=True, slots=True)
class Claim:
    """The terms of a fact-check's claim and title, and of the passages that quote or report the claim; `is_list` if
    there are several claims."""

    headline: frozenset[str]
    passages: frozenset[str]
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Resemblance:
    """The shares of the claim's and the text's terms, by weight, that both have, and the number of these terms."""

    claim_share: float
    text_share: float
    count: int
    has_address: bool
    is_list: bool

    @property
    def score(self) -> float:
        return self.text_share * sqrt(min(MANY_TERMS, self.count)) * (_PASSAGE_SCORE + self.claim_share)

    @property
    def is_message(self) -> bool:
        """Return whether a message with this resemblance repeats the claim."""
        least = MIN_LIST_SHARE if self.is_list else MIN_SHARE
        return self.text_share >= least and (self.has_address or self.score >= MIN_SCORE)

    @property
    def is_part(self) -> bool:
        """Return whether a long message that has a part with this resemblance repeats the claim."""
        is_sure = self.score >= MIN_PART_SCORE and self.count >= MIN_PART_COMMON
        return self.is_message and (is_sure or self.has_address)

    @property
    def is_headline(self) -> bool:
        """Return whether an article under a headline with this resemblance repeats the claim."""
        is_same = self.text_share >= MIN_HEADLINE_SHARE and self.claim_share >= MIN_CLAIM_SHARE
        return is_same and self.count >= MIN_HEADLINE_TERMS


def index_claim(article: Article) -> tuple[str, ...]:
    """Return the terms by which the fact-check is found; none if it confirms its claim, or is no fact-check."""
    if article.fact_check is None or article.fact_check.verdict is Verdict.TRUE:
        return ()
    claim = read_claim(article)
    return tuple(choose_rarest(claim.headline | claim.passages, MAX_INDEXED))


def weigh_claim_terms(text: str) -> dict[str, float]:
    """Return the terms, with their weights, with which to look the text up."""
    terms = extract_claim_terms(text)
    headline = extract_claim_terms(text.partition("\n")[0]) if len(terms) > MAX_MESSAGE_TERMS else ()
    parts = {term for part in split_message(text) for term in part}
    chosen = choose_rarest(parts, MAX_FORWARDED_TERMS) if parts else choose_rarest(terms, MAX_LOOKED_UP)
    return {term: weigh(term) for term in (*chosen, *headline[:MAX_LOOKED_UP])}


def find_resembling(text: str, checks: Sequence[StoredArticle]) -> StoredArticle | None:
    """Return the fact-check whose claim the text, or a part of a forwarded message, repeats, or None.

    The first line of a long text is its headline.
    """
    terms = extract_claim_terms(text)
    headline, _, _ = text.partition("\n")
    own = extract_claim_terms(headline) if len(terms) > MAX_MESSAGE_TERMS and not _DENIES.search(headline) else ()
    parts = split_message(text)
    every = {*terms, *own}.union(*parts)
    found: list[tuple[bool, float, int]] = []
    for place, stored in enumerate(checks):
        claim = read_claim(stored.article)
        meanings = find_meanings(every, claim)
        whole, head = compare(terms, claim, meanings), compare(own, claim, meanings)
        if whole.is_message or head.is_headline:
            found.append((whole.has_address, max(whole.score, head.score), -place))
        likenesses = (compare(part, claim, meanings) for part in parts)
        found += ((like.has_address, like.score, -place) for like in likenesses if like.is_part)
    return checks[-max(found)[2]] if found else None


def split_message(text: str) -> list[tuple[str, ...]]:
    """Return the terms of each run of sentences, up to `MAX_PART_TERMS`, in a long forwarded message; none of any other
    text."""
    text = text[:MAX_FORWARDED_CHARS]
    if not _FORWARDED.search(text):
        return []
    pieces = list(_cut_sentences(text))
    parts: dict[tuple[str, ...], None] = {}
    for first in range(len(pieces)):
        part: dict[str, None] = {}
        for piece in pieces[first:]:
            part |= dict.fromkeys(piece)
            if len(part) > MAX_PART_TERMS:
                break
            if len(part) >= MIN_PART_TERMS:
                parts[tuple(part)] = None
    return list(parts) if len(pieces) > 1 else []


def _cut_sentences(text: str) -> Iterator[list[str]]:
    """Yield the terms of the sentences, a few short ones at a time; one without end marks is cut."""
    joined: list[str] = []
    for start, end in find_sentences(text, "id"):
        joined += extract_claim_terms(text[start:end])
        while len(joined) >= MIN_PART_TERMS:
            size = len(joined) if len(joined) <= MAX_PART_TERMS else MAX_PART_TERMS // 2
            yield joined[:size]
            joined = joined[size:]
    if joined:
        yield joined


def read_claim(article: Article) -> Claim:
    """Return the terms of a fact-check's claim."""
    claimed = article.fact_check.claim if article.fact_check else ""
    return Claim(
        frozenset(extract_claim_terms(f"{claimed}\n{article.title}")),
        frozenset(extract_claim_terms("\n".join(find_claim_passages(article.text)))),
        lists_claims(article),
    )


def extract_claim_terms(text: str) -> list[str]:
    """Return the distinct terms of the text: addresses, stems and numbers."""
    lower, addresses = split_addresses(strip_hidden(unicodedata.normalize("NFKC", text[:MAX_CHARS])).lower())
    words = [_SPELLINGS.get(word, word) for word in _WORD.findall(lower)]
    empty = _load_empty()
    stems = extract_terms(" ".join(word for word in words if not word[0].isdigit()))
    return list(
        dict.fromkeys(
            [
                *(f"{_ADDRESS_MARK}{_shorten_address(address)}" for address in addresses),
                *(term for term in stems if term not in empty),
                *(word.replace(".", "") for word in words if word[0].isdigit()),
            ]
        )
    )


def _shorten_address(address: str) -> str:
    """Return the host, with the path on a host that anybody can have pages on."""
    address = address.removeprefix("www.")
    return address.rstrip("/.,") if _SHARED_HOST.match(address) else address.partition("/")[0]


@cache
def _load_empty() -> frozenset[str]:
    return frozenset(map(stem, _EMPTY_TEXT.split()))


def choose_rarest(terms: Iterable[str], most: int) -> list[str]:
    """Return the terms with the greatest weights, at most `most`."""
    return sorted(terms, key=lambda term: (-weigh(term), term))[:most]


@lru_cache(maxsize=16_384)
def weigh(term: str) -> float:
    """Return the term's weight: its rarity in Indonesian news."""
    if term.startswith(_ADDRESS_MARK):
        return _ADDRESS_WEIGHT
    if term[0].isdigit():
        return _NUMBER_WEIGHT
    return min(_MAX_WEIGHT, load_background().idf(term, others=0, window=0))


def find_meanings(terms: Iterable[str], claim: Claim) -> dict[str, str]:
    """Return the terms that the claim has, each with its spelling there: a misspelt one counts, too."""
    known = claim.headline | claim.passages
    return {term: meant for term in terms if (meant := term if term in known else _find_meant(term, known))}


def compare(terms: Collection[str], claim: Claim, meanings: Mapping[str, str]) -> Resemblance:
    """Compare the terms of a text with a claim. Hoaxes move to other sites: an unknown address does not count."""
    matched = [term for term in terms if term in meanings]
    found = {meanings[term] for term in matched}
    return Resemblance(
        _measure(claim.headline & found, claim.headline),
        _measure(matched, [term for term in terms if term in meanings or not term.startswith(_ADDRESS_MARK)]),
        len(found),
        any(term.startswith(_ADDRESS_MARK) for term in found),
        claim.is_list,
    )


def _measure(part: Iterable[str], whole: Iterable[str]) -> float:
    """Return the share of `whole` that `part` has, by weight."""
    return sum(map(weigh, part)) / (sum(map(weigh, whole)) or 1.0)


def _find_meant(term: str, known: Iterable[str]) -> str | None:
    """Return the known term that an unusual one misspells by one letter."""
    if len(term) < _MIN_MISSPELT_CHARS or not term.isalpha() or term in load_background().counts:
        return None
    near = (other for other in known if len(other) >= _MIN_MISSPELT_CHARS and other[0] == term[0])
    return next((other for other in near if OSA.distance(term, other, score_cutoff=1) <= 1), None)
