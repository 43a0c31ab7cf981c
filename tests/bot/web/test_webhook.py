"""The webhook: accepted and refused requests, and their responses."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from bot.runtime.metrics import STATUS, WebhookResult
from bot.web import webhook
from bot.web.webhook import MAX_BYTES, SECRET_HEADER, update_in, webhook_route

SECRET = "rahasia-sekali-1234"
TYPE = {"Content-Type": "application/json"}
KNOWN = TYPE | {SECRET_HEADER: SECRET}


class WebhookClient:
    """The webhook of an application that gives the answer `answer` to each update."""

    def __init__(self) -> None:
        self.counted: Counter[WebhookResult] = Counter()
        self.accepted: list[dict[str, Any]] = []
        self.answer = WebhookResult.TAKEN
        app = Starlette(routes=[webhook_route("/telegram", SECRET, self.accept, self.count)])
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot.example")

    async def accept(self, update: dict[str, Any]) -> WebhookResult:
        self.accepted.append(update)
        return self.answer

    def count(self, received: WebhookResult) -> None:
        self.counted[received] += 1

    async def post(self, body: bytes | AsyncIterator[bytes], headers: dict[str, str] = KNOWN) -> httpx.Response:
        return await self.http.post("/telegram", content=body, headers=headers)


@pytest.fixture
def webhook_client() -> WebhookClient:
    return WebhookClient()


async def test_update_is_passed_on_unchanged(webhook_client: WebhookClient) -> None:
    update = {"update_id": 7, "message": {"text": "héllo 🌾"}}
    answer = await webhook_client.post(json.dumps(update).encode())
    assert (answer.status_code, answer.content) == (200, b"")
    assert webhook_client.accepted == [update]
    assert webhook_client.counted == {WebhookResult.TAKEN: 1}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (TYPE, 403),
        (TYPE | {SECRET_HEADER: SECRET[:-1]}, 403),
        (TYPE | {SECRET_HEADER: SECRET + "x"}, 403),
        (TYPE | {SECRET_HEADER: ""}, 403),
        ({SECRET_HEADER: SECRET}, 415),
        ({SECRET_HEADER: SECRET, "Content-Type": "text/plain"}, 415),
        (KNOWN | {"Content-Type": "Application/JSON; charset=utf-8"}, 200),
    ],
)
async def test_webhook_refuses_requests_without_the_secret(
    webhook_client: WebhookClient, headers: dict[str, str], status: int
) -> None:
    assert (await webhook_client.post(b'{"update_id": 1}', headers)).status_code == status
    assert len(webhook_client.accepted) == (status == 200)


async def test_non_ascii_secret_is_refused(webhook_client: WebhookClient) -> None:
    headers = [(b"Content-Type", b"application/json"), (SECRET_HEADER.encode(), "é".encode())]
    request = httpx.Request("POST", "http://bot.example/telegram", content=b"{}", headers=headers)
    assert (await webhook_client.http.send(request)).status_code == 403


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_other_methods_are_refused(webhook_client: WebhookClient, method: str) -> None:
    answer = await webhook_client.http.request(method, "/telegram", headers=KNOWN)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert (await webhook_client.http.post("/", headers=KNOWN)).status_code == 404


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b'{"update_id": "7"}', b'{"update_id": true}', b'{"update_id": 7', b"\xff\xfe",
     b"[" * 100_000, b'{"update_id": 1e999}'],
)  # fmt: skip
async def test_unreadable_update_is_acknowledged(webhook_client: WebhookClient, body: bytes) -> None:
    assert (await webhook_client.post(body)).status_code == 200
    assert webhook_client.counted == {WebhookResult.UNREADABLE: 1}
    assert webhook_client.accepted == []


@pytest.mark.parametrize("received", list(WebhookResult))
async def test_webhook_status_follows_the_result(webhook_client: WebhookClient, received: WebhookResult) -> None:
    webhook_client.answer = received
    answer = await webhook_client.post(b'{"update_id": 1}')
    assert answer.status_code == STATUS[received]
    # Telegram repeats only updates that were not accepted.
    assert answer.is_success == (
        received in {WebhookResult.TAKEN, WebhookResult.REPEATED, WebhookResult.REFUSED, WebhookResult.UNREADABLE}
    )
    assert ("retry-after" in answer.headers) == (received is WebhookResult.BUSY)


async def test_oversized_body_is_not_read_completely(webhook_client: WebhookClient) -> None:
    read = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(64):
            read += 65_536
            yield b" " * 65_536

    app = webhook_client.http
    assert (await app.post("/telegram", content=b"x" * (MAX_BYTES + 1), headers=KNOWN)).status_code == 413
    assert (await webhook_client.post(b"{}", KNOWN | {"Content-Length": "many"})).status_code == 413
    assert (await webhook_client.post(chunks())).status_code == 413
    assert webhook_client.counted == {WebhookResult.TOO_LARGE: 3}
    padded = b'{"update_id": 1}'.ljust(MAX_BYTES)
    assert (await webhook_client.post(padded)).status_code == 200


async def test_incomplete_body_times_out(webhook_client: WebhookClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "BODY_TIMEOUT_S", 0.01)
    route = webhook_route("/telegram", SECRET, webhook_client.accept, webhook_client.count)
    sent: list[Any] = []

    async def never() -> Any:
        import asyncio

        await asyncio.Event().wait()

    async def gone() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(name.lower().encode(), value.encode()) for name, value in KNOWN.items()]
    scope = {"type": "http", "method": "POST", "path": "/telegram", "headers": headers, "query_string": b""}
    for receive in (never, gone):
        await route.app(scope | {"app": None}, receive, send)
    assert [m["status"] for m in sent if m["type"] == "http.response.start"] == [408, 408]
    assert webhook_client.counted == {WebhookResult.CUT_OFF: 2}


@settings(max_examples=50)
@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)).map(
        lambda value: json.dumps(value).encode()
    )
)
def test_any_bytes_are_parsed_without_error(body: bytes) -> None:
    update = update_in(body)
    assert update is None or isinstance(update["update_id"], int)
