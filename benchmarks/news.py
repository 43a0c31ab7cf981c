"""Made-up news: events that several outlets report in their own words, as feeds and as whole pages.

Words have their usual frequencies in Indonesian news (the background table of the story model). Names are made of
syllables, and every event has its own words, so that stories can be separated as in real news.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from html import escape
from importlib.resources import files
from itertools import accumulate

TOPICS = ("nasional", "politik", "hukum", "ekonomi", "daerah", "olahraga", "teknologi", "hiburan")
OUTLETS_PER_EVENT = (1, 1, 1, 2, 2, 3, 5)
# Nine of ten real articles have 1,000 to 4,200 characters; half of their pages have 60 to 120 KB, with 550 to 970
# elements.
TEXT_CHARS = (1_500, 5_000)
PAGE_CHARS = (60_000, 110_000)
WIB = timezone(timedelta(hours=7))
_SCRIPTS = 12
_SYLLABLES = (
    *("ba", "be", "bo", "da", "di", "du", "ga", "gu", "ha", "ja", "jo", "ka", "ki", "ku", "la", "lo", "ma", "mi", "mu"),
    *("na", "ni", "pa", "ra", "ri", "ro", "sa", "si", "ta", "ti", "to", "wa", "wi", "ya"),
)
_SMALL = (
    *("yang", "di", "dan", "itu", "dengan", "untuk", "tidak", "ini", "dari", "dalam", "akan", "pada", "juga", "ke"),
    *("karena", "oleh", "sudah", "saat", "setelah", "kepada"),
)


@dataclass(frozen=True, slots=True)
class Item:
    """One outlet's article; `path` is its address on the outlet's host."""

    path: str
    title: str
    paragraphs: tuple[str, ...]
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """Names, words and a number that all articles about the event share."""

    names: tuple[str, ...]
    words: tuple[str, ...]
    number: int


def make_news(feeds: int, entries: int, *, seed: int, now: datetime) -> list[list[Item]]:
    """Return the entries of each feed, the same for the same arguments except for the dates."""
    rng = random.Random(seed)
    news: list[list[Item]] = [[] for _ in range(feeds)]
    count = 0
    while count < feeds * entries:
        event = make_event(rng)
        happened = now - timedelta(minutes=rng.randrange(60, 24 * 60))
        open_feeds = [n for n in range(feeds) if len(news[n]) < entries]
        for n in rng.sample(open_feeds, min(len(open_feeds), rng.choice(OUTLETS_PER_EVENT))):
            news[n].append(make_item(event, rng, happened + timedelta(minutes=rng.randrange(50)), count, seed))
            count += 1
    return news


def make_event(rng: random.Random) -> Event:
    return Event(tuple(invent_name(rng) for _ in range(6)), tuple(common_words(rng, 60)), rng.randrange(3, 900))


def make_item(event: Event, rng: random.Random, published_at: datetime, number: int, seed: int) -> Item:
    title = " ".join(word.title() for word in (event.names[0], *rng.sample(event.words[:12], 4), event.names[1]))
    paragraphs, length, wanted = [], 0, rng.randrange(*TEXT_CHARS)
    while length < wanted:
        paragraphs.append(" ".join(make_sentence(event, rng) for _ in range(rng.randrange(1, 4))))
        length += len(paragraphs[-1]) + 2
    path = f"/berita/{seed}{number:07d}/{'-'.join(title.lower().split())}"
    return Item(path, title, tuple(paragraphs), published_at)


def make_sentence(event: Event, rng: random.Random) -> str:
    words: list[str] = []
    own = (*event.names, *event.words)
    for word in common_words(rng, rng.randrange(4, 9)):
        words += [rng.choice(own), rng.choice(_SMALL), word]
    if rng.random() < 0.2:
        return f"“{' '.join(words).capitalize()},” kata {event.names[2]} pada Senin."
    return f"{words[0][0].upper()}{' '.join(words)[1:]} {event.number} orang."


def invent_name(rng: random.Random) -> str:
    return "".join(rng.choice(_SYLLABLES) for _ in range(3)).title()


@cache
def vocabulary() -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return words and their cumulative frequencies."""
    lines = files("summaries.stories").joinpath("data", "background.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if line[:1].isdigit()]
    words = [(word, int(row[0])) for row in rows for word in row[1:] if word.isalpha()]
    return tuple(word for word, _ in words), tuple(accumulate(count for _, count in words))


def common_words(rng: random.Random, count: int) -> list[str]:
    words, frequencies = vocabulary()
    return rng.choices(words, cum_weights=frequencies, k=count)


def feed_xml(base: str, items: Sequence[Item]) -> bytes:
    """Return the feed with the fields that outlets fill, some 1.4 KB for each entry."""
    entries = "".join(
        f"<item><title><![CDATA[{item.title}]]></title><link>{base}{item.path}</link>"
        f'<guid isPermaLink="false">{base}{item.path}</guid><dc:creator><![CDATA[Sari Wulandari]]></dc:creator>'
        f"<category><![CDATA[Nasional]]></category><category><![CDATA[{item.title.split()[0]}]]></category>"
        f'<description><![CDATA[<img src="{base}/foto/{item.published_at:%Y/%m/%d}/utama.jpg" width="400" /> '
        f"{item.paragraphs[0]} {item.paragraphs[-1]}]]></description>"
        f"<pubDate>{item.published_at:%a, %d %b %Y %H:%M:%S +0000}</pubDate>"
        f'<enclosure url="{base}/foto/{item.published_at:%Y/%m/%d}/utama.jpg" length="50000" type="image/jpeg" />'
        "</item>"
        for item in items
    )
    names = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    head = f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0" {names}><channel><title>Kabar</title>'
    return f"{head}<link>{base}/</link><language>id</language>{entries}</channel></rss>".encode()


def page_html(base: str, item: Item, *, size: int) -> bytes:
    """Return a page of about `size` characters and 850 elements: the article, and around it the menus, lists of other
    articles, boxes and scripts of a real page."""
    picture = f"{base}/foto/{item.published_at:%Y/%m/%d}/utama.jpg"
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": item.title,
        "datePublished": item.published_at.isoformat(),
        "author": {"@type": "Person", "name": "Sari Wulandari"},
        "image": [picture],
        "publisher": {"@type": "Organization", "name": "Kabar"},
    }
    stated = {
        "og:title": item.title,
        "og:type": "article",
        "og:site_name": "Kabar",
        "og:image": picture,
        "og:description": item.paragraphs[0],
        "og:url": base + item.path,
        "article:published_time": item.published_at.isoformat(),
        **{f"kabar:{n}": f"{n}" for n in range(15)},
    }
    metas = "".join(f'<meta property="{name}" content="{escape(value)}">' for name, value in stated.items())
    middle = (
        f'<article class="detail"><h1 class="detail__title">{escape(item.title)}</h1><div class="detail__author">'
        f'<span class="detail__label">Sari Wulandari</span> - <span class="detail__name">Kabar</span></div>'
        f'<div class="detail__date">{item.published_at.astimezone(WIB):%d/%m/%Y %H:%M} WIB</div>'
        f'<div class="detail__media"><figure class="detail__media-image"><img src="{picture}" alt="">'
        f"<figcaption>{escape(item.title)} (Foto: Kabar)</figcaption></figure></div>"
        f'<div class="detail__body"><div class="detail__body-text">{_body_html(item)}</div></div></article>'
    )
    head = (
        f'<!doctype html><html lang="id"><head><meta charset="utf-8"><title>{escape(item.title)} - Kabar</title>{metas}'
        f'<link rel="canonical" href="{base}{item.path}">'
        f'<script type="application/ld+json">{json.dumps(data)}</script>'
    )
    before, after = head_and_foot()
    code = "window.dataLayer=window.dataLayer||[];"
    calls = max(0, size - len(head) - len(middle) - len(before) - len(after)) // (_SCRIPTS * len(code))
    scripts = f'<script type="text/javascript">{code * calls}</script>' * _SCRIPTS
    return f"{head}{scripts}</head><body>{before}{middle}{after}</body></html>".encode()


