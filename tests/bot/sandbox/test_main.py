"""The server as a process of its own, and the cost of its import."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import httpx
import pytest

from bot.sandbox.__main__ import main

RUN = [sys.executable, "-m", "bot.sandbox"]


def test_server_prints_its_address_and_stops_on_sigterm() -> None:
    with subprocess.Popen([*RUN, "--token", "9:" + "z" * 35], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        ready = json.loads(process.stdout.readline())
        assert ready["token"] == "9:" + "z" * 35
        me = httpx.get(f"{ready['url']}/bot{ready['token']}/getMe", trust_env=False)
        assert me.json()["result"]["id"] == 9
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


MIB = 1024 * 1024
# On shutdown the server drops open connections after two seconds.
STOP_S = 5 + 5


def make_post(path: str, length: int, body: bytes) -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(
            make_post("/sim/messages", 30 * MIB, b'{"text": "' + b"x" * (30 * MIB - 12) + b'"}'), id="a long text"
        ),
        pytest.param(make_post("/sim/messages", 60 * MIB, b"[" + b"1," * (30 * MIB - 1) + b"1"), id="many values"),
        pytest.param(make_post("/sim/messages", 30 * MIB, b"x" * MIB), id="half a body"),
        pytest.param(make_post("/bot{token}/sendMessage", 30 * MIB, b"x" * MIB), id="half a call"),
        pytest.param(b"GET /bot{token}/getUpdates?timeout=50 HTTP/1.1\r\nHost: localhost\r\n\r\n", id="a poll"),
        pytest.param(b"GET /sim/wait?timeout_s=500&after_event=9 HTTP/1.1\r\nHost: localhost\r\n\r\n", id="a wait"),
        pytest.param(b"GET /page/events HTTP/1.1\r\nHost: localhost\r\n\r\n", id="the page"),
        pytest.param(b"GET /", id="half a head"),
    ],
)
def test_busy_server_stops_on_sigterm(sent: bytes) -> None:
    with subprocess.Popen(RUN, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert process.stderr
            ready = json.loads(process.stdout.readline())
            address = urlsplit(ready["url"])
            with socket.create_connection((address.hostname, address.port or 0)) as client:
                client.sendall(sent.replace(b"{token}", ready["token"].encode()))
                # It is at it, or waits for the rest.
                assert httpx.post(f"{ready['url']}/sim/messages", json={"text": "/start"}, trust_env=False).is_success
                process.send_signal(signal.SIGTERM)
                assert process.wait(STOP_S) == 0
            assert "Traceback" not in process.stderr.read()
        finally:
            process.kill()


def test_refused_program_prints_one_line() -> None:
    done = subprocess.run([*RUN, "--port", "70000"], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("options", [["--token", "x"], ["--port", "x"]])
def test_invalid_option_is_refused(
    options: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bot.sandbox", *options])
    # argparse ends the program itself, `main` returns the code.
    with pytest.raises(SystemExit) as ended:
        sys.exit(main())
    assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_import_does_not_load_the_bot_or_heavy_libraries() -> None:
    code = "import sys, bot.sandbox.server; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True)
    loaded = set(done.stdout.split())
    assert all(m == "bot" or m.startswith("bot.sandbox") for m in loaded if m.split(".")[0] == "bot")
    assert not loaded & {"aiogram", "tdjson", "telegram", "prompt_toolkit", "summaries"}
