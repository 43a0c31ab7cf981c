"""The catalogue of sources: its form, its breadth, and the evidence for its addresses."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

import seeds
from summaries.ingest.seed import read_catalogue
from summaries.outlets import find_outlet, read_outlets
from summaries.topic_model.topics import TOPICS

MAX_ADDRESSES = 6
MAX_KEY_CHARS = 40
# Query parameters that grant access: an address with one must not be shared.
SECRET = re.compile(
    r"(?:^|[_-])(?:api_?key|key|token|secret|auth|password|pwd|sig|signature|session|sid)(?:$|[_-])", re.IGNORECASE
)
TABLES: list[dict[str, Any]] = seeds.read_table("sources")["source"]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table["key"])
def test_source_is_sound(table: dict[str, Any]) -> None:
    assert table.keys() == {"key", "outlet", "category", "addresses"}
    assert re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", table["key"])
    assert len(table["key"]) <= MAX_KEY_CHARS
    assert table["category"] in TOPICS
    assert 1 <= len(table["addresses"]) <= MAX_ADDRESSES
    # An index page is the last resort.
    assert not any("index" in address for address in table["addresses"][:-1])
    for address in table["addresses"]:
        check_address(address, table["outlet"])


def check_address(address: dict[str, Any], outlet: str) -> None:
    assert {"url", "seen", "by"} <= address.keys() <= {"url", "seen", "by", "index"}
    assert address.get("index", True) is True
    assert re.fullmatch(r"20[0-9]{2}-(?:0[1-9]|1[0-2])", address["seen"])
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", address["by"])
    parts = urlsplit(address["url"])
    assert parts.scheme in {"http", "https"}
    assert parts.username is None
    assert not any(SECRET.search(name) for name, _ in parse_qsl(parts.query))
    known = find_outlet(address["url"])
    assert known is not None
    assert known.name == outlet


def test_keys_and_addresses_are_unique() -> None:
    keys = Counter(table["key"] for table in TABLES)
    urls = Counter(address["url"] for table in TABLES for address in table["addresses"])
    assert max(keys.values()) == max(urls.values()) == 1


def test_catalogue_is_broad() -> None:
    sources = read_catalogue()
    # The documentation says so.
    assert len(sources) > 100
    assert len({source.outlet for source in sources}) > 30
    assert {source.category for source in sources} == set(TOPICS)
    assert {source.outlet for source in sources} <= {outlet.name for outlet in read_outlets().values()}


def test_addresses_are_read_in_order() -> None:
    for source, table in zip(read_catalogue(), TABLES, strict=True):
        assert list(source.addresses) == [address["url"] for address in table["addresses"]]
        assert (source.index_url is not None) == ("index" in table["addresses"][-1])
