"""The developer panel: calls, faults, events and the clock."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    import httpx

    from tests.browser.conftest import ScriptedBot


@pytest.fixture
def panel(chat: Page) -> Page:
    """The page with its panel open."""
    expect(chat.get_by_role("complementary", name="Panel pengembang")).to_be_hidden()
    chat.get_by_role("button", name="Panel pengembang").click()
    expect(chat.get_by_role("button", name="Tutup panel")).to_be_focused()
    return chat


def test_calls_are_listed_with_their_validation(bot: ScriptedBot, panel: Page, http: httpx.Client) -> None:
    bot.say("<b>Halo</b>", reply_markup={"inline_keyboard": [[{"text": "x", "callback_data": "y"}]]})
    calls = panel.locator(".call")
    good = calls.filter(has_text='"callback_data"')
    expect(good).to_contain_text("200")
    good.locator("summary").click()
    expect(good).to_contain_text("Sesuai dengan Bot API")
    expect(good.locator("pre").first).to_contain_text('"callback_data": "y"')
    # An expanded call stays expanded when others arrive.
    http.post(f"{bot._root}/sendMessage", json={"chat_id": 1001, "txt": "<img src=x>"})
    broken = calls.filter(has_text="400").first
    broken.locator("summary").click()
    expect(broken).to_contain_text("Tidak sesuai dengan Bot API")
    expect(broken).to_contain_text("sendMessage has no parameter 'txt'")
    expect(good.locator("pre").first).to_be_visible()
    http.post(f"{bot._root}/sendDice", json={"chat_id": 1001})
    expect(calls.first).to_contain_text("sendDice")
    panel.get_by_label("Hanya yang bermasalah").check()
    expect(calls).to_have_count(2)
    assert "getUpdates" not in panel.locator(".calls").inner_text()


def test_faults_apply_to_the_next_calls(bot: ScriptedBot, panel: Page, http: httpx.Client) -> None:
    panel.get_by_label("Berapa kali").select_option("3×")
    panel.get_by_role("button", name="429: terlalu cepat").click()
    expect(panel.get_by_text("429: terlalu cepat: masih 3×")).to_be_visible()
    refused = http.post(f"{bot._root}/sendMessage", json={"chat_id": 1001, "text": "x"}).json()
    assert refused["parameters"] == {"retry_after": 5}
    expect(panel.get_by_text("429: terlalu cepat: masih 2×")).to_be_visible()
    expect(panel.locator(".call.is-slow").filter(has_text="sendMessage")).to_be_visible()
    panel.get_by_role("button", name="Hapus gangguan").click()
    expect(panel.get_by_text("masih 2×")).to_have_count(0)
    assert bot.say("x")
    panel.get_by_label("Berapa kali").select_option("1×")
    panel.get_by_role("button", name="Lambat 5 detik").click()
    expect(panel.get_by_text("Lambat 5 detik: masih 1×")).to_be_visible()
    assert http.get("/sim/faults").json()[0]["seconds"] == 5


def test_bot_is_blocked_and_unblocked(bot: ScriptedBot, panel: Page, http: httpx.Client) -> None:
    panel.get_by_role("button", name="Blokir bot", exact=True).click()
    assert bot.next("my_chat_member")["new_chat_member"]["status"] == "kicked"
    assert http.post(f"{bot._root}/sendMessage", json={"chat_id": 1001, "text": "x"}).status_code == 403
    panel.get_by_role("button", name="Buka blokir", exact=True).click()
    assert bot.next("my_chat_member")["new_chat_member"]["status"] == "member"
    expect(panel.get_by_label("Tulis pesan")).to_be_visible()


def test_group_migrates_to_a_supergroup(bot: ScriptedBot, panel: Page) -> None:
    panel.get_by_role("button", name="Keluarga Sari").click()
    panel.get_by_role("button", name="Jadikan supergrup").click()
    expect(panel.get_by_role("log")).to_contain_text("Grup ini menjadi supergrup")
    expect(panel.get_by_role("button", name="Jadikan supergrup")).to_have_count(0)
    old = bot.next("message")
    while "migrate_to_chat_id" not in old:
        old = bot.next("message")
    bot.say("di rumah baru", chat_id=old["migrate_to_chat_id"])
    expect(panel.get_by_role("article").last).to_contain_text("di rumah baru")


def test_location_is_sent(bot: ScriptedBot, panel: Page) -> None:
    bot.next("message")
    panel.get_by_role("button", name="Jayapura").click()
    assert bot.next("message")["location"]["longitude"] == 140.7
    expect(panel.get_by_role("article").last).to_contain_text("Lokasi")
    expect(panel.get_by_role("article").last).to_contain_text("-2,53; 140,7")


def test_topic_is_created_and_closed(bot: ScriptedBot, panel: Page) -> None:
    panel.get_by_role("button", name="Warga Kampung Melati").click()
    panel.get_by_role("button", name="Topik baru").click()
    panel.get_by_label("Nama topik").fill("Ronda <b>malam</b>")
    panel.keyboard.press("Enter")
    expect(panel.get_by_role("tab", name="Ronda <b>malam</b>")).to_have_attribute("aria-selected", "true")
    expect(panel.get_by_role("log")).to_contain_text("Topik “Ronda <b>malam</b>” dibuat")
    panel.get_by_role("button", name="Tutup topik").click()
    expect(panel.get_by_role("tab", name="Ronda <b>malam</b> (ditutup)")).to_be_visible()


def test_clock_is_moved_forward(bot: ScriptedBot, panel: Page, http: httpx.Client) -> None:
    before = http.get("/sim/clock").json()["now"]
    panel.get_by_role("button", name="+6 jam").click()
    expect(panel.get_by_text("6 jam 0 menit di depan jam komputer ini")).to_be_visible()
    panel.get_by_role("button", name="Ke pukul 07.00").click()
    expect(panel.get_by_role("status").filter(has_text=re.compile(r"07\.00\.\d\d"))).to_be_visible()
    assert http.get("/sim/clock").json()["now"] > before + 6 * 3600
    panel.get_by_label("Majukan ke").fill("2020-01-01T07:00")
    panel.get_by_role("button", name="Maju", exact=True).click()
    expect(panel.get_by_text("Jam hanya bisa maju")).to_be_visible()
    bot.say("besok")
    # Messages of the previous day have their own date line.
    expect(panel.get_by_role("log").locator(".day").last).to_have_text("Hari ini")
