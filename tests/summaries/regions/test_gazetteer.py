"""The list of regions: complete, with official codes, and found by the names that readers write."""

from __future__ import annotations

from collections import Counter

import pytest

from summaries.regions import find_region_by_name, load_regions
from summaries.regions.gazetteer import load_gazetteer


def test_all_regions_of_2022_are_listed() -> None:
    regions = load_regions().values()
    kinds = Counter("province" if one.is_province else one.name.split()[0] for one in regions)
    assert kinds == {"province": 38, "Kabupaten": 416, "Kota": 98}
    assert len({one.name for one in regions}) == 552


def test_every_regency_is_in_a_listed_province() -> None:
    regions = load_regions()
    assert {one.province for one in regions.values()} == {code for code, one in regions.items() if one.is_province}
    assert list(regions) == sorted(regions)


def test_codes_of_cities_begin_at_71() -> None:
    for code, region in load_regions().items():
        if not region.is_province:
            assert (int(code[3:]) >= 71) == region.is_city


def test_every_province_but_one_has_a_capital_in_it() -> None:
    # Sofifi, the capital of Maluku Utara, is a town of Kota Tidore Kepulauan; Jakarta is its own.
    meanings = [one for name in load_gazetteer().names.values() for one in name.meanings]
    capitals = {one.code for one in meanings if one.is_capital}
    assert len(capitals) == 37
    assert {code[:2] for code in capitals} == {code for code in load_regions() if len(code) == 2} - {"31"}


def test_every_region_is_found_by_its_official_name() -> None:
    for region in load_regions().values():
        assert find_region_by_name(region.name) == region


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("jatim", "Jawa Timur"),
        ("JATIM", "Jawa Timur"),
        ("Jawa Timur", "Jawa Timur"),
        ("provinsi jawa timur", "Jawa Timur"),
        ("jogja", "DI Yogyakarta"),
        ("diy", "DI Yogyakarta"),
        ("kota yogya", "Kota Yogyakarta"),
        ("ntt", "Nusa Tenggara Timur"),
        ("babel", "Kepulauan Bangka Belitung"),
        ("Bangka-Belitung", "Kepulauan Bangka Belitung"),
        ("sumatra utara", "Sumatera Utara"),
        ("jakarta", "DKI Jakarta"),
        ("jaksel", "Kota Administrasi Jakarta Selatan"),
        ("Malang", "Kota Malang"),
        ("kota malang", "Kota Malang"),
        ("kabupaten malang", "Kabupaten Malang"),
        ("kab. malang", "Kabupaten Malang"),
        ("solo", "Kota Surakarta"),
        ("tangsel", "Kota Tangerang Selatan"),
        ("gorontalo", "Gorontalo"),
        ("kota gorontalo", "Kota Gorontalo"),
        ("kabupaten gorontalo", "Kabupaten Gorontalo"),
        ("banjar", "Kota Banjar"),
        ("kabupaten banjar", "Kabupaten Banjar"),
        ("batu", "Kota Batu"),
        ("bone", "Kabupaten Bone"),
        ("pare-pare", "Kota Parepare"),
        ("palangkaraya", "Kota Palangka Raya"),
        ("limapuluh kota", "Kabupaten Lima Puluh Kota"),
    ],
)
def test_readers_names(text: str, name: str) -> None:
    region = find_region_by_name(text)
    assert region is not None
    assert region.name == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kota",
        "kabupaten",
        "kota jawa timur",
        "kabupaten surabaya",
        "madura united",
        "monas",
        "papua nugini",
        "oki",
        "sepak bola",
        "berita jatim hari ini",
        "...",
        "💥",
    ],
)
def test_other_texts_name_no_region(text: str) -> None:
    assert find_region_by_name(text) is None
