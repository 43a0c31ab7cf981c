"""The table of outlets: owners, domains and sections."""

from __future__ import annotations

import pytest

from summaries.outlets import (
    find_outlet,
    find_outlet_by_name,
    find_outlet_domains,
    find_section_topic,
    get_owner,
    read_outlets,
    read_sections,
)
from summaries.topic_model.topics import GENERAL, TOPICS, find_topic
from summaries.urls import get_registrable_domain


def test_outlets_have_unique_names_and_registrable_hosts() -> None:
    outlets = set(map(id, read_outlets().values()))
    assert len({outlet.name for outlet in read_outlets().values()}) == len(outlets)
    for host, outlet in read_outlets().items():
        assert get_registrable_domain(f"https://www.{host}/") == host
        assert host in outlet.hosts


def test_sections_are_topics() -> None:
    topics = TOPICS.keys() - {GENERAL}
    assert set(read_sections().values()) <= topics
    for outlet in read_outlets().values():
        assert outlet.topic in {None, *topics}


@pytest.mark.parametrize(
    ("url", "domains"),
    [
        ("https://www.bbc.com/indonesia/1", {"bbc.com", "bbc.co.uk", "bbci.co.uk"}),
        ("https://kabartimur.example/1", {"kabartimur.example"}),
        ("https://feeds.feedburner.com/kabar", set()),
        ("", set()),
    ],
)
def test_find_outlet_domains(url: str, domains: set[str]) -> None:
    assert find_outlet_domains(url) == domains


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("cnn", "CNN Indonesia"),
        ("BBC", "BBC News Indonesia"),
        ("bbc news indonesia", "BBC News Indonesia"),
        ("tribun", "Tribunnews"),
        ("sindo", "SINDOnews"),
        ("cnbc", "CNBC Indonesia"),
        ("detik.com", "detikcom"),
        ("tribunnews.com", "Tribunnews"),
        ("cnnindonesia", "CNN Indonesia"),
        ("kabar timur", "Kabar Timur"),
        ("kompas", None),
    ],
)
def test_readers_names_of_outlets_are_found(asked: str, name: str | None) -> None:
    outlets = ["BBC News Indonesia", "CNBC Indonesia", "CNN Indonesia", "detikcom", "Kabar Timur", "SINDOnews"]
    assert find_outlet_by_name(asked, [*outlets, "Tribunnews"]) == name


def test_every_short_name_means_one_outlet_and_no_topic() -> None:
    outlets = {outlet.name: outlet for outlet in read_outlets().values()}
    for name, outlet in outlets.items():
        for short in outlet.short:
            assert [other for other in outlets if find_outlet_by_name(short, [other])] == [name]
            assert find_topic(short) is None


@pytest.mark.parametrize(
    ("outlet", "owner"),
    [
        ("Kompas.com", "KG Media"),
        ("Tribunnews", "KG Media"),
        ("ANTARA", "ANTARA"),
        ("Kabar Timur", "Kabar Timur"),
    ],
)
def test_get_owner(outlet: str, owner: str) -> None:
    assert get_owner(outlet) == owner


@pytest.mark.parametrize(
    ("url", "topic"),
    [
        ("https://www.liputan6.com/bola/read/1234567/judul-berita", "olahraga"),
        ("https://bola.okezone.com/read/2026/06/01/51/1/judul", "olahraga"),
        ("https://www.detik.com/jatim/berita/d-123/judul", "daerah"),
        ("https://lampung.antaranews.com/berita/123/judul", "daerah"),
        ("https://m.merdeka.com/jatim/judul-berita.html", "daerah"),
        ("https://ekonomi.kabartimur.example/berita/judul", "ekonomi"),
        ("https://www.kabartimur.example/read/dunia/judul", "internasional"),
        ("https://kabartimur.example/jatim/judul", "daerah"),
        ("https://www.otosia.com/read/123/judul", "otomotif"),
        # The form of the page, a region's name in the article's own segment, and unknown words are no sections.
        ("https://www.antaranews.com/berita/123/judul-berita", None),
        ("https://news.okezone.com/read/2026/06/01/1/1/judul", None),
        ("https://www.kabartimur.example/bali", None),
        ("https://www.kabartimur.example/rubrik/judul", None),
        ("https://[broken/ekonomi/judul", None),
        ("", None),
    ],
)
def test_find_section_topic(url: str, topic: str | None) -> None:
    assert find_section_topic(url) == topic


def test_find_outlet_by_address() -> None:
    outlet = find_outlet("https://money.kompas.com/read/1")
    assert outlet is not None
    assert outlet.name == "Kompas.com"
    assert find_outlet("https://notkompas.com/") is None
