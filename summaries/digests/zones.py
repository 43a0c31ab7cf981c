"""Find the time zone of a place: Indonesian cities and provinces, cities of the zone database (by their Indonesian
and English names), and any point on a map."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from typing import Final
from zoneinfo import available_timezones

from babel import Locale
from tzfpy import get_tz

from summaries.digests.schedule import INDONESIAN_ZONES

MAX_NAME_CHARS = 60
# The minimum similarity of a misspelt name to a known one ("makasar").
MIN_SIMILARITY = 0.86

_PLACES: Final = {
    "Asia/Jakarta": (
        "aceh, banda aceh, lhokseumawe, sumatera utara, sumut, medan, binjai, pematangsiantar, sibolga, sumatera barat,"
        " sumbar, padang, bukittinggi, riau, pekanbaru, dumai, kepulauan riau, kepri, batam, tanjungpinang, jambi,"
        " bengkulu, sumatera selatan, sumsel, palembang, lubuklinggau, lampung, bandar lampung, metro, bangka belitung,"
        " babel, bangka, belitung, pangkalpinang, sumatera, banten, serang, cilegon, tangerang, tangerang selatan, dki"
        " jakarta, jakarta, jabodetabek, jawa, jawa barat, jabar, bandung, bogor, depok, bekasi, cirebon, sukabumi,"
        " tasikmalaya, karawang, garut, cimahi, jawa tengah, jateng, semarang, solo, surakarta, magelang, salatiga,"
        " tegal, pekalongan, purwokerto, kudus, cilacap, yogyakarta, jogjakarta, jogja, yogya, diy, sleman, bantul,"
        " jawa timur, jatim, surabaya, malang, sidoarjo, gresik, kediri, madiun, blitar, mojokerto, pasuruan,"
        " probolinggo, jember, banyuwangi, batu, madura"
    ),
    "Asia/Pontianak": (
        "kalimantan barat, kalbar, pontianak, singkawang, ketapang, kalimantan tengah, kalteng, palangka raya,"
        " palangkaraya, sampit, pangkalan bun"
    ),
    "Asia/Makassar": (
        "kalimantan selatan, kalsel, banjarmasin, banjarbaru, kalimantan timur, kaltim, samarinda, balikpapan, bontang,"
        " ikn, nusantara, ibu kota nusantara, kalimantan utara, kaltara, tarakan, tanjung selor, nunukan, bali,"
        " denpasar, badung, ubud, nusa tenggara barat, ntb, mataram, lombok, sumbawa, bima, nusa tenggara timur, ntt,"
        " kupang, ende, maumere, labuan bajo, flores, sumba, waingapu, atambua, sulawesi, sulawesi selatan, sulsel,"
        " makassar, ujung pandang, gowa, maros, parepare, palopo, toraja, sulawesi barat, sulbar, mamuju, sulawesi"
        " tengah, sulteng, palu, poso, luwuk, morowali, sulawesi tenggara, sultra, kendari, baubau, sulawesi utara,"
        " sulut, manado, bitung, tomohon, kotamobagu, gorontalo"
    ),
    "Asia/Jayapura": (
        "maluku, ambon, tual, maluku utara, malut, ternate, tidore, sofifi, halmahera, papua, jayapura, biak, sentani,"
        " papua barat, manokwari, fakfak, kaimana, papua barat daya, sorong, raja ampat, papua selatan, merauke, papua"
        " tengah, nabire, timika, mimika, papua pegunungan, wamena"
    ),
    # Places popular with Indonesians whose zone is named after another city.
    "Asia/Riyadh": "arab saudi, saudi arabia, mekkah, makkah, mekah, mecca, madinah, medina, jeddah",
    "Asia/Kuala_Lumpur": "malaysia, johor bahru, penang",
    "Asia/Qatar": "doha",
    "Asia/Tokyo": "jepang, japan, osaka, kyoto",
    "Asia/Seoul": "korea, korea selatan, south korea, busan",
    "Asia/Shanghai": "beijing, guangzhou",
    "Asia/Taipei": "taiwan",
    "Europe/Amsterdam": "belanda, netherlands, den haag, the hague, rotterdam, leiden",
    "Europe/London": "inggris, england",
    "Australia/Sydney": "canberra",
    "America/Los_Angeles": "san francisco, california",
    "America/New_York": "washington",
}  # fmt: skip
_SPACES = re.compile(r"[\s_-]+")
_NO_PLACES = ("Etc/", "posix/", "right/", "SystemV/")


def preload_places() -> None:
    """Load the map and the names in advance, because the first look-up takes a while."""
    find_zone_at(0.0, 0.0)
    _load_paths()
    _load_places()


def find_zone(name: str) -> str | None:
    """Return the IANA zone of "WITA", "Asia/Tokyo", "Kota Makassar", "tokyo" or a misspelling ("makasar"); else
    None."""
    wanted = _normalize(name)
    if not wanted or len(wanted) > MAX_NAME_CHARS:
        return None
    if zone := INDONESIAN_ZONES.get(wanted.upper()):
        return zone
    if "/" in name or wanted == "utc":
        return _load_paths().get(name.strip().casefold())
    places = _load_places()
    for prefix in ("", "kota ", "kabupaten ", "kab. ", "provinsi ", "pulau "):
        if wanted.startswith(prefix) and (zone := places.get(wanted.removeprefix(prefix))):
            return zone
    alike = get_close_matches(wanted, places, n=1, cutoff=MIN_SIMILARITY) if len(wanted) > 4 else []
    return places[alike[0]] if alike else None


def find_zone_at(latitude: float, longitude: float) -> str | None:
    """Return the IANA zone at a point in degrees; None at sea, which has no local time."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    name = get_tz(longitude, latitude)
    return name if name and not name.startswith(_NO_PLACES) and name in available_timezones() else None


@cache
def _load_paths() -> dict[str, str]:
    return {zone.casefold(): zone for zone in available_timezones() if not zone.startswith(_NO_PLACES)}


@cache
def _load_places() -> dict[str, str]:
    """Map place names to zones; Indonesian places take precedence."""
    found = dict(_list_world_cities())
    for zone, names in _PLACES.items():
        found |= dict.fromkeys((_normalize(name) for name in names.split(",")), zone)
    return found


def _list_world_cities() -> Iterator[tuple[str, str]]:
    zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(_NO_PLACES))
    # Of two zones with the same city, the one with the shorter path is common; later entries override.
    for zone in sorted(zones, key=len, reverse=True):
        yield _normalize(zone.rpartition("/")[2]), zone
    for language in ("en", "id"):
        for zone, named in Locale(language).time_zones.items():
            if zone in zones and named.get("city"):
                yield _normalize(named["city"]), zone


def _normalize(name: str) -> str:
    return _SPACES.sub(" ", name).strip().casefold()
