from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.errors import InvalidSettings
from summaries.fetch.feeds.catalogue import read_catalogue
from summaries.model import Source

URL = "https://kabartimur.example/rss/ekonomi.xml"
GOOD = {"key": "kabar-timur-ekonomi", "outlet": "Kabar Timur", "category": "ekonomi"}
GOOD_ADDRESS = {"url": URL, "seen": "2026-06", "by": "kabar/umpan"}


def assign(fields: Mapping[str, object]) -> list[str]:
    return [f"{name} = {json.dumps(value)}" for name, value in fields.items() if value is not None]


def address(**changes: object) -> str:
    return "{ " + ", ".join(assign({**GOOD_ADDRESS, **changes})) + " }"


def table(*addresses: str, **changes: object) -> str:
    return "\n".join(
        ["[[source]]", *assign({**GOOD, **changes}), f"addresses = [{', '.join(addresses or (address(),))}]", ""]
    )


def test_catalogue_keeps_the_order_of_sources_and_addresses() -> None:
    second = "https://kabartimur.example/index.php?mib=rss"
    index = "https://kabartimur.example/indeks"
    addresses = (address(url=second), address(url=f"{second}2"), address(url=index, index=True))
    assert read_catalogue("# catatan\n" + table() + table(*addresses, key="kabar-timur", category="umum")) == (
        Source(GOOD["key"], GOOD["outlet"], GOOD["category"], URL),
        Source("kabar-timur", "Kabar Timur", "umum", second, alternatives=(f"{second}2",), index_url=index),
    )


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"key": None}, "source number 1: key is missing"),
        ({"key": ""}, "key must be text"),
        ({"key": "Kabar Timur"}, "key must be at most 40 small letters"),
        ({"key": "kabar--timur"}, "key must be at most 40 small letters"),
        ({"key": "k" * 41}, "key must be at most 40 small letters"),
        ({"outlet": None}, "source 'kabar-timur-ekonomi': outlet is missing"),
        ({"outlet": 7}, "outlet must be text"),
        ({"category": "perikanan"}, "unknown category 'perikanan'; known are nasional, politik,"),
        ({"category": "bisnis"}, "unknown category 'bisnis'"),
        ({"rubrik": "laut"}, "unknown field 'rubrik'"),
    ],
)
def test_fault_is_reported_with_its_source(changes: dict[str, object], fault: str) -> None:
    with pytest.raises(InvalidSettings) as bad:
        read_catalogue(table(**changes))
    assert len(bad.value.faults) == 1
    assert fault in bad.value.faults[0]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"url": None}, "url of an address is missing"),
        ({"url": "ftp://kabartimur.example/rss"}, "url must be an http or https address"),
        ({"url": "kabartimur.example/rss"}, "url must be an http or https address"),
        ({"url": "https:///rss"}, "url must be an http or https address"),
        ({"url": "https://kabartimur.example/rss terkini"}, "url must be an http or https address"),
        ({"url": "https://[kabartimur.example/rss"}, "url can't be read"),
        ({"url": "https://budi:rahasia@kabartimur.example/rss"}, "url must not hold a user name or password"),
        ({"url": "https://budi@kabartimur.example/rss"}, "url must not hold a user name or password"),
        ({"url": "https://kabartimur.example/rss?apiKey=1f2e"}, "url must not hold a key: 'apiKey'"),
        ({"url": "https://kabartimur.example/rss?a=1&access_token=1f2e"}, "url must not hold a key: 'access_token'"),
        ({"url": "https://kabartimur.example/rss?token="}, "url must not hold a key: 'token'"),
        ({"url": 7}, "url of an address has the wrong type"),
        ({"seen": None}, "seen of an address is missing"),
        ({"seen": "Juni 2026"}, "seen must be a month such as 2026-06, not 'Juni 2026'"),
        ({"by": ""}, "by of an address has the wrong type"),
        ({"index": "ya"}, "index of an address has the wrong type"),
        ({"rubrik": "laut"}, "unknown field 'rubrik' of an address"),
    ],
)
def test_fault_of_an_address_is_reported(changes: dict[str, object], fault: str) -> None:
    with pytest.raises(InvalidSettings) as bad:
        read_catalogue(table(address(url="https://kabartimur.example/1"), address(**changes)))
    assert len(bad.value.faults) == 1
    assert fault in bad.value.faults[0]


@pytest.mark.parametrize(
    ("addresses", "fault"),
    [
        ("[]", "addresses must be a list of tables"),
        ('["https://kabartimur.example/rss"]', "addresses must be a list of tables"),
        ('"https://kabartimur.example/rss"', "addresses must be a list of tables"),
        (f"[{address(index=True)}]", "an index page must come last, after a feed"),
        (f"[{address(url=f'{URL}1', index=True)}, {address()}]", "an index page must come last, after a feed"),
        (f"[{', '.join(address(url=f'{URL}{n}') for n in range(7))}]", "addresses are at most 6"),
    ],
)
def test_list_of_addresses_is_checked(addresses: str, fault: str) -> None:
    document = "\n".join(["[[source]]", *assign(GOOD), f"addresses = {addresses}"])
    with pytest.raises(InvalidSettings) as bad:
        read_catalogue(document)
    assert fault in bad.value.faults[0]


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(InvalidSettings) as bad:
        read_catalogue(
            'judul = "x"\n' + table(category="laut") + table(address(url="ftp://x.example")) + table(outlet=None)
        )
    assert bad.value.faults == (
        "unknown entry 'judul' beside the sources",
        bad.value.faults[1],
        "source 'kabar-timur-ekonomi': url must be an http or https address",
        "source 'kabar-timur-ekonomi': outlet is missing",
        "key 'kabar-timur-ekonomi' occurs 3 times",
        "url 'https://kabartimur.example/rss/ekonomi.xml' occurs 2 times",
    )
    assert "unknown category 'laut'" in bad.value.faults[1]


@pytest.mark.parametrize("text", ["", "source = 3", "source = ['x']", "[source]\nkey = 'x'"])
def test_a_document_without_sources_is_refused(text: str) -> None:
    with pytest.raises(InvalidSettings, match=r"needs a list of \[\[source\]\] tables"):
        read_catalogue(text)


def test_what_is_not_toml_is_refused() -> None:
    with pytest.raises(InvalidSettings, match="not TOML"):
        read_catalogue("[[source]\nkey =")


@pytest.mark.parametrize("name", ["monkey", "keyword", "turkey", "author", "tokenomics", "sidang"])
def test_harmless_parameters_are_no_keys(name: str) -> None:
    url = f"https://kabartimur.example/rss?{name}=1"
    assert read_catalogue(table(address(url=url)))[0].url == url


@given(st.text(max_size=60))
def test_any_address_is_taken_or_refused(url: str) -> None:
    document = table(f'{{ url = {_toml_string(url)}, seen = "2026-06", by = "kabar/umpan" }}')
    try:
        source = read_catalogue(document)[0]
    except InvalidSettings:
        return
    assert source.url == url
    assert url.lower().startswith(("http://", "https://"))


def _toml_string(text: str) -> str:
    return '"' + "".join(f"\\U{ord(c):08X}" for c in text) + '"'
