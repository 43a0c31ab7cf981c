"""What the settings of the web side may be (pure)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# Telegram's own servers call no others; a Bot API server of one's own calls any.
WEBHOOK_PORTS = frozenset({80, 88, 443, 8443})
ADDRESS = "must be an address such as https://bot.example.org/telegram, without ? and #"

# Telegram takes so many letters at most; a short one can be guessed.
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]*)*")


def webhook_secret(value: str) -> str:
    """The secret, where it is one.

    Raises:
        ValueError: it is not; the message does not show it.
    """
    if not _SECRET.fullmatch(value):
        raise ValueError("must be 16 to 256 letters, digits, _ or -")
    return value


def webhook_url(value: str) -> str:
    """The address, where a webhook can be there.

    Raises:
        ValueError: it can't.
    """
    try:
        parts = urlsplit(value)
        is_host = bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        raise ValueError(ADDRESS) from None
    is_plain = parts.scheme in {"http", "https"} and not parts.query and not parts.fragment
    if not is_host or not is_plain or not _PATH.fullmatch(parts.path):
        raise ValueError(ADDRESS)
    if parts.path == "/metrics" or parts.path.startswith("/health"):
        raise ValueError("must have a path of its own: /health and /metrics are taken")
    return value


def refused_by_telegram(url: str) -> str | None:
    """Why Telegram's own servers would not call the webhook there, if they would not."""
    parts = urlsplit(url)
    if parts.scheme != "https":
        return "must begin with https://: Telegram calls no other addresses"
    if (parts.port or 443) not in WEBHOOK_PORTS:
        return "must be on port 443, 80, 88 or 8443: Telegram calls no others"
    return None
