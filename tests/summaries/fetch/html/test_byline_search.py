"""Lines that name an article's reporters."""

from __future__ import annotations

import pytest

from summaries.fetch.html.authors import find_labelled_bylines, find_marked_bylines
from summaries.fetch.html.blocks import find_short_lines
from summaries.fetch.html.html_tree import parse_page


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<h1>Panen</h1><div>Pewarta: Rina Wulandari</div><div>Editor: Dewi</div>", ["Pewarta: Rina Wulandari"]),
        ("<h1>Panen</h1><div>Oleh Rina Wulandari</div>", ["Oleh Rina Wulandari"]),
        ("<h1>Panen</h1><div>By Rina on 16 Feb 2026 at 09:10 WIB</div>", ["By Rina"]),
        ("<h1>Panen</h1><div>Penulis: Rina Editor : Dewi</div>", ["Penulis: Rina"]),
        ("<h1>Panen</h1><table><td>Penulis</td><td>: Rina, Bambang</td><td>Editor</td></table>", ["Rina, Bambang"]),
        ("<div>Oleh: Bukan Dia</div><h1>Panen</h1><p>Isi.</p>", []),
        ("<h1>Panen</h1><p>Penulis novel itu hadir dalam acara yang digelar di Kediri pada hari Rabu kemarin.</p>", []),
        ("<h1>Panen</h1><p>Isi.</p>", []),
    ],
)
def test_labelled_bylines_are_found(html: str, expected: list[str]) -> None:
    assert find_labelled_bylines(find_short_lines(parse_page(html))) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<span itemprop='author'>Rina</span>", ["Rina"]),
        ("<a rel='author' href='/rina'>Rina</a>", ["Rina"]),
        ("<div class='detail__author'>Rina - kabarNews</div>", ["Rina - kabarNews"]),
        ("<figure><span class='author'>Dok. Pribadi</span></figure>", []),
        ("<div class='photo'><span class='author'>Facebook</span></div>", []),
        ("<div class='author'></div>", []),
        ("<div class='author'>Rina - Liputan6.com</div>", ["Rina - Liputan6.com"]),
        ("<div class='author'>Rina Selasa, 16/02/2016 09:15 WIB</div>", ["Rina"]),
        ("<div class='author'>" + "panjang sekali " * 20 + "</div>", []),
    ],
)
def test_marked_bylines_are_found(html: str, expected: list[str]) -> None:
    assert find_marked_bylines(parse_page(html)) == expected
