"""Each of several bots is asked for at Telegram."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import SecretStr

from bot.config import Settings
from bot.doctor import State, telegram_findings
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.server import SandboxServer

FIRST, SECOND, REVOKED = (f"{number}:{'SANDBOX_' * 4}BOT" for number in (71, 72, 73))


async def test_each_bot_is_named_by_its_id() -> None:
    with SandboxServer(Sandbox((FIRST, SECOND))) as server:
        server.sandbox.worlds[SECOND].has_privacy = False
        settings = Settings(
            telegram_bot_token=SecretStr(FIRST),
            telegram_bot_tokens=(SecretStr(SECOND), SecretStr(REVOKED)),
            telegram_api_url=server.url,
        )
        found = await telegram_findings(settings, lambda: datetime.now(UTC), is_offline=False)
    states = {finding.subject: finding.state for finding in found}
    assert (states["token 71"], states["token 72"], states["token 73"]) == (State.OK, State.OK, State.FAULT)
    assert (states["privacy mode 71"], states["privacy mode 72"]) == (State.OK, State.WARNING)
    assert not any("SANDBOX" in finding.what + finding.todo for finding in found)
