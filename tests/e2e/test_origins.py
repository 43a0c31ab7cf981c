"""Hostile files, pages and headlines: no article passes for another outlet's, and no words become links."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import html

if TYPE_CHECKING:
    from tests.e2e.conftest import Json, Person, World

Publish = Callable[..., str]
GENUINE_TITLE = "Harga Beras di Pasar Sukamakmur Turun Setelah Panen Raya"
FAKE_TITLE = "Semua Rekening Bank Dibekukan Besok"
BAIT = "Hadiah @pemenang t.me/hadiah https://hadiah.example/a #undian /menang $USD hadiah.id \u202e\u200bRamai"
BAIT_TEXT = (
    "Warga berebut hadiah undian di balai desa sejak Senin pagi. Mereka menulis kepada @pemenang atau"
    " admin@hadiah.example dan membuka hadiah.example. Panitia membagikan #undian lewat t.me/hadiah setiap hari. "
)
STYLES = {"bold", "date_time", "italic", "underline", "code", "text_link", "blockquote", "expandable_blockquote"}


@pytest.fixture(scope="module", autouse=True)
def bot(world: World) -> Iterator[None]:
    """One bot for this module."""
    with world.bot(RINGKAS_PER_MINUTE="600", RINGKAS_BURST="200"):
        yield


@pytest.fixture
def reader(world: World) -> Person:
    return world.person()


def make_upload(page: str) -> Json:
    return {"file_name": "berita.html", "content_base64": base64.b64encode(page.encode()).decode()}


def test_uploaded_page_does_not_replace_the_genuine_article(
    world: World, reader: Person, site: Publish, page: str
) -> None:
    url = site("/read/2026/11/23/rekening", page)
    claims = f'<link rel="canonical" href="{url}"><meta property="og:url" content="{url}"></head>'
    fake = page.replace(GENUINE_TITLE, f"{FAKE_TITLE} - Kompas.com").replace("</head>", claims)
    fake = fake.replace('content="Kabar Desa"', 'content="Kompas.com"')
    (sent,) = reader.exchange(document=make_upload(fake))
    title, byline, *_ = sent["text"].split("\n")
    assert title == FAKE_TITLE
    assert byline.startswith("Teks kiriman · 2 Nov 2026, 08.30 WITA · Makassar")
    assert url not in html(sent)
    assert "<a " not in html(sent)
    (genuine,) = world.person().exchange(url)
    assert genuine["text"].split("\n")[0] == GENUINE_TITLE
    assert f'<a href="{url}">' in html(genuine)


def test_page_claiming_a_known_outlet_is_shown_by_its_host(reader: Person, site: Publish, page: str) -> None:
    for path, name in (("/a", "Kompas.com"), ("/b", "KOMPAS TV"), ("/c", "Komp\u0430s"), ("/d", "detikNews")):
        fake = page.replace('content="Kabar Desa"', f'content="{name}"')
        (answer,) = reader.exchange(site(f"/palsu{path}/harga-beras-turun", fake))
        assert answer["text"].replace("\u2060", "").split("\n")[1].startswith("127.0.0.1 · ")


def test_pasted_text_is_stored_per_chat(world: World, reader: Person, article: str) -> None:
    other = world.person()
    for person in (reader, other, reader):
        (answer,) = person.exchange(article.replace("Kabar Desa", "Kompas.com"))
        assert answer["text"].split("\n")[1].startswith("Teks kiriman · ")
    with sqlite3.connect(world.database, timeout=10) as connection:
        rows = connection.execute(
            "SELECT DISTINCT a.id, n.chat_id FROM articles a JOIN answers n ON n.article_id = a.id"
            " WHERE n.chat_id IN (?, ?)",
            [reader.chat_id, other.chat_id],
        ).fetchall()
    connection.close()
    # One for each chat, whose chat alone was answered with it.
    assert sorted(chat_id for _, chat_id in rows) == sorted([reader.chat_id, other.chat_id])
    assert len({article_id for article_id, _ in rows}) == 2


def find_unmarked_links(message: Json) -> set[tuple[str, str]]:
    """The entities that Telegram found in the message beyond those of the markup."""
    text = message["text"].encode("utf-16-le")
    found = [e for e in message["entities"] if e["type"] not in STYLES]
    return {(e["type"], text[e["offset"] * 2 : (e["offset"] + e["length"]) * 2].decode("utf-16-le")) for e in found}


def test_headline_text_does_not_become_links(world: World, reader: Person) -> None:
    reader.exchange("/pantau hadiah undian")
    event = reader.screen()["event"]
    news = world.folder / "hadiah.txt"
    news.write_text(f"{BAIT}\n\n{BAIT_TEXT * 3}\n")
    assert world.command("import", str(news)).returncode == 0
    (alert,) = [message for message in reader.feed(event) if "Hadiah" in message["text"]]
    (listed,) = reader.exchange("/berita hadiah")
    (searched,) = reader.exchange("/cari @pemenang hadiah.id")
    page = f"<title>{BAIT}</title><h1>{BAIT}</h1><article><p>{BAIT_TEXT * 3} Habis.</p></article>"
    (sent,) = reader.exchange(document=make_upload(page))
    # The digest leaves out stories that an alert has shown the chat.
    other = world.person()
    (panel,) = other.exchange("/langganan")
    _, preview = other.press_and_read_all(panel, "Lihat contoh", 2)
    offered = reader.inline("hadiah")
    card = reader.drop(offered, 0)
    ours = {("bot_command", f"/{name}") for name in ("berita", "tersimpan", "langganan", "jadwal", "berhenti")}
    for message in (alert, listed, searched, sent, preview, card):
        assert "adiah" in message["text"], message["text"]
        assert find_unmarked_links(message) <= ours
    shown = alert["text"].replace("\u2060", "")
    assert "Hadiah @pemenang t.me/hadiah https://hadiah.example/a #undian /menang $USD hadiah.id Ramai" in shown
    assert "\u202e" not in str(offered)
