"""A page's metadata about its article."""

from __future__ import annotations

import json
from urllib.parse import urljoin

import pytest

from summaries.fetch.html import json_ld
from summaries.fetch.html.discovery import find_variants
from summaries.fetch.html.html_tree import parse_page
from summaries.fetch.html.metadata import find_stated_url, read_metadata

URL = "https://www.kabartimur.example/berita/4551234/panen-raya"


def make_page(head: str = "", body: str = "<h1>Panen Raya di Kediri</h1><p>Isi.</p>") -> str:
    return f"<html><head>{head}</head><body>{body}</body></html>"


def make_json_ld(*things: object) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(thing)}</script>' for thing in things)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("", URL),
        ('<link rel="canonical" href="/berita/4551234/panen-raya-kediri">', URL + "-kediri"),
        (f'<meta property="og:url" content="{URL}?utm_source=x">', URL),
        ('<link rel="canonical" href=""><meta property="og:url" content="">', URL),
        ('<link rel="canonical" href="https://www.kabartimur.example/">', URL),
        ('<link rel="canonical" href="https://lain.example/berita/1">', URL),
        ('<link rel="canonical" href="javascript:alert(1)">', URL),
        (f'<link rel="canonical" href="{URL}{"a" * 3000}">', URL),
        ('<link rel="canonical" href="http://[::1">', URL),
    ],
)
def test_canonical_address_is_read(head: str, expected: str) -> None:
    assert read_metadata(parse_page(make_page(head)), url=URL).article.url == expected


def test_blog_cannot_claim_another_blog_as_canonical() -> None:
    tree = parse_page(make_page('<link rel="canonical" href="https://satu.blogspot.com/2026/10/panen.html">'))
    own = "https://dua.blogspot.com/2026/10/palsu.html"
    assert read_metadata(tree, url=own).article.url == own


def test_overlong_addresses_are_ignored() -> None:
    wrapped = "https://www.google.com/amp/s/" * 20_000 + "kabartimur.example/a"
    head = f'<link rel="canonical" href="{wrapped}"><meta property="og:image" content="{wrapped}.jpg">'
    metadata = read_metadata(parse_page(make_page(head)), url="")
    assert (metadata.article.url, metadata.article.image_url) == (None, None)


def test_page_without_fetched_address_gets_no_address() -> None:
    head = (
        f'<link rel="canonical" href="{URL}"><meta property="og:url" content="{URL}">'
        '<meta property="og:site_name" content="Kabar Timur">'
    )
    metadata = read_metadata(parse_page(make_page(head)), url="")
    assert (metadata.article.url, metadata.article.outlet, metadata.stated_url) == (None, None, URL)


@pytest.mark.parametrize(
    "stated",
    [
        "https://www.kabartimur.example/berita/4559999/lain",
        "https://ekonomi.kabartimur.example/berita/4551234/panen-raya",
        "/pembaca/surat",
    ],
)
def test_other_article_on_the_same_site_is_only_a_stated_url(stated: str) -> None:
    tree = parse_page(make_page(f'<link rel="canonical" href="{stated}">'))
    assert read_metadata(tree, url=URL).article.url == URL
    assert find_stated_url(tree, URL) == urljoin(URL, stated)
    assert find_variants(tree, url=URL).canonical == urljoin(URL, stated)


def test_amp_cache_is_not_a_stated_url() -> None:
    tree = parse_page(make_page('<link rel="canonical" href="https://www.google.com/amp/s/www.kompas.com/read/1/a">'))
    assert find_stated_url(tree, "https://www.google.com/amp/s/lain.example/a") is None


@pytest.mark.parametrize(
    ("head", "url", "expected"),
    [
        ("", "https://finance.detik.com/x", "detikcom"),
        ('<meta property="og:site_name" content="Kabar &amp; Timur">', URL, "Kabar & Timur"),
        (make_json_ld({"@type": "NewsArticle", "publisher": {"name": "Kabar Timur"}}), URL, "Kabar Timur"),
        ("", URL, "kabartimur.example"),
        ("", "", None),
        ('<meta property="og:site_name" content="Kompas.com">', "https://finance.detik.com/x", "detikcom"),
        ('<meta property="og:site_name" content="Kompas.com">', URL, "kabartimur.example"),
        (make_json_ld({"@type": "NewsArticle", "publisher": {"name": "detikNews"}}), URL, "kabartimur.example"),
        (
            '<meta property="og:site_name" content="Kompas.com">'
            + make_json_ld({"@type": "NewsArticle", "publisher": {"name": "Kabar Timur"}}),
            URL,
            "Kabar Timur",
        ),
    ],
)
def test_outlet_is_read(head: str, url: str, expected: str | None) -> None:
    assert read_metadata(parse_page(make_page(head)), url=url).article.outlet == expected


