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


def make_block(text: str, *, tag: str = "p", link_words: int = 0) -> Block:
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
def test_blocks_are_read(html: str, expected: list[str]) -> None:
    assert [found.text for found in read_blocks(parse_page(f"<body>{html}</body>"))] == expected


def test_link_words_are_counted() -> None:
    one, two = read_blocks(parse_page("<p>Kata <a href='/x'>dua <b>tiga</b></a> empat</p><p><a>Baca ini juga</a></p>"))
    assert (one.words, one.link_words, one.is_linked) == (4, 2, False)
    assert (two.words, two.link_words, two.is_linked) == (3, 3, True)


def test_deep_nesting_is_read_without_recursion() -> None:
    assert read_blocks(parse_page("<div>" * 250 + "dalam" + "</div>" * 250))[0].text == "dalam"


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ([make_block("Kediri"), make_block("Rabu, 14 Okt 2026 10:05 WIB"), make_block(FIRST)], [FIRST]),
        ([make_block(FIRST), make_block("Editor: Dewi"), make_block("Bagikan")], [FIRST]),
        (
            [make_block(FIRST), make_block("“Kami siap,” katanya."), make_block("JANGAN LEWATKAN!!!")],
            [FIRST, "“Kami siap,” katanya."],
        ),
        ([make_block(FIRST), make_block("1. Kediri"), make_block("2. Blitar")], [FIRST, "1. Kediri", "2. Blitar"]),
        ([make_block(FIRST), make_block("Kartu tanda penduduk", tag="li")], [FIRST, "Kartu tanda penduduk"]),
        ([make_block(FIRST), make_block("Tips Bertani", link_words=2), make_block(SECOND)], [FIRST, SECOND]),
        ([make_block(FIRST), make_block("Panen Kedua", tag="h2"), make_block(SECOND)], [FIRST, "Panen Kedua", SECOND]),
        ([make_block(FIRST), make_block("(rnw/dew)")], [FIRST, "(rnw/dew)"]),
        (
            [make_block(FIRST), make_block(SECOND), make_block("(rnw/dew)"), make_block(THIRD)],
            [FIRST, SECOND, "(rnw/dew)"],
        ),
        (
            [make_block(FIRST), make_block("(rnw/dew)"), make_block(SECOND), make_block(THIRD)],
            [FIRST, "(rnw/dew)", SECOND, THIRD],
        ),
        ([make_block(FIRST), make_block(SECOND), make_block(FIRST)], [FIRST, SECOND]),
        ([make_block(SECOND), make_block("Kediri, ANTARA - " + FIRST)], ["Kediri, ANTARA - " + FIRST]),
        ([make_block("Judul Berita"), make_block(FIRST)], [FIRST]),
        (
            [
                make_block(FIRST),
                make_block(SECOND),
                make_block("Hak Cipta 2016"),
                make_block("PT Kabar, Jl. Kebon 17."),
            ],
            [FIRST, SECOND],
        ),
        ([make_block("© Kabar 2016"), make_block(FIRST), make_block(SECOND)], [FIRST, SECOND]),
        (
            [make_block(FIRST), make_block("Berita Lain dari Blitar", link_words=4), make_block("Warga di sana ...")],
            [FIRST],
        ),
        ([make_block(FIRST), make_block(SECOND[:40] + "..."), make_block(THIRD[:40] + "...")], [FIRST]),
        (
            [make_block(FIRST), make_block("Kediri (4-4-2)"), make_block("Adi; Budi, Cahyo, Dedi; Eko")],
            [FIRST, "Kediri (4-4-2)", "Adi; Budi, Cahyo, Dedi; Eko"],
        ),
        ([make_block("Kediri")], ["Kediri"]),
        ([], []),
    ],
)
def test_paragraphs_are_chosen(blocks: list[Block], expected: list[str]) -> None:
    assert choose_paragraphs(blocks, title="Judul Berita") == "\n\n".join(expected)


def test_lead_is_kept_once() -> None:
    assert (
        choose_paragraphs([make_block(FIRST), make_block(SECOND)], title="x", description=FIRST)
        == f"{FIRST}\n\n{SECOND}"
    )
    assert choose_paragraphs([make_block(SECOND), make_block(FIRST)], title="x", description=FIRST) == SECOND
    beside = read_blocks(parse_page(f"<div><p>{SECOND}</p><p>{FIRST}</p></div>"))
    assert choose_paragraphs(beside, title="x", description=FIRST) == f"{SECOND}\n\n{FIRST}"


