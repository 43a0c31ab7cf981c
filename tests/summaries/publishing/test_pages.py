"""The pages of the site: each part of a story, the verdict first, nothing from outside as markup, and no script."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from lxml import html

from summaries.publishing import wording
from summaries.publishing.pages import (
    Card,
    make_card,
    rank_front,
    render_fixed,
    render_search_index,
    render_section,
    render_story,
)
from summaries.publishing.plan import Section, SectionKind, Site
from summaries.text.characters import parse_json
from tests.summaries.publishing.conftest import HOAX, HOSTILE, HOUR, REPORTS, START, FakeNews, make_story

SITE = Site("https://berita.example", "Asia/Jakarta")
CATALOGUE = Path(__file__).parents[3] / "bot/locale/id/LC_MESSAGES/ringkas.po"


def select(page: html.HtmlElement, path: str) -> list[Any]:
    """Return the elements or attributes at the path."""
    found = page.xpath(path)
    assert isinstance(found, list)
    return found


def show(body: bytes) -> str:
    """Return the visible text of the page's main part."""
    (main,) = select(html.fromstring(body), "//main")
    return " ".join(main.text_content().split())


def make_cards(*articles: object) -> list[Card]:
    return [make_card(make_story(article, story_id=n)) for n, article in enumerate(articles, 1)]  # type: ignore[arg-type]


async def test_story_has_summary_figures_additions_chain_and_all_outlets(news: FakeNews) -> None:
    (story,) = await news.read_stories([1], most=20)
    file = render_story(story, SITE, {10: 1, 20: 2})
    assert file.path == "berita/1.html"
    text = show(file.body)
    parts = [
        "Bendungan Sukamaju Jebol, 12 Orang Tewas",
        "Kabar Desa · 23 Nov 2026, 10.00 WIB · Daerah",
        "2 media · laporan pertama 23 Nov 2026, 10.00 WIB, terbaru 10.10",
        "Bendungan Sukamaju di Kabupaten Kediri jebol",
        "Baca selengkapnya di Kabar Desa",
        "Data antarmedia berbeda Tewas Sebanyak 12 orang tewas dalam bencana itu. (Kabar Desa, 10.00)",
        "Sebanyak 15 orang tewas dalam bencana itu. (Warta Kota, 10.10)",
        "Tambahan dari media lain Kerugian petani di Kediri ditaksir mencapai Rp40 miliar",
        "Kronologi Selasa, 24 November 2026: Bantuan Tiba di Kediri Warta Kota",
        "Semua liputan Bendungan Sukamaju Jebol, 12 Orang Tewas Kabar Desa · 23 Nov 2026, 10.00 WIB",
        "15 Orang Tewas akibat Bendungan Jebol Warta Kota",
    ]
    assert [part for part in parts if part not in text] == []
    assert [text.index(part) for part in parts] == sorted(text.index(part) for part in parts)
    page = html.fromstring(file.body)
    assert [mark.text for mark in select(page, "//mark")] == ["12", "15"]
    assert "../berita/2.html" in select(page, "//main//a/@href")
    outside = select(page, "//a[starts-with(@href, 'http')]")
    assert {link.get("rel") for link in outside} == {"external noopener"}
    assert {link.get("href") for link in outside} == {report.url for report in REPORTS}
    assert select(page, "//link[@rel='canonical']/@href") == ["https://berita.example/berita/1.html"]
    assert select(page, "//time/@datetime")[0] == "2026-11-23T10:00:00+07:00"


def test_story_of_the_chain_without_a_page_is_left_out() -> None:
    story = make_story(*REPORTS)
    later = replace(story.coverage[1], article_id=99, published_at=START + 24 * HOUR)
    assert "Kronologi" not in show(render_story(replace(story, chain=(later,)), SITE, {}).body)


@pytest.mark.parametrize("template", ["story", "front", "topic", "day", "search"])
def test_fact_check_shows_its_verdict_before_the_claim_and_never_its_title(template: str) -> None:
    card = make_card(make_story(HOAX))
    match template:
        case "story":
            shown = show(render_story(make_story(HOAX), SITE, {}).body)
        case "search":
            shown = render_search_index(Section(SectionKind.DAY, "2026-11-23", (1,)), [card]).body.decode()
        case _:
            kind, key = {
                "front": (SectionKind.FRONT, ""),
                "topic": (SectionKind.TOPIC, "cek-fakta"),
                "day": (SectionKind.DAY, "2026-11-23"),
            }[template]
            shown = show(render_section(Section(kind, key, (1,)), [card], SITE).body)
    verdict, claim = "Cek fakta · Salah", "Minum air garam menyembuhkan demam berdarah"
    assert shown.index(verdict) < shown.index(claim)
    assert HOAX.title not in shown
    assert card.full_title == f"{verdict}: {claim}"


def test_report_of_a_fact_check_in_another_story_shows_no_title() -> None:
    text = show(render_story(make_story(REPORTS[0], replace(HOAX, outlet="Periksa")), SITE, {}).body)
    assert HOAX.title not in text
    assert "Cek fakta Periksa" in text


