"""The file of editions: which sources and articles belong to one, and how its faults are reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from summaries.errors import InvalidSettings
from summaries.ingest.editions import EVERYTHING, Edition, read_editions
from summaries.model import Article, Source, SourceOrigin
from summaries.ports.stories import PreparedArticle

Make = Callable[..., Article]
Prepare = Callable[[Article], PreparedArticle]
WHOLE = """
[jatim]
bots = [11, 12]
regions = ["jatim", "Kota Makassar"]
topics = ["Ekonomi", "sepakbola"]
sources = ["Kabar Désa", "antara-jatim"]

[bola_1]
bots = [13]
topics = ["olahraga"]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "editions.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_editions_are_found_by_their_bots(tmp_path: Path) -> None:
    editions = read_editions(write(tmp_path, WHOLE))
    jatim = editions.of_bot(11)
    assert jatim == editions.of_bot(12)
    assert jatim.name == "jatim"
    assert jatim.regions == {"35", "73.71"}
    assert jatim.topics == {"ekonomi", "olahraga"}
    assert jatim.sources == {"kabar désa", "antara-jatim"}
    assert editions.of_bot(13).name == "bola_1"
    assert editions.of_bot(14) is editions.of_bot(None) is EVERYTHING


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("bots = [1]", "has 'bots' outside of an edition"),
        ("[Jatim]\nbots = [1]", "names an edition 'Jatim'"),
        ('["a; DROP"]\nbots = [1]', "names an edition"),
        ("[a]\nbots = []", r"needs the ids of bots in \[a\]"),
        ("[a]\nbots = [-1]", r"needs the ids of bots in \[a\]"),
        ("[a]\nbots = [true]", r"needs a list of ids for bots in \[a\]"),
        ('[a]\nbots = "1"', r"needs a list of ids for bots in \[a\]"),
        ("[a]\nbots = [1]\ntopics = [7]", r"needs a list of names for topics in \[a\]"),
        ('[a]\nbots = [1]\ntopics = ["ramalan"]', r"has 'ramalan' as a topic of \[a\], which is unknown"),
        ('[a]\nbots = [1]\nregions = ["Atlantis"]', r"has 'Atlantis' as a region of \[a\], which is unknown"),
        ("[a]\nbots = [1]\nregion = []", r"has 'region' in \[a\]"),
        ("[a]\nbots = [1]\n[b]\nbots = [2, 1]", "gives the bot 1 two editions, a and b"),
        ("[a", "is not TOML"),
    ],
)
def test_faults_are_named(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(InvalidSettings, match=fault):
        read_editions(write(tmp_path, text))


def test_unreadable_file_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="can't be read: No such file"):
        read_editions(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff")
    with pytest.raises(InvalidSettings, match="not text in UTF-8"):
        read_editions(tmp_path / "bytes.toml")


@pytest.mark.parametrize(
    ("edition", "expected"),
    [
        (EVERYTHING, True),
        (Edition(sources=frozenset({"kabar desa"})), True),
        (Edition(sources=frozenset({"desa-1"})), True),
        (Edition(sources=frozenset({"kota"})), False),
        (Edition(topics=frozenset({"daerah"})), True),
        (Edition(topics=frozenset({"olahraga"})), False),
        (Edition(regions=frozenset({"35"})), True),
    ],
)
def test_sources_of_an_edition(edition: Edition, *, expected: bool) -> None:
    source = Source("desa-1", "Kabar Desa", "daerah", "https://desa.example/rss")
    assert edition.has_source(source) is expected


def test_source_that_an_admin_added_belongs_to_the_edition() -> None:
    source = Source("desa", "Kabar Desa", "daerah", "https://desa.example/rss", origin=SourceOrigin.ADMIN)
    assert Edition(sources=frozenset({"kota"}), topics=frozenset({"olahraga"})).has_source(source)


def test_source_of_all_topics_belongs_to_each_topic() -> None:
    source = Source("desa", "Kabar Desa", "umum", "https://desa.example/rss")
    assert Edition(topics=frozenset({"olahraga"})).has_source(source)


@pytest.mark.parametrize(
    ("topics", "regions", "expected"),
    [
        ((), (), True),
        (("ekonomi",), (), True),
        (("olahraga",), (), False),
        ((), ("35",), True),
        ((), ("35.73",), True),
        ((), ("35.7",), False),
        ((), ("73",), False),
        (("ekonomi",), ("73",), False),
    ],
)
def test_articles_of_an_edition(
    make_article: Make, prepare_article: Prepare, topics: tuple[str, ...], regions: tuple[str, ...], *, expected: bool
) -> None:
    prepared = prepare_article(replace(make_article(1), category="ekonomi"))
    prepared = replace(prepared, search_terms=prepared.search_terms._replace(regions=["35.73"]))
    assert Edition(topics=frozenset(topics), regions=frozenset(regions)).has_article(prepared) is expected
