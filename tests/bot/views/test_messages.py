"""Every message that the bot writes: golden files for a reviewer, and properties that hold for any outside text.

Telegram's own parser (tdjson) reads each message here as it would when it is sent.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bot.background
import bot.handlers
import bot.services
from bot.locale import load_translations
from bot.sandbox.entities import Entity, Marked, parse, utf16_len, utf16_slice, with_found
from bot.telegram_text import MESSAGE_LIMIT
from bot.views.html import MAX_TITLE_CHARS
from bot.views.trends import CAPTION_LIMIT
from summaries.text.characters import strip_hidden
from tests.bot import messages
from tests.bot.messages import FIXED, PLAIN, RENDERINGS, Outside

Golden = Callable[[str, str], None]

USUAL = Outside(
    title="Harga Beras <Turun> & Stok Naik",
    name="Kabar <Desa> & Kota",
    words="harga <beras>",
    text="Harga beras turun menjadi Rp11.800 per kilogram. Pedagang & petani <menyambutnya> sejak Senin.",
    many=2,
)
# Links that the author of a headline might want readers to tap, and characters that would reorder the message.
HOSTILE = Outside(
    title="Hadiah @pemenang t.me/hadiah https://hadiah.example/a #undian /start $USD \u202emoc.sapmok",
    name="Kompas.\u200bcom @kompas",
    words="@kompas kompas.com",
    text="Hubungi admin@hadiah.example atau +62 812 3456 7890, lalu buka hadiah.example. Ketik /menang dan #undian.",
    many=2,
)
# Telegram keeps the first hundred entities of a message and drops the rest.
MOST_ENTITIES = 100
# These shorten titles to this length.
SHORT_TITLES = {"trends": 20, "story-edit": 60, "own-articles": 120}
WITHOUT_TITLE = frozenset(RENDERINGS) - {
    *(name for name in RENDERINGS if name.startswith(("answer-", "edited-", "list-"))),
    *(
        "short-article",
        "story",
        "story-edit",
        "story-fact-check",
        "card",
        "saved",
        "alert",
        "digest",
        "trends",
        "own-articles",
        "warnings",
    ),
}
# These show the whole text, in as many messages as necessary.
WHOLE = ("answer-text", "answer-points", "answer-in_article", "answer-rewritten", "short-article", "digest")
# The commands in the bot's own texts.
OUR_LINKS = {
    ("bot_command", f"/{load_translations(language).command(name)}")
    for language in ("id", "en")
    for name in (
        "berita", "berhenti", "jadwal", "langganan", "pantau", "start", "bantuan", "siaran", "sumber", "tersimpan",
        "sumbersaya", "peringatan",
    )
}  # fmt: skip
ALLOWED = {"bold", "italic", "underline", "strikethrough", "code", "text_link", "expandable_blockquote", "date_time"}


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("name", [name for name in RENDERINGS if not name.startswith("edited-")])
def test_rendering_matches_the_golden_file(golden: Golden, name: str, language: str) -> None:
    golden(f"messages/{name}.{language}.html", "\n\n---\n\n".join(RENDERINGS[name](load_translations(language), USUAL)))


@pytest.mark.parametrize("name", [name for name in RENDERINGS if name not in FIXED and not name.startswith("edited-")])
def test_hostile_rendering_matches_the_golden_file(golden: Golden, name: str) -> None:
    written = "\n\n---\n\n".join(RENDERINGS[name](load_translations("id"), HOSTILE))
    # A joiner can't be seen.
    golden(f"messages/{name}.hostile.html", written.replace("\u2060", "[WJ]"))


def test_every_rendering_has_a_sample() -> None:
    packages = (bot.handlers, bot.background)
    modules = [
        importlib.import_module(f"{package.__name__}.{module.name}")
        for package in packages
        for module in pkgutil.iter_modules(package.__path__)
    ]
    sent = {
        name
        for module in (bot.services, *modules)
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__.startswith("bot.views.") and name.startswith("render_")
    }
    assert len(sent) > 15
    # Parts of a message, the texts of a chart, and links of the person who reads them.
    assert sent - set(vars(messages)) == {
        "render_comparison",
        "render_next",
        "render_title",
        "render_unread_links",
    }


# Words that Telegram turns into links.
LINKS = ["@kompas", "#tagar", "/menang", "$USD", "t.me/x", "https://", "kabar.id", "a@b.com", "tg://resolve?domain=x"]
words = st.one_of(
    st.text(min_size=1, max_size=30),
    st.lists(st.sampled_from([*LINKS, " ", ".", "x", "\u200b", "\n"]), min_size=1, max_size=4).map("".join),
).filter(str.strip)


@settings(deadline=None, max_examples=15)
@given(
    title=st.tuples(words, st.sampled_from([1, 1, 12, 200])),
    name=st.tuples(words, st.sampled_from([1, 1, 12, 200])),
    watched=words,
    text=st.tuples(words, st.sampled_from([1, 10, 300, 600])),
    many=st.sampled_from([1, 2, 5, 25]),
    language=st.sampled_from(["id", "en"]),
)
@pytest.mark.parametrize("rendering", [name for name in RENDERINGS if name not in FIXED])
def test_any_rendering_is_valid_and_shows_outside_text(
    rendering: str,
    title: tuple[str, int],
    name: tuple[str, int],
    watched: str,
    text: tuple[str, int],
    many: int,
    language: str,
) -> None:
    outside = Outside(title[0] * title[1], name[0] * name[1], watched, text[0] * text[1], many)
    written = RENDERINGS[rendering](load_translations(language), outside)
    sent = [parse(escape(message) if rendering in PLAIN else message, "HTML") for message in written]
    assert sent
    for marked in sent:
        assert marked.text.strip()
        assert utf16_len(marked.text.strip()) <= (CAPTION_LIMIT if rendering == "trends" else MESSAGE_LIMIT)
        assert {entity.type for entity in marked.entities} <= ALLOWED
        assert len(marked.entities) <= MOST_ENTITIES
        assert {(e.type, utf16_slice(marked.text, e.offset, e.end)) for e in find_links(marked)} <= OUR_LINKS
        links = [dict(entity.extra)["url"] for entity in marked.entities if entity.type == "text_link"]
        assert all(url.startswith(("https://kabar.example/", "https://m", "https://t.me/")) for url in links)
    shown = squeeze("".join(marked.text for marked in sent))
    if rendering not in WITHOUT_TITLE and len(outside.title) <= SHORT_TITLES.get(rendering, MAX_TITLE_CHARS):
        assert squeeze(outside.title) in shown
    if rendering in WHOLE:
        assert squeeze(outside.text) in shown


def find_links(marked: Marked) -> list[Entity]:
    """The entities that Telegram finds in the text beyond those of the markup."""
    return [entity for entity in with_found(marked).entities if entity not in marked.entities]


def squeeze(text: str) -> str:
    """Return the visible text without white space."""
    return "".join(strip_hidden(text).split())
