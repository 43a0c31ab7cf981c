"""Findings about the bot at Telegram, from two calls that change nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from bot.config import Settings
from bot.doctor.checks import Finding, fault, ok, unknown, warning
from bot.transport.connection_pool import is_local

TIMEOUT_S = 10.0
# Digests are sent to the minute. Readers notice the first deviation; the second breaks sign-in elsewhere.
NOTICED_SKEW = timedelta(seconds=10)
WRONG_SKEW = timedelta(seconds=60)
MANY_WAITING = 100
NOT_KNOWN = frozenset({401, 404})


@dataclass(frozen=True, slots=True)
class Answer:
    """The response to a call: its result, or an error. `status` is 0 without a response.

    `skew` is how far this machine's clock is ahead of the server's.
    """

    status: int
    result: Mapping[str, Any] | None = None
    error: str = ""
    skew: timedelta | None = None


async def ask(settings: Settings, token: SecretStr, method: str, now: Callable[[], datetime]) -> Answer:
    """Call a method of the Bot API. Errors are not passed on unchanged, because the address contains the token."""
    url = f"{settings.bot_base_url.format(token=token.get_secret_value())}/{method}"
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=not is_local(settings.telegram_api_url)) as http:
            asked_at = now()
            response = await http.get(url)
            answered_at = now()
    except (httpx.HTTPError, ValueError, OSError) as error:
        # A ValueError is for example a malformed proxy address in the environment.
        return Answer(0, error=type(error).__name__)
    skew = skew_of(response.headers.get("Date"), asked_at, answered_at)
    try:
        body = response.json()
        result = body.get("result") if body.get("ok") is True else None
        error_text = str(body.get("description", ""))
    except (ValueError, AttributeError):
        result, error_text = None, "the answer is not the Bot API's"
    return Answer(response.status_code, result if isinstance(result, dict) else None, error_text, skew)


def skew_of(date: str | None, asked_at: datetime, answered_at: datetime) -> timedelta | None:
    """Return how far this machine's clock is ahead of the one that wrote the Date header, which is truncated to
    seconds."""
    try:
        server_time = parsedate_to_datetime(date or "")
    except ValueError:
        return None
    server_time = server_time.replace(tzinfo=UTC) if server_time.tzinfo is None else server_time
    earliest, latest = asked_at - server_time - timedelta(seconds=1), answered_at - server_time
    if earliest <= timedelta() <= latest:
        return timedelta()
    return min(earliest, latest, key=abs)


def check_bot(me: Answer, root: str) -> list[Finding]:
    """Judge the answer to getMe."""
    host = urlsplit(root).hostname or root
    if me.status in NOT_KNOWN:
        todo = "send /mybots to @BotFather, choose the bot, API Token, and copy it into TELEGRAM_BOT_TOKEN"
        return [fault("token", f"{host} does not know the token", todo)]
    if me.status == 0:
        todo = "check the network, the proxy in HTTPS_PROXY, and TELEGRAM_API_URL"
        return [fault("token", f"{host} can't be reached ({me.error})", todo)]
    if me.result is None or not isinstance(me.result.get("username"), str):
        todo = "check TELEGRAM_API_URL; at Telegram itself wait and try again"
        return [fault("token", f"{host} gave no proper answer (status {me.status}: {me.error})", todo)]
    found = [ok("token", f"{host} knows the bot as @{me.result['username']}")]
    if me.result.get("can_read_all_group_messages"):
        todo = "send /setprivacy to @BotFather, choose the bot, Enable; then add it to its groups again"
        found.append(warning("privacy mode", "off: groups send the bot every message, and it needs only a few", todo))
    else:
        found.append(ok("privacy mode", "on: in groups the bot gets commands and replies to it"))
    if me.result.get("supports_inline_queries"):
        found.append(ok("inline mode", f"on: @{me.result['username']} words offers stories in any chat"))
    else:
        found.append(warning("inline mode", "off", "send /setinline to @BotFather and choose the bot, if you want it"))
    if me.result.get("supports_guest_queries"):
        found.append(ok("guest mode", f"on: @{me.result['username']} under a link summarises it in any chat"))
    else:
        todo = "open @BotFather's mini app, choose the bot and turn guest mode on, if you want it"
        found.append(warning("guest mode", "off", todo))
    if me.result.get("can_join_groups") is False:
        found.append(warning("groups", "the bot can't be added to groups", "send /setjoingroups to @BotFather, Enable"))
    return found


def check_webhook(info: Answer, own_url: str | None) -> Finding:
    """Judge the answer to getWebhookInfo. `own_url` is the address that the bot sets, if any."""
    if info.result is None:
        return unknown("webhook", "it could not be asked for")
    url = str(info.result.get("url") or "")
    waiting = info.result.get("pending_update_count")
    backlog = f"{waiting} updates wait" if isinstance(waiting, int) and waiting > MANY_WAITING else ""
    # The path of the address may contain a secret.
    host = urlsplit(url).hostname or "an address without a name"
    if url and url != own_url:
        todo = (
            "`ringkas run` removes it when it starts; if it comes back, another program has the token: stop that"
            " program, or /revoke the token at @BotFather"
        )
        return fault("webhook", f"updates go to {host}, left over from elsewhere", todo)
    if own_url and not url:
        return warning("webhook", "Telegram does not know the bot's address yet", "start the bot: `ringkas run`")
    if error := str(info.result.get("last_error_message") or ""):
        return warning("webhook", f"Telegram's last call of {host} failed: {error}", "check the proxy before the bot")
    if backlog:
        return warning("webhook", backlog, "start the bot, or read its log for the reason")
    return ok("webhook", f"updates go to {host}" if url else "none, the bot asks for updates")


def check_clock(skew: timedelta | None) -> Finding:
    """Judge the clock's skew."""
    if skew is None:
        return unknown("clock", "there is no other clock to compare it with")
    seconds = abs(skew).total_seconds()
    side = "ahead of" if skew > timedelta() else "behind"
    todo = "let the clock be set over the network: timedatectl set-ntp true"
    if abs(skew) > WRONG_SKEW:
        return fault("clock", f"{seconds:.0f} s {side} Telegram's: digests come at a wrong time", todo)
    if abs(skew) > NOTICED_SKEW:
        return warning("clock", f"{seconds:.0f} s {side} Telegram's", todo)
    return ok("clock", "as Telegram's, within a few seconds")
