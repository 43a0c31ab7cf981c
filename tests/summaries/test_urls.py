"""One article has one address and one key."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from summaries.model import Article
from summaries.urls import canonicalize_url, make_article_key, make_url_key, unwrap_amp_url

PLAIN = [
    ("https://Example.COM/Berita", "https://example.com/Berita"),
    ("https://example.com:443/a", "https://example.com/a"),
    ("http://example.com:80", "http://example.com/"),
    ("http://example.com:8080/a", "http://example.com:8080/a"),
    ("https://example.com./a#komentar", "https://example.com/a"),
    ("  https://example.com/a?utm_source=x&utm_medium=y&fbclid=z ", "https://example.com/a"),
    ("https://example.com/a?id=7&utm_source=x&b=2", "https://example.com/a?b=2&id=7"),
    ("https://example.com/a?ICID=HP_BN_4", "https://example.com/a"),
    ("https://example.com/index.php?mib=rss&id=9", "https://example.com/index.php?id=9&mib=rss"),
    ("https://example.com/foto?gallery=5", "https://example.com/foto?gallery=5"),
    ("https://example.com//a///b", "https://example.com/a/b"),
    ("https://m.example.com/a", "https://example.com/a"),
    ("https://amp.example.co.id/a", "https://example.co.id/a"),
    ("https://m.co.id/a", "https://m.co.id/a"),
    ("https://m.blogspot.com/a", "https://m.blogspot.com/a"),
    ("https://amp.github.io/a", "https://amp.github.io/a"),
    ("https://amp.dev/a", "https://amp.dev/a"),
    ("https://www.example.com/amp/berita/1/judul", "https://www.example.com/berita/1/judul"),
    ("https://www.example.com/berita/1/judul/amp/", "https://www.example.com/berita/1/judul/"),
    ("https://www.example.com/berita/judul.amp.html", "https://www.example.com/berita/judul.html"),
    ("https://www.example.com/berita/judul?amp=1&outputType=amp", "https://www.example.com/berita/judul"),
    ("https://www.example.com/lampu/amp-hijau", "https://www.example.com/lampu/amp-hijau"),
    ("https://www.google.com/amp/s/www.example.com/a/b/amp", "https://www.example.com/a/b"),
    ("https://www-example-com.cdn.ampproject.org/c/s/www.example.com/a?x=1", "https://www.example.com/a?x=1"),
    ("https://example.com/caf%c3%a9 baru", "https://example.com/caf%C3%A9%20baru"),
    ("http://[2001:db8::1]:80/a", "http://[2001:db8::1]/a"),
]
NO_WEB_ADDRESS = ["", "berita", "mailto:a@example.com", "ftp://example.com/a", "http://", "http://[::1", "http://a:b/"]
SAME = [
    ("http://www.example.com/a/", "https://example.com/a"),
    ("https://example.com/berita/a-b?page=2", "https://example.com/berita/a-b"),
    ("https://example.com/berita/a-b?page=all", "https://example.com/berita/a-b?single=1"),
    ("https://news.example.com/berita/d-4551234/judul-lama", "https://news.example.com/berita/d-4551234/judul-baru"),
    ("https://www.example.com/berita/624490/judul-lama", "https://m.example.com/berita/624490/judul-baru?utm_source=w"),
    (
        "https://www.example.com/nasional/20190515100517-106-394967/satu-dua",
        "https://www.example.com/nasional/20190515100517-106-394967/tiga-empat",
    ),
    (
        "https://www.example.com/nasional/20190515100517-106-394967/satu-dua",
        "https://www.example.com/nasional/20190515100517-106-394967/satu-dua/2",
    ),
    ("https://www.example.com/nasional/695117-satu-dua", "https://www.example.com/nasional/695117-satu-dua-tiga"),
    (
        "https://amp.example.com/read/2015/11/04/20351271/Satu.Dua",
        "https://example.com/read/2015/11/04/20351271/Tiga.Dua",
    ),
]
SAME += [
    ("https://www.example.com/hukum/satu-dua-1873427", "https://www.example.com/hukum/tiga-empat-1873427.html"),
]
DIFFERENT = [
    ("https://example.com/a", "https://example.com/A"),
    ("https://example.com/a?id=1", "https://example.com/a?id=2"),
    ("https://example.com/index.php?page=11", "https://example.com/index.php?page=12"),
    ("https://example.com/20190515/satu-dua", "https://example.com/20190515/tiga-empat"),
    ("https://example.com/2019/05/satu-dua", "https://example.com/2019/05/tiga-empat"),
    ("https://example.com/berita/624490/satu", "https://example.com/berita/624491/satu"),
    ("https://example.com/berita/624490/1", "https://example.com/berita/624490/2"),
    ("https://news.example.com/a", "https://sport.example.com/a"),
    ("https://example.com/hukum/satu-dua-1873427", "https://example.com/hukum/satu-dua-1873428"),
    ("https://example.com/promo/saldo-gratis-rp-1500000", "https://example.com/promo/hadiah-lomba-rp-1500000"),
    ("https://example.com/berita/hasil-laga-20261014", "https://example.com/berita/cuaca-20261014"),
]


@pytest.mark.parametrize(("url", "expected"), PLAIN)
def test_url_is_canonicalized(url: str, expected: str) -> None:
    assert canonicalize_url(url) == expected


@pytest.mark.parametrize("text", NO_WEB_ADDRESS)
def test_non_web_address_is_unchanged(text: str) -> None:
    assert canonicalize_url(text) == text


@pytest.mark.parametrize(("one", "other"), SAME)
def test_addresses_of_one_article_share_a_key(one: str, other: str) -> None:
    assert make_url_key(one) == make_url_key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_addresses_of_different_articles_have_different_keys(one: str, other: str) -> None:
    assert make_url_key(one) != make_url_key(other)


HOSTS = st.sampled_from(
    ["example.com", "m.example.com", "amp.m.example.co.id", "EXAMPLE.com.", "127.0.0.1", "münchen.de"]
)
PATHS = st.lists(st.sampled_from(["amp", "berita", "624490", "a-b", "x.amp", "%41%2f", "é", "", ".."]), max_size=5)
QUERIES = st.lists(st.tuples(st.sampled_from(["id", "utm_x", "page", "é", ""]), st.text(max_size=4)), max_size=4)


@given(HOSTS, PATHS, QUERIES)
@example("m.m.example.com", ["amp"] * 6, [])
def test_canonical_url_is_idempotent(host: str, path: list[str], query: list[tuple[str, str]]) -> None:
    url = f"http://{host}/{'/'.join(path)}?{'&'.join(f'{name}={value}' for name, value in query)}"
    once = canonicalize_url(url)
    assert canonicalize_url(once) == once
    assert make_url_key(once) == make_url_key(url)


@given(st.text(max_size=60))
def test_any_text_has_an_idempotent_canonical_url_and_a_key(text: str) -> None:
    for url in (text, f"https://{text}", f"https://example.com/{text}"):
        once = canonicalize_url(url)
        assert canonicalize_url(once) == once
        assert make_url_key(url).startswith("url:")


def test_article_key_comes_from_its_url() -> None:
    article = Article("Judul", "Isi.", url="https://www.example.com/a?utm_source=x")
    assert make_article_key(article) == make_url_key("https://example.com/a") == "url:example.com/a"


def test_text_key_ignores_spaces_case_and_quotes() -> None:
    one = Article("Harga Beras Turun", "Harga “beras” turun.\n\nBegitu kata pedagang.")
    two = Article("HARGA BERAS TURUN", 'Harga "beras" turun. Begitu  kata pedagang')
    other = Article("Harga Beras Turun", "Harga beras naik.")
    assert make_article_key(one) == make_article_key(two)
    assert make_article_key(one) != make_article_key(other)
    assert make_article_key(one).startswith("text:")
    assert len(make_article_key(one)) == len("text:") + 32


def test_text_key_depends_on_the_owner_chat() -> None:
    article = Article(title="Panen Raya", text="Petani panen.")
    keys = [make_article_key(article), *(make_article_key(article, owner=chat) for chat in (7, 8, -1007, 70))]
    assert len(set(keys)) == len(keys)
    assert make_article_key(replace(article, text="petani  PANEN"), owner=7) == keys[1]
    # No words of a text look like another chat's number.
    assert make_article_key(replace(article, title="7: Panen Raya"), owner=None) not in keys
    # An address is everybody's.
    at_address = replace(article, url="https://example.com/a")
    assert make_article_key(at_address, owner=7) == make_article_key(at_address)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.google.com/amp/s/m.kabar.example/a/amp", "https://m.kabar.example/a/amp"),
        ("https://kabar-example.cdn.ampproject.org/c/s/kabar.example/a", "https://kabar.example/a"),
        (
            "https://www.google.com/amp/s/kabar-example.cdn.ampproject.org/c/s/kabar.example/a",
            "https://kabar.example/a",
        ),
        ("https://m.kabar.example/a?page=2#b", "https://m.kabar.example/a?page=2#b"),
        ("bukan alamat", "bukan alamat"),
        ("http://[", "http://["),
    ],
)
def test_amp_url_is_unwrapped(url: str, expected: str) -> None:
    assert unwrap_amp_url(url) == expected
