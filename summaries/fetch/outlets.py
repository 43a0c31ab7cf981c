"""How outlets are called, by their hosts and by what their pages say (pure)."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

# Registrable domain to the name that readers know. Others are named by what their pages say of themselves.
_BY_DOMAIN = {
    "antaranews.com": "ANTARA",
    "bbc.com": "BBC News Indonesia",
    "beritasatu.com": "BeritaSatu",
    "bisnis.com": "Bisnis.com",
    "bola.com": "Bola.com",
    "bola.net": "Bola.net",
    "cnbcindonesia.com": "CNBC Indonesia",
    "cnnindonesia.com": "CNN Indonesia",
    "detik.com": "detikcom",
    "dw.com": "DW Indonesia",
    "elshinta.com": "Elshinta",
    "fajar.co.id": "Fajar",
    "fimela.com": "Fimela",
    "gatra.com": "Gatra",
    "harianjogja.com": "Harian Jogja",
    "idntimes.com": "IDN Times",
    "inews.id": "iNews",
    "investor.id": "Investor Daily",
    "jawapos.com": "Jawa Pos",
    "jpnn.com": "JPNN",
    "kapanlagi.com": "KapanLagi.com",
    "katadata.co.id": "Katadata",
    "kompas.com": "Kompas.com",
    "kompas.id": "Kompas.id",
    "kompas.tv": "Kompas TV",
    "kontan.co.id": "Kontan",
    "kumparan.com": "kumparan",
    "liputan6.com": "Liputan6.com",
    "medcom.id": "Medcom.id",
    "mediaindonesia.com": "Media Indonesia",
    "merdeka.com": "merdeka.com",
    "metrotvnews.com": "Metro TV",
    "okezone.com": "Okezone",
    "pikiran-rakyat.com": "Pikiran Rakyat",
    "poskota.co.id": "Poskota",
    "republika.co.id": "Republika",
    "rm.id": "Rakyat Merdeka",
    "rmol.id": "RMOL",
    "sindonews.com": "SINDOnews",
    "solopos.com": "Solopos",
    "suara.com": "Suara.com",
    "suaramerdeka.com": "Suara Merdeka",
    "tempo.co": "Tempo",
    "theconversation.com": "The Conversation",
    "thejakartapost.com": "The Jakarta Post",
    "tirto.id": "Tirto.id",
    "tribunnews.com": "Tribunnews",
    "vice.com": "VICE Indonesia",
    "viva.co.id": "VIVA",
    "voaindonesia.com": "VOA Indonesia",
    "waspada.co.id": "Waspada",
}

_TLD = re.compile(r"\.(?:com|co\.id|or\.id|web\.id|net|id|co|tv|news|org)\b.*$", re.IGNORECASE)
_NEWS = re.compile(r"(?:news|online|daily|indonesia)$")
# Outlets whose sections and regions carry names of their own: "detikNews", "TribunJabar", "kumparanSAINS".
_FAMILY = re.compile(r"(?:detik|tribun|kumparan|okezone|sindonews|liputan6|kompas|vivanews|idntimes)\w*")
_NOT_WORD = re.compile(r"[\W_]+")


def registrable_domain(url: str) -> str:
    """The outlet's own domain in the address: "regional.kompas.com" is "kompas.com"; empty without a host.

    Below a suffix that anybody may register under (Public Suffix List, "co.id" and "blogspot.com" alike), each name is
    an outlet of its own: one blog can't speak for another.
    """
    try:
        host = (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:
        return ""
    return _registrable(host)


@lru_cache(4096)
def _registrable(host: str) -> str:
    last = host.rpartition(".")[2]
    return host if last.isdigit() else _suffixes().privatesuffix(host) or host


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def outlet_of(url: str) -> str | None:
    """The name of a known outlet at this address."""
    return _BY_DOMAIN.get(registrable_domain(url))


def is_outlet_name(name: str, *, url: str, site_name: str | None = None) -> bool:
    """True when the words are what the site calls itself, alone or with a section ("Tekno Liputan6.com").

    Names of other known outlets count where they stand alone: "Fajar Nugroho" is a person.
    """
    squeezed = _squeeze(name)
    if not squeezed or len(name) > 60:
        return False
    domain = _squeeze(registrable_domain(url).partition(".")[0])
    own = {domain, _squeeze(site_name or ""), _squeeze(_TLD.sub("", site_name or "")), _squeeze(outlet_of(url) or "")}
    words = {_squeeze(_TLD.sub("", word)) for word in name.split()} | {squeezed, _squeeze(_TLD.sub("", name))}
    if any(word in own for word in words if len(word) > 1):
        return True
    if len(domain) > 3 and (squeezed.startswith(domain) or squeezed.endswith(domain)):
        return True
    return _is_known(name, squeezed)


def _is_known(name: str, squeezed: str) -> bool:
    sites = {_squeeze(_TLD.sub("", word)) for word in name.split() if _TLD.search(word)}
    alone = {squeezed, _squeeze(_TLD.sub("", name)), _NEWS.sub("", squeezed)}
    return not _known_names().isdisjoint(sites | alone) or _FAMILY.fullmatch(squeezed) is not None


@cache
def _known_names() -> frozenset[str]:
    return frozenset(_squeeze(_TLD.sub("", outlet)) for outlet in _BY_DOMAIN.values())


def _squeeze(name: str) -> str:
    return _NOT_WORD.sub("", name).casefold()
