"""The site's feeds: Atom (RFC 4287) and JSON Feed 1.1, with the offsets of sentences in extensions.

The extension of JSON Feed has the fields of `describe_stored`, so `ringkas verify` reads it as a line. That of Atom is

    <r:article xmlns:r="https://ringkas.invalid/feed/1" href="https://…" hash="sha256:…">
      <r:sentence start="0" end="57"/>
    </r:article>

where `href` is the article and `hash` that of its text. The site's page tentang.html describes both for readers. A site
without a public address has links relative to the feed, and ids of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from lxml import etree

from summaries.publishing.pages import Card, File, load_templates
from summaries.publishing.plan import Section, SectionKind, Site, story_path
from summaries.publishing.wording import name_topic
from summaries.text.characters import dump_json

ATOM = "http://www.w3.org/2005/Atom"
EXTENSION = "https://ringkas.invalid/feed/1"
JSON_FEED = "https://jsonfeed.org/version/1.1"
# Feed readers fetch whole feeds again and again.
MAX_ENTRIES = 50
# Atom requires a date, also of a feed without entries.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
# Characters that XML 1.0 does not allow.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_feeds(section: Section, cards: Sequence[Card], site: Site) -> list[File]:
    """Render both feeds of a section, the story with the latest news first."""
    latest = sorted(cards, key=lambda card: (card.latest_at, card.story_id), reverse=True)[:MAX_ENTRIES]
    page, atom, json = section.paths
    title = "Ringkas" if section.kind is SectionKind.FRONT else f"Ringkas · {name_topic(section.key)}"
    return [
        File(atom, render_atom(title, latest, site, page=page, path=atom)),
        File(json, dump_json(build_json_feed(title, latest, site, page=page, path=json), indent=1).encode()),
    ]


def render_atom(title: str, cards: Sequence[Card], site: Site, *, page: str, path: str) -> bytes:
    """Render the Atom feed at `path`, whose page on the site is `page`."""
    feed = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM, "r": EXTENSION})  # type: ignore[dict-item]  # The stubs lack the default namespace.
    feed.set("{http://www.w3.org/XML/1998/namespace}lang", "id")
    _add(feed, "id", make_id(path, site))
    _add(feed, "title", title)
    _add(feed, "updated", show_time(max((card.latest_at for card in cards), default=NEVER)))
    _add(feed, "link", rel="self", type="application/atom+xml", href=make_link(path, site, path))
    _add(feed, "link", rel="alternate", type="text/html", href=make_link(page, site, path))
    _add(_add(feed, "author"), "name", "Ringkas")
    for card in cards:
        _add_entry(feed, card, site, path)
    return etree.tostring(feed, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _add_entry(feed: etree._Element, card: Card, site: Site, path: str) -> None:
    entry = _add(feed, "entry")
    _add(entry, "id", make_id(story_path(card.story_id), site))
    _add(entry, "title", card.full_title)
    _add(entry, "published", show_time(card.first_at))
    _add(entry, "updated", show_time(card.latest_at))
    _add(entry, "link", rel="alternate", type="text/html", href=make_link(story_path(card.story_id), site, path))
    if card.url:
        _add(entry, "link", rel="via", href=card.url)
    for name, _ in card.outlets:
        _add(_add(entry, "author"), "name", name or "Media")
    _add(entry, "category", term=card.topic, label=name_topic(card.topic))
    _add(entry, "summary", summarize_card(card))
    _add(entry, "content", render_content(card), type="html")
    article = etree.SubElement(entry, f"{{{EXTENSION}}}article", hash=str(card.published["text_hash"]))
    if card.url:
        article.set("href", _clean(card.url))
    for sentence in list_sentences(card):
        place = {name: str(sentence[name]) for name in ("start", "end")}
        etree.SubElement(article, f"{{{EXTENSION}}}sentence", place)


def build_json_feed(title: str, cards: Sequence[Card], site: Site, *, page: str, path: str) -> dict[str, object]:
    """Return the JSON Feed at `path`, whose page on the site is `page`."""
    return {
        "version": JSON_FEED,
        "title": title,
        "home_page_url": make_link(page, site, path),
        "feed_url": make_link(path, site, path),
        "language": "id",
        "authors": [{"name": "Ringkas"}],
        "items": [build_item(card, site, path) for card in cards],
    }


def build_item(card: Card, site: Site, path: str) -> dict[str, object]:
    """Return a story as an item of the JSON Feed at `path`."""
    item: dict[str, object] = {
        "id": make_id(story_path(card.story_id), site),
        "url": make_link(story_path(card.story_id), site, path),
        "title": card.full_title,
        "summary": summarize_card(card),
        "content_html": render_content(card),
        "date_published": show_time(card.first_at),
        "date_modified": show_time(card.latest_at),
        "authors": [{"name": name or "Media"} for name, _ in card.outlets],
        "tags": [name_topic(card.topic)],
        "_ringkas": {
            "about": make_link("tentang.html", site, path) + "#umpan",
            **card.published,
            "outlets": [{"name": name, "url": url} for name, url in card.outlets],
        },
    }
    return item | ({"external_url": card.url} if card.url else {})


def summarize_card(card: Card) -> str:
    """Return the summary as plain text; of a fact-check, the verdict before it."""
    return f"{card.verdict}. {card.summary}" if card.verdict else card.summary


def render_content(card: Card) -> str:
    """Render the summary and the links to the outlets as HTML."""
    return load_templates().get_template("entry.html").render(card=card)


def list_sentences(card: Card) -> Sequence[Mapping[str, object]]:
    found = card.published["sentences"]
    return found if isinstance(found, list) else ()


def make_link(target: str, site: Site, path: str) -> str:
    """Return the address of a page: absolute, or relative to the feed at `path` if the site's address is not known."""
    shown = "" if target == "index.html" else target
    return f"{site.url}/{shown}" if site.url else "../" * path.count("/") + target


def make_id(path: str, site: Site) -> str:
    """Return the id of a story or feed: its address, or an id of its own if that is not known."""
    return f"{site.url}/{path}" if site.url else uuid5(NAMESPACE_URL, f"ringkas:{path}").urn


def show_time(moment: datetime) -> str:
    """Return the time as RFC 3339."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    values = {key: _clean(value) for key, value in attributes.items()}
    element = etree.SubElement(parent, f"{{{ATOM}}}{name}", values)
    element.text = _clean(text) if text is not None else None
    return element


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
