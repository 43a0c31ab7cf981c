"""The server as a process of its own, and what its import costs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import httpx
import pytest

RUN = [sys.executable, "-m", "bot.sandbox"]


def test_it_says_where_it_is_and_stops_when_told() -> None:
    with subprocess.Popen([*RUN, "--token", "9:" + "z" * 35], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        ready = json.loads(process.stdout.readline())
        assert ready["token"] == "9:" + "z" * 35
        me = httpx.get(f"{ready['url']}/bot{ready['token']}/getMe", trust_env=False)
        assert me.json()["result"]["id"] == 9
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


@pytest.mark.parametrize("options", [["--token", "x"], ["--port", "70000"], ["--port", "x"]])
def test_wrong_options_are_said_in_a_line(options: list[str]) -> None:
    done = subprocess.run([*RUN, *options], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_the_import_is_cheap_and_knows_nothing_of_our_bot() -> None:
    code = "import sys, bot.sandbox.server, bot.sandbox.prompt; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True)
    loaded = set(done.stdout.split())
    assert all(m == "bot" or m.startswith("bot.sandbox") for m in loaded if m.split(".")[0] == "bot")
    assert not loaded & {"aiogram", "pydantic", "tdjson", "telegram", "prompt_toolkit", "summaries"}
