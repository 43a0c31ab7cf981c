"""Which blocks of a page are its article's paragraphs."""

from __future__ import annotations

import pytest

from summaries.fetch.html.blocks import Block, read_blocks
from summaries.fetch.html.html_tree import parse_page
from summaries.fetch.html.page_text import choose_paragraphs, extract_blocks

TITLE = "Petani Kediri Mulai Panen"
FIRST = "Petani di Kabupaten Kediri mulai memanen padi pada awal pekan ini."
SECOND = "Hasilnya lebih baik daripada musim lalu karena air cukup dan hama sedikit."
THIRD = "Pemerintah daerah meminta Bulog segera menyerap hasil panen para petani."


def block(text: str, *, tag: str = "p", link_words: int = 0) -> Block:
    return Block(text, tag, len(text.split()), link_words)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a <b>b</b> c</p><p>d</p>", ["a b c", "d"]),
        ("<div>a<br>b<br/><br/>c</div>", ["a", "b", "c"]),
        ("<div>a<p>b</p>c</div>", ["a", "b", "c"]),
        ("<ul><li>a<li>b</ul>", ["a", "b"]),
        ("<p>a\n  b\u00a0c</p>", ["a b c"]),
        ("<p></p><div> </div>", []),
        ("<p>a<!-- x --><i></i>b</p>", ["ab"]),
    ],
)
def test_blocks(html: str, expected: list[str]) -> None:
    assert [found.text for found in read_blocks(parse_page(f"<body>{html}</body>"))] == expected


def test_words_in_links_are_counted() -> None:
    one, two = read_blocks(parse_page("<p>Kata <a href='/x'>dua <b>tiga</b></a> empat</p><p><a>Baca ini juga</a></p>"))
    assert (one.words, one.link_words, one.is_linked) == (4, 2, False)
    assert (two.words, two.link_words, two.is_linked) == (3, 3, True)


def test_deep_nesting_needs_no_recursion() -> None:
    assert read_blocks(parse_page("<div>" * 250 + "dalam" + "</div>" * 250))[0].text == "dalam"


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ([block("Kediri"), block("Rabu, 14 Okt 2026 10:05 WIB"), block(FIRST)], [FIRST]),
        ([block(FIRST), block("Editor: Dewi"), block("Bagikan")], [FIRST]),
        ([block(FIRST), block("“Kami siap,” katanya."), block("JANGAN LEWATKAN!!!")], [FIRST, "“Kami siap,” katanya."]),
        ([block(FIRST), block("1. Kediri"), block("2. Blitar")], [FIRST, "1. Kediri", "2. Blitar"]),
        ([block(FIRST), block("Kartu tanda penduduk", tag="li")], [FIRST, "Kartu tanda penduduk"]),
        ([block(FIRST), block("Tips Bertani", link_words=2), block(SECOND)], [FIRST, SECOND]),
        ([block(FIRST), block("Panen Kedua", tag="h2"), block(SECOND)], [FIRST, "Panen Kedua", SECOND]),
        ([block(FIRST), block("(rnw/dew)")], [FIRST, "(rnw/dew)"]),
        ([block(FIRST), block(SECOND), block("(rnw/dew)"), block(THIRD)], [FIRST, SECOND, "(rnw/dew)"]),
        ([block(FIRST), block("(rnw/dew)"), block(SECOND), block(THIRD)], [FIRST, "(rnw/dew)", SECOND, THIRD]),
        ([block(FIRST), block(SECOND), block(FIRST)], [FIRST, SECOND]),
        ([block(SECOND), block("Kediri, ANTARA - " + FIRST)], ["Kediri, ANTARA - " + FIRST]),
        ([block("Judul Berita"), block(FIRST)], [FIRST]),
        ([block(FIRST), block(SECOND), block("Hak Cipta 2016"), block("PT Kabar, Jl. Kebon 17.")], [FIRST, SECOND]),
        ([block("© Kabar 2016"), block(FIRST), block(SECOND)], [FIRST, SECOND]),
        ([block(FIRST), block("Berita Lain dari Blitar", link_words=4), block("Warga di sana ...")], [FIRST]),
        ([block(FIRST), block(SECOND[:40] + "..."), block(THIRD[:40] + "...")], [FIRST]),
        (
            [block(FIRST), block("Kediri (4-4-2)"), block("Adi; Budi, Cahyo, Dedi; Eko")],
            [FIRST, "Kediri (4-4-2)", "Adi; Budi, Cahyo, Dedi; Eko"],
        ),
        ([block("Kediri")], ["Kediri"]),
        ([], []),
    ],
)
def test_paragraphs(blocks: list[Block], expected: list[str]) -> None:
    assert choose_paragraphs(blocks, title="Judul Berita") == "\n\n".join(expected)


def test_the_lead_counts_as_text_and_its_repetition_does_not() -> None:
    assert choose_paragraphs([block(FIRST), block(SECOND)], title="x", description=FIRST) == f"{FIRST}\n\n{SECOND}"
    assert choose_paragraphs([block(SECOND), block(FIRST)], title="x", description=FIRST) == SECOND
    beside = read_blocks(parse_page(f"<div><p>{SECOND}</p><p>{FIRST}</p></div>"))
    assert choose_paragraphs(beside, title="x", description=FIRST) == f"{SECOND}\n\n{FIRST}"


