"""Sending what the bot offered inline."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox.sandbox import SANDBOX_TOKEN

if TYPE_CHECKING:
    import httpx

BOT = f"/bot{SANDBOX_TOKEN}"
TEXT = {"message_text": "<b>Cabai</b>", "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}


def _offer(http: httpx.Client, *results: dict[str, Any]) -> str:
    """Ask inline, and answer as the bot; the query's id."""
    asked: list[str] = []
    asking = threading.Thread(
        target=lambda: asked.append(http.post("/sim/inline", json={"query": "cabai"}).json()["inline_query_id"])
    )
    asking.start()
    (update,) = http.get(f"{BOT}/getUpdates", params={"timeout": 10}).json()["result"]
    query_id = update["inline_query"]["id"]
    http.get(f"{BOT}/getUpdates", params={"offset": update["update_id"] + 1})
    answer = http.post(f"{BOT}/answerInlineQuery", json={"inline_query_id": query_id, "results": list(results)})
    assert answer.json()["ok"], answer.text
    asking.join(10)
    assert asked == [query_id]
    return str(query_id)


def test_an_article_is_sent_by_the_person_via_the_bot(http: httpx.Client) -> None:
    keyboard = {
        "inline_keyboard": [[{"text": "Baca", "url": "https://warta.example/a"}, {"text": "x", "callback_data": "x"}]]
    }
    article = {"type": "article", "id": "a", "title": "Cabai", "input_message_content": TEXT, "reply_markup": keyboard}
    query_id = _offer(http, article)
    group = http.post("/sim/chats", json={"type": "group"}).json()["chat_id"]
    chosen = {"inline_query_id": query_id, "result_id": "a", "chat_id": group}
    said = http.post("/sim/choose", json=chosen).json()
    assert (said["text"], said["via_bot"]["username"], said["from"]["id"]) == ("Cabai", "ringkas_sandbox_bot", 1001)
    assert said["entities"] == [{"type": "bold", "offset": 0, "length": 5}]
    # The bot sees it even in privacy mode: it came through it.
    (update,) = http.get(f"{BOT}/getUpdates").json()["result"]
    assert update["message"]["via_bot"]["is_bot"] is True
    press = {"chat_id": group, "message_id": said["message_id"], "button": "Baca"}
    assert http.post("/sim/press", json=press).json() == {"url": "https://warta.example/a"}
    assert "not simulated" in http.post("/sim/press", json=press | {"button": "x"}).json()["error"]


def test_a_document_that_the_sandbox_has(http: httpx.Client) -> None:
    document = {"file_name": "a.txt", "mime_type": "text/plain", "content_base64": "YQ=="}
    file_id = http.post("/sim/messages", json={"document": document}).json()["document"]["file_id"]
    http.get(f"{BOT}/getUpdates", params={"offset": -1})
    http.get(f"{BOT}/getUpdates", params={"offset": 999_999_999_999})
    query_id = _offer(
        http, {"type": "document", "id": "d", "title": "A", "document_file_id": file_id, "caption": "isi"}
    )
    said = http.post("/sim/choose", json={"inline_query_id": query_id, "result_id": "d"}).json()
    assert (said["document"]["file_name"], said["caption"]) == ("a.txt", "isi")


@pytest.mark.parametrize(
    ("result", "problem"),
    [
        (
            {"type": "venue", "id": "v", "latitude": 1.0, "longitude": 1.0, "title": "x", "address": "y"},
            "sending a result of type 'venue' is not simulated",
        ),
        (
            {
                "type": "article", "id": "v", "title": "x",
                "input_message_content": {"phone_number": "1", "first_name": "x"},
            },
            "only texts are simulated as the content of a result",
        ),
        ({"type": "photo", "id": "v", "photo_file_id": "photo-7-x"}, "Bad Request: wrong file identifier"),
    ],
)  # fmt: skip
def test_what_is_not_simulated_is_refused_in_words(http: httpx.Client, result: dict[str, Any], problem: str) -> None:
    query_id = _offer(http, result)
    refused = http.post("/sim/choose", json={"inline_query_id": query_id, "result_id": "v"})
    assert refused.status_code == 400
    assert refused.json()["error"].startswith(problem)


@pytest.mark.parametrize("chosen", [{}, {"inline_query_id": "1", "result_id": "a"}])
def test_what_was_not_offered_can_not_be_sent(http: httpx.Client, chosen: dict[str, str]) -> None:
    assert http.post("/sim/choose", json=chosen).status_code == 404
