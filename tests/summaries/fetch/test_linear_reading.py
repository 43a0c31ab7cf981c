"""Reading takes time linear in hostile pages, feeds and PDFs, or refuses them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml.html import HtmlElement

from summaries.errors import NothingToSummarize, PermanentFetchError
from summaries.fetch import pdfs
from summaries.fetch.feeds.feeds import read_feed
from summaries.fetch.html import boilerplate_nodes
from summaries.fetch.html.blocks import Block
from summaries.fetch.html.boilerplate_nodes import find_captions
from summaries.fetch.html.html_tree import FEW_TAGS, MAX_DEPTH, parse_page
from summaries.fetch.html.json_ld import find_article
from summaries.fetch.html.markup import strip_markup
from summaries.fetch.html.page_text import MAX_PAGE_CHARS, choose_paragraphs, extract_blocks
from tests.linear_time.growth import Work, find_excess

URL = "https://kabar.example/rss"
SENTENCE = "Warga Desa Telaga memanen padi lebih awal pada Senin pagi karena hujan turun."


def make_feed(item: str, *, before: str = "") -> bytes:
    entry = f"<item><title>Panen</title><link>https://kabar.example/1</link>{item}</item>"
    return f"{before}<rss version='2.0'><channel><title>Kabar</title>{entry}</channel></rss>".encode()


HOSTILE: dict[str, Callable[[int], Work]] = {
    "an author": lambda n: lambda: read_feed(make_feed(f"<author>{'a' * n}</author>"), url=URL),
    "processing instructions": lambda n: lambda: read_feed(make_feed("", before="<?a b?>" * (n // 7)), url=URL),
    "comments before the root": lambda n: lambda: read_feed(make_feed("", before="<!-- a -->" * (n // 10)), url=URL),
    "images that do not end": lambda n: (
        lambda: read_feed(make_feed(f"<description>{'&lt;img src=a.gif ' * (n // 18)}</description>"), url=URL)
    ),
    "comments": lambda n: lambda: strip_markup("<!-- -->" * (n // 8)),
    "a comment that does not end": lambda n: lambda: strip_markup("<!-- --" + "<!--" * (n // 4)),
    "structured data": lambda n: (
        lambda: find_article(
            parse_page(f"<script type='application/ld+json'>[{','.join(['[[]]'] * (n // 5))}]</script><p>a</p>")
        )
    ),
}


@pytest.mark.parametrize("prepare", HOSTILE.values(), ids=HOSTILE)
def test_hostile_input_takes_linear_time(prepare: Callable[[int], Work]) -> None:
    assert find_excess(prepare, first=1_000, last=64_000, most_steps=12_500) is None


def test_ancestor_of_many_images_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = parse_page(f"<body>{'<div>' * 20}{'<img src=a>' * 50}{'</div>' * 20}</body>")
    measured: list[object] = []

    def measure(element: HtmlElement) -> str:
        measured.append(element)
        return "a"

    monkeypatch.setattr(boilerplate_nodes, "read_line", measure)
    find_captions(tree)
    assert len(measured) == 20


def test_feed_with_comments_before_its_root_is_read() -> None:
    before = "<?xml version='1.0'?>\n<!-- a --><?xml-stylesheet href='a.xsl'?><!DOCTYPE rss>"
    (entry,) = read_feed(make_feed("", before=before), url=URL).entries
    assert (entry.url, entry.title) == ("https://kabar.example/1", "Panen")


def test_long_doctype_does_not_drop_entries() -> None:
    entities = "<!ENTITY a SYSTEM 'b'>" * 200
    before = f"<!DOCTYPE rss [{entities}]>"
    assert [entry.title for entry in read_feed(make_feed("", before=before), url=URL).entries] == ["Panen"]


def test_long_doctype_without_entries_is_refused() -> None:
    with pytest.raises(PermanentFetchError):
        read_feed(f"<!DOCTYPE rss [{'a' * 3000}]><rss version='2.0'></rss>".encode(), url=URL)


@pytest.mark.parametrize("number", ["9" * 5000, "x" + "f" * 5000, "0" * 5000 + "123456789"])
def test_invalid_character_reference_is_replaced(number: str) -> None:
    assert strip_markup(f"a &#{number}; b") == "a \ufffd b"


def test_deep_nesting_is_refused_on_large_pages_only() -> None:
    nested = "<div>" * (MAX_DEPTH + 1)
    parse_page(nested + "a")
    with pytest.raises(NothingToSummarize, match="nested"):
        parse_page(nested + "a<br>" * FEW_TAGS)


def test_overlong_page_is_refused() -> None:
    with pytest.raises(NothingToSummarize, match="longer"):
        extract_blocks(parse_page(f"<p>{'a ' * MAX_PAGE_CHARS}</p>"))


def test_many_captions_before_the_text_are_dropped() -> None:
    captions = [Block(f"Panen di Telaga nomor {n}, Senin pagi (Foto: Rina).", "p", 9, 0) for n in range(3_000)]
    text = [Block(SENTENCE, "p", 13, 0), Block(f"Lalu {SENTENCE}", "p", 14, 0)]
    chosen = choose_paragraphs([*captions, *text], title="", captions=frozenset(block.text for block in captions))
    assert chosen.split("\n\n") == [block.text for block in text]


def test_pdf_drawing_stops_at_its_limits() -> None:
    limit = pdfs._DrawingLimit()
    for _ in range(pdfs.MAX_OPERATIONS):
        limit.count(b"Tj", [])
    with pytest.raises(pdfs._TooLong):
        limit.count(b"Tj", [])
    with pytest.raises(pdfs._TooLong):
        pdfs._DrawingLimit().count(b"TJ", [["a" * pdfs.MAX_DRAWN_CHARS, -120, b"a"]])
