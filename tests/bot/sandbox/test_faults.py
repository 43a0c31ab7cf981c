"""Every kind of injected fault, as the bot's HTTP client meets it."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.requests import ClientDisconnect, Request

from bot.sandbox.api import read_whole
from bot.sandbox.sandbox import SANDBOX_TOKEN, Fault, Sandbox

if TYPE_CHECKING:
    from starlette.types import Message

    from bot.sandbox.server import SandboxServer

BOT = f"/bot{SANDBOX_TOKEN}"
SENT = {"chat_id": "1001", "text": "halo"}


@pytest.fixture(autouse=True)
def _started(http: httpx.Client) -> None:
    http.post("/sim/messages", json={"text": "/start"})


def _inject(http: httpx.Client, **fault: Any) -> None:
    assert http.post("/sim/faults", json=fault).status_code == 200


def _count_arrived(http: httpx.Client) -> int:
    return len(http.get("/sim/chats/1001").json()["messages"]) - 1


def _send(http: httpx.Client, **more: Any) -> httpx.Response:
    return http.post(f"{BOT}/sendMessage", data=SENT | more)


def test_status_fault_has_its_parameters(http: httpx.Client) -> None:
    _inject(
        http, kind="status", code=429, description="Too Many Requests: retry after 7", parameters={"retry_after": 7}
    )
    refused = _send(http)
    assert (refused.status_code, refused.json()["parameters"]) == (429, {"retry_after": 7})
    assert _send(http).status_code == 200
    assert _count_arrived(http) == 1


def test_fault_with_a_rate_hits_a_part_of_the_calls() -> None:
    numbers = iter([0.3, 0.1, 0.2, 0.09])
    sandbox = Sandbox(chance=lambda: next(numbers))
    rule = Fault("hang", count=2, rate=0.2)
    sandbox.faults.append(rule)
    assert [sandbox.take_fault("sendMessage", {}) for _ in range(4)] == [None, rule, None, rule]
    assert sandbox.faults == []


def test_status_fault_with_a_raw_body(http: httpx.Client) -> None:
    _inject(http, kind="status", code=502, body="<html>Bad Gateway</html>")
    refused = _send(http)
    assert (refused.status_code, refused.text) == (502, "<html>Bad Gateway</html>")


def test_delay_fault_delays_the_response(http: httpx.Client) -> None:
    _inject(http, kind="delay", seconds=0.1)
    began = time.monotonic()
    assert _send(http).status_code == 200
    assert time.monotonic() - began >= 0.1


@pytest.mark.parametrize(("kind", "arrived"), [("reset_before", 0), ("reset_after", 1)])
def test_reset_fault_breaks_the_connection(http: httpx.Client, kind: str, arrived: int) -> None:
    _inject(http, kind=kind)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        _send(http)
    assert _count_arrived(http) == arrived
    [call] = http.get("/sim/calls", params={"method": "sendMessage"}).json()
    assert call["fault"] == kind
    assert (call["status"] == 200) == bool(arrived)


def test_reset_during_upload_is_not_a_call(http: httpx.Client) -> None:
    _inject(http, kind="reset_during", method="sendMessage")
    with pytest.raises((httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)):
        _send(http, text="halo " * 800)
    assert _count_arrived(http) == 0
    assert http.get("/sim/calls", params={"method": "sendMessage"}).json() == []
    assert _send(http).status_code == 200
    refused = http.post("/sim/faults", json={"kind": "reset_during", "chat_id": 1001})
    assert "says no chat" in refused.json()["error"]


@pytest.mark.parametrize(("missing", "arrived"), [(0, 1), (4, 0)])
def test_complete_request_counts_after_its_client_disconnected(
    server: SandboxServer, http: httpx.Client, missing: int, arrived: int
) -> None:
    body = b"chat_id=1001&text=terakhir"
    head = (
        f"POST {BOT}/sendMessage HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(head.encode() + body[: len(body) - missing])
    deadline = time.monotonic() + 30
    while _count_arrived(http) < 5 * arrived and time.monotonic() < deadline:
        time.sleep(0.01)
    assert _count_arrived(http) == 5 * arrived


@pytest.mark.parametrize("missing", [0, 4])
async def test_call_of_a_disconnected_client_is_recorded(missing: int) -> None:
    body = b"chat_id=1001&text=terakhir"
    headers = {b"content-type": b"application/x-www-form-urlencoded", b"content-length": str(len(body)).encode()}
    left = body[: len(body) - missing]

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    scope = {
        "type": "http", "method": "POST", "query_string": b"", "headers": list(headers.items()),
        "state": {"left_unread": lambda: left},
    }  # fmt: skip
    if missing:
        with pytest.raises(ClientDisconnect):
            await read_whole(Request(scope, gone))
    else:
        assert (await read_whole(Request(scope, gone))).values == {"chat_id": "1001", "text": "terakhir"}


def test_hang_fault_times_out(http: httpx.Client) -> None:
    _inject(http, kind="hang")
    with pytest.raises(httpx.ReadTimeout):
        http.post(f"{BOT}/sendMessage", data=SENT, timeout=0.1)
    assert _count_arrived(http) == 0


def test_fault_applies_to_matching_calls_up_to_its_count(http: httpx.Client) -> None:
    _inject(http, kind="status", method="sendMessage", chat_id=1001, count=2)
    assert http.get(f"{BOT}/getMe").status_code == 200
    assert _send(http, chat_id="77").status_code == 400
    assert [_send(http).status_code for _ in range(3)] == [500, 500, 200]


def test_polling_is_affected_only_by_faults_that_name_it(http: httpx.Client) -> None:
    http.post("/sim/faults", json=[{"kind": "status"}, {"kind": "status", "method": "getUpdates"}])
    assert [http.get(f"{BOT}/getUpdates").status_code for _ in range(2)] == [500, 200]
    assert len(http.get("/sim/faults").json()) == 1
    assert http.delete("/sim/faults").json() == []
    assert _send(http).status_code == 200


def test_hanging_call_does_not_block_the_server(server: SandboxServer, http: httpx.Client) -> None:
    _inject(http, kind="hang", method="getMe")
    with httpx.Client(base_url=server.url, trust_env=False) as other, pytest.raises(httpx.ReadTimeout):
        other.get(f"{BOT}/getMe", timeout=0.05)
    assert http.get(f"{BOT}/getMe").status_code == 200
