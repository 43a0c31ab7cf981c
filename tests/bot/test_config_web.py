"""Addresses and secrets of the web side."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from bot.config import Listen, check_secret, check_webhook_url, find_webhook_fault, read_listen


@pytest.mark.parametrize(
    ("text", "listen", "url"),
    [
        ("127.0.0.1:8080", Listen("127.0.0.1", 8080), "http://127.0.0.1:8080"),
        (" localhost:1 ", Listen("127.0.0.1", 1), "http://127.0.0.1:1"),
        ("0.0.0.0:65535", Listen("0.0.0.0", 65535), "http://127.0.0.1:65535"),  # noqa: S104
        ("[::1]:80", Listen("::1", 80), "http://[::1]:80"),
        ("[::]:80", Listen("::", 80), "http://[::1]:80"),
        ("10.1.2.3:80", Listen("10.1.2.3", 80), "http://10.1.2.3:80"),
    ],
)
def test_listen_address_is_parsed(text: str, listen: Listen, url: str) -> None:
    assert read_listen(text) == listen
    assert listen.url == url
    assert read_listen(str(listen)) == listen
    assert listen.is_loopback == (listen.host in {"127.0.0.1", "::1"})


@pytest.mark.parametrize(
    "text", ["", "8080", ":8080", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x", "::1:80", "[::1:80",
             "[127.0.0.1]:80", "bot.example:80", "127.0.0.1:٨٠"],
)  # fmt: skip
def test_invalid_listen_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^must "):
        read_listen(text)


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("https://bot.example.org/telegram", None),
        ("https://bot.example.org", None),
        ("https://bot.example.org:8443/a-b_c.d~e/f", None),
        ("https://[2001:db8::1]:88/x", None),
        ("https://bot.example.org:8080/x", "must be on port 443, 80, 88 or 8443"),
        ("http://bot.example.org/x", "must begin with https://"),
    ],
)
def test_webhook_url_is_checked(url: str, refusal: str | None) -> None:
    assert check_webhook_url(url) == url
    said = find_webhook_fault(url)
    assert said is None if refusal is None else said is not None and said.startswith(refusal)


@pytest.mark.parametrize(
    "url",
    ["bot.example.org/x", "ftp://bot.example.org/x", "https:///x", "https://user:pw@bot.example.org/x",
     "https://bot.example.org/x?y", "https://bot.example.org/x#y", "https://bot.example.org:0/x",
     "https://bot.example.org:99999/x", "https://[::1/x", "https://bot.example.org/{x}", "https://bot.example.org/a b",
     "https://bot.example.org/metrics", "https://bot.example.org/health/live"],
)  # fmt: skip
def test_invalid_webhook_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"^must have a path of its own|^must be an address such as"):
        check_webhook_url(url)


@pytest.mark.parametrize("secret", ["short", "a" * 257, "a" * 15 + " ", "a" * 20 + "é", "a" * 20 + "\n"])
def test_webhook_settings_refuse_weak_secrets(secret: str) -> None:
    with pytest.raises(ValueError, match="16 to 256") as caught:
        check_secret(SecretStr(secret))
    assert secret not in str(caught.value)
    assert check_secret(SecretStr("a" * 16))
