"""The buttons below a digest: their data, and the digest in other sizes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.locale import Translations
from bot.sandbox.entities import parse
from bot.telegram_text import MESSAGE_LIMIT, visible_text
from bot.views.digest_buttons import (
    SIZES,
    DigestAction,
    DigestPress,
    Resized,
    build_choice_keyboard,
    build_digest_keyboard,
    decode_digest_press,
    encode_digest_keyboard,
    find_headline_order,
    find_size,
    place_blocks,
    render_more,
    render_resized,
    strip_summaries,
)
from bot.views.digests import render_digest
from bot.views.html import measure
from summaries.model import (
    LONG,
    MEDIUM,
    SHORT,
    Addition,
    Digest,
    FactCheck,
    Length,
    Marks,
    NewsItem,
    SummarySentence,
    Verdict,
)

Make = Callable[..., NewsItem]
DUE = datetime.fromisoformat("2026-11-24T07:00:00+07:00")
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
ABOUT_STORIES = {DigestAction.SAVE, DigestAction.REMOVE}


@given(st.integers(1, 16**15 - 1), st.sampled_from(DigestAction), st.sampled_from(SIZES), st.integers(1, 99))
def test_press_round_trip(digest_id: int, action: DigestAction, size: str, number: int) -> None:
    press = DigestPress(digest_id, action, size, number if action in ABOUT_STORIES else 0)
    assert len(press.encode().encode()) <= 64
    assert decode_digest_press(press.encode()) == press


@given(st.from_regex(r"\A[ad]1:[0-9a-fg]{0,17}:[vcbntkux]?[hsmlx]?[0-9]{0,3}\n?\Z") | st.text(max_size=70))
@example("d1:1:vs1")
@example("d1:1:ks")
@example("d1:1:ks0")
@example("d1:1:ks01")
@example("d1:1:ks100")
@example("d1:0:vs")
@example("d1:01:vs")
@example("d1:1:vs\n")
@example("d1:١:vs")
def test_any_data_is_refused_or_is_that_of_a_press(data: str) -> None:
    press = decode_digest_press(data)
    assert press is None or press.encode() == data


@pytest.mark.parametrize(("length", "size"), [(SHORT, "s"), (MEDIUM, "m"), (LONG, "l"), (Length(sentences=3), "s")])
def test_keyboard_starts_at_the_size_of_the_digest(length: Length, size: str) -> None:
    assert find_size(length) == size


@pytest.mark.parametrize(
    ("size", "labels"),
    [
        ("h", ["Lebih lengkap"]),
        ("s", ["Lebih ringkas", "Lebih lengkap"]),
        ("m", ["Lebih ringkas", "Lebih lengkap"]),
        ("l", ["Lebih ringkas"]),
    ],
)
def test_keyboard_offers_the_sizes_next_to_the_shown_one(words: Translations, size: str, labels: list[str]) -> None:
    first, second, third = build_digest_keyboard(words, DigestPress(5, size=size)).inline_keyboard
    assert [button.text for button in first] == labels
    sizes = [decode_digest_press(str(button.callback_data)) for button in first]
    assert [abs(SIZES.index(press.size) - SIZES.index(size)) for press in sizes if press] == [1] * len(labels)
    assert [(button.text, button.callback_data) for button in second] == [
        ("Simpan", f"d1:5:c{size}"),
        ("Berita lain", f"d1:5:n{size}"),
    ]
    assert [(button.text, button.callback_data) for button in third] == [("Perbanyak atau kurangi", f"d1:5:t{size}")]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("digest_id", [1, 17, 2**50])
def test_encoded_keyboard_is_the_same(words: Translations, size: str, digest_id: int) -> None:
    shown = DigestPress(digest_id, size=size)
    assert encode_digest_keyboard(words, shown) == build_digest_keyboard(words, shown).to_json()


def test_full_digest_offers_no_more_detail(words: Translations) -> None:
    first, *_ = build_digest_keyboard(words, DigestPress(5, size="m"), is_full=True).inline_keyboard
    assert [button.text for button in first] == ["Lebih ringkas"]


def test_stories_to_save_have_a_numbered_button_each(words: Translations) -> None:
    keyboard = build_choice_keyboard(words, DigestPress(31, DigestAction.CHOOSE, "m"), 6, saved=[3])
    rows = [[(button.text, button.callback_data) for button in row] for row in keyboard.inline_keyboard]
    assert [[label for label, _ in row] for row in rows] == [["1", "2", "3 ✓", "4", "5"], ["6"], ["‹ Kembali"]]
    assert [data for row in rows for _, data in row] == [
        "d1:1f:km1", "d1:1f:km2", "d1:1f:um3", "d1:1f:km4", "d1:1f:km5", "d1:1f:km6", "d1:1f:bm",
    ]  # fmt: skip


def with_text(item: NewsItem, text: str) -> NewsItem:
    sentences = (SummarySentence(text, 0, len(text)),)
    return replace(item, summary=replace(item.summary, sentences=sentences))


def resize_digest(
    words: Translations, items: Sequence[NewsItem], texts: Sequence[Sequence[str]], headline_ids: tuple[int, ...] = ()
) -> tuple[list[tuple[int, ...]], list[Resized]]:
    """Return the articles of each message of a digest with short summaries, and it in each size."""
    stories = [
        strip_summaries(items),
        *(tuple(with_text(item, text[n]) for item, text in zip(items, texts, strict=True)) for n in range(3)),
    ]
    digests = [Digest(DUE, "Asia/Jakarta", tuple(chosen), headline_ids=headline_ids) for chosen in stories]
    messages = [part.article_ids for part in render_digest(words, digests[1], "ringkas_bot")]
    return messages, [
        render_resized(words, digests[: wanted + 1], messages, "ringkas_bot", is_listed=wanted == 1)
        for wanted in range(4)
    ]


def test_digest_with_room_shows_every_story_in_the_size(words: Translations, make_item: Make) -> None:
    items = [make_item(n) for n in (4, 5, 6)]
    texts = [(f"Pendek {n}.", f"Sedang {n}. " * 3, f"Panjang {n}. " * 9) for n in (4, 5, 6)]
    _, sizes = resize_digest(words, items, texts)
    assert [resized.stories for resized in sizes] == [3, 3, 3, 3]
    for (text,), kind in zip((resized.messages for resized in sizes), ("", "Pendek", "Sedang", "Panjang"), strict=True):
        assert text is not None
        seen = [word for word in ("Pendek", "Sedang", "Panjang") if word in text]
        assert seen == ([kind] if kind else [])
        assert all(f"Panen Raya ke-{n}" in text for n in (4, 5, 6))


def test_marks_stay_in_every_size(words: Translations, make_item: Make) -> None:
    added = Addition(9, "Kompas.com", DUE, SummarySentence("Tujuh orang tewas.", 0, 18))
    marks = (Marks(is_development=True, addition=added), Marks(is_disputed=True), Marks())
    items = [replace(make_item(n), marks=own) for n, own in zip((4, 5, 6), marks, strict=True)]
    _, sizes = resize_digest(words, items, [("Pendek.", "Sedang.", "Panjang.")] * 3)
    texts = [resized.messages[0] or "" for resized in sizes]
    # The list of headlines, which has the mark too, gives way to longer summaries.
    assert [text.count("Perkembangan: ") for text in texts] == [1, 2, 1, 1]
    assert [text.count("data antarmedia berbeda") for text in texts] == [1, 1, 1, 1]
    # Headlines alone have no sentences.
    assert ["Tujuh orang tewas. (" in text for text in texts] == [False, True, True, True]


def test_first_stories_get_the_room_and_none_is_lost(words: Translations, make_item: Make) -> None:
    items = [make_item(n) for n in range(1, 9)]
    texts = [
        (f"Pendek {n}." + " x" * 100, f"Sedang {n}." + " x" * 300, f"Panjang {n}." + " x" * 500) for n in range(1, 9)
    ]
    _, (_, short, medium, long) = resize_digest(words, items, texts, (3, 1, 2, 4, 5, 6, 7, 8))
    assert short.stories == 8 > medium.stories > long.stories > 0
    (text,) = long.messages
    assert text is not None
    first, second, third, *others = re.findall("Panjang|Sedang|Pendek", visible_text(text))
    kinds = [third, first, second, *others]
    assert kinds == sorted(kinds, key=["Panjang", "Sedang", "Pendek"].index)
    assert len(kinds) == 8
    assert kinds.count("Panjang") == long.stories


@RELAXED
@given(
    titles=st.lists(st.text(min_size=1, max_size=290).filter(str.strip), min_size=1, max_size=20),
    lengths=st.lists(st.tuples(*[st.integers(1, 1500)] * 3), min_size=20, max_size=20),
)
def test_any_size_keeps_the_messages_and_their_stories(
    words: Translations, make_item: Make, titles: list[str], lengths: list[tuple[int, ...]]
) -> None:
    items = [make_item(n, title=title) for n, title in enumerate(titles, 1)]
    texts = [["🌾" * (length // 2) + "." for length in sorted(own)] for own in lengths[: len(items)]]
    messages, sizes = resize_digest(words, items, texts)
    for resized in sizes:
        assert len(resized.messages) == len(messages)
        assert resized.stories <= len(items)
        for text, article_ids in zip(resized.messages, messages, strict=True):
            assert (text is None) <= (not article_ids)
            if text is not None:
                assert measure(text) <= MESSAGE_LIMIT
                assert len(parse(text, "HTML").entities) <= 100
                # The stories are linked by their articles' ids.
                assert all(
                    f"start=a{article_id}&quot;" in text or f'start=a{article_id}"' in text
                    for article_id in article_ids
                )


def test_headlines_keep_their_order(words: Translations, make_item: Make) -> None:
    checked = FactCheck(Verdict.FALSE, "Panen gagal")
    items = (*(make_item(n) for n in (4, 5)), make_item(6, fact_check=checked), make_item(7))
    (part,) = render_digest(words, Digest(DUE, "Asia/Jakarta", items, headline_ids=(6, 4, 7, 5)), "ringkas_bot")
    assert "Cek fakta · Salah: Panen gagal</a>\n• " in part.html
    edited = (*items[:3], make_item(7, title="Judul lain"))
    assert find_headline_order(words, part.html, edited, "ringkas_bot") == (6, 4, 5, 7)


def test_stories_that_are_gone_leave_their_message_as_it_is(words: Translations, make_item: Make) -> None:
    digest = Digest(DUE, "Asia/Jakarta", (make_item(1),))
    resized = render_resized(words, [digest, digest], [(1,), (2, 3), ()], None, is_listed=True)
    assert [text is None for text in resized.messages] == [False, True, False]


@pytest.mark.parametrize(
    ("article_ids", "places"),
    [
        ([None, 1, 2, None], [0, 0, 1, 1]),
        ([None, None, 2, None], [0, 0, 1, 1]),
        ([None, 1, None], [0, 0, 1]),
        ([None], [0]),
    ],
)
def test_block_stays_in_the_message_of_its_article(article_ids: list[int | None], places: list[int]) -> None:
    assert place_blocks(article_ids, [(1,), (2,)]) == places


def test_more_news_has_a_button_while_there_is_more(words: Translations, make_item: Make) -> None:
    items = (make_item(4), make_item(5, category="olahraga"))
    digest = Digest(DUE, "Asia/Jakarta", items, more=1)
    (more,) = render_more(words, digest, DigestPress(9, DigestAction.MORE, "m"), "ringkas_bot")
    assert more.text.startswith("<b>Berita lain</b>\n\n")
    assert "Panen Raya ke-4" in more.text
    assert "Panen Raya ke-5" in more.text
    assert more.keyboard is not None
    assert [[(b.text, b.callback_data) for b in row] for row in more.keyboard.inline_keyboard] == [
        [("Berita lain", "d1:9:nm")]
    ]
    (last,) = render_more(words, replace(digest, more=0), DigestPress(9), None)
    assert last.keyboard is None
