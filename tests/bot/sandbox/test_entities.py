"""Telegram's parser, and text with entities back to HTML."""

from __future__ import annotations

import re
import time
from contextlib import nullcontext
from html import escape, unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.entities import (
    Entity,
    Marked,
    check_moments,
    parse,
    replace_moments,
    trimmed,
    utf16_slice,
    weave,
    with_found,
)
from bot.sandbox.entities import given as with_given
from bot.sandbox.errors import ApiError


@pytest.mark.parametrize(
    ("text", "mode", "plain", "entities"),
    [
        ("<b>Halo</b> 😀 <i>dunia</i>", "HTML", "Halo 😀 dunia", [("bold", 0, 4), ("italic", 8, 5)]),
        ("a &lt;b&gt; &amp; c", "html", "a <b> & c", []),
        ("*tebal* biasa", "MarkdownV2", "tebal biasa", [("bold", 0, 5)]),
        ("<blockquote expandable>kutipan</blockquote>", "HTML", "kutipan", [("expandable_blockquote", 0, 7)]),
        ("<b>x</b>", None, "<b>x</b>", []),
    ],
)
def test_markup_is_parsed(text: str, mode: str | None, plain: str, entities: list[Any]) -> None:
    marked = parse(text, mode)
    assert marked.text == plain
    assert [(e.type, e.offset, e.length) for e in marked.entities] == entities


@pytest.mark.parametrize("form", ["", "r", "w", "d", "D", "t", "T", "wDT", "dt"])
def test_moments_keep_their_time_and_format(form: str) -> None:
    marked = parse(f'<tg-time unix="1700000000" format="{form}">tadi</tg-time>', "HTML")
    (entity,) = marked.entities
    assert (entity.type, dict(entity.extra)) == (
        "date_time",
        {"unix_time": 1_700_000_000} | ({"date_time_format": form} if form else {}),
    )


@pytest.mark.parametrize(
    ("ahead_s", "form", "length", "problem"),
    [
        (0, "wDT", 31, None),
        (1098 * 86_400, "r", 1, None),
        (0, "", 127, None),
        (1098 * 86_400 + 1, "t", 1, "ENTITY_DATE_INVALID"),
        (-1_700_000_001, "t", 1, "ENTITY_DATE_INVALID"),
        (0, "t", 32, "ENTITY_DATE_TOO_LONG"),
        (0, "", 128, "ENTITY_DATE_TOO_LONG"),
        (0, "rt", 1, "ENTITY_DATE_FORMAT_INVALID"),
    ],
)
def test_moments_are_checked_as_by_telegrams_servers(ahead_s: int, form: str, length: int, problem: str | None) -> None:
    now = 1_700_000_000
    entity = {"type": "date_time", "offset": 0, "length": length, "unix_time": now + ahead_s, "date_time_format": form}
    expected = pytest.raises(ApiError, match=problem) if problem else nullcontext()
    with expected:
        check_moments(with_given("x" * 200, [entity]), now)


