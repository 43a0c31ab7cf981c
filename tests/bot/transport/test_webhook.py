"""The webhook at Telegram: set, refused, lost and set again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from pydantic import SecretStr
from telegram import Bot
from telegram.error import BadRequest, NetworkError
from telegram.request import HTTPXRequest

from bot.config import Settings
from bot.sandbox.server import SandboxServer
from bot.transport.request import ApiRequest
from bot.transport.webhook import (
    ALLOWED_UPDATES,
    WebhookConfig,
    WebhookMonitor,
    derive_secret,
    set_webhook,
    webhook_config,
)
from summaries.errors import InvalidSettings

TOKEN = "123456789:" + "A" * 35
URL = "http://127.0.0.1:9/telegram"
HOOK = WebhookConfig(URL, "rahasia-sekali-1234", 7)


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
async def bot(server: SandboxServer) -> AsyncIterator[Bot]:
    client = HTTPXRequest(httpx_kwargs={"trust_env": False})
    async with Bot(server.token, base_url=f"{server.url}/bot", request=client) as bot:
        await bot.delete_webhook()
        yield bot


async def test_webhook_is_set_with_secret_and_options(bot: Bot, server: SandboxServer) -> None:
    await set_webhook(bot, HOOK)
    info = await bot.get_webhook_info()
    assert (info.url, info.max_connections, set(info.allowed_updates)) == (URL, 7, set(ALLOWED_UPDATES))
    hook = server.sandbox.worlds[server.token].webhook
    assert hook is not None
    assert hook.secret == HOOK.secret


async def test_webhook_url_refused_by_telegram_is_an_invalid_setting(bot: Bot) -> None:
    with pytest.raises(InvalidSettings, match="WEBHOOK_URL is refused by Telegram"):
        await set_webhook(bot, WebhookConfig("https://bot.example.org:8080/x", HOOK.secret, 7))


async def test_removed_webhook_is_set_again(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    watch = WebhookMonitor(bot, HOOK)
    await set_webhook(bot, HOOK)
    await watch.look()
    assert caplog.text == ""
    await bot.delete_webhook()
    await watch.look()
    assert "another program took this bot's messages" in caplog.text
    assert (await bot.get_webhook_info()).url == URL


async def test_webhook_error_is_logged_once(bot: Bot, server: SandboxServer, caplog: pytest.LogCaptureFixture) -> None:
    await set_webhook(bot, HOOK)
    hook = server.sandbox.worlds[server.token].webhook
    assert hook is not None
    hook.last_error, hook.last_error_at = "Connection refused", 1_700_000_000
    watch = WebhookMonitor(bot, HOOK)
    for _ in range(2):
        assert await watch.look() is not None
    assert caplog.text.count("Telegram could not hand updates over: Connection refused") == 1


async def test_each_response_of_telegram_is_reported(server: SandboxServer) -> None:
    heard: list[str] = []
    client = ApiRequest(httpx_kwargs={"trust_env": False})
    client.heard = lambda: heard.append("answer")
    async with Bot(server.token, base_url=f"{server.url}/bot", request=client) as bot:
        heard.clear()
        with pytest.raises(BadRequest):
            await bot.send_message(1, "halo")
        assert heard == ["answer"]
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
            for fault in ({"kind": "status", "code": 502}, {"kind": "reset_before"}):
                await http.post("/sim/faults", json=fault)
                with pytest.raises(NetworkError):
                    await bot.get_me()
    # A proxy in front of the bot is not Telegram.
    assert heard == ["answer"]


async def test_unreachable_telegram_is_checked_again_later(caplog: pytest.LogCaptureFixture) -> None:
    client = HTTPXRequest(httpx_kwargs={"trust_env": False})
    async with client:
        away = Bot(TOKEN, base_url="http://127.0.0.1:9/bot", request=client)
        assert await WebhookMonitor(away, HOOK).look() is None
    assert "can't be asked" in caplog.text


def test_secret_is_configured_or_derived_from_the_token() -> None:
    token = SecretStr(TOKEN)
    assert webhook_config(Settings(telegram_bot_token=token), token) is None
    made = webhook_config(Settings(telegram_bot_token=token, webhook_url="https://bot.example.org"), token)
    assert made is not None
    assert (made.path, made.secret, made.max_connections) == ("/", derive_secret(TOKEN), 40)
    own = webhook_config(
        Settings(
            telegram_bot_token=SecretStr(TOKEN),
            webhook_url="https://bot.example.org/telegram",
            webhook_secret=SecretStr("rahasia-sekali-1234"),
        ),
        token,
    )
    assert own == WebhookConfig("https://bot.example.org/telegram", "rahasia-sekali-1234", 40)
    assert "rahasia" not in repr(own)
    # Each token has its own secret, which holds no part of the token.
    assert derive_secret(TOKEN) != derive_secret(TOKEN + "B")
    assert len(derive_secret(TOKEN)) == 64


def test_each_bot_has_its_own_webhook_path_and_secret() -> None:
    first, second, third = (SecretStr(f"{number}:{'A' * 35}") for number in (1, 2, 3))
    settings = Settings(
        telegram_bot_token=first, telegram_bot_tokens=(second, third), webhook_url="https://bot.example.org/telegram/"
    )
    hooks = [webhook_config(settings, token) for token in settings.tokens]
    assert [hook.url for hook in hooks if hook is not None] == [
        # The first goes on where it was when it was alone.
        "https://bot.example.org/telegram/", "https://bot.example.org/telegram/2", "https://bot.example.org/telegram/3",
    ]  # fmt: skip
    own = settings.model_copy(update={"webhook_secret": SecretStr("rahasia-sekali-1234")})
    secrets = {
        hook.secret for hook in [*hooks, *(webhook_config(own, token) for token in own.tokens)] if hook is not None
    }
    assert len(secrets) == 6
    assert webhook_config(Settings(telegram_bot_tokens=(second,)), second) is None
