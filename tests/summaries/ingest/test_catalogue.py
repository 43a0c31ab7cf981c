from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.errors import InvalidSettings
from summaries.ingest.seed import read_catalogue
from summaries.model import Source

GOOD = {
    "key": "kabar-timur-ekonomi",
    "outlet": "Kabar Timur",
    "category": "ekonomi",
    "url": "https://kabartimur.example/rss/ekonomi.xml",
}


def table(**changes: str | int | None) -> str:
    fields = {**GOOD, **changes}
    lines = [
        f'{name} = "{v}"' if isinstance(v, str) else f"{name} = {v}" for name, v in fields.items() if v is not None
    ]
    return "\n".join(["[[source]]", *lines, ""])


def test_sources_come_in_the_order_of_the_document() -> None:
    second = {"key": "kabar-timur", "category": "umum", "url": "https://kabartimur.example/index.php?mib=rss"}
    assert read_catalogue("# catatan\n" + table() + table(**second)) == (
        Source(GOOD["key"], GOOD["outlet"], GOOD["category"], GOOD["url"]),
        Source(second["key"], "Kabar Timur", second["category"], second["url"]),
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
        ({"url": None}, "url is missing"),
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
        ({"rubrik": "laut"}, "unknown field 'rubrik'"),
    ],
)
def test_a_fault_is_named_with_its_source(changes: dict[str, str | int | None], fault: str) -> None:
    with pytest.raises(InvalidSettings) as bad:
        read_catalogue(table(**changes))
    assert len(bad.value.faults) == 1
    assert fault in bad.value.faults[0]


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(InvalidSettings) as bad:
        read_catalogue('judul = "x"\n' + table(category="laut") + table(url="ftp://x.example") + table(outlet=None))
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
    assert read_catalogue(table(url=url))[0].url == url


@given(st.text(max_size=60))
def test_any_address_is_taken_or_refused(url: str) -> None:
    document = table(url=None) + f"url = {_toml_string(url)}\n"
    try:
        source = read_catalogue(document)[0]
    except InvalidSettings:
        return
    assert source.url == url
    assert url.lower().startswith(("http://", "https://"))


def _toml_string(text: str) -> str:
    return '"' + "".join(f"\\U{ord(c):08X}" for c in text) + '"'
