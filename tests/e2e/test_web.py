"""Telegram calls the bot: one process, everything that may come to its door."""

from __future__ import annotations

import json

import httpx

from bot.runtime.health import TICKS_LATE_S
from bot.transport.webhook import derive_secret
from tests.e2e.conftest import Person, Until, World
from tests.e2e.test_lifecycle import make_due, subscribe
from tests.ports import free_port

TICK_CHECKS = [f"tick {name}" for name in TICKS_LATE_S]

HEADER = "X-Telegram-Bot-Api-Secret-Token"


def get_webhook_info(world: World) -> dict[str, object]:
    found = world.api("getWebhookInfo").json()["result"]
    return dict(found)


def test_webhook_delivers_updates(world: World, until: Until) -> None:
    reader = world.person()
    url = f"http://127.0.0.1:{free_port()}/telegram"
    with world.bot(WEBHOOK_URL=url, WEBHOOK_LISTEN=url.split("/")[2], WEBHOOK_CONNECTIONS="9"):
        # Messages from before the start wait at Telegram.
        (answer,) = reader.say("/cari harga beras di Pasar Penanda")
        assert "Pasar Penanda" in answer
        (set_up,) = world.calls("setWebhook")
        assert set_up["parameters"]["max_connections"] == "9"
        assert "inline_query" in json.dumps(set_up["parameters"]["allowed_updates"])
        assert world.api("getUpdates").status_code == 409
        send_untrusted_requests(world, reader, url)
        check_health_and_metrics(world, url.removesuffix("/telegram"), until)
        crowd = [world.person() for _ in range(12)]
        asked = [person.send("/bantuan")["sandbox"]["event"] for person in crowd]
    # After a clean end the webhook stays, and new messages wait.
    assert get_webhook_info(world)["url"] == url
    waiting = reader.send("/topik")
    listen = f"127.0.0.1:{free_port()}"
    assert world.command("health", HTTP_LISTEN=listen).returncode == 1
    with world.bot(HTTP_LISTEN=listen):
        # Without a webhook in the settings it is polled again, and nothing is lost.
        assert reader.answers(waiting["sandbox"]["event"])
        # Everyone who asked at the moment of SIGTERM has one answer, from before or from now.
        assert [len(person.answers(event)) for person, event in zip(crowd, asked, strict=True)] == [1] * 12
        assert get_webhook_info(world)["url"] == ""
        # It can be watched all the same. A digest takes a tick.
        wait_for_digest_counts(world, f"http://{listen}", until)
        health = world.command("health", HTTP_LISTEN=listen)
        assert (health.returncode, health.stdout.split("\n")[0]) == (0, "ready")


def test_bot_without_telegram_is_live_and_not_ready(world: World, until: Until) -> None:
    listen = f"127.0.0.1:{free_port()}"
    world.person().send("/cari yang tidak sampai")
    away = world.bot(TELEGRAM_API_URL="http://127.0.0.1:9", HTTP_LISTEN=listen)
    with away as process, httpx.Client(trust_env=False) as http:
        until(lambda: get_status(http, f"http://{listen}/health/live") == httpx.codes.OK)
        ready = http.get(f"http://{listen}/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (503, "not ready")
        checks = {name: check["ok"] for name, check in ready.json()["checks"].items()}
        assert checks == {"database": True, "telegram": False} | dict.fromkeys(TICK_CHECKS, False)
        assert process.poll() is None


def get_status(http: httpx.Client, url: str) -> int | None:
    try:
        return http.get(url).status_code
    except httpx.ConnectError:
        return None


def wait_for_digest_counts(world: World, url: str, until: Until) -> None:
    """One arrives, one finds its chat gone."""
    reader, gone = world.person(), world.person()
    for person in (reader, gone):
        subscribe(person)
    blocked = {"code": 403, "description": "Forbidden: bot was blocked by the user"}
    world.fault(kind="status", method="sendMessage", chat_id=gone.chat_id, count=1, **blocked)
    for person in (reader, gone):
        make_due(world, person)
    sent = 'ringkas_messages_total{outcome="%s",what="digest"} 1.0'
    with httpx.Client(base_url=url, trust_env=False, timeout=20) as http:
        until(lambda: sent % "sent" in (now := http.get("/metrics").text) and sent % "chat_gone" in now)


def check_health_and_metrics(world: World, url: str, until: Until) -> None:
    """Check the bot's health and metrics."""
    with httpx.Client(base_url=url, trust_env=False, timeout=20) as http:
        until(lambda: http.get("/health/ready").status_code == 200)
        assert set(http.get("/health/ready").json()["checks"]) == {"database", "telegram", *TICK_CHECKS}
        assert http.get("/health/live", headers={"Host": "bot.example.org"}).status_code == 403
        metrics = http.get("/metrics").text
    counted = dict(line.rsplit(" ", 1) for line in metrics.splitlines() if not line.startswith("#"))
    assert float(counted['ringkas_answer_seconds_count{kind="command"}']) >= 2
    assert counted['ringkas_webhook_requests_total{result="not_telegram"}'] == "2.0"
    assert counted['ringkas_webhook_requests_total{result="repeated"}'] == "1.0"
    assert counted['ringkas_digests{state="late"}'] == "0.0"
    assert float(counted['ringkas_sources{state="active"}']) > 5
    assert world.server.token not in metrics


def send_untrusted_requests(world: World, reader: Person, url: str) -> None:
    """Send forged, repeated and broken requests."""
    known = {HEADER: derive_secret(world.server.token)}
    asked = {
        "update_id": 5,
        "message": {
            "message_id": 99_000, "date": 1_800_000_000, "text": "/bantuan",
            "chat": {"id": reader.chat_id, "type": "private", "first_name": "R"},
            "from": {"id": reader.chat_id, "is_bot": False, "first_name": "R"},
            "entities": [{"type": "bot_command", "offset": 0, "length": 8}],
        },
    }  # fmt: skip
    before = len(world.calls("sendMessage"))
    with httpx.Client(trust_env=False, timeout=20) as http:
        assert http.post(url, json=asked).status_code == 403
        assert http.post(url, json=asked, headers={HEADER: "tebakan-yang-salah"}).status_code == 403
        assert http.get(url, headers=known).status_code == 405
        assert http.post(url, content=b"x=1", headers=known).status_code == 415
        assert (
            http.post(
                url, content=b"{" + b" " * 2_000_000, headers=known | {"Content-Type": "application/json"}
            ).status_code
            == 413
        )
        assert http.post(url, json={"update_id": 6, "message": {"chat": 7}}, headers=known).status_code == 200
        assert http.post(url, json=[], headers=known).status_code == 200
        assert len(world.calls("sendMessage")) == before
        for _ in range(2):
            assert http.post(url, json=asked, headers=known).status_code == 200
    reader.say("/bantuan")
    # The one that came twice is answered once; the other answer is that to the last question.
    assert len(world.calls("sendMessage")) == before + 2
