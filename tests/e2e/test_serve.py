"""`ringkas serve` and `ringkas mcp` beside a running bot."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx

from tests.e2e.conftest import ANSWER_S
from tests.ports import free_port

if TYPE_CHECKING:
    from tests.e2e.conftest import World

KEY = "kunci-rahasia-0123456789"
INTRODUCTION = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


def test_other_programs_read_the_news_beside_the_bot(world: World, article: str) -> None:
    (world.folder / "beras.txt").write_text(article, encoding="utf-8")
    assert world.command("serve").returncode == 2
    assert world.command("import", "beras.txt").returncode == 0
    listen = f"127.0.0.1:{free_port()}"
    with (
        world.bot(),
        world.bot("serve", SERVE_KEY=KEY, SERVE_LISTEN=listen),
        httpx.Client(base_url=f"http://{listen}", trust_env=False, timeout=ANSWER_S) as http,
    ):
        http.headers["Authorization"] = f"Bearer {KEY}"
        wait_for(http)
        (found,) = http.get("/v1/stories", params={"q": "beras"}).json()["items"]
        assert found["title"] == "Harga Beras di Pasar Sukamakmur Turun Setelah Panen Raya"
        # The bot writes while the API reads.
        reader = world.person()
        (shown,) = reader.say("/berita beras")
        assert found["title"] in shown
        made = http.post("/v1/summaries", json={"text": article, "length": "short"})
        assert (made.status_code, made.json()["article"]) == (200, found["id"])
        assert http.get("/v1/digest", headers={"Authorization": "Bearer x"}).status_code == 401
        assert call_tool(world, "get_story", id=found["id"]) == http.get(f"/v1/stories/{found['id']}").json()
    assert KEY not in world.log()


def wait_for(http: httpx.Client) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + ANSWER_S
    while time.monotonic() < deadline:
        try:
            assert http.get("/openapi.json").json()["openapi"] == "3.1.0"
        except httpx.ConnectError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the API does not answer")


def call_tool(world: World, name: str, **arguments: object) -> object:
    """Return the result of a tool of `ringkas mcp`, started as a program with a language model does."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "mcp"],
        cwd=world.folder,
        env=world.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        call = {"name": name, "arguments": arguments}
        for message in (
            {"id": 1, "method": "initialize", "params": INTRODUCTION},
            {"method": "notifications/initialized"},
            {"id": 2, "method": "tools/call", "params": call},
        ):
            print(json.dumps({"jsonrpc": "2.0", **message}), file=process.stdin, flush=True)
        answers = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.stdin.close()
        assert process.wait(ANSWER_S) == 0
    return answers[1]["result"]["structuredContent"]
