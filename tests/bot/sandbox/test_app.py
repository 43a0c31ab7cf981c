"""The HTTP surface: access, forms of parameters, and the record of calls."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bot.sandbox.sandbox import SANDBOX_TOKEN, Sandbox
from bot.sandbox.server import SandboxServer

BOT = f"/bot{SANDBOX_TOKEN}"
SENT = {"chat_id": "1001", "text": "halo"}


def _send_start(http: httpx.Client) -> None:
    assert http.post("/sim/messages", json={"text": "/start"}).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "description"),
    [
        ("/bot123:abc/getMe", 404, "Not Found"),
        (f"/bot123:{'x' * 35}/getMe", 401, "Unauthorized"),
        (f"{BOT}/getMee", 404, "Not Found"),
        (f"{BOT}/getme", 404, "Not Found"),
        (f"{BOT}/getMe/more/parts", 404, "Not Found"),
        (f"{BOT}/getMe/", 404, "Not Found"),
        ("/sim/chats/", 404, "Not Found"),
        ("/page", 404, "Not Found"),
        ("/berita/2026-11-23/tidak-ada", 404, "Not Found"),
        (f"/file{BOT}/documents/file_9.txt", 404, "Not Found"),
    ],
)
def test_unknown_path_or_token_is_refused(http: httpx.Client, path: str, status: int, description: str) -> None:
    response = http.get(path)
    assert response.status_code == status
    assert response.json() == {"ok": False, "error_code": status, "description": description}


def test_pages_of_the_news_site_run_no_scripts(
    server: SandboxServer, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.sandbox, "read_page", lambda path: ("text/html", f"<h1>{path}</h1>"))
    page = http.get("/berita/2026-11-23/beras.svg")
    assert (page.status_code, page.text) == (200, "<h1>2026-11-23/beras.svg</h1>")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "script" not in page.headers["content-security-policy"]


@pytest.mark.parametrize("path", [f"{BOT}/getMe", "/sim/wait"])
def test_other_http_method_is_refused(http: httpx.Client, path: str) -> None:
    assert http.put(path).status_code == 405


@pytest.mark.parametrize(
    "request_of",
    [
        {"method": "GET", "params": SENT},
        {"method": "POST", "params": SENT},
        {"method": "POST", "data": SENT},
        {"method": "POST", "json": SENT},
        {"method": "POST", "json": {"chat_id": 1001, "text": "halo"}},
        {"method": "POST", "files": {k: (None, v) for k, v in SENT.items()}},
    ],
    ids=["query", "post-query", "form", "json-text", "json", "multipart"],
)
@pytest.mark.parametrize("prefix", [BOT, f"{BOT}/test"])
def test_every_parameter_encoding_is_accepted(http: httpx.Client, prefix: str, request_of: dict[str, Any]) -> None:
    _send_start(http)
    response = http.request(url=f"{prefix}/sendMessage", **request_of)
    assert response.json()["result"]["text"] == "halo"


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"chat_id=1", "text/plain"),
        (b"text=\xff", "application/x-www-form-urlencoded"),
        (b"a=1&" * 1001, "application/x-www-form-urlencoded"),
        (b"--x", "multipart/form-data; boundary=x"),
        (b"--x", "multipart/form-data"),
        (b"\xff\xfe", "application/json"),
    ],
)
def test_unreadable_body_is_refused(http: httpx.Client, content: bytes, content_type: str) -> None:
    response = http.post(f"{BOT}/sendMessage", content=content, headers={"content-type": content_type})
    assert response.status_code == 400
    assert response.json()["ok"] is False


MIB = 1024 * 1024
FILE = b'--x\r\nContent-Disposition: form-data; name="document"; filename="a"\r\n\r\n'


def chunked_body(total: int, beginning: bytes = b"") -> Iterator[bytes]:
    """A body that does not say how long it is."""
    yield beginning
    for _ in range(total // 65536):
        yield b"x" * 65536


@pytest.mark.parametrize(
    ("request_of", "description"),
    [
        ({"json": {"text": "x" * MIB}}, "Request Entity Too Large: too much parameters"),
        ({"data": {"text": "x" * MIB}}, "Request Entity Too Large: too much parameters"),
        (
            {"files": {"a": ("a", b""), "text": (None, "x" * (MIB - 9)), "chat_id": (None, "1001" * 9)}},
            "Request Entity Too Large: too much parameters in form data",
        ),
        (
            {"content": chunked_body(30 * MIB), "headers": {"content-type": "application/json"}},
            "Request Entity Too Large: too much parameters",
        ),
        (
            {"content": chunked_body(53 * MIB, FILE), "headers": {"content-type": "multipart/form-data; boundary=x"}},
            "Request Entity Too Large",
        ),
    ],
    ids=["json", "form", "multipart", "json-chunked", "multipart-chunked"],
)
def test_oversized_body_is_refused(http: httpx.Client, request_of: dict[str, Any], description: str) -> None:
    response = http.post(f"{BOT}/sendMessage", **request_of)
    assert response.status_code == 413
    assert response.json() == {"ok": False, "error_code": 413, "description": description}
    assert http.get(f"{BOT}/getMe").status_code == 200


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/sim/chats", b'{"title": "' + b"x" * MIB + b'"}'),
        ("/sim/messages", b'{"text": "' + b"x" * (70 * MIB) + b'"}'),
        ("/sim/messages", b'{"text": "' + b"x" * (30 * MIB) + b'"}'),
        ("/sim/messages", b"[" + b"1," * MIB + b"1]"),
        ("/sim/messages", b'{"document": {"content_base64": "YQ=="}, "text": "' + b"x" * 5000 + b'"}'),
    ],
    ids=["a long title", "beyond a file", "a long text", "many values", "a long caption"],
)
def test_oversized_user_request_is_refused(http: httpx.Client, path: str, content: bytes) -> None:
    response = http.post(path, content=content)
    assert response.status_code == 413
    assert set(response.json()) == {"error"}


def test_large_file_is_accepted(http: httpx.Client) -> None:
    content = base64.b64encode(b"," * (20 * MIB)).decode()
    said = http.post("/sim/messages", json={"document": {"content_base64": content}}).json()
    assert said["document"]["file_size"] == 20 * MIB


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:81", 200), ("localhost", 200), ("[::1]:8080", 200), ("LOCALHOST:1", 200),
        ("evil.example", 403), ("127.0.0.1.evil.example", 403), ("localhost@evil.example", 403), ("", 403),
        ("[::1", 403),
    ],
)  # fmt: skip
def test_other_host_headers_are_refused(http: httpx.Client, host: str, status: int) -> None:
    assert http.get(f"{BOT}/getMe", headers={"host": host}).status_code == status
    assert http.get("/sim/chats", headers={"host": host}).status_code == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://127.0.0.1:9", 200), ("http://localhost", 200), ("https://evil.example", 403), ("null", 403), ("", 403)],
)
def test_other_origins_are_refused(http: httpx.Client, origin: str, status: int) -> None:
    assert http.post("/sim/messages", json={"text": "x"}, headers={"origin": origin}).status_code == status


def test_files_are_uploaded_and_downloaded(http: httpx.Client) -> None:
    document = {"file_name": "artikel.txt", "mime_type": "text/plain", "content_base64": "aXNp"}
    said = http.post("/sim/messages", json={"document": document, "text": "/ringkas"}).json()
    assert said["caption_entities"] == [{"type": "bot_command", "offset": 0, "length": 8}]
    found = http.get(f"{BOT}/getFile", params={"file_id": said["document"]["file_id"]}).json()["result"]
    for prefix in (f"/file{BOT}", f"/file{BOT}/test"):
        assert http.get(f"{prefix}/{found['file_path']}").content == b"isi"
    sent = http.post(f"{BOT}/sendDocument", data={"chat_id": "1001"}, files={"document": ("a.csv", b"a,b", "text/csv")})
    assert sent.json()["result"]["document"]["file_name"] == "a.csv"


def test_calls_and_schema_errors_are_recorded_without_the_token(http: httpx.Client) -> None:
    _send_start(http)
    http.post(f"{BOT}/sendMessage", data=SENT)
    http.post(f"{BOT}/sendMessage", data=SENT | {"txt": "x"})
    http.post(f"{BOT}/sendMessage", data=SENT | {"chat_id": "7"})
    http.post(f"{BOT}/sendDice", data={"chat_id": "1001"})
    http.post(f"{BOT}/sendMesage")
    good, broken, refused = http.get("/sim/calls", params={"method": "sendMessage"}).json()
    assert (good["valid"], good["status"], good["response"]["text"]) == (True, 200, "halo")
    assert (broken["valid"], broken["status"]) == (False, 400)
    assert (refused["valid"], refused["problem"]) == (True, "Bad Request: chat not found")
    [dice] = http.get("/sim/calls", params={"method": "sendDice"}).json()
    assert (dice["valid"], dice["simulated"]) == (True, False)
    problems = [b["problem"] for b in http.get("/sim/breaks").json()]
    assert problems == ["sendMessage has no parameter 'txt'", "unknown method 'sendMesage'"]
    assert SANDBOX_TOKEN not in json.dumps(http.get("/sim/calls").json())
    assert http.get("/sim/calls", params={"since": refused["number"]}).json()[0]["method"] == "sendDice"


@pytest.mark.parametrize("token", ["", "123", "123:short", "123:" + "x" * 36, "abc:" + "x" * 35])
def test_invalid_token_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="token"):
        Sandbox(tokens=(token,))


def test_two_bots_have_separate_worlds() -> None:
    second = "8:" + "y" * 35
    with (
        SandboxServer(Sandbox(tokens=(SANDBOX_TOKEN, second))) as server,
        httpx.Client(base_url=server.url, trust_env=False) as http,
    ):
        http.post("/sim/messages", params={"bot": "8"}, json={"text": "hai"})
        assert len(http.get(f"/bot{second}/getUpdates").json()["result"]) == 1
        assert http.get(f"{BOT}/getUpdates").json()["result"] == []
        assert http.get("/sim/chats", params={"bot": "9"}).status_code == 404


def test_stopping_the_server_ends_polls() -> None:
    with SandboxServer() as server, httpx.Client(base_url=server.url, trust_env=False, timeout=20) as http:
        poll = threading.Thread(target=lambda: answers.append(http.get(f"{BOT}/getUpdates?timeout=20").json()))
        answers: list[Any] = []
        poll.start()
        while not server.sandbox.log.count:
            poll.join(0.01)
        server.stop()
        poll.join(15)
        assert answers == [{"ok": True, "result": []}]
    with socket.create_server(("127.0.0.1", server.port)):
        pass


def test_poll_works_after_a_restart() -> None:
    sandbox = Sandbox()
    with SandboxServer(sandbox):
        pass
    with SandboxServer(sandbox) as server, httpx.Client(base_url=server.url, trust_env=False, timeout=20) as http:
        poll = threading.Thread(target=lambda: answers.append(http.get(f"{BOT}/getUpdates?timeout=20").json()))
        answers: list[Any] = []
        poll.start()
        while not sandbox.worlds[SANDBOX_TOKEN].polls:
            poll.join(0.01)
        http.post("/sim/messages", json={"text": "hai"})
        poll.join(15)
        assert [update["message"]["text"] for update in answers[0]["result"]] == ["hai"]


def test_webhook_is_served_after_a_restart() -> None:
    sandbox = Sandbox()
    with SandboxServer(sandbox):
        pass
    with SandboxServer(sandbox) as server, httpx.Client(base_url=server.url, trust_env=False, timeout=20) as http:
        assert http.post(f"{BOT}/setWebhook", data={"url": "http://127.0.0.1:1/"}).json()["ok"]
        http.post("/sim/messages", json={"text": "hai"})
        hook, deadline = sandbox.worlds[SANDBOX_TOKEN].webhook, time.monotonic() + 30
        assert hook
        while hook.last_error is None and time.monotonic() < deadline:
            time.sleep(0.01)
        assert hook.last_error
