"""When a page's article was published, by everything that may say so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from summaries.fetch.html.blocks import find_short_lines
from summaries.fetch.html.html_tree import parse_page
from summaries.fetch.html.page_dates import find_published_at

TODAY = "<div class='today'>Kamis, 15 Oktober 2026</div>"
PRINTED = "<h1>Panen</h1><div class='x'>Rabu, 14 Okt 2026 10:05 WIB</div>"


@pytest.mark.parametrize(
    ("html", "metas", "linked", "url", "expected"),
    [
        ("<p>x</p>", {}, {"datePublished": "2026-10-14T10:05:00+07:00"}, "", "2026-10-14T10:05:00+07:00"),
        ("<p>x</p>", {"article:published_time": "2026-10-14T10:05:00+07:00"}, {}, "", "2026-10-14T10:05:00+07:00"),
        ("<p>x</p>", {"pubdate": "2026-10-14 T10:05:00"}, {}, "", "2026-10-14T10:05:00+07:00"),
        ("<time datetime='2026-10-14T03:05:00Z'>tadi</time>", {}, {}, "", "2026-10-14T03:05:00+00:00"),
        ("<span itemprop='datePublished'>14/10/2026 10:05 WITA</span>", {}, {}, "", "2026-10-14T10:05:00+08:00"),
        (
            "<abbr class='published' title='2026-10-14T10:05:00+07:00'>Rabu</abbr>",
            {},
            {},
            "",
            "2026-10-14T10:05:00+07:00",
        ),
        (TODAY + "<h3>Panen</h3><i>Rabu, 14 Okt 2026 10:05 WIB</i>", {}, {}, "", "2026-10-14T10:05:00+07:00"),
        (f"{PRINTED}<p>Diperbarui 15/10/2026 08:00 WIB</p>", {}, {}, "", "2026-10-14T10:05:00+07:00"),
        (
            "<h1>x</h1><p>Diperbarui 15/10/2026 08:00 WIB</p><p>14/10/2026 10:05 WIB</p>",
            {},
            {},
            "",
            "2026-10-14T10:05:00+07:00",
        ),
        (TODAY + PRINTED, {}, {}, "", "2026-10-14T10:05:00+07:00"),
        (TODAY + "<div>14/10/2026 | 10.05 WIT</div><h1>x</h1>", {}, {}, "", "2026-10-14T10:05:00+09:00"),
        (TODAY + "<h1>Panen</h1><p>Oleh Rina pada 14 Oktober 2026</p>", {}, {}, "", "2026-10-14T00:00:00+07:00"),
        (TODAY, {}, {}, "https://k.example/read/2026/10/14/x", "2026-10-14T00:00:00+07:00"),
        (TODAY, {}, {}, "https://k.example/a/20261014100500-4-1/x", "2026-10-14T00:00:00+07:00"),
        # Local time with a Z behind it, as the printed time shows.
        (PRINTED, {"pubdate": "2026-10-14T10:05:10Z"}, {}, "", "2026-10-14T10:05:10+07:00"),
        (PRINTED, {"pubdate": "2026-10-14T03:05:10Z"}, {}, "", "2026-10-14T03:05:10+00:00"),
        # Stated by the day, printed to the minute.
        (PRINTED, {}, {"datePublished": "2026-10-14"}, "", "2026-10-14T10:05:00+07:00"),
        ("<p>Rabu besok harga turun, kata pedagang pada 2026.</p>", {}, {}, "https://k.example/x", None),
    ],
)
def test_publication_date_is_found(
    html: str, metas: dict[str, str], linked: dict[str, str], url: str, expected: str | None
) -> None:
    tree = parse_page(html)
    found = find_published_at(tree, metas, linked, lines=find_short_lines(tree), url=url)
    assert (found.isoformat() if found else None) == expected


NOW = datetime(2026, 10, 14, 4, 0, tzinfo=UTC)
GOOD = {"pubdate": "2026-10-14 10:05"}
DAY_IN_URL = "https://k.example/2026/10/14/x"


@pytest.mark.parametrize(
    ("html", "metas", "linked", "url", "expected"),
    [
        # The next best date replaces an implausible one.
        ("<p>x</p>", GOOD, {"datePublished": "0001-01-01T00:00:00"}, "", "2026-10-14T10:05:00+07:00"),
        ("<p>x</p>", GOOD, {"datePublished": "2099-01-01"}, "", "2026-10-14T10:05:00+07:00"),
        (PRINTED, {"pubdate": "2036-10-14 10:05"}, {}, "", "2026-10-14T10:05:00+07:00"),
        ("<div>15/10/2027 08:00 WIB</div>" + PRINTED, {}, {}, "", "2026-10-14T10:05:00+07:00"),
        ("<p>x</p>", {"pubdate": "1970-01-01T00:00:00Z"}, {}, DAY_IN_URL, "2026-10-14T00:00:00+07:00"),
        ("<p>x</p>", {"pubdate": "2099-10-14 10:05"}, {}, "https://k.example/read/2098/10/14/x", None),
        # Local time with a Z behind it, where nothing is printed.
        ("<p>x</p>", {"pubdate": "2026-10-14T10:05:10Z"}, {}, "", "2026-10-14T10:05:10+07:00"),
    ],
)  # fmt: skip
def test_implausible_date_is_skipped(
    html: str, metas: dict[str, str], linked: dict[str, str], url: str, expected: str | None
) -> None:
    tree = parse_page(html)
    found = find_published_at(tree, metas, linked, lines=find_short_lines(tree), url=url, now=NOW)
    assert (found.isoformat() if found else None) == expected
