"""The feeds: the rules of RFC 4287 and of JSON Feed 1.1, and offsets with which anybody can verify a summary."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from lxml import etree

from summaries.articles.verify import parse_summary
from summaries.model import hash_text
from summaries.publishing.feeds import ATOM, EXTENSION, MAX_ENTRIES, render_feeds
from summaries.publishing.pages import Card, make_card
from summaries.publishing.plan import Section, SectionKind, Site
from tests.summaries.publishing.conftest import HOAX, HOSTILE, HOUR, REPORTS, START, make_story

FRONT = Section(SectionKind.FRONT, "", ())
TOPIC = Section(SectionKind.TOPIC, "daerah", ())
SITE = Site("https://berita.example/situs")
NAMES = {"a": ATOM, "r": EXTENSION}
CARDS = [make_card(make_story(*REPORTS, story_id=1)), make_card(make_story(HOAX, story_id=3))]
HOSTILE_CARD = make_card(make_story(HOSTILE, story_id=4))


def render(section: Section, cards: Sequence[Card], site: Site) -> tuple[etree._Element, dict[str, Any]]:
    atom, feed = render_feeds(section, cards, site)
    assert (atom.path, feed.path) == section.paths[1:]
    return etree.fromstring(atom.body), json.loads(feed.body)


def read(element: etree._Element, path: str) -> list[Any]:
    found = element.xpath(path, namespaces=NAMES)
    assert isinstance(found, list)
    return found


def check_atom(feed: etree._Element, address: str) -> None:
    """Check the rules of RFC 4287 for a feed at the address, by section."""
    assert feed.tag == f"{{{ATOM}}}feed"
    for container in (feed, *read(feed, "a:entry")):
        # 4.1.1 and 4.1.2: exactly one of each, and an author in the entry or its feed.
        for name in ("id", "title", "updated"):
            assert len(read(container, f"a:{name}")) == 1, name
        assert read(container, "a:author/a:name/text()")
        # 4.2.6: an absolute IRI.
        (identity,) = read(container, "a:id/text()")
        assert urlsplit(identity).scheme in {"https", "urn"}
        # 3.3: RFC 3339 with T and a zone.
        for moment in read(container, "a:updated/text() | a:published/text()"):
            assert "T" in moment
            assert datetime.fromisoformat(moment).utcoffset() == timedelta()
        # 4.2.7: links resolve, and no two alternates have the same type and language.
        for link in read(container, "a:link/@href"):
            assert urlsplit(urljoin(address, link)).scheme in {"http", "https"}
        alternates = read(container, "a:link[@rel='alternate']/@type")
        assert len(alternates) == len(set(alternates)) == 1
        # 4.2.2: a category has a term.
        assert len(read(container, "a:category")) == len(read(container, "a:category/@term"))
        assert len(read(container, "a:summary")) <= 1
        assert len(read(container, "a:content")) <= 1
    # 4.1.1: a feed should link to itself. 4.1.3.3: escaped HTML has no child elements.
    assert [urljoin(address, link) for link in read(feed, "a:link[@rel='self']/@href")] == [address]
    assert read(feed, "a:entry/a:content[@type!='html' or *]") == []
    ids = read(feed, "a:entry/a:id/text()")
    assert len(ids) == len(set(ids))


def check_json_feed(feed: dict[str, Any], address: str) -> None:
    """Check the rules of JSON Feed 1.1."""
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"]
    assert urljoin(address, feed["feed_url"]) == address
    ids = [item["id"] for item in feed["items"]]
    assert all(isinstance(one, str) and one for one in ids)
    assert len(ids) == len(set(ids))
    for item in feed["items"]:
        assert item["content_html"]
        for moment in ("date_published", "date_modified"):
            assert datetime.fromisoformat(item[moment]).utcoffset() == timedelta()
        assert all(set(author) == {"name"} and author["name"] for author in item["authors"])
        # Names of extensions begin with an underscore, and `about` is for people who read the feed.
        assert {"about"} <= set(item["_ringkas"])


@pytest.mark.parametrize("site", [SITE, Site()], ids=["address", "no address"])
@pytest.mark.parametrize("section", [FRONT, TOPIC], ids=["front", "topic"])
@pytest.mark.parametrize("cards", [[], CARDS, [HOSTILE_CARD]], ids=["empty", "usual", "hostile"])
def test_feeds_are_valid(section: Section, cards: list[Card], site: Site) -> None:
    atom, feed = render(section, cards, site)
    root = f"{site.url or 'https://other.example'}/"
    check_atom(atom, root + section.paths[1])
    check_json_feed(feed, root + section.paths[2])
    assert len(read(atom, "a:entry")) == len(feed["items"]) == len(cards)
    shown = [urljoin(root + section.paths[2], item["url"]) for item in feed["items"]]
    assert shown == [f"{root}berita/{card.story_id}.html" for card in cards]
    assert [item["id"] for item in feed["items"]] == read(atom, "a:entry/a:id/text()")


def test_sentences_are_in_the_article_at_their_offsets() -> None:
    atom, feed = render(FRONT, CARDS, SITE)
    for number, article in enumerate((REPORTS[0], HOAX)):
        fields = feed["items"][number]["_ringkas"]
        published = parse_summary(json.dumps(fields).encode())
        assert published is not None
        assert (published.url, published.text_hash) == (article.url, hash_text(article.text))
        assert [article.text[one.start : one.end] for one in published.sentences] == [
            one.text for one in published.sentences
        ]
        (element,) = read(atom, f"a:entry[{number + 1}]/r:article")
        assert (element.get("href"), element.get("hash")) == (article.url, hash_text(article.text))
        assert [(int(one.get("start")), int(one.get("end"))) for one in element] == [
            (one.start, one.end) for one in published.sentences
        ]
    assert feed["items"][0]["_ringkas"]["outlets"] == [{"name": one.outlet, "url": one.url} for one in REPORTS]


def test_fact_check_has_its_verdict_first_everywhere() -> None:
    atom, feed = render(FRONT, CARDS[1:], SITE)
    verdict, claim = "Cek fakta · Salah", "Minum air garam"
    (item,) = feed["items"]
    texts = [item["title"], item["summary"], item["content_html"]]
    texts += read(atom, "a:entry/a:title/text() | a:entry/a:summary/text() | a:entry/a:content/text()")
    assert len(texts) == 6
    for text in texts:
        assert verdict in text
        assert claim not in text.partition(verdict)[0]
        assert HOAX.title not in text


def test_hostile_values_stay_text() -> None:
    atom, feed = render(FRONT, [HOSTILE_CARD], SITE)
    (content,) = read(atom, "a:entry/a:content/text()")
    for text in (content, feed["items"][0]["content_html"]):
        assert not any(tag in text for tag in ("<script", "<img", "<b ", "javascript:"))
    assert read(atom, "a:entry/a:link[@rel='via']") == []
    assert "external_url" not in feed["items"][0]


def test_feeds_have_the_latest_stories_first_and_are_bounded() -> None:
    cards = [
        make_card(make_story(replace(REPORTS[0], published_at=START + n * HOUR), story_id=n))
        for n in range(1, MAX_ENTRIES + 3)
    ]
    atom, feed = render(TOPIC, cards, SITE)
    dates = read(atom, "a:entry/a:updated/text()")
    assert len(dates) == len(feed["items"]) == MAX_ENTRIES
    assert dates == sorted(dates, reverse=True)
    assert read(atom, "a:updated/text()") == dates[:1]
    assert (feed["title"], feed["home_page_url"]) == ("Ringkas · Daerah", f"{SITE.url}/topik/daerah.html")
