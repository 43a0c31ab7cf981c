"""One bot in an unusual environment: proxies, Telegram's test environment, an outage at the start, debug logging."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import World

Publish = Callable[..., str]
NOWHERE = "http://127.0.0.1:1"


@pytest.fixture(scope="module", autouse=True)
def bot(world: World) -> Iterator[None]:
    """Start the bot while Telegram is away and its first update is broken; its proxies do not exist."""
    world.fault(kind="status", method="getMe", code=502, count=1, description="Bad Gateway")
    world.fault(kind="reset_before", method="getMe", count=1)
    broken = {"ok": True, "result": [{"update_id": 1, "message": {"chat": 7}}]}
    world.fault(kind="status", method="getUpdates", code=200, count=1, body=json.dumps(broken))
    with world.bot(
        TELEGRAM_TEST_ENVIRONMENT="true",
        TELEGRAM_API_URL=f"{world.server.url}/",
        LOG_LEVEL="DEBUG",
        ALLOW_PRIVATE_ADDRESSES="false",
        RINGKAS_BURST="20",
        HTTP_PROXY=NOWHERE,
        HTTPS_PROXY=NOWHERE,
        ALL_PROXY=NOWHERE,
        http_proxy=NOWHERE,
    ):
        yield


def test_bot_behind_a_proxy_reaches_a_local_test_server_directly(world: World) -> None:
    (answer,) = world.person().say("/bantuan")
    assert "/ringkas" in answer


def test_bot_started_during_an_outage_keeps_trying(world: World) -> None:
    assert world.person().say("/bantuan")
    assert "Telegram can't be reached" in world.log()


def test_unreadable_update_is_skipped(world: World) -> None:
    assert world.person().say("/bantuan")
    assert "can't be read and is left out" in world.log()


def test_debug_log_does_not_contain_the_token(world: World) -> None:
    world.person().say("/berita")
    assert "running as @ringkas_sandbox_bot" in world.log()
    assert world.server.token not in world.log()
    assert world.server.token.split(":")[1] not in world.log()


def test_links_to_private_addresses_are_refused_by_default(world: World, site: Publish, page: str) -> None:
    inside = site("/rahasia", page)
    port = httpx.URL(inside).port
    reader = world.person()
    hosts = ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]  # noqa: S104
    for host in hosts[:3]:
        (answer,) = reader.say(f"/ringkas http://{host}:{port}/rahasia")
        assert "Tautan itu tidak bisa saya buka" in answer
    for host in hosts:
        (answer,) = reader.say(f"/ringkas http://{host}/rahasia")
        assert "Tautan itu tidak bisa saya buka" in answer
