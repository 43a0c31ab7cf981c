"""Delivery of updates to the bot: long polling or a webhook, never both."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from bot.sandbox import Json
from bot.sandbox.errors import ApiError, SchemaBreak, bad_request
from bot.sandbox.methods.checks import simulates
from bot.sandbox.schema import type_fields
from bot.sandbox.state import Webhook, World

MAX_POLL_S = 50
WEBHOOK_PORTS = {80, 88, 443, 8443}
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_OTHER_POLLER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
_HAS_WEBHOOK = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


@simulates("getUpdates", "offset limit timeout allowed_updates")
async def get_updates(world: World, p: Json) -> list[Json]:
    """Return pending updates and drop confirmed ones. A newer poll or a new webhook ends this one with 409."""
    if world.webhook is not None:
        raise ApiError(409, _HAS_WEBHOOK)
    limit = p.get("limit", 100)
    if not 1 <= limit <= 100:
        raise bad_request("limit must be between 1 and 100")
    _remember_allowed(world, p)
    world.polls += 1
    turn = world.polls
    world.signal.notify()
    offset = p.get("offset", 0)
    if offset > 0:
        world.confirm_before(offset)
    elif offset < 0 and (last := world.pending()[offset:]):
        world.confirm_before(last[0]["update_id"])
    timeout_s = min(max(p.get("timeout", 0), 0), MAX_POLL_S)
    await world.wait_until(lambda: bool(world.pending() or world.polls != turn or world.webhook), timeout_s)
    if world.polls != turn:
        raise ApiError(409, _OTHER_POLLER)
    if world.webhook is not None:
        raise ApiError(409, "Conflict: terminated by setWebhook request")
    return world.pending()[:limit]


def _remember_allowed(world: World, p: Json) -> None:
    if "allowed_updates" not in p:
        return
    known = type_fields("Update").keys() - {"update_id"}
    for name in p["allowed_updates"]:
        if name not in known:
            raise SchemaBreak(f"allowed_updates: there is no update {name!r}")
    world.allowed_updates = frozenset(p["allowed_updates"]) or None


@simulates("setWebhook", "url secret_token allowed_updates drop_pending_updates max_connections ip_address")
def set_webhook(world: World, p: Json) -> bool:
    """Set the webhook. It must be plain http on this machine: the sandbox sends nothing beyond loopback.

    Setting an identical webhook keeps the old one with its retries.
    """
    url = p["url"]
    if not url:
        return delete_webhook(world, p)
    _check_url(url)
    secret = p.get("secret_token")
    if secret is not None and not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    if not 1 <= p.get("max_connections", 40) <= 100:
        raise bad_request("max_connections must be between 1 and 100")
    _remember_allowed(world, p)
    if p.get("drop_pending_updates"):
        world.updates.clear()
    wanted = Webhook(url, secret, p.get("max_connections", 40))
    if wanted != world.webhook:
        world.webhook = wanted
    world.signal.notify()
    return True


def _check_url(url: str) -> None:
    """Check the URL by Telegram's rules. Loopback addresses may have any port, as with a local Bot API server."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise bad_request("bad webhook: invalid webhook URL specified") from None
    if not host or port == 0:
        raise bad_request("bad webhook: invalid webhook URL specified")
    if parts.scheme == "http" and host in LOOPBACK:
        return
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if (port or 443) not in WEBHOOK_PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    raise bad_request("bad webhook: the sandbox delivers to http://127.0.0.1:PORT/… only")


@simulates("deleteWebhook", "drop_pending_updates")
def delete_webhook(world: World, p: Json) -> bool:
    if p.get("drop_pending_updates"):
        world.updates.clear()
    world.webhook = None
    world.signal.notify()
    return True


@simulates("getWebhookInfo")
def get_webhook_info(world: World, _p: Json) -> Json:
    hook = world.webhook
    result: Json = {
        "url": hook.url if hook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(world.pending()),
    }
    if hook:
        result |= {"max_connections": hook.max_connections, "ip_address": "127.0.0.1"}
        if hook.last_error is not None:
            result |= {"last_error_date": hook.last_error_at, "last_error_message": hook.last_error}
    if world.allowed_updates is not None:
        result["allowed_updates"] = sorted(world.allowed_updates)
    return result