def _body_html(item: Item) -> str:
    """Return the paragraphs, with the boxes and slots for advertisements between them."""
    parts = []
    for number, paragraph in enumerate(item.paragraphs):
        parts.append(f"<p>{escape(paragraph)}</p>\n")
        if number % 4 == 1:
            parts.append(
                f'<div class="parallax"><div id="slot-{number}" class="ads"><script>googletag.cmd.push()</script></div>'
                '</div><table class="linksisip"><tr><td><div class="lihatjg"><strong>Baca juga: </strong>'
                f'<a class="embed" href="/berita/{number}/lain">{escape(item.title)}</a></div></td></tr></table>'
            )
    return "".join(parts)


@cache
def head_and_foot() -> tuple[str, str]:
    """Return the parts before and after every article: menus, lists of other news and a footer, some 190 links."""
    rng = random.Random(0)

    def headline() -> str:
        return " ".join(common_words(rng, 8)).capitalize()

    def links(count: int, kind: str) -> str:
        return "".join(
            f'<li class="{kind}__item"><a class="{kind}__link" href="/indeks/{kind}/{invent_name(rng).lower()}-{n}"'
            f' data-label="{kind} {n}">{" ".join(common_words(rng, 2)).capitalize()}</a></li>'
            for n in range(count)
        )

    def cards(count: int, kind: str) -> str:
        return "".join(
            f'<article class="list-content__item {kind}__item" data-position="{n}"><div class="media media--left">'
            f'<div class="media__image"><a class="media__link" href="/berita/{kind}-{n}"><span class="ratiobox lqd">'
            f'<img src="/foto/{kind}-{n}.jpg" alt="" width="120" height="80"></span></a></div>\n'
            '<div class="media__text"><h3 class="media__title">'
            f'<a class="media__link" href="/berita/{kind}-{n}">{headline()}</a></h3>\n'
            f'<div class="media__date"><span title="Senin">{n + 1} jam yang lalu</span></div></div></div></article>'
            for n in range(count)
        )

    menu = (
        f'<header class="header"><nav class="nav"><ul class="menu">{links(20, "menu")}</ul></nav>\n'
        f'<div class="channels"><ul>{links(45, "channel")}</ul></div></header>\n'
    )
    share = '<div class="share-box"><a class="share" href="#"><i class="icon"></i></a></div>\n'
    opens = f'<div id="app"><div class="container"><div class="row">{share * 6}<div class="col-bs10-7"><main>\n'
    lists = [
        f'<div class="box {kind}"><div class="box__head"><h2>{kind.title()}</h2></div>\n{cards(10, kind)}</div>\n'
        for kind in ("terkait", "headline", "pilihan", "lainnya")
    ]
    side = f'<div class="col-bs10-3"><aside class="sidebar">{lists[1]}</aside>\n{lists[2]}</div>'
    after = f"{lists[0]}{lists[3]}</main></div>\n{side}</div></div></div>\n"
    foot = f'<div class="bottom"><ul>{links(60, "bottom")}</ul>\n<p>Hak cipta Kabar</p></div>'
    return menu + opens, after + foot
