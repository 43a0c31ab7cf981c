"""Commands that need a process: `python -m bot`, several jobs, the sandbox in a pipe, and a bot."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from summaries.text.dates import JAKARTA
from tests.e2e.conftest import ANSWER_S, Person, html

Publish = Callable[..., str]
Run = Callable[..., subprocess.CompletedProcess[str]]

SUMMARY_START = "Harga beras medium di Pasar Sukamakmur turun menjadi Rp11.800 per kilogram pada Senin (2/11)"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `ringkas` in an empty folder, without any setting."""

    def run(*arguments: str, stdin: str | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=tmp_path,
            env=os.environ | settings,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    return run


def test_python_m_bot_prints_the_help_of_ringkas(run: Run) -> None:
    done = run("--help")
    assert "Usage: ringkas" in done.stdout
    assert "Exit codes" in done.stdout


def test_summarize_with_several_jobs_keeps_the_order(run: Run, article: str) -> None:
    lines = "".join(json.dumps({"id": n, "title": "", "text": article * (1 + n % 3)}) + "\n" for n in range(150))
    one, two = (run("summarize", "--jsonl", "--jobs", jobs, stdin=lines) for jobs in ("1", "2"))
    assert (one.returncode, two.returncode) == (0, 0), two.stderr
    assert [json.loads(line)["id"] for line in one.stdout.splitlines()] == list(range(150))
    assert one.stdout == two.stdout


def test_start_without_a_token_answers_each_line_of_a_pipe(run: Run, article: str) -> None:
    done = run("start", stdin=f"/start\n/berita\n/ringkas {article}\n/bantuan\n")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    chat = done.stdout[done.stdout.index("> /start") :]
    asked = [line for line in chat.splitlines() if line.startswith("> /")]
    assert [line.split()[1] for line in asked] == ["/start", "/berita", "/ringkas", "/bantuan"]
    assert "Halo! Saya Ringkas." in chat
    assert "Halaman 1 dari" in chat
    assert SUMMARY_START in chat.split("> /ringkas")[1].split("Ringkas:")[1]
    assert "Meringkas" in chat.split("> /bantuan")[1]


def test_sandbox_without_input_serves_until_sigterm_and_its_news_follow_its_clock(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "sandbox", "--port", "0"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    url = ""
    for line in process.stdout:
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        url = found[0] if found else url
        if "@BotFather" in line:
            break
    assert process.poll() is None
    with httpx.Client(base_url=url, trust_env=False, timeout=ANSWER_S) as http:
        check_next_digest(http)
    process.terminate()
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")


def check_next_digest(http: httpx.Client) -> None:
    """Move the clock to the next two digests: both have news, and the links of the second open."""
    reader = Person(http, 1001)
    reader.say("/jadwal 07.00 WIB")
    links: list[set[str]] = []
    for _ in range(2):
        now = datetime.fromtimestamp(http.get("/sim/clock").json()["now"], JAKARTA)
        morning = now.replace(hour=7, minute=0, second=5) + timedelta(days=now.hour >= 7)
        event = reader.screen()["event"]
        http.put("/sim/clock", json={"forward_s": (morning - now).total_seconds()}).raise_for_status()
        text = "".join(html(message) for message in reader.feed(event))
        assert text.startswith("<b>Kabar Pagi</b>")
        links.append(set(re.findall(r'href="[^"]*(/berita/[^"]+)"', text)))
    first, second = links
    assert not first & second
    assert len(second) >= 6
    assert all(http.get(link).status_code == 200 for link in second)


class NotABotApi(BaseHTTPRequestHandler):
    """A server that is no Bot API."""

    def do_POST(self) -> None:
        self.send_response(404)
        self.end_headers()
        self.wfile.write(b"<html>nothing here</html>")

    def log_message(self, *arguments: object) -> None:
        """Keep quiet."""


def test_run_on_a_server_without_the_bot_reports_the_token(run: Run) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), NotABotApi) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        done = run("run", TELEGRAM_API_URL=url, TELEGRAM_BOT_TOKEN="123456789:" + "x" * 35)
        server.shutdown()
    assert done.returncode == 2
    assert "not known to Telegram" in done.stderr
