"""Names of outlets, and attributing articles to them.

The host decides to which outlet an article belongs. A page, feed or file may claim anything, so a name that it claims
counts only if it cannot be confused with a known outlet's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from summaries.fetch.plain.article import make_title
from summaries.model import Article
from summaries.outlets import find_outlet, read_outlets
from summaries.text.characters import clean_line, strip_hidden
from summaries.urls import get_registrable_domain

MAX_NAME_CHARS = 60

_TLD = re.compile(r"\.(?:com|co\.id|or\.id|web\.id|net|id|co|tv|news|org)\b.*", re.IGNORECASE)
_NEWS = re.compile(r"(?:news|online|daily|indonesia)$")
# Outlets whose sections and regions have names of their own: "detikNews", "TribunJabar", "kumparanSAINS".
_FAMILIES = ("detik", "tribun", "kumparan", "okezone", "sindonews", "liputan6", "kompas", "vivanews", "idntimes")
_NOT_WORD = re.compile(r"[\W_]+")

# Outlets whose names are ordinary words. Other outlets' names contain the word too ("Suara Surabaya"), and headlines
# start with it, so it counts only on its own.
_ORDINARY_NAMES = (
    "antara bisnis bola elshinta fajar gatra investor kontan media merdeka metro republika rm suara tempo vice viva"
    " waspada cekfakta hukumonline"
)
# Words that do not distinguish outlets. Only a suffix turns an ordinary word into a name: "Bisnis.com" is an outlet,
# "Bisnis Online" a subject.
_SUFFIXES = frozenset({"co", "com", "id", "net", "news", "org", "tv", "www"})
_GENERIC_NAMES = "berita daily indonesia official online portal redaksi resmi situs update"
_GENERIC = _SUFFIXES.union(_GENERIC_NAMES.split())
_MAX_WORDS_IN_NAME = 4
# Shorter names also occur inside other words: "dw", "bbc".
_MIN_INNER_CHARS = 5
_WORD = re.compile(r"[^\W_]+")
_LATIN_LETTER = re.compile(r"LATIN (?:SMALL |CAPITAL )?LETTER (?:SMALL CAPITAL |DOTLESS )?([A-Z])(?: WITH .+)?")
_LOOKALIKE_SCRIPTS = ("CYRILLIC", "GREEK", "CHEROKEE", "LISU", "ARMENIAN", "COPTIC", "LATIN", "OSAGE", "DESERET")
_LOOKALIKE_LETTERS = str.maketrans("0134578i|$@", "oleastbllsa")
_LOOKALIKE_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_SIGN_IN_WORD = re.compile(r"(?<=\w)[|@](?=\w)|(?<=\w)\$|\$(?=\w)")
_ADDRESS_IN_NAME = re.compile(r"(?<![a-z0-9.-])(?:[a-z0-9-]++\.)+[a-z]{2,}")
# Separators between a headline and a site's name. A hyphen needs adjacent white space ("Detik-detik" is a word), and
# quotation marks do not separate (a quoted word belongs to the headline).
_BETWEEN_NAMES = re.compile(r"((?<=\s)-|-(?=\s)|[^\w\s.,;'’\"“”„&%+@!?-])")
_BRACKETED = re.compile(r"[(\[{<]([^()\[\]{}<>]{1,60})[)\]}>]")
_SEPARATORS = " -–—|•·:/~"


def name_outlet(url: str, claims: Iterable[str] = ()) -> str | None:
    """Return the name of the outlet at this address: the known one, else its own claim, else its domain.

    Without a host no name is verified: None. A claim is ignored if it equals or resembles a known outlet's name, is
    another site's address, or the address of a host of this one ("staging.kabar.com").
    """
    if known := find_outlet(url):
        return known.name
    domain = get_registrable_domain(url)
    for claim in claims:
        name = clean_line(claim)[:MAX_NAME_CHARS].strip()
        is_host = _ADDRESS_IN_NAME.fullmatch(name.lower()) and get_registrable_domain(f"https://{name}") != name.lower()
        if domain and not is_host and _is_own_name(name, domain):
            return name
    try:
        # Letters of other scripts may look like Latin ones.
        return domain.removeprefix("www.").encode("idna").decode("ascii") or None
    except UnicodeError:
        return None


def remove_outlet_names(title: str) -> str:
    """Remove known outlets' names that are set off in the title; the result is empty if the title is only a name."""
    title = _BRACKETED.sub(lambda found: " " if resembles_outlet(found[1]) else found[0], clean_line(title))
    title = clean_line(title)
    parts = _BETWEEN_NAMES.split(title)  # text, separator, text, …
    if len(parts) == 1:
        return "" if _is_known_outlet_name(title) else title
    kept = [parts[max(0, at - 1) : at + 1] for at in range(0, len(parts), 2) if not resembles_outlet(parts[at])]
    if len(kept) == (len(parts) + 1) // 2:
        return title
    return clean_line("".join("".join(part) for part in kept)).strip(_SEPARATORS)


def resembles_outlet(part: str) -> bool:
    """Return whether the words alone are a known outlet's name, or use letters that imitate Latin ones."""
    if _is_known_outlet_name(part):
        return True
    letters = [c for c in _fold(part) if c.isalpha() and not c.isascii()] if len(part) <= MAX_NAME_CHARS else []
    return any(unicodedata.name(c, "").startswith(_LOOKALIKE_SCRIPTS) for c in letters)


