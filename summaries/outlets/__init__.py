"""Known outlets: names, owners, domains and sections, read from `seeds/outlets.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import seeds
from summaries.topic_model.topics import GENERAL, find_topic
from summaries.urls import get_registrable_domain, split_url

# Services that republish content of others: an address there belongs to no outlet.
_CARRIERS = frozenset({"bing.com", "feedburner.com", "feedsportal.com", "google.com", "rss.app"})
# Subdomains and folders that name no section. Readers use "berita" and "news" for home news, addresses for anything.
_NO_SECTION = frozenset({"amp", "berita", "m", "mobile", "news", "read", "www"})
_MAX_FOLDERS = 3


@dataclass(frozen=True, slots=True)
class Outlet:
    """A news outlet. `hosts` are registrable domains; outlets of one `owner` publish each other's reports. `short` are
    other names that readers use for it.

    `topic` is that of articles whose address names no section.
    """

    name: str
    hosts: tuple[str, ...]
    short: tuple[str, ...]
    owner: str
    topic: str | None


@lru_cache(1)
def read_outlets() -> Mapping[str, Outlet]:
    """Return the known outlets by registrable domain. Outlets with several domains occur several times."""
    outlets = [
        Outlet(
            name=row["name"],
            hosts=tuple(row["hosts"]),
            short=tuple(row.get("short", "").split()),
            owner=row.get("owner", row["name"]),
            topic=row.get("topic"),
        )
        for row in seeds.read_table("outlets")["outlets"]["list"]
    ]
    return MappingProxyType({host: outlet for outlet in outlets for host in outlet.hosts})


@lru_cache(1)
def read_sections() -> Mapping[str, str]:
    """Return the topics by the words that name sections in addresses of every outlet."""
    named = seeds.read_table("outlets")["sections"].items()
    return MappingProxyType({word: topic for topic, words in named for word in words.split()})


def find_outlet(url: str) -> Outlet | None:
    """Return the known outlet at this address, or None."""
    return read_outlets().get(get_registrable_domain(url))


def find_outlet_by_name(asked: str, outlets: Iterable[str]) -> str | None:
    """Return the one of the outlets that a reader means by "CNN", "cnnindonesia.com" or "detik", or None.

    Case, spaces and punctuation do not matter, nor does a final "com".
    """
    wanted = _squeeze(asked)
    known = {outlet.name: outlet for outlet in read_outlets().values()}
    for name in outlets:
        names = {_squeeze(name), *map(_squeeze, (*known[name].hosts, *known[name].short) if name in known else ())}
        if wanted in names or f"{wanted}com" in names:
            return name
    return None


def _squeeze(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def find_outlet_domains(url: str) -> frozenset[str]:
    """Return the registrable domains of the outlet at this address; none for a service that republishes."""
    domain = get_registrable_domain(url)
    if not domain or domain in _CARRIERS:
        return frozenset()
    outlet = read_outlets().get(domain)
    return frozenset(outlet.hosts) if outlet else frozenset({domain})


def get_owner(outlet: str) -> str:
    """Return the owner of the outlet with this name; an unknown outlet owns itself."""
    return _owners().get(outlet, outlet)


@lru_cache(1)
def _owners() -> Mapping[str, str]:
    return {outlet.name: outlet.owner for outlet in read_outlets().values()}


def find_section_topic(url: str) -> str | None:
    """Return the topic of the section in the address: "olahraga" for "bola.kompas.com/read/…", or None.

    For an outlet with one subject it is that subject.
    """
    for word in _split_sections(url):
        topic = read_sections().get(word) or find_topic(word)
        if topic is not None and topic != GENERAL:
            return topic
    outlet = find_outlet(url)
    return outlet.topic if outlet else None


def _split_sections(url: str) -> Iterator[str]:
    """Yield the words of the address that may name a section: its subdomain, then its folders."""
    if (parts := split_url(url)) is None:
        return
    host = (parts.hostname or "").removesuffix(get_registrable_domain(url)).rstrip(".")
    # The last segment is the article's own.
    folders = [folder.lower() for folder in parts.path.split("/") if folder][:-1][:_MAX_FOLDERS]
    yield from (word for word in (*host.split("."), *folders) if word and word not in _NO_SECTION)
