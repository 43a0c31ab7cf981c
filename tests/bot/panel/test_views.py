"""A digest's settings in words, and the screens of buttons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time

import pytest
from telegram import InlineKeyboardMarkup

from bot.errors import MAX_WORDS, OutOfDate
from bot.locale import Translations, load_translations
from bot.panel.changes import PROVINCES, Press, Verb, View, apply_press, decode_press
from bot.panel.views import OUTLETS_A_PAGE, Keyboard, choose_view, read_question, render_view
from bot.telegram_text import MESSAGE_LIMIT, utf16_length
from bot.views.own_feeds import FeedPress, FeedVerb, decode_feed_press
from bot.views.schedules import render_days, render_settings, render_times
from summaries.model import MEDIUM, ChatRef, Preferences, QuietHours, RegionRule, Subscription, Taste, TasteKind

NOW = Subscription(ChatRef(7), (time(7), time(18, 30)), "Asia/Makassar")
DUE = datetime.fromisoformat("2026-11-24T23:00:00+00:00")
FULL = Preferences(
    topics=("ekonomi", "olahraga"),
    outlets=("Antara",),
    include=("harga beras", "<b>"),
    exclude=("gosip",),
    length=MEDIUM,
    count=12,
    quiet=QuietHours(time(22), time(5, 30)),
    is_silent=True,
    skips_empty=True,
    tastes=(
        Taste(TasteKind.NAME, "Persib", is_more=True),
        Taste(TasteKind.OUTLET, "Kabar Désa", is_more=False),
        Taste(TasteKind.TOPIC, "otomotif", is_more=False),
    ),
    regions=("35.73", "51"),
)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ((time(7, 0),), "07.00 WIB"),
        ((time(7, 0), time(18, 30)), "07.00 dan 18.30 WIB"),
        ((time(5, 5), time(12, 0), time(19, 0)), "05.05, 12.00, dan 19.00 WIB"),
    ],
)
def test_hours_are_rendered_as_words(words: Translations, times: tuple[time, ...], expected: str) -> None:
    assert render_times(words, times, "Asia/Jakarta") == expected


@pytest.mark.parametrize(
    ("days", "indonesian", "english"),
    [
        ("0123456", "setiap hari", "every day"),
        ("01234", "setiap Senin–Jumat", "every Monday–Friday"),
        ("56", "setiap Sabtu dan Minggu", "every Saturday and Sunday"),
        ("024", "setiap Senin, Rabu, dan Jumat", "every Monday, Wednesday, and Friday"),
        ("3", "setiap Kamis", "every Thursday"),
    ],
)
def test_days_are_rendered_as_words(days: str, indonesian: str, english: str) -> None:
    chosen = frozenset(map(int, days))
    assert render_days(load_translations("id"), chosen) == indonesian
    assert render_days(load_translations("en"), chosen) == english


def test_default_settings_are_rendered(words: Translations) -> None:
    assert render_settings(words, NOW, DUE, None) == (
        "<b>Kabar rutin</b>\n"
        "Dikirim setiap hari pukul <b>07.00 dan 18.30 WITA</b>.\n"
        'Berikutnya: <tg-time unix="1795561200" format="Dt">25 Nov 2026, 07.00 WITA</tg-time>.\n\n'
        "Topik: semua\nMedia: semua\nIsi: paling banyak 8 berita, ringkasan pendek"
    )


def test_all_settings_are_rendered_for_another_chat() -> None:
    text = render_settings(load_translations("en"), replace(NOW, preferences=FULL), None, "Kanal <Desa>")
    assert text == (
        "<b>Digest for Kanal &lt;Desa&gt;</b>\n"
        "It comes every day at <b>07:00 and 18:30 WITA</b>.\n\n"
        "Topics: Economy and Sports\nOutlets: Antara\nRegions: Kota Malang and Bali first\n"
        "Only with: harga beras or &lt;b&gt;\nWithout: gosip\n"
        "More of: Persib\nLess of: Kabar Désa and Cars\n"
        "Size: at most 12 stories, medium summaries\nQuiet hours: 22:00–05:30\nIt comes without a sound.\n"
        "Without news, nothing comes."
    )


def test_stopped_digest_is_rendered_as_stopped(words: Translations) -> None:
    assert "Kabar rutin sedang dihentikan" in render_settings(words, NOW.stopped(), None, None)


@pytest.mark.parametrize("view", View)
@pytest.mark.parametrize("target", [None, -1002000000001])
def test_every_screen_has_valid_buttons(words: Translations, view: View, target: int | None) -> None:
    many = tuple(f"Media nomor {n}" for n in range(60))
    wishes = replace(FULL, outlets=many[:30], include=tuple(f"kata {n}" for n in range(MAX_WORDS)))
    subscription = replace(NOW, preferences=wishes)
    text = (
        render_settings(words, subscription, DUE, None) if view is View.MAIN else render_view(words, view, subscription)
    )
    assert utf16_length(text) < MESSAGE_LIMIT
    for page in (0, 1, 33, 99):
        keyboard = Keyboard(words, subscription, target).build(view, page, many)
        listed = list_callback_data(keyboard)
        # The button to the chat's own feeds, which are no part of its subscription.
        feeds = [feed for data in listed if (feed := decode_feed_press(data)) is not None]
        assert feeds == ([FeedPress(FeedVerb.PANEL, 0, target)] if view is View.MAIN else [])
        presses = [decode_press(data) for data in listed if decode_feed_press(data) is None]
        assert len(presses) == len(set(presses)) <= 100
        for press in presses:
            assert press is not None
            assert press.target == target
            check_press(press, subscription, many)


def check_press(press: Press, subscription: Subscription, outlets: tuple[str, ...]) -> None:
    """The code reads the button's data back."""
    choose_view(press)
    if press.verb is Verb.ASK:
        read_question(press)
    elif press.verb not in {Verb.VIEW, Verb.PREVIEW}:
        assert apply_press(press, outlets)(subscription).times