def is_outlet_name(name: str, *, url: str, site_name: str | None = None) -> bool:
    """Return whether the words are the site's own name, alone or with a section ("Tekno Liputan6.com").

    Names of other known outlets count only on their own: "Fajar Nugroho" is a person.
    """
    squeezed = _squeeze(name)
    if not squeezed or len(name) > 60:
        return False
    domain = _squeeze(get_registrable_domain(url).partition(".")[0])
    site, known = site_name or "", find_outlet(url)
    own = {domain, _squeeze(site), _squeeze(_TLD.sub("", site)), _squeeze(known.name if known else "")}
    words = {_squeeze(_TLD.sub("", word)) for word in name.split()} | {squeezed, _squeeze(_TLD.sub("", name))}
    if any(word in own for word in words if len(word) > 1):
        return True
    if len(domain) > 3 and (squeezed.startswith(domain) or squeezed.endswith(domain)):
        return True
    return _is_known(name, squeezed)


def _is_known(name: str, squeezed: str) -> bool:
    sites = {_squeeze(_TLD.sub("", word)) for word in name.split() if _TLD.search(word)}
    alone = {squeezed, _squeeze(_TLD.sub("", name)), _NEWS.sub("", squeezed)}
    return not _KNOWN_NAMES.isdisjoint(sites | alone) or squeezed.startswith(_FAMILIES)


def _squeeze(name: str) -> str:
    return _NOT_WORD.sub("", name).casefold()


_KNOWN_NAMES = frozenset(_squeeze(_TLD.sub("", outlet.name)) for outlet in read_outlets().values())


def _is_known_outlet_name(words: str) -> bool:
    """Return whether the words look like a known outlet's name and nothing else."""
    found = _split_words(words) if len(words) <= MAX_NAME_CHARS else []
    distinctive = [word for word in found if word not in _GENERIC]
    bare = _normalize_look("".join(distinctive))
    if len(distinctive) == 1 and bare.startswith(_FAMILY_LOOKS):
        return True
    # "Bola" alone may be the subject of the article, "Bola.com" is not.
    return bare in _DISTINCT_LOOKS or (bare in _ORDINARY_LOOKS and not _SUFFIXES.isdisjoint(found))


def _is_own_name(name: str, domain: str) -> bool:
    """Return whether the site at the domain may use that name."""
    found = _split_words(name)
    if not found or not all(word.isascii() for word in found):
        return False
    if any(get_registrable_domain(f"https://{host}") != domain for host in _ADDRESS_IN_NAME.findall(_fold(name))):
        return False
    if _normalize_look("".join(word for word in found if word not in _GENERIC)) in _ORDINARY_LOOKS:
        return False
    runs = {
        "".join(found[start:end])
        for start in range(len(found))
        for end in range(start + 1, min(start + _MAX_WORDS_IN_NAME, len(found)) + 1)
    }
    return not any(map(_contains_known_name, runs | {"".join(found)}))


def _contains_known_name(run: str) -> bool:
    seen = _normalize_look(run)
    if seen.startswith(_FAMILY_LOOKS + _LONG_LOOKS) or seen.endswith(_LONG_LOOKS):
        return True
    return not _DISTINCT_LOOKS.isdisjoint({seen, *(_normalize_look(run.removesuffix(word)) for word in _GENERIC)})


def _split_words(text: str) -> list[str]:
    return _WORD.findall(_SIGN_IN_WORD.sub(lambda sign: sign[0].translate(_LOOKALIKE_LETTERS), _fold(text)))


def _normalize_look(run: str) -> str:
    """Normalise letters that look alike: "k0rnpas" becomes "kompas"."""
    run = run.translate(_LOOKALIKE_LETTERS)
    for pair, letter in _LOOKALIKE_PAIRS:
        run = run.replace(pair, letter)
    return run


def _fold(text: str) -> str:
    """Return the text in lower case without accents, with variants of Latin letters replaced by plain ones."""
    decomposed = unicodedata.normalize("NFKD", strip_hidden(text)).casefold()
    return "".join(_normalize_letter(c) for c in decomposed if not unicodedata.combining(c))


def _normalize_letter(character: str) -> str:
    found = None if character.isascii() else _LATIN_LETTER.fullmatch(unicodedata.name(character, ""))
    return found[1].lower() if found else character


def _collect_distinct_looks() -> frozenset[str]:
    """Return the normalised names of known outlets and their domains, except ordinary words."""
    written = {
        name for domain, outlet in read_outlets().items() for name in (outlet.name, domain, domain.partition(".")[0])
    }
    whole = {_normalize_look("".join(_split_words(name))) for name in written}
    bare = {_normalize_look("".join(word for word in _split_words(name) if word not in _GENERIC)) for name in written}
    return frozenset(whole | bare) - _ORDINARY_LOOKS - {""}


_FAMILY_LOOKS = tuple(map(_normalize_look, _FAMILIES))
_ORDINARY_LOOKS = frozenset(map(_normalize_look, _ORDINARY_NAMES.split()))
_DISTINCT_LOOKS = _collect_distinct_looks()
_LONG_LOOKS = tuple(name for name in _DISTINCT_LOOKS if len(name) >= _MIN_INNER_CHARS)


def attribute_to_address(article: Article, url: str) -> Article:
    """Attribute the article fetched from `url` to the outlet at that address.

    The outlet's name in the document is only a proposal (see `outlets.name_outlet`). Outlet names are removed from
    title and place, which are shown next to the outlet.
    """
    return replace(_remove_names(article), url=url, outlet=name_outlet(url, filter(None, (article.outlet,))))


def attribute_to_reader(article: Article) -> Article:
    """Attribute an article in a file or text from a reader: without an address it has no outlet, link or picture."""
    return replace(_remove_names(article), url=None, outlet=None, image_url=None)


def _remove_names(article: Article) -> Article:
    title = remove_outlet_names(article.title)
    if article.title and not title:
        title = make_title(article.text)
    places = article.place.split(",") if article.place else ()
    return replace(article, title=title, place=None if any(map(resembles_outlet, places)) else article.place)