def test_moments_are_replaced_inside_other_entities() -> None:
    times = [f'<tg-time unix="{unix}" format="{form}">😀x</tg-time>' for unix, form in ((5, "t"), (6, "r"))]
    html = f"😀 <b>a {times[0]} b</b> <i>{times[1]}</i> <u>c</u>"
    marked = replace_moments(parse(html, "HTML"), lambda unix, form: f"<{unix}{form}>")
    assert marked.text == "😀 a <5t> b <6r> c"
    shown = [(e.type, utf16_slice(marked.text, e.offset, e.end)) for e in marked.entities]
    assert shown == [
        ("bold", "a <5t> b"), ("date_time", "<5t>"), ("date_time", "<6r>"), ("italic", "<6r>"), ("underline", "c"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        ("<b>halo", "HTML", "Can't find end tag corresponding to start tag"),
        ("a < b", "HTML", "Unsupported start tag"),
        ("<h1>x</h1>", "HTML", 'Unsupported start tag "h1"'),
        ("1. satu", "MarkdownV2", "is reserved and must be escaped"),
    ],
)
def test_invalid_markup_is_refused_with_telegrams_error(text: str, mode: str, words: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse(text, mode)
    assert caught.value.description.startswith("Bad Request: can't parse entities: ")
    assert words in caught.value.description


def test_unknown_parse_mode_is_refused() -> None:
    with pytest.raises(ApiError, match="unsupported parse_mode"):
        parse("x", "BBCode")


def test_links_commands_and_mentions_are_found() -> None:
    marked = with_found(
        parse("/ringkas@bot_ku detik.com @orang <a href='http://a.id'>b.id</a> <code>c.id</code>", "HTML")
    )
    assert [(e.type, utf16_slice(marked.text, e.offset, e.end)) for e in marked.entities] == [
        ("bot_command", "/ringkas@bot_ku"), ("url", "detik.com"), ("mention", "@orang"), ("text_link", "b.id"),
        ("code", "c.id"),
    ]  # fmt: skip


def test_entities_outside_the_text_are_refused() -> None:
    with pytest.raises(ApiError, match="out of the text"):
        with_given("halo", [{"type": "bold", "offset": 2, "length": 3}])


def test_surrounding_whitespace_is_trimmed() -> None:
    marked = trimmed(parse(" \n <b> 😀 halo </b> ", "HTML"))
    assert (marked.text, marked.entities) == ("😀 halo", (Entity("bold", 0, 7),))
    assert trimmed(parse("<b> </b>", "HTML")) == Marked("")


TAGS = ("b", "i", "u", "s", "tg-spoiler", "blockquote")
HTML = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cs", "Cn", "Zl", "Zp"]), max_size=12).map(
        escape
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map("".join)
        | st.builds("<{0}>{1}</{0}>".format, st.sampled_from(TAGS), inner)
        | st.builds('<a href="https://contoh.id/{}">{}</a>'.format, st.integers(0, 9), inner)
    ),
    max_leaves=10,
)


def _tagged(text: str, entities: tuple[Entity, ...]) -> str:
    return weave(text, entities, lambda e: f"<{e.type}>", lambda e: f"</{e.type}>", escape)


@given(HTML)
def test_tags_change_nothing_of_the_text_and_are_closed(html: str) -> None:
    marked = parse(html, "HTML")
    tagged = _tagged(marked.text, marked.entities)
    assert unescape(re.sub(r"</?[a-z_]+>", "", tagged)) == marked.text
    assert len(re.findall(r"<[a-z_]+>", tagged)) == len(re.findall(r"</[a-z_]+>", tagged))


def test_overlapping_entities_are_split() -> None:
    crossing = (Entity("b", 0, 3), Entity("i", 2, 2))
    assert _tagged("abcd", crossing) == "<b>ab<i>c</i></b><i>d</i>"


@given(
    st.lists(
        st.builds(
            Entity, st.sampled_from(["code", "bold", "text_link", "pre"]), st.integers(0, 30), st.integers(1, 12)
        ),
        max_size=8,
    )
)
def test_links_are_found_outside_opaque_entities(entities: list[Entity]) -> None:
    text = "/berita a.co @ringkas_bot #kata /cari"
    found = with_found(Marked(text)).entities
    assert [e.type for e in found] == ["bot_command", "url", "mention", "hashtag", "bot_command"]
    opaque = [e for e in entities if e.type != "bold"]
    free = [e for e in found if not any(o.offset < e.end and e.offset < o.end for o in opaque)]
    marked = with_found(Marked(text, tuple(entities)))
    assert sorted(marked.entities, key=str) == sorted([*entities, *free], key=str)


def test_thousands_of_entities_are_processed_quickly() -> None:
    """Comparing each with each would be two hundred million comparisons, a minute."""
    text = "/a " * 1365
    entities = [{"type": "code", "offset": 4094, "length": 1}] * 150_000
    began_s = time.monotonic()
    assert len(with_found(with_given(text, entities)).entities) > 150_000
    assert time.monotonic() - began_s < 15