@pytest.mark.parametrize(
    ("markup", "url", "expected"),
    [
        (make_json_ld({"@type": "NewsArticle", "articleSection": ["Ekonomi"]}), "https://k.example/x", "ekonomi"),
        (
            make_json_ld({"@type": "NewsArticle", "articleSection": ["Ekonomi"]}),
            "https://k.example/olahraga/x",
            "olahraga",
        ),
        ('<meta property="article:section" content="Olahraga">', "https://k.example/x", "olahraga"),
        ("<div class='breadcrumb'><a>Home</a><a>Berita</a><a>Teknologi</a></div>", "https://k.example/x", "teknologi"),
        ("", "https://k.example/internasional/2026/x", "internasional"),
        ("", "https://otomotif.k.example/x", "otomotif"),
        ("", "https://k.example/terkini/x", None),
    ],
)
def test_topic_is_read(markup: str, url: str, expected: str | None) -> None:
    assert read_metadata(parse_page(make_page(markup)), url=url).article.category == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<meta property="og:image" content="/foto/a.jpg">', "https://www.kabartimur.example/foto/a.jpg"),
        ('<meta property="og:image" content="https://img.example/folder"><meta name="twitter:image" content="/b.jpg">',
         "https://www.kabartimur.example/b.jpg"),
        (make_json_ld({"@type": "NewsArticle", "image": [{"url": "https://img.example/c.jpg"}]}), "https://img.example/c.jpg"),
        ('<meta property="og:image" content="data:image/png;base64,AA.A">', None),
        ("", None),
    ],
)  # fmt: skip
def test_image_is_read(head: str, expected: str | None) -> None:
    assert read_metadata(parse_page(make_page(head)), url=URL).article.image_url == expected


ARTICLE = {"@type": "NewsArticle", "headline": "Panen", "articleBody": "Isi."}


@pytest.mark.parametrize(
    "markup",
    [
        make_json_ld(ARTICLE),
        make_json_ld([{"@type": "Organization"}, ARTICLE]),
        make_json_ld({"@graph": [{"@type": "WebPage"}, ARTICLE]}),
        make_json_ld({"@type": "WebPage", "mainEntity": ARTICLE}),
        make_json_ld(ARTICLE | {"@type": ["Thing", "ReportageNewsArticle"]}),
        make_json_ld(ARTICLE | {"@type": "http://schema.org/NewsArticle"}),
        make_json_ld({"@type": "NewsArticle"}, ARTICLE),
        '<script type="application/ld+json">{rusak</script>' + make_json_ld(ARTICLE),
        '<script type="application/ld+json">' + json.dumps(ARTICLE).replace("Isi.", "I\nsi.") + ";</script>",
    ],
)
def test_article_is_found_in_json_ld(markup: str) -> None:
    assert json_ld.find_article(json_ld.find_objects(parse_page(make_page(markup))))["headline"] == "Panen"


@pytest.mark.parametrize(
    "markup",
    [
        "",
        make_json_ld({"@type": "Organization"}),
        make_json_ld("teks"),
        make_json_ld(7),
        make_json_ld(None),
        make_json_ld({"@type": 5}),
        make_json_ld({"@graph": 5}),
    ],
)
def test_no_article_is_found_in_other_json_ld(markup: str) -> None:
    assert json_ld.find_article(json_ld.find_objects(parse_page(make_page(markup)))) == {}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Rina", ["Rina"]),
        (["Rina", {"name": "Dewi"}, 5, None, ["dalam"]], ["Rina", "Dewi"]),
        ({"name": ["Rina", "Dewi"]}, ["Rina", "Dewi"]),
        ({"name": {"name": "dalam"}}, []),
        ({"url": "x"}, []),
        (None, []),
        (" ", []),
    ],
)
def test_texts_are_read_from_any_json_value(value: object, expected: list[str]) -> None:
    assert json_ld.read_texts(value, "name") == expected


@pytest.mark.parametrize("value", [False, "False", "false", "no", 0])
def test_paywalled_article_is_detected(value: object) -> None:
    assert json_ld.is_paywalled({"isAccessibleForFree": value})


@pytest.mark.parametrize("article", [{}, {"isAccessibleForFree": True}, {"isAccessibleForFree": "True"}])
def test_free_article_is_not_paywalled(article: dict[str, object]) -> None:
    assert not json_ld.is_paywalled(article)