def test_captions_are_removed_only_before_the_text() -> None:
    captions = frozenset({FIRST, THIRD})
    blocks = [make_block(FIRST), make_block(SECOND), make_block(THIRD)]
    assert choose_paragraphs(blocks, title="x", captions=captions) == f"{SECOND}\n\n{THIRD}"
    assert choose_paragraphs(blocks[:2], title="x", captions=captions) == f"{FIRST}\n\n{SECOND}"


def test_first_paragraph_before_a_list_of_links_is_kept() -> None:
    links = "".join(f"<a href='/{n}'>Berita lain dari Kediri nomor {n}</a><br>" for n in range(3))
    page = f"<h2>Panen</h2><div>{FIRST}<br><br>{links}{SECOND}<br><br>{THIRD}<br><br>Adi; Budi, Cahyo, Dedi, Eko</div>"
    found = extract_blocks(parse_page(f"<body><form>{page}</form></body>"))
    chosen = choose_paragraphs(found.main, title="Panen")
    assert chosen == f"{FIRST}\n\n{SECOND}\n\n{THIRD}\n\nAdi; Budi, Cahyo, Dedi, Eko"


def test_empty_page_has_no_blocks() -> None:
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


LONG = [f"{FIRST} Bagian {n}. {SECOND} {THIRD}" for n in range(4)]
ARTICLE = "".join(f"<p>{one}</p>" for one in LONG)
GLOSSARY = "".join(f"<div><h4>Istilah {n}</h4><p>{SECOND} {THIRD} Pasal {n}.</p></div>" for n in range(9))
LINKED = f"<p>Baca: <a href='/1'>{THIRD}</a></p>"
PLACES = [f"{n}. Jalan Melati {n}" for n in range(1, 25)]
CALL = "Simak berita terkini kami langsung di ponsel, dan pilih saluran andalan di sana."
POST = f"<p>{SECOND}</p>— Rina (@rina) <a href='https://twitter.com/rina/status/1'>Senin</a>"
PART = "<div><div><h2>Bagian {}</h2><div><div>{}</div><div>Menurut dia, {}</div></div></div></div>"
PAGES = {
    "a glossary before the headline": (f"{box(GLOSSARY)}<h1>{TITLE}</h1><div>{ARTICLE}</div>", LONG),
    "a glossary after the article": (f"<h1>{TITLE}</h1>{box(ARTICLE)}{box(GLOSSARY)}", LONG),
    "a long box of links": (
        f"<h1>{TITLE}</h1><div><div><p>{LONG[0]}</p><div>{LINKS * 6}</div><p>{LONG[1]}</p></div></div>",
        LONG[:2],
    ),
    "a linked headline above a paragraph": (
        f"<h1>{TITLE}</h1><div><p>{FIRST}</p>{LINKED * 2}<p>{SECOND}</p>{LINKED}<p>{LONG[0]}</p><p>{LONG[1]}</p></div>",
        [FIRST, SECOND, *LONG[:2]],
    ),
    "a call to readers inside a list": (
        f"<h1>{TITLE}</h1><div><div>{ARTICLE}<p>{'<p>'.join([*PLACES[:12], CALL, *PLACES[12:]])}</div></div>",
        [*LONG, *PLACES[:12], CALL, *PLACES[12:]],
    ),
    "elements for paragraphs in parts": (
        f"<h1>{TITLE}</h1><article>{PART.format(0, LONG[0], SECOND)}{PART.format(1, LONG[1], THIRD)}</article>",
        [LONG[0], f"Menurut dia, {SECOND}", "Bagian 1", LONG[1], f"Menurut dia, {THIRD}"],
    ),
    "a post of a network": (
        f"<h1>{TITLE}</h1><div><p>{LONG[0]}</p><blockquote class='x'>{POST}</blockquote><p>{LONG[1]}</p></div>",
        LONG[:2],
    ),
    "a quotation with a link": (
        f"<h1>{TITLE}</h1><div><blockquote><p><a href='/tag/padi'>Padi</a> {SECOND}</p></blockquote>{ARTICLE}</div>",
        [f"Padi {SECOND}", *LONG],
    ),
    "the author below the article": (
        f"<h1>{TITLE}</h1><div><div>{ARTICLE}</div><div><div><h4>Rina Wati</h4><p>{CALL}</p></div></div></div>",
        LONG,
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_the_article_is_found_between_other_texts(name: str) -> None:
    body, expected = PAGES[name]
    found = extract_blocks(parse_page(f"<body><nav>{LINKS}</nav>{body}<div>{LINKS * 3}</div></body>"), title=TITLE)
    chosen = choose_paragraphs(found.main, title=TITLE, captions=found.captions)
    assert chosen.split("\n\n") == expected
