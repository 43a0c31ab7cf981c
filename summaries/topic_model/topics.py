"""The topics of news: one vocabulary for sources, articles, lists and digests.

A topic has a key ("gaya-hidup"), used in the catalogue and the store, a label ("Gaya hidup") for readers, and synonyms
that outlets and readers use for it ("lifestyle").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

GENERAL: Final = "umum"
FACT_CHECKS: Final = "cek-fakta"

TOPICS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "nasional": "Nasional",
        "politik": "Politik",
        "hukum": "Hukum",
        "ekonomi": "Ekonomi",
        "internasional": "Internasional",
        "daerah": "Daerah",
        "olahraga": "Olahraga",
        "teknologi": "Teknologi",
        "sains": "Sains",
        "kesehatan": "Kesehatan",
        "otomotif": "Otomotif",
        "hiburan": "Hiburan",
        "gaya-hidup": "Gaya hidup",
        GENERAL: "Umum",
        FACT_CHECKS: "Cek fakta",
    }
)
"""Key to label, in the order in which readers see them."""

# Words of feeds, site sections and readers. Several outlets call their section for home news "news".
_OTHER_WORDS: Final = {
    "nasional": "berita news peristiwa indonesia humaniora national",
    "politik": "parlemen pemilu politics",
    "hukum": "kriminal kriminalitas hukum-kriminal peradilan law",
    "ekonomi": (
        "bisnis ekbis ekonomi-bisnis keuangan finansial finance market pasar bursa saham investasi investment "
        "moneter money syariah economy business"
    ),
    "internasional": "dunia global international luar-negeri mancanegara world",
    "daerah": "regional nusantara metro megapolitan lokal",
    "olahraga": "bola sepakbola sepak-bola sport sports bulutangkis basket tenis balap",
    "teknologi": "tekno tech inet gadget gawai technology",
    "sains": "ilmu iptek pengetahuan ilmu-pengetahuan science lingkungan",
    "kesehatan": "sehat health medis",
    "otomotif": "oto mobil motor automotive",
    "hiburan": "seleb selebritas selebriti showbiz entertainment hot musik film artis",
    "gaya-hidup": "lifestyle gayahidup life-style kuliner travel wisata leisure",
    FACT_CHECKS: "cekfakta fact-check periksa-fakta hoaks hoax turnbackhoax berita-hoaks",
    GENERAL: "semua terkini terbaru hari-ini today top-news",
}

_BY_WORD: Final = {key: key for key in TOPICS} | {
    word: key for key, words in _OTHER_WORDS.items() for word in words.split()
}

_BETWEEN_WORDS: Final = re.compile(r"[\s_/&-]+")


def find_topic(word: str) -> str | None:
    """Return the key of the topic that `word` names, in any case, or None for an unknown word."""
    joined = _BETWEEN_WORDS.sub("-", word.strip().lstrip("#").casefold())
    # Compounds are often written apart: "olah raga", "bulu tangkis".
    return _BY_WORD.get(joined) or _BY_WORD.get(joined.replace("-", ""))
