"""Long polling and webhooks."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bot.sandbox.sandbox import SANDBOX_TOKEN
from bot.sandbox.webhook_delivery import SECRET_HEADER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.server import SandboxServer
    from tests.bot.sandbox.conftest import Api


@pytest.fixture
async def bot(server: SandboxServer) -> AsyncIterator[httpx.AsyncClient]:
    base = f"{server.url}/bot{SANDBOX_TOKEN}/"
    async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=10) as client:
        yield client


async def _send_text(bot: httpx.AsyncClient, text: str) -> None:
    await bot.post(str(bot.base_url.copy_with(path="/sim/messages")), json={"text": text})


async def _wait_until_polled(bot: httpx.AsyncClient) -> None:
    """Until the server has begun to handle a poll. Each look is a round trip, so others get their turn."""
    calls = bot.base_url.copy_with(path="/sim/calls", query=b"method=getUpdates")
    while not (await bot.get(str(calls))).json():
        pass


async def _get_updates(bot: httpx.AsyncClient, **p: Any) -> list[Any]:
    response = await bot.post("getUpdates", json=p)
    assert response.status_code == 200, response.text
    return list(response.json()["result"])


async def test_offset_confirms_updates(bot: httpx.AsyncClient) -> None:
    for text in "abc":
        await _send_text(bot, text)
    first = await _get_updates(bot, limit=2)
    assert [u["message"]["text"] for u in first] == ["a", "b"]
    assert await _get_updates(bot, limit=2) == first
    [last] = await _get_updates(bot, offset=first[-1]["update_id"] + 1)
    assert last["message"]["text"] == "c"
    assert last["update_id"] == first[-1]["update_id"] + 1
    await _send_text(bot, "d")
    assert [u["message"]["text"] for u in await _get_updates(bot, offset=-1)] == ["d"]
    assert len(await _get_updates(bot)) == 1


async def test_long_poll_returns_when_an_update_arrives(bot: httpx.AsyncClient) -> None:
    poll = asyncio.create_task(_get_updates(bot, timeout=30))
    await _wait_until_polled(bot)
    await _send_text(bot, "halo")
    assert (await asyncio.wait_for(poll, 20))[0]["message"]["text"] == "halo"


async def test_second_poller_terminates_the_first(bot: httpx.AsyncClient) -> None:
    first = asyncio.create_task(bot.post("getUpdates", json={"timeout": 30}))
    await _wait_until_polled(bot)
    assert await _get_updates(bot) == []
    conflict = await asyncio.wait_for(first, 20)
    assert conflict.status_code == 409
    assert conflict.json()["description"].startswith("Conflict: terminated by other getUpdates request")


def test_allowed_updates_filter_kinds(api: Api) -> None:
    api.world.push("chat_member", {})
    assert not api.world.updates
    asyncio.run(poll_updates(api, allowed_updates=["callback_query"]))
    api.hear()
    assert not api.updates()
    asyncio.run(poll_updates(api))
    api.hear()
    assert not api.updates()
    asyncio.run(poll_updates(api, allowed_updates=[]))
    api.hear()
    assert api.updates()
    for wrong in ({"allowed_updates": ["mesage"]}, {"limit": 0}, {"limit": 101}):
        with pytest.raises(Exception, match="Bad Request"):
            asyncio.run(poll_updates(api, **wrong))


async def poll_updates(api: Api, **p: Any) -> Any:
    from bot.sandbox.api import perform
    from bot.sandbox.request_parsing import RawCall

    return await perform(api.world, "getUpdates", RawCall(p, {}))


def test_old_updates_are_deleted(api: Api) -> None:
    api.hear()
    api.clock.now += 86_401
    api.hear("dua")
    assert [u["message"]["text"] for u in api.updates()] == ["dua"]


@pytest.mark.parametrize(
    ("p", "description"),
    [
        ({"url": "https://contoh.id/hook"}, "bad webhook: the sandbox delivers to"),
        (
            {"url": "https://contoh.id:8080/hook"},
            "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
        ({"url": "http://10.0.0.1/hook"}, "bad webhook: An HTTPS URL must be provided"),
        ({"url": "bukan url"}, "bad webhook: invalid webhook URL"),
        ({"url": "http://[::1/"}, "bad webhook: invalid webhook URL"),
        ({"url": "http://127.0.0.1:0/"}, "bad webhook: invalid webhook URL"),
        ({"url": "http://127.0.0.1:1/", "secret_token": "a b"}, "secret token contains unallowed characters"),
        ({"url": "http://127.0.0.1:1/", "max_connections": 101}, "max_connections"),
    ],
)
def test_invalid_webhook_is_refused(api: Api, p: dict[str, Any], description: str) -> None:
    assert description in api.refused("setWebhook", **p).description


def test_webhook_replaces_polling(api: Api) -> None:
    api.hear()
    assert api.call("setWebhook", url="http://localhost:1/", drop_pending_updates=True, allowed_updates=["message"])
    info = api.call("getWebhookInfo")
    assert (info["url"], info["pending_update_count"], info["allowed_updates"]) == (
        "http://localhost:1/",
        0,
        ["message"],
    )
    with pytest.raises(Exception, match="while webhook is active"):
        asyncio.run(poll_updates(api))
    assert api.call("setWebhook", url="")
    assert api.call("getWebhookInfo")["url"] == ""


async def test_webhook_update_is_retried_until_accepted(bot: httpx.AsyncClient) -> None:
    received: list[tuple[str | None, Any]] = []
    taken = asyncio.Event()
    answers = [b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n"]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.lower().split(": ", 1) for line in head.strip().split("\r\n")[1:])
        update = json.loads(await reader.readexactly(int(headers["content-length"])))
        received.append((headers.get(SECRET_HEADER.lower()), update))
        reply = json.dumps({"method": "sendMessage", "chat_id": 1001, "text": "dari webhook"}).encode()
        ok = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(reply) + reply
        writer.write(answers.pop() if answers else ok)
        await writer.drain()
        writer.close()
        if len(received) == 2:
            taken.set()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        hook = {"url": f"http://127.0.0.1:{port}/", "secret_token": "rahasia"}
        assert (await bot.post("setWebhook", json=hook)).json()["ok"]
        await _send_text(bot, "halo")
        await asyncio.wait_for(taken.wait(), 10)
        waited = await bot.get(str(bot.base_url.copy_with(path="/sim/wait")), params={"timeout_s": 5})
        assert [m["text"] for m in waited.json()["messages"]] == ["dari webhook"]
        info = (await bot.get("getWebhookInfo")).json()["result"]
        assert info["pending_update_count"] == 0
        assert "500" in info["last_error_message"]
        assert (await bot.post("getUpdates")).status_code == 409
        assert (await bot.post("deleteWebhook")).json()["ok"]
    assert [(secret, u["message"]["text"]) for secret, u in received] == [("rahasia", "halo")] * 2


def test_identical_webhook_is_kept(api: Api) -> None:
    hook: dict[str, Any] = {"url": "http://127.0.0.1:1/", "secret_token": "rahasia", "max_connections": 7}
    api.call("setWebhook", **hook)
    first = api.world.webhook
    api.call("setWebhook", **hook)
    assert api.world.webhook is first
    assert api.call("getWebhookInfo")["max_connections"] == 7
    api.call("setWebhook", **hook | {"secret_token": "lain"})
    assert api.world.webhook is not first


async def test_hanging_update_does_not_delay_other_chats(bot: httpx.AsyncClient) -> None:
    """Two chats at the same time, and the updates of one chat one after the other."""
    texts: list[str] = []
    has_begun, may_end, all_there = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.lower().split(": ", 1) for line in head.strip().split("\r\n")[1:])
        text = json.loads(await reader.readexactly(int(headers["content-length"])))["message"]["text"]
        texts.append(text)
        if text == "lambat":
            has_begun.set()
            await may_end.wait()
        writer.write(b"HTTP/1.1 204 Gone on\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        if len(texts) == 2:
            may_end.set()
        if len(texts) == 3:
            all_there.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/"
        await bot.post(str(bot.base_url.copy_with(path="/sim/chats")), json={"type": "private", "chat_id": 55})

        async def say(text: str, chat_id: int) -> None:
            said = {"text": text, "chat_id": chat_id}
            await bot.post(str(bot.base_url.copy_with(path="/sim/messages")), json=said)

        await say("lambat", 1001)
        await say("sesudahnya", 1001)
        assert (await bot.post("setWebhook", json={"url": url})).json()["ok"]
        # Nothing says which of two chats comes first: the other one writes when the first one hangs.
        await asyncio.wait_for(has_begun.wait(), 10)
        await say("cepat", 55)
        await asyncio.wait_for(all_there.wait(), 10)
        assert (await bot.post("deleteWebhook")).json()["ok"]
    assert texts == ["lambat", "cepat", "sesudahnya"]