def test_words_beside_a_picture_go_from_before_the_text_only() -> None:
    captions = frozenset({FIRST, THIRD})
    blocks = [block(FIRST), block(SECOND), block(THIRD)]
    assert choose_paragraphs(blocks, title="x", captions=captions) == f"{SECOND}\n\n{THIRD}"
    assert choose_paragraphs(blocks[:2], title="x", captions=captions) == f"{FIRST}\n\n{SECOND}"


def test_the_first_paragraph_belongs_to_the_text_behind_a_list_of_links() -> None:
    links = "".join(f"<a href='/{n}'>Berita lain dari Kediri nomor {n}</a><br>" for n in range(3))
    page = f"<h2>Panen</h2><div>{FIRST}<br><br>{links}{SECOND}<br><br>{THIRD}<br><br>Adi; Budi, Cahyo, Dedi, Eko</div>"
    found = extract_blocks(parse_page(f"<body><form>{page}</form></body>"))
    chosen = choose_paragraphs(found.main, title="Panen")
    assert chosen == f"{FIRST}\n\n{SECOND}\n\n{THIRD}\n\nAdi; Budi, Cahyo, Dedi, Eko"


def test_a_page_of_nothing_has_no_blocks() -> None:
    found = extract_blocks(parse_page("<body><script>a</script></body>"))
    assert found.main == []


LINKS = "".join(f"<li><a href='/{n}'>Kabar lain dari Blitar nomor {n}</a></li>" for n in range(3))


def box(html: str) -> str:
    return f"<div><div><div>{html}</div></div></div>"


BODIES = {
    "links after the lead": f"<div><p>{FIRST}</p><p>Baca: <a href=/1>{THIRD}</a></p><p>Baca: <a href=/2>{THIRD}</a>"
    f"</p><p>{SECOND}</p><p>{SECOND[:-1]}, kata Rina.</p></div>",
    "credit of a picture": f"<div><p>{FIRST}</p><p>{SECOND}</p></div><div><p><img></p><p>©2026 Kabar/Istimewa</p></div>"
    f"<div><p>{THIRD}</p></div>",
    "heading with a name": f"<div><p>{FIRST}</p><h2 class='title-paging'>Panen Kedua</h2><p>{SECOND}</p></div>",
    "items as headings": f"<article><div><p>{FIRST}</p><p>{SECOND}</p></div><div><div>2 dari 3 halaman</div>"
    f"<h2>1. {THIRD}</h2><div><img><span>Padi (Sumber: Dinas)</span></div></div>"
    f"<div><h2>2. {SECOND}</h2></div></article>",
    "quotation": f"<div><p>{FIRST}</p><blockquote><p>{SECOND}</p></blockquote><p>{THIRD}</p></div>",
    "part of its own": f"<article><section><p>{FIRST}</p></section><ul>{LINKS}</ul><section><p>{SECOND}</p></section>"
    "</article>",
}
EXPECTED = {
    "links after the lead": [FIRST, SECOND, f"{SECOND[:-1]}, kata Rina."],
    "credit of a picture": [FIRST, SECOND, THIRD],
    "heading with a name": [FIRST, "Panen Kedua", SECOND],
    "items as headings": [FIRST, SECOND, f"1. {THIRD}", f"2. {SECOND}"],
    "quotation": [FIRST, SECOND, THIRD],
    "part of its own": [FIRST, SECOND],
}


@pytest.mark.parametrize("name", BODIES)
def test_no_paragraph_is_lost(name: str) -> None:
    page = f"<body><nav>{LINKS}</nav><main><h1>Panen</h1>{BODIES[name]}</main><div>{LINKS * 3}</div></body>"
    found = extract_blocks(parse_page(page))
    chosen = choose_paragraphs(found.main, title="Panen", captions=found.captions)
    assert chosen.split("\n\n") == EXPECTED[name]


@pytest.mark.parametrize("links", [LINKS, LINKS * 20])
def test_an_unrelated_part_of_the_page_is_no_part_of_the_article(links: str) -> None:
    """A glossary that follows links is longer than the article."""
    terms = "".join(f"<li><b>Istilah {n}</b><p>{SECOND} {THIRD} Pasal {n}.</p></li>" for n in range(30))
    text = [f"{FIRST} Bagian {n}. {SECOND} {THIRD}" for n in range(4)]
    article = "".join(f"<p>{one}</p>" for one in text)
    body = f"<h1>{TITLE}</h1><main><div><div>{article}<p>(rnw)</p></div></main>{box(links)}{box(f'<ul>{terms}</ul>')}"
    found = extract_blocks(parse_page(f"<body>{body}</body>"), title=TITLE)
    assert choose_paragraphs(found.main, title=TITLE).split("\n\n") == [*text, "(rnw)"]


@pytest.mark.parametrize("links", ["", LINKS])
def test_a_box_of_highlights_does_not_replace_the_article(links: str) -> None:
    highlights = box(f"<ul><li>{FIRST} {SECOND}</li><li>{SECOND} {THIRD}</li><li>{THIRD} {FIRST}</li></ul>")
    text = [f"{FIRST} Bagian {n}. {SECOND} {THIRD}" for n in range(4)]
    article = "".join(f"<p>{one}</p>" for one in text)
    found = extract_blocks(parse_page(f"<body><h1>{TITLE}</h1>{highlights}{links}{box(article)}</body>"), title=TITLE)
    assert [block.text for block in found.main][-4:] == text
