"""Views of followed stories: the button under a summary, updates, and the list."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import InlineKeyboardMarkup

from bot.background.jobs import TelegramAlerts
from bot.locale import Translations
from bot.telegram_text import visible_text
from bot.views.callbacks import build_button
from bot.views.follows import (
    FollowPress,
    build_follow_button,
    build_follows_keyboard,
    build_update_keyboard,
    decode_follow_press,
    render_follows,
    render_since,
    replace_follow_button,
)
from summaries.model import (
    AlertBatch,
    ChatRef,
    Coverage,
    Development,
    FollowedStory,
    MessageKind,
    OutboxMessage,
    SummarySentence,
    Watch,
)

NOW = datetime.fromisoformat("2026-11-25T20:10:00+07:00")
WATCH = Watch(3, ChatRef(1), "Bus Masuk Jurang", article_id=9)


@given(st.integers(1, 10**15 - 1), st.booleans())
def test_callback_data_round_trip(article_id: int, is_on: bool) -> None:
    press = FollowPress(article_id, is_on)
    assert len(press.encode().encode()) <= 64
    assert decode_follow_press(press.encode()) == press


@pytest.mark.parametrize("data", [None, "", "f1:", "f1:0:y", "f1:1:x", "f1:-1:y", "f1:" + "9" * 16 + ":y"])
def test_forged_data_is_refused(data: str | None) -> None:
    assert decode_follow_press(data) is None


def test_pressed_button_is_replaced_in_its_place(words: Translations) -> None:
    other, save = build_follow_button(words, 8, None), build_button("Simpan", "a1:1:tmk")
    keyboard = InlineKeyboardMarkup([[other], [build_follow_button(words, 9, None), save]])
    replaced = replace_follow_button(keyboard, build_follow_button(words, 9, WATCH))
    assert [[(b.text, b.callback_data) for b in row] for row in replaced.inline_keyboard] == [
        [("Ikuti", "f1:8:y")],
        [("Diikuti ✓", "f1:9:n"), ("Simpan", "a1:1:tmk")],
    ]


@pytest.mark.parametrize(
    ("before", "form", "shown"),
    [
        (timedelta(hours=13), "t", "07.10"),
        (timedelta(hours=21), "wt", "Selasa 23.10"),
        (timedelta(days=6), "wt", "Kamis 20.10"),
        (timedelta(days=7), "dt", "18 Nov 20.10"),
    ],
)
def test_time_of_the_last_message_is_as_long_as_needed(
    words: Translations, before: timedelta, form: str, shown: str
) -> None:
    rendered = render_since(words, NOW - before, "Asia/Jakarta", NOW)
    assert visible_text(rendered) == shown
    assert f'format="{form}"' in rendered


def test_quiet_story_has_the_day_on_which_its_follow_ends(words: Translations) -> None:
    follows = [FollowedStory(WATCH, NOW - timedelta(days=days)) for days in (1, 5)]
    text = render_follows(words, follows, zone="Asia/Jakarta", now=NOW, username=None)
    assert [line.partition(" <i>")[2] for line in text.splitlines()[1:]] == [
        "(langsung)</i>",
        "(langsung, belum ada kabar, berakhir 4 Des)</i>",
    ]


def test_buttons_fold_and_stop_the_follow(words: Translations) -> None:
    (below,) = build_update_keyboard(words, WATCH).inline_keyboard
    listed = build_follows_keyboard(words, [FollowedStory(WATCH, NOW)])
    assert listed is not None
    assert [(b.text, b.callback_data) for row in (below, *listed.inline_keyboard) for b in row] == [
        ("Titipkan ke kabar rutin", "w1:3:F"),
        ("Berhenti mengikuti", "w1:3:X"),
        ("✕ Bus Masuk Jurang", "w1:3:xi"),
        ("Titipkan ke kabar rutin", "w1:3:fi"),
    ]


class FakeSender:
    """The arguments of TelegramMessenger.send_with_buttons."""

    text = ""

    async def send_with_buttons(self, chat: ChatRef, html: str, keyboard: object) -> int:
        self.text = html
        return 5


async def test_update_is_sent_in_the_zone_of_the_chat() -> None:
    sender = FakeSender()
    alerts = TelegramAlerts(sender, username=lambda: None, zone="Asia/Makassar", clock=lambda: NOW)  # type: ignore[arg-type]
    report = Coverage(9, "Judul", "Warta", "https://warta.example", None, NOW - timedelta(hours=1), NOW)
    found = Development(report, (SummarySentence("Sopir ditahan.", 0, 14),))
    message = OutboxMessage(MessageKind.ALERT, (1,), ChatRef(1), NOW)
    batch = AlertBatch(WATCH, (), message, zone="Asia/Jayapura", developments=(found,), since=NOW - timedelta(hours=2))
    await alerts.send_alert(ChatRef(1), batch)
    assert visible_text(sender.text or "") == visible_text(
        "<b>Perkembangan: Bus Masuk Jurang</b>\n<i>Baru sejak 20.10:</i>\n\n"
        '• Sopir ditahan. (<a href="https://warta.example">Warta</a>, 21.10)'
    )