def list_callback_data(keyboard: InlineKeyboardMarkup) -> list[str]:
    buttons = [button for row in keyboard.inline_keyboard for button in row]
    assert all(len(row) <= 8 for row in keyboard.inline_keyboard)
    assert all(len(str(button.callback_data).encode()) <= 64 for button in buttons)
    return [str(button.callback_data) for button in buttons]


def list_labels(keyboard: InlineKeyboardMarkup) -> list[str]:
    return [button.text for row in keyboard.inline_keyboard for button in row]


def test_chosen_value_is_marked(words: Translations) -> None:
    subscription = replace(NOW, days=frozenset({0, 6}), preferences=FULL)
    keyboard = Keyboard(words, subscription, None)
    assert [name for name in list_labels(keyboard.build(View.TIMES, 0, ())) if "✓" in name] == ["✓ 07.00", "✓ 18.30"]
    assert [name for name in list_labels(keyboard.build(View.DAYS, 0, ())) if "✓" in name] == ["✓ Senin", "✓ Minggu"]
    assert [name for name in list_labels(keyboard.build(View.ZONE, 0, ())) if "✓" in name] == ["✓ WITA"]
    assert [name for name in list_labels(keyboard.build(View.TOPICS, 0, ())) if "✓" in name] == [
        "✓ Ekonomi",
        "✓ Olahraga",
    ]
    assert [name for name in list_labels(keyboard.build(View.OUTLETS, 0, ("Tempo",))) if "✓" in name] == ["✓ Antara"]
    assert [name for name in list_labels(keyboard.build(View.QUIET, 0, ())) if "✓" in name] == ["✓ 22.00–05.30"]
    assert [name for name in list_labels(keyboard.build(View.SIZE, 0, ())) if "✓" in name] == [
        "✓ 12",
        "✓ Terpenting",
        "✓ Sedang",
    ]


