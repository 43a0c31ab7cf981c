"""`ringkas health`, the health check of a container."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.cli import cli
from bot.cli.doctor import format_health
from bot.cli.exit_codes import FAILED, WRONG_USAGE, run_command

CHECKS = {"database": {"ok": True, "took_s": 0.001}, "tick digests": {"ok": True, "age_s": 0.5}}
READY = {"status": "ready", "checks": CHECKS}


@pytest.fixture
def serve_health(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int, bytes], None]]:
    """A server in the bot's place, with the given answer."""
    answers: dict[str, tuple[int, bytes]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers.get(self.path, (404, b""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("HTTP_LISTEN", f"127.0.0.1:{server.server_port}")
        answers["/health/live"] = 200, b'{"status": "live"}'
        yield lambda status, body: answers.update({"/health/ready": (status, body)})
        server.shutdown()


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, json.dumps(READY).encode(), 0),
        (503, json.dumps(READY | {"status": "not ready"}).encode(), FAILED),
        (200, b"hello", FAILED),
        (200, b"[]", FAILED),
        (200, b"{}", FAILED),
    ],
)
def test_exit_code_follows_the_health(
    serve_health: Callable[[int, bytes], None], capsys: pytest.CaptureFixture[str], status: int, body: bytes, code: int
) -> None:
    serve_health(status, body)
    assert run_command(cli, ["health"]) == code
    assert run_command(cli, ["health", "--live"]) == 0
    out, err = capsys.readouterr()
    assert ("status" in body.decode()) == ("database" in out)
    assert ("no bot answers" in err) == ("status" not in body.decode())


def test_json_option_prints_the_response(
    serve_health: Callable[[int, bytes], None], capsys: pytest.CaptureFixture[str]
) -> None:
    serve_health(200, json.dumps(READY).encode())
    assert run_command(cli, ["health", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == READY


def test_unreachable_bot_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HTTP_LISTEN", "127.0.0.1:9")
    assert run_command(cli, ["health"]) == FAILED
    assert "no bot answers at http://127.0.0.1:9" in capsys.readouterr().err
    monkeypatch.delenv("HTTP_LISTEN")
    assert run_command(cli, ["health"]) == WRONG_USAGE
    assert "HTTP_LISTEN is not set" in capsys.readouterr().err


def test_health_is_formatted_as_text() -> None:
    body = {"status": "not ready", "checks": CHECKS | {"telegram": {"ok": False, "age_s": None}}}
    assert format_health(body).splitlines() == [
        "not ready",
        "  database      ok        answered in 0.001 s",
        "  tick digests  ok        last 0.500 s ago",
        "  telegram      NOT WELL  never",
    ]
