"""Hostile names, titles, texts and files are displayed as text and never executed, and violations are detected."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    import httpx

    from tests.browser.conftest import MonitoredPages, ScriptedBot

ATTACKS = [
    "<script>window.wounded = 1</script>",
    '<img src=x onerror="window.wounded = 1">',
    "\"><svg onload='window.wounded = 1'>",
    "javascript:window.wounded=1//",
    "{{constructor.constructor('window.wounded = 1')()}}",
    "</textarea><iframe srcdoc='<script>parent.wounded = 1</script>'>",
    "\u202egnirts desrever\u202c \u2066x",
    "&lt;b&gt; &#x3c;b&#x3e; &amp;amp;",
]


@pytest.fixture
def unharmed_chat(chat: Page) -> Iterator[Page]:
    yield chat
    assert chat.evaluate("window.wounded") is None
    assert chat.locator("script:not([src]), iframe, svg[onload], img[onerror], b").count() == 0


def test_hostile_texts_are_shown_literally(bot: ScriptedBot, unharmed_chat: Page, http: httpx.Client) -> None:
    http.put("/sim/limits", json={"is_on": False})
    for attack in ATTACKS:
        bot.call(
            "sendMessage",
            chat_id=1001,
            text=attack,
            reply_markup={"inline_keyboard": [[{"text": attack[:60], "callback_data": "x"}]]},
        )
        said = unharmed_chat.get_by_role("article").last
        expect(said.locator(".text")).to_contain_text(attack, use_inner_text=False)
        expect(said.get_by_role("button", name=attack[:60], exact=True)).to_be_visible()
        http.post("/sim/messages", json={"text": attack})
        expect(unharmed_chat.get_by_role("article").last.locator(".text")).to_contain_text(attack)
    http.put("/sim/limits", json={"is_on": True})


def test_hostile_names_titles_topics_files_and_calls_are_shown_literally(
    bot: ScriptedBot, unharmed_chat: Page, http: httpx.Client
) -> None:
    unharmed_chat.get_by_role("button", name="Panel pengembang").click()
    for attack in ATTACKS:
        http.post("/sim/users", json={"user_id": 1001, "first_name": attack, "last_name": attack})
        made = http.post("/sim/chats", json={"type": "forum", "title": attack, "members": [1001]}).json()
        http.post(f"/sim/chats/{made['chat_id']}/topic", json={"name": attack})
        bot.call("setMyCommands", commands=[{"command": "x", "description": attack}])
        unharmed_chat.get_by_role("navigation").get_by_role("button", name=attack).click()
        expect(unharmed_chat.get_by_role("heading", name=attack, level=2)).to_be_visible()
        expect(unharmed_chat.get_by_role("tab", name=attack)).to_be_visible()
        document = {"file_name": f"{attack}.html", "mime_type": "text/html", "content_base64": "PHNjcmlwdD4="}
        http.post("/sim/messages", json={"chat_id": made["chat_id"], "document": document, "text": attack})
        expect(unharmed_chat.locator(".file-name")).to_have_text(f"{attack}.html")
        unharmed_chat.get_by_label("Tulis pesan").fill("/")
        expect(unharmed_chat.get_by_role("listbox", name="Saran").get_by_role("option")).to_contain_text(attack)
        unharmed_chat.get_by_label("Tulis pesan").fill("")
        expect(unharmed_chat.locator(".call").first.locator("pre").first).to_contain_text(
            json.dumps(attack, ensure_ascii=False)
        )


def test_hostile_entities_are_inert(bot: ScriptedBot, unharmed_chat: Page) -> None:
    for extra in (
        {"type": "text_link", "url": "javascript:window.wounded=1"},
        {"type": "text_link", "url": "data:text/html,<script>parent.wounded=1</script>"},
        {"type": "pre", "language": '"><img src=x onerror=wounded=1>'},
    ):
        text = f"tekan {extra['type']}"
        bot.call("sendMessage", chat_id=1001, text=text, entities=[{"offset": 0, "length": 5} | extra])
        said = unharmed_chat.get_by_role("article").last
        expect(said).to_contain_text(text)
        assert said.locator("a").count() == 0
        said.get_by_text("tekan").click()


def test_overlapping_entities_lose_no_text(bot: ScriptedBot, unharmed_chat: Page) -> None:
    kinds = ["bold", "italic", "spoiler", "blockquote", "code", "underline"]
    entities = [{"type": kind, "offset": n, "length": 6} for n, kind in enumerate(kinds)]
    bot.call("sendMessage", chat_id=1001, text="abcdefghijklmnop 🙂 akhir", entities=entities)
    text = unharmed_chat.get_by_role("article").last.locator(".text")
    expect(text).to_contain_text("abcdefghijklmnop 🙂 akhir")


def test_svg_file_is_downloaded_and_not_executed(bot: ScriptedBot, unharmed_chat: Page, http: httpx.Client) -> None:
    document = {"file_name": "a.svg", "mime_type": "image/svg+xml", "content_base64": "PHN2Zz4="}
    said = http.post("/sim/messages", json={"document": document}).json()
    answer = http.get(f"/page/files/{said['document']['file_id']}")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''a.svg"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in answer.headers["content-security-policy"]


FORBIDDEN = [
    ("const s = document.createElement('script'); s.textContent = 'x'; document.body.append(s)", "TrustedScript"),
    ("document.body.innerHTML = '<b>x</b>'", "TrustedHTML"),
    ("document.body.setAttribute('style', 'color: red')", "inline style"),
    ("fetch('https://warta.example/').catch(() => {})", "connect-src"),
    ("new Image().src = 'https://warta.example/x.png'", "img-src"),
]


def test_content_security_policy_violations_are_blocked_and_reported(
    bot: ScriptedBot, monitored: MonitoredPages
) -> None:
    page = monitored.open()
    expect(page.get_by_role("main")).to_be_visible()
    for attempt, complaint in FORBIDDEN:
        with page.expect_console_message(lambda message, words=complaint: words in message.text):  # type: ignore[misc]
            page.evaluate(f"() => {{ try {{ {attempt} }} catch (error) {{ console.error(String(error)) }} }}")
    monitored.close()
    found, monitored.problems = monitored.problems, []
    for _, complaint in FORBIDDEN:
        assert any(complaint in problem for problem in found), found
