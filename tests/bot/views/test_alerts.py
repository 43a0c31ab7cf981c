"""Views of watches: text and buttons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.background.jobs import TelegramAlerts
from bot.locale import Translations
from bot.sandbox.entities import parse
from bot.telegram_text import MESSAGE_LIMIT
from bot.views.alerts import (
    WatchChange,
    WatchPress,
    build_alert_keyboard,
    build_watches_keyboard,
    decode_watch_press,
    render_alert,
    render_watches,
)
from bot.views.html import measure
from summaries.model import (
    AlertBatch,
    ChatRef,
    Coverage,
    FactCheck,
    MessageKind,
    NewsItem,
    OutboxMessage,
    Verdict,
    Watch,
)

Make = Callable[..., NewsItem]
Golden = Callable[[str, str], None]
NOW = datetime.fromisoformat("2026-11-22T20:10:00+08:00")
MESSAGE = OutboxMessage(MessageKind.ALERT, (1,), ChatRef(1), NOW)
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)


def render_html(words: Translations, watched: str, *items: NewsItem) -> str:
    batch = AlertBatch(Watch(3, ChatRef(1), watched), items, MESSAGE)
    return render_alert(words, batch, zone="Asia/Jakarta", now=NOW, username="ringkas_bot")


def test_alert_matches_the_golden_file(words: Translations, make_item: Make, golden: Golden) -> None:
    coverage = tuple(Coverage(n, "J", f"M{n}", None, None, None, NOW) for n in range(3))
    items = (replace(make_item(1, title="Panen <b>& Raya"), coverage=coverage), make_item(2))
    golden("alert.html", render_html(words, "panen <raya>", *items))


def test_alert_about_a_fact_check_has_its_verdict_and_not_its_title(words: Translations, make_item: Make) -> None:
    item = make_item(1, title="Benarkah Panen Gagal?")
    checked = replace(item.stored.article, fact_check=FactCheck(Verdict.FALSE, "Panen gagal", None))
    html = render_html(words, "panen", replace(item, stored=replace(item.stored, article=checked)))
    assert words.text("Fact-check · False") in html
    assert words.text("Claim: {claim}", claim="Panen gagal") in html
    assert "Benarkah" not in html


def test_watch_list_matches_the_golden_file(words: Translations, golden: Golden) -> None:
    watches = [Watch(1, ChatRef(1), "gempa <lombok>"), Watch(2, ChatRef(1), '"harga beras" & gabah', is_folded=True)]
    golden("watches.html", render_watches(words, watches))
    keyboard = build_watches_keyboard(words, watches)
    assert keyboard is not None
    assert [[(b.text, b.callback_data) for b in row] for row in keyboard.inline_keyboard] == [
        [("✕ gempa <lombok>", "w1:1:x"), ("Titipkan ke kabar rutin", "w1:1:f")],
        [('✕ "harga beras" & gabah', "w1:2:x"), ("Kabari langsung", "w1:2:d")],
    ]


@RELAXED
@given(
    title=st.text(min_size=1, max_size=400).filter(str.strip),
    body=st.text(min_size=1, max_size=3000).filter(str.strip),
    watched=st.text(min_size=1, max_size=100).filter(str.strip),
    count=st.integers(1, 5),
)
def test_any_alert_is_one_valid_message(
    words: Translations, make_item: Make, title: str, body: str, watched: str, count: int
) -> None:
    text = render_html(words, watched, *(make_item(n, title=title, text=body) for n in range(count)))
    assert measure(text) <= MESSAGE_LIMIT
    parse(text, "HTML")


@given(st.integers(1, 10**15 - 1), st.sampled_from(WatchChange))
def test_callback_data_round_trip(watch_id: int, change: WatchChange) -> None:
    press = WatchPress(watch_id, change)
    assert len(press.encode().encode()) <= 64
    assert decode_watch_press(press.encode()) == press


@pytest.mark.parametrize("data", ["", "w1:", "w1:0:x", "w1:1:y", "w1:1:xx", "w1:a:x", "w1:" + "9" * 16 + ":x"])
def test_forged_data_is_refused(data: str) -> None:
    assert decode_watch_press(data) is None


def test_alert_has_buttons_to_fold_and_remove_the_watch(words: Translations) -> None:
    (row,) = build_alert_keyboard(words, Watch(3, ChatRef(1), "panen")).inline_keyboard
    assert [(b.text, b.callback_data) for b in row] == [
        ("Titipkan ke kabar rutin", "w1:3:F"),
        ("Berhenti memantau", "w1:3:X"),
    ]


class FakeSender:
    """The arguments of TelegramMessenger.send_with_buttons."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def send_with_buttons(self, chat: ChatRef, html: str, keyboard: object) -> int:
        self.texts.append(html)
        return 5


@pytest.mark.parametrize(("zone", "says"), [(None, "22 Nov 2026"), ("Asia/Jayapura", "23 Nov 2026")])
async def test_alert_dates_use_the_zone_of_the_chat(make_item: Make, zone: str | None, says: str) -> None:
    sender = FakeSender()
    alerts = TelegramAlerts(sender, username=lambda: None, zone="Asia/Makassar", clock=lambda: NOW + timedelta(days=9))  # type: ignore[arg-type]
    item = make_item(1, published_at=datetime.fromisoformat("2026-11-22T23:30:00+08:00"))
    batch = AlertBatch(Watch(3, ChatRef(1), "panen"), (item,), MESSAGE, zone=zone)
    await alerts.send_alert(ChatRef(1), batch)
    assert says in sender.texts[0]
