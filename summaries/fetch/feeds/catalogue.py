"""Parse the catalogue of news sources, a TOML document, into `Source` values.

The document is a list of tables, each with these four fields. The addresses list the same news, best first, each with
the month and the origin of the latest evidence that it delivers; an `index` page of the site comes last.

[[source]]
    key = "antara-politik"
    outlet = "ANTARA"
    category = "politik"
    addresses = [
        { url = "https://www.antaranews.com/rss/politik.xml", seen = "2026-06", by = "owner/repository" },
        { url = "https://www.antaranews.com/politik", index = true, seen = "2026-06", by = "owner/repository" },
    ]
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast
from urllib.parse import parse_qsl, urlsplit

from summaries.errors import InvalidSettings
from summaries.model import Source
from summaries.topic_model.topics import TOPICS

_FIELDS: Final = ("key", "outlet", "category", "addresses")
_ADDRESS_FIELDS: Final = {"url": str, "seen": str, "by": str, "index": bool}
_MONTH: Final = re.compile(r"20\d\d-(?:0[1-9]|1[0-2])")
_MAX_ADDRESSES: Final = 6
_KEY: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MAX_KEY_CHARS: Final = 40
# Query parameters that grant access: an address with one must not be shared.
_SECRET: Final = re.compile(
    r"(?:^|[_-])(?:api_?key|key|token|secret|auth|authorization|password|passwd|pwd|sig|signature|session|sid|jwt)(?:$|[_-])",
    re.IGNORECASE,
)
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def read_catalogue(text: str) -> tuple[Source, ...]:
    """Return the sources of a catalogue, in its order.

    Raises:
        InvalidSettings: the document is not TOML or has faults; each one is listed, by the source's key or number.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidSettings((f"the catalogue is not TOML: {error}",)) from error
    tables = document.get("source")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InvalidSettings(("the catalogue needs a list of [[source]] tables",))
    faults = [f"unknown entry {name!r} beside the sources" for name in document if name != "source"]
    for number, table in enumerate(tables, start=1):
        name = repr(table["key"]) if isinstance(table.get("key"), str) and table["key"] else f"number {number}"
        faults.extend(f"source {name}: {fault}" for fault in _find_faults(table))
    keys = [table["key"] for table in tables if isinstance(table.get("key"), str)]
    urls = [address["url"] for table in tables for address in _read_addresses(table) if "url" in address]
    for field, values in (("key", keys), ("url", urls)):
        faults.extend(
            f"{field} {value!r} occurs {times} times" for value, times in Counter(values).items() if times > 1
        )
    if faults:
        raise InvalidSettings(tuple(faults))
    return tuple(map(_make_source, tables))


def _make_source(table: Mapping[str, Any]) -> Source:
    feeds = [address["url"] for address in table["addresses"] if not address.get("index")]
    index_url = next((address["url"] for address in table["addresses"] if address.get("index")), None)
    return Source(
        key=table["key"],
        outlet=table["outlet"],
        category=table["category"],
        url=feeds[0],
        alternatives=tuple(feeds[1:]),
        index_url=index_url,
    )


def _read_addresses(table: Mapping[str, object]) -> list[dict[str, object]]:
    addresses = table.get("addresses")
    return [one for one in addresses if isinstance(one, dict)] if isinstance(addresses, list) else []


def _find_faults(table: Mapping[str, object]) -> Iterator[str]:
    yield from (f"unknown field {name!r}" for name in table if name not in _FIELDS)
    for field in _FIELDS[:-1]:
        value = table.get(field)
        if not isinstance(value, str) or not value.strip():
            yield f"{field} is missing" if value is None else f"{field} must be text that is not empty"
        elif field == "key" and not (_KEY.fullmatch(value) and len(value) <= _MAX_KEY_CHARS):
            yield f"key must be at most {_MAX_KEY_CHARS} small letters and digits, joined by hyphens"
        elif field == "category" and value not in TOPICS:
            yield f"unknown category {value!r}; known are {', '.join(TOPICS)}"
    yield from _find_address_faults(table)


def _find_address_faults(table: Mapping[str, object]) -> Iterator[str]:
    addresses = _read_addresses(table)
    if not addresses or len(addresses) != len(cast("list[object]", table["addresses"])):
        yield "addresses must be a list of tables with url, seen and by"
        return
    if len(addresses) > _MAX_ADDRESSES:
        yield f"addresses are at most {_MAX_ADDRESSES}"
    if any(address.get("index") for address in addresses[:-1]) or addresses[0].get("index"):
        yield "an index page must come last, after a feed"
    for address in addresses:
        yield from (f"unknown field {name!r} of an address" for name in address if name not in _ADDRESS_FIELDS)
        for name, kind in _ADDRESS_FIELDS.items():
            value = address.get(name)
            if (value is None and name != "index") or (
                value is not None and (not isinstance(value, kind) or value == "")
            ):
                yield (
                    f"{name} of an address is missing" if value is None else f"{name} of an address has the wrong type"
                )
            elif name == "url":
                yield from _find_url_faults(str(value))
            elif name == "seen" and not _MONTH.fullmatch(str(value)):
                yield f"seen must be a month such as 2026-06, not {value!r}"


def _find_url_faults(url: str) -> Iterator[str]:
    try:
        parts = urlsplit(url)
        host = parts.hostname
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError as error:
        yield f"url can't be read: {error}"
        return
    if parts.scheme not in ("http", "https") or not host or any(c.isspace() for c in url):
        yield "url must be an http or https address"
    if parts.username is not None or parts.password is not None:
        yield "url must not hold a user name or password"
    yield from (f"url must not hold a key: {name!r}" for name, _ in query if _SECRET.search(_CAMEL.sub("_", name)))