async def test_hostile_values_are_text(news: FakeNews) -> None:
    (story,) = await news.read_stories([4], most=20)
    card = make_card(story)
    section = Section(SectionKind.TOPIC, "umum", (4,))
    for file in (render_story(story, SITE, {}), render_section(section, [card], SITE)):
        page = html.fromstring(file.body)
        assert (
            select(page, "//script | //img | //*[@onerror or @onmouseover] | //a[starts-with(@href, 'javascript')]")
            == []
        )
        assert "<script>alert(1)</script>" in show(file.body)
    assert card.url is None
    assert card.topic == "umum"


def test_pages_load_nothing_from_elsewhere_and_only_the_search_has_a_script() -> None:
    section = Section(SectionKind.FRONT, "", (1,))
    files = [*render_fixed(["2026-11-23"], SITE), render_section(section, make_cards(*REPORTS), SITE)]
    for file in files:
        if not file.path.endswith(".html"):
            continue
        page = html.fromstring(file.body)
        assert page.get("lang") == "id"
        (policy,) = select(page, "//meta[@http-equiv='Content-Security-Policy']/@content")
        assert policy.startswith("default-src 'none'; ")
        assert ("script-src" in policy) == (file.path == "cari.html") == bool(select(page, "//script"))
        assert select(page, "//@style | //style | //iframe | //script[not(@src)]") == []
        loaded = select(page, "//script/@src | //link[@rel='stylesheet' or @rel='icon']/@href")
        assert all(not address.startswith("http") or address.startswith(SITE.url) for address in loaded)
        assert len(select(page, "//h1")) == 1


def test_missing_page_links_from_the_root() -> None:
    for site, root in ((SITE, "https://berita.example/"), (Site(), "/")):
        (page,) = (html.fromstring(file.body) for file in render_fixed([], site) if file.path == "404.html")
        assert f"{root}cari.html" in select(page, "//main//a/@href")
        assert select(page, "//link[@rel='stylesheet']/@href")[0].startswith(f"{root}gaya.css?")


def test_list_names_a_few_outlets_and_says_when_it_is_empty() -> None:
    many = [
        replace(REPORTS[0], outlet=f"Media {n}", url=f"https://m{n}.example/", published_at=START + n * HOUR)
        for n in range(5)
    ]
    section = Section(SectionKind.TOPIC, "daerah", ())
    shown = show(render_section(section, [make_card(make_story(*many))], SITE).body)
    assert "Media 0, Media 1, Media 2, dan 2 media lain · 23 Nov 2026, 14.00 WIB" in shown
    assert "Belum ada berita di sini." in show(render_section(section, [], SITE).body)


def test_front_page_has_the_most_important_story_first() -> None:
    alone = make_story(
        replace(REPORTS[0], title="Festival Layang-Layang Dibuka di Blitar", published_at=START + HOUR), story_id=7
    )
    assert [story.id for story in rank_front([alone, make_story(*REPORTS)])] == [1, 7]
    assert rank_front([]) == []


def test_search_index_has_the_words_that_the_title_lacks() -> None:
    section = Section(SectionKind.DAY, "2026-11-23", (1,))
    file = render_search_index(section, [make_card(make_story(*REPORTS))])
    assert file.path == "cari/2026-11-23.json"
    found = parse_json(file.body)
    assert isinstance(found, list)
    ((story_id, title, outlets, words),) = found
    assert (story_id, title, outlets) == (1, REPORTS[0].title, ["Kabar Desa", "Warta Kota"])
    assert {"kediri", "hujan", "akibat"} <= set(words.split())
    # Neither words of the title nor stop words.
    assert not {"bendungan", "di", "yang"} & set(words.split())


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("https://kabar.example/a", True),
        ("http://kabar.example/", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//kabar.example/a", False),
        ("https:///a", False),
        ("https://[", False),
        ("", False),
        (None, False),
    ],
)
def test_only_web_addresses_are_links(url: str | None, is_link: bool) -> None:
    assert (wording.check_address(url) == url) is (is_link or url is None)


def test_words_are_those_of_the_chat() -> None:
    with CATALOGUE.open("rb") as file:
        chat = {message.string for message in read_po(file)}
    words = {*wording.VERDICTS.values(), *wording.KIND_NAMES.values()}
    headings = {
        "Data antarmedia berbeda",
        "Angka yang berubah",
        "Tambahan dari media lain",
        "Kronologi",
        "Semua liputan",
    }
    assert {*words, *headings, "lebih baru", "cuplikan"} <= chat
    templates = "".join(path.read_text() for path in Path(wording.__file__).parent.glob("templates/story.html"))
    assert all(re.search(heading, templates) for heading in headings)


def test_times_at_the_ends_of_the_calendar_are_shown() -> None:
    article = replace(HOSTILE, published_at=START.max.replace(tzinfo=START.tzinfo))
    assert "9999" in show(render_story(make_story(replace(article, text=REPORTS[0].text)), SITE, {}).body)
