"""Which address is which part of an article."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.fetch.html.discovery import find_parts, join_parts
from summaries.fetch.html.html_tree import parse_page
from summaries.model import Article

URL = "https://www.kabar.example/nasional/20261014-20-1070001/panen-raya-kediri"
BY_PATH = {2: f"{URL}/2", 3: f"{URL}/3"}
BY_QUERY = {2: f"{URL}?page=2"}


@pytest.mark.parametrize(
    ("url", "links", "expected"),
    [
        (URL, [f"{URL}/2", f"{URL}/3#isi"], (1, BY_PATH)),
        (URL, ["?page=2", "?page=2#komentar"], (1, BY_QUERY)),
        (URL + "?hal=2", [URL, "?hal=3"], (2, {1: URL, 3: f"{URL}?hal=3"})),
        (f"{URL}/2", [URL, f"{URL}/3"], (2, {1: URL, 3: f"{URL}/3"})),
        (URL + "?x=1", ["?x=1&page=2", "?x=2&page=3"], (1, {2: f"{URL}?x=1&page=2"})),
        (URL, [URL, "#isi", "?page=1"], (1, {})),
        (URL, ["?page=20", "?page=0", "?page=a", f"{URL}/2024", f"{URL}/foto"], (1, {})),
        (URL, ["https://lain.example/nasional/20261014-20-1070001/panen-raya-kediri/2"], (1, {})),
        (URL, ["http://[::1?page=2", "mailto:a@b.example"], (1, {})),
        ("https://www.kabar.example/berita/1", ["/berita/2", "?page=2"], (1, {})),
        ("", ["?page=2"], (1, {})),
        ("http://[::1", ["?page=2"], (1, {})),
    ],
)  # fmt: skip
def test_other_parts_of_an_article_are_found(url: str, links: list[str], expected: tuple[int, dict[int, str]]) -> None:
    body = "".join(f'<a href="{link}">x</a>' for link in links)
    assert find_parts(parse_page(f"<body>{body}</body>"), url) == expected


def test_next_link_in_the_head_gives_the_parts() -> None:
    tree = parse_page(f'<head><link rel="next" href="{URL}?page=2"><link rel="next" href="/berita-lain"></head><p>x')
    assert find_parts(tree, URL) == (1, BY_QUERY)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_address_gives_a_part_number(url: str, link: str) -> None:
    tree = parse_page("<body><a>x</a></body>")
    tree.find(".//a").set("href", "".join(c for c in link if c.isprintable()))
    number, parts = find_parts(tree, url)
    assert number >= 1
    assert number not in parts


def test_parts_are_joined_in_order_without_repetition() -> None:
    one, two, three = (
        Article(title=f"Judul {n}", text=f"Lead.\n\nBagian {n}.", url=f"{URL}/{n}", initials=initials)
        for n, initials in ((1, None), (2, None), (3, "rnw"))
    )
    joined = join_parts(two, {3: three, 1: one, 2: two})
    assert joined.text == "Lead.\n\nBagian 1.\n\nBagian 2.\n\nBagian 3."
    assert (joined.title, joined.url, joined.initials) == ("Judul 2", f"{URL}/2", "rnw")