def test_outlet_pages_keep_their_page_number(words: Translations) -> None:
    many = tuple(f"Media {n:02}" for n in range(OUTLETS_A_PAGE * 2))
    second = Keyboard(words, NOW, None).build(View.OUTLETS, 1, many)
    assert list_labels(second)[0] == f"Media {OUTLETS_A_PAGE}"
    assert "‹ Sebelumnya" in list_labels(second)
    assert "Berikutnya ›" not in list_labels(second)
    press = decode_press(list_callback_data(second)[0])
    assert press is not None
    assert choose_view(press) == (View.OUTLETS, 1)


def test_regions_are_chosen_by_province(words: Translations) -> None:
    keyboard = Keyboard(words, replace(NOW, preferences=FULL), None)
    provinces = keyboard.build(View.REGIONS, PROVINCES, ())
    assert list_labels(provinces)[0] == "Aceh"
    assert len(list_labels(provinces)) == 38 + 1
    east_java = keyboard.build(View.REGIONS, 35, ())
    labels = list_labels(east_java)
    assert labels[0] == "Seluruh Jawa Timur"
    assert [label for label in labels if "✓" in label] == ["✓ Kota Malang"]
    # The province stays on the screen after a press; the way back is by the list.
    presses = [press for data in list_callback_data(east_java) if (press := decode_press(data))]
    assert {choose_view(press) for press in presses[:-1]} == {(View.REGIONS, 35)}
    assert choose_view(presses[-1]) == (View.REGIONS, PROVINCES)


def test_rule_for_regions_is_offered_once_there_are_some(words: Translations) -> None:
    assert "✓ Utamakan daerah" not in list_labels(Keyboard(words, NOW, None).build(View.REGIONS, 0, ()))
    chosen = replace(NOW, preferences=FULL)
    assert list_labels(Keyboard(words, chosen, None).build(View.REGIONS, 0, ()))[:3] == [
        "✕ Kota Malang",
        "✕ Bali",
        "✓ Utamakan daerah",
    ]
    only = replace(NOW, preferences=replace(FULL, region_rule=RegionRule.ONLY))
    assert "\nDaerah: hanya Kota Malang dan Bali\n" in render_settings(words, only, None, None)


@pytest.mark.parametrize("value", ["", "dapur", "main-x-y", "MAIN"])
def test_unknown_screen_is_out_of_date(value: str) -> None:
    if value.partition("-")[0] in set(View):
        assert choose_view(Press(Verb.VIEW, value)) == (View.MAIN, 0)
    else:
        with pytest.raises(OutOfDate):
            choose_view(Press(Verb.VIEW, value))
        with pytest.raises(OutOfDate):
            read_question(Press(Verb.ASK, value))


def draw(text: str, keyboard: InlineKeyboardMarkup) -> str:
    """A screen as a reviewer can read it: the text, and each row of buttons as a line."""
    rows = [" ".join(f"[{button.text}]" for button in row) for row in keyboard.inline_keyboard]
    return "\n".join([text, "", *rows])


@pytest.mark.parametrize("language", ["id", "en"])
def test_all_screens_match_the_golden_file(golden: Callable[[str, str], None], language: str) -> None:
    """Golden files: every screen of a digest with all that can be set, one below the other."""
    words, subscription = load_translations(language), replace(NOW, days=frozenset(range(5)), preferences=FULL)
    keyboard = Keyboard(words, subscription, None)
    outlets = ("Antara", "Kompas", "Tempo")
    screens = [draw(render_settings(words, subscription, DUE, None), keyboard.build(View.MAIN, 0, ()))]
    screens += [
        draw(render_view(words, view, subscription), keyboard.build(view, 0, outlets))
        for view in View
        if view is not View.MAIN
    ]
    golden(f"panel-{language}.html", "\n\n---\n\n".join(screens))
