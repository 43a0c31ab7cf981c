"""The extractor loses no word inside a line, regardless of its markup, and joins no two words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.fetch.html.html_tree import parse_page
from summaries.fetch.html.page_text import extract_blocks
from summaries.fetch.html.pages import read_page
from summaries.summarizer import summarize
from tests.rendering import normalize, render_text
from tests.summaries.fetch.test_outlet_pages import OUTLETS, fill

# Names that elsewhere mark sharing, tags, related links, adverts and credits.
NAMES = (
    "inner-link-tag", "tag", "tags", "related", "baca-juga", "share", "ads", "promo", "topik", "editor", "penulis",
    "credit", "caption", "popular", "instagram-media", "menu", "paging", "trending", "comments",
)  # fmt: skip
INLINE = ("a", "span", "b", "strong", "em", "i", "mark", "u", "font")
# They are no part of a line, and no boundary inside one.
UNSEEN = ("", "", "", "<script>var x = 1</script>", "<style>b {}</style>", "<!-- iklan -->", "<span hidden>x</span>")
APART = ("<img src=x>", "<br>", "<div class='ads'>Iklan</div>", "<button>Putar</button>", "<iframe src=x></iframe>")


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph of words that occur nowhere else on the page, and its markup."""

    words: tuple[str, ...]
    html: str


@st.composite
def lines(draw: st.DrawFn, start: int) -> Line:
    size = draw(st.integers(9, 30))
    words = tuple(f"kata{start + n}" + ("." if n == size - 1 else "") for n in range(size))
    parts: list[str] = []
    at = 0
    while at < size:
        run = words[at : at + draw(st.integers(1, 4))]
        at += len(run)
        text = " ".join(run)
        # The first and last words stay bare, so that each line has text beside its elements.
        if len(run) < at < size and draw(st.booleans()):
            tag, name = draw(st.sampled_from(INLINE)), draw(st.sampled_from(NAMES))
            if draw(st.booleans()):
                text = f"<em>{text}</em>"
            text = f'<{tag} class="{name}" href="/tag/{at}">{text}</{tag}>'
        parts.append(text + draw(st.sampled_from(UNSEEN)) + (" " if at < size else ""))
    return Line(words, "".join(parts))


@st.composite
def articles(draw: st.DrawFn) -> list[Line]:
    numbers = count(1000, 100)
    return [draw(lines(next(numbers))) for _ in range(draw(st.integers(3, 7)))]


def page(body: str) -> str:
    return f'<html><head><meta property="og:type" content="article"></head><body><h1>Judul</h1>{body}</body></html>'


@given(articles())
def test_every_word_of_a_paragraph_is_kept(article: list[Line]) -> None:
    body = "".join(f"<p>{line.html}</p>" for line in article)
    found = extract_blocks(parse_page(page(f"<div>{body}</div>")))
    assert [block.text for block in found.main if block.is_prose] == [" ".join(line.words) for line in article]


@given(articles(), st.data())
def test_no_two_words_are_joined(article: list[Line], data: st.DataObject) -> None:
    """Elements between two words keep them apart, and stay between them if they are removed."""
    body = "".join(
        "<p>" + data.draw(st.sampled_from(APART)).join(f"<span>{word}</span>" for word in line.words) + "</p>"
        for line in article
    )
    words = {word for line in article for word in line.words} | {"Iklan", "Putar", "Judul"}
    found = extract_blocks(parse_page(page(body)))
    assert {word for block in found.page for word in block.text.split()} <= words


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<a class='inner-link-tag'>Menhub</a> Budi berangkat ke Solo.", "Menhub Budi berangkat ke Solo."),
        ("Menteri (<a class='inner-link-tag'>Menhub</a>) berangkat.", "Menteri (Menhub) berangkat."),
        ("Ia naik <b><a class='tag'>kereta</a></b> <a class='tag'>api</a>", "Ia naik kereta api"),
        ("Kata <span style='display:none'>rahasia</span>dia.", "Kata dia."),
        ("<span class='share'>Bagikan</span> <span class='share-x'>Kirim</span>", ""),
        ("<b>Kediri</b><script>x</script>, Rabu", "Kediri, Rabu"),
        ("Kediri<button>Putar</button>Rabu", "Kediri Rabu"),
        ("Kediri<aside>Iklan</aside>Rabu", "Kediri|Rabu"),
        ("Kediri<img>Rabu", "Kediri Rabu"),
    ],
)
def test_elements_inside_a_line(html: str, expected: str) -> None:
    found = extract_blocks(parse_page(f"<body><div>{html}</div></body>"))
    assert "|".join(block.text for block in found.page) == expected


@pytest.mark.parametrize("outlet", OUTLETS)
def test_each_sentence_of_a_summary_is_on_the_rendered_page(outlet: str) -> None:
    html, url = fill(outlet)
    rendered = render_text(html)
    summary = summarize(read_page(html.encode(), url=url))
    assert summary.sentences
    assert [one.text for one in summary.sentences if normalize(one.text) not in rendered] == []


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>Satu <b>dua</b>tiga<br>empat<td>lima", "Satu duatiga empat lima"),
        ("<title>x</title><script>y</script><p>Satu<noscript>z</noscript>", "Satu"),
        ("Satu <span hidden>dua <i>tiga</i></span>empat", "Satu empat"),
        ("<p>Satu<p style='display:none'>dua<p>tiga&nbsp;&amp;&#8203; empat", "Satu dua tiga & empat"),
        ("<ul><li>Satu<li>dua</ul><img>tiga</p></div>", "Satu dua tiga"),
    ],
)
def test_the_second_reading(html: str, expected: str) -> None:
    assert render_text(html) == expected
