"""Which blocks of a page are its article's paragraphs."""

from __future__ import annotations

import pytest

from summaries.fetch.html.blocks import Block, read_blocks
from summaries.fetch.html.html_tree import parse_page
from summaries.fetch.html.page_text import choose_paragraphs, extract_blocks

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
