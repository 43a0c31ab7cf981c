"""Accessibility of the chat page: keyboard, screen reader, contrast and reduced motion."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    import httpx

    from tests.browser.conftest import MonitoredPages, ScriptedBot

FAINT = (Path(__file__).parent / "faint.js").read_text(encoding="utf-8")
# The focus is visible: an outline around the focused element, or around its circle or line.
HAS_OUTLINE = """() => {
  const at = document.activeElement;
  const isOutlined = (node) => node !== null && getComputedStyle(node).outlineStyle !== "none";
  return at === document.body || isOutlined(at) || isOutlined(at.closest("label, form"));
}"""


def test_landmarks_and_focus_order(bot: ScriptedBot, chat: Page) -> None:
    bot.say("Pilih", reply_markup={"inline_keyboard": [[{"text": "Satu", "callback_data": "1"}]]})
    expect(chat.get_by_role("article").last).to_contain_text("Pilih")
    for role, name in {
        "navigation": "Obrolan",
        "main": "Ringkas",
        "log": "Pesan",
        "radiogroup": "Berbicara sebagai",
    }.items():
        expect(chat.get_by_role(role, name=name)).to_be_visible()  # type: ignore[arg-type]
    expect(chat.get_by_role("log")).to_have_attribute("aria-live", "polite")
    # Every control has an accessible name.
    nameless = chat.evaluate(
        """() => [...document.querySelectorAll('button, a[href], input, textarea, select')]
          .filter((node) => !(node.ariaLabel || node.textContent.trim() || node.labels?.length || node.title))
          .map((node) => node.outerHTML)"""
    )
    assert nameless == []
    assert chat.evaluate("[...document.querySelectorAll('img')].every((image) => image.hasAttribute('alt'))")
    # The first Tab stop skips to the composer. Every other stop is reached with Tab and has a visible focus.
    chat.locator("body").press("Tab")
    skip = chat.get_by_role("link", name="Langsung ke kotak pesan")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    chat.keyboard.press("Enter")
    expect(chat.get_by_label("Tulis pesan")).to_be_focused()
    stops = []
    for _ in range(30):
        chat.keyboard.press("Shift+Tab")
        stops.append(chat.evaluate("document.activeElement.ariaLabel ?? document.activeElement.textContent"))
        assert chat.evaluate(HAS_OUTLINE), stops[-1]
    wanted = ["Menu perintah", "Satu", "Pesan", "Panel pengembang", "Tema: ikut sistem"]
    places = [stops.index(stop) for stop in wanted]
    assert places == sorted(places)


def test_reduced_motion_disables_animations(bot: ScriptedBot, monitored: MonitoredPages, http: httpx.Client) -> None:
    http.post("/sim/messages", json={"text": "/start"})
    page = monitored.open(reduced_motion="reduce")
    expect(page.get_by_role("article")).to_have_count(1)
    bot.call("sendChatAction", chat_id=1001, action="typing")
    dot = page.locator(".dots i").first
    expect(dot).to_be_visible()
    assert dot.evaluate("(node) => parseFloat(getComputedStyle(node).animationDuration)") < 0.001


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_has_sufficient_contrast(
    bot: ScriptedBot, monitored: MonitoredPages, http: httpx.Client, theme: Literal["light", "dark"]
) -> None:
    asked = http.post("/sim/messages", json={"text": "/start https://warta.example/harga-cabai"}).json()["message_id"]
    styled = [{"text": style, "callback_data": style, "style": style} for style in ("primary", "danger", "success")]
    plain = [{"text": "Satu", "callback_data": "1"}, {"text": "Dua", "url": "https://a.example/"}]
    keyboard = {"inline_keyboard": [plain, styled, [{"text": "Salin", "copy_text": {"text": "Isi"}}]]}
    link = '<a href="https://warta.example/harga-cabai-turun">d</a>'
    text = f"a <b>b</b> <code>c</code> {link} /e <blockquote>f</blockquote><pre>g</pre>"
    bot.say(text, reply_markup=keyboard, reply_parameters={"message_id": asked})
    bot.call("sendDocument", files={"document": ("a.txt", b"isi", "text/plain")}, chat_id="1001")
    bot.say("x", reply_markup={"keyboard": [[{"text": "Berita"}, {"text": "Hapus", "style": "danger"}]]})
    forum = -1_001_000_000_001
    for person in (1002, 1003):
        http.post("/sim/messages", json={"chat_id": forum, "user_id": person, "text": "/halo"})
    bot.say("Halo", chat_id=forum)
    page = monitored.open(color_scheme=theme)
    expect(page.get_by_role("article").last).to_be_visible()
    backgrounds = "(nodes) => new Set(nodes.map((node) => getComputedStyle(node).backgroundColor)).size"
    assert page.locator(".inline-keyboard .key").evaluate_all(backgrounds) == 4
    page.get_by_role("button", name="Panel pengembang").click()
    page.locator(".call summary").first.click()
    page.get_by_label("Tulis pesan").fill("/")
    assert "\n".join(page.evaluate(FAINT)) == ""
    page.get_by_label("Tulis pesan").fill("")
    page.get_by_role("button", name="Warga Kampung Melati").click()
    expect(page.get_by_role("article").last).to_contain_text("Halo")
    assert "\n".join(page.evaluate(FAINT)) == ""
