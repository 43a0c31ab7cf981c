"""Made-up news: events that several outlets report in their own words, as feeds and as whole pages.

Words have their usual frequencies in Indonesian news (the background table of the story model). Names are made of
syllables, and every event has its own words, so that stories can be separated as in real news.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from html import escape
from importlib.resources import files
from itertools import accumulate

TOPICS = ("nasional", "politik", "hukum", "ekonomi", "daerah", "olahraga", "teknologi", "hiburan")
OUTLETS_PER_EVENT = (1, 1, 1, 2, 2, 3, 5)
TEXT_CHARS = (3_000, 10_000)
PAGE_CHARS = (40_000, 80_000)
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


def feed_xml(base: str, items: list[Item]) -> bytes:
    entries = "".join(
        f"<item><title>{escape(item.title)}</title><link>{base}{item.path}</link>"
        f"<description>{escape(item.paragraphs[0])}</description>"
        f"<pubDate>{item.published_at:%a, %d %b %Y %H:%M:%S +0000}</pubDate></item>"
        for item in items
    )
    head = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Kabar</title>'
    return f"{head}<link>{base}/</link>{entries}</channel></rss>".encode()


def page_html(base: str, item: Item, *, size: int) -> bytes:
    """Return a page of about `size` characters: the article with the menus, lists and scripts outlets put around it."""
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": item.title,
        "datePublished": item.published_at.isoformat(),
        "author": {"@type": "Person", "name": "Sari Wulandari"},
    }
    body = "".join(f"<p>{escape(paragraph)}</p>\n" for paragraph in item.paragraphs)
    head = (
        f'<!doctype html><html lang="id"><head><meta charset="utf-8"><title>{escape(item.title)} - Kabar</title>'
        f'<meta property="og:title" content="{escape(item.title)}"><meta property="og:type" content="article">'
        f'<link rel="canonical" href="{base}{item.path}">'
        f'<script type="application/ld+json">{json.dumps(data)}</script>'
    )
    middle = (
        f'<article><h1>{escape(item.title)}</h1><div class="byline">Sari Wulandari</div>'
        f'<div class="detail__body-text">{body}</div></article>'
    )
    around = head_and_foot()
    script = "<script>" + "window.dataLayer=window.dataLayer||[];" * (
        max(0, size - len(head) - len(middle) - len(around[0]) - len(around[1])) // 38
    )
    return f"{head}{script}</script></head><body>{around[0]}{middle}{around[1]}</body></html>".encode()


@cache
def head_and_foot() -> tuple[str, str]:
    """Return the parts before and after every article: menus, lists of other news and a footer, some 220 links."""
    rng = random.Random(0)

    def links(count: int, kind: str) -> str:
        return "".join(
            f'<li class="{kind}__item"><a class="{kind}__link" href="/indeks/{kind}/{invent_name(rng).lower()}-{n}">'
            f"{' '.join(common_words(rng, 6)).capitalize()}</a></li>"
            for n in range(count)
        )

    menu = f'<header><nav><ul class="menu">{links(60, "menu")}</ul></nav></header>'
    lists = "".join(
        f'<aside class="list-{n}"><h3>Terpopuler</h3><ul>{links(25, f"list{n}")}</ul></aside>' for n in range(4)
    )
    return menu, f"{lists}<footer><ul>{links(60, 'footer')}</ul><p>Hak cipta Kabar</p></footer>"
