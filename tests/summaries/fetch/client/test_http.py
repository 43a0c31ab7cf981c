"""The guarded fetcher against real servers on loopback, honest and hostile."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from summaries.errors import AddressRefused, PermanentFetchError, TransientFetchError
from summaries.fetch.client.http import MAX_REDIRECTS, GuardedFetcher

if TYPE_CHECKING:
    from tests.summaries.fetch.conftest import LoopbackServer

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def make_response(
    body: bytes = b"<p>halo</p>", *, status: int = 200, content_type: str | None = "text/html", **headers: str
) -> bytes:
    lines = [f"HTTP/1.1 {status} x", f"Content-Length: {len(body)}", "Connection: close"]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.fixture
async def fetcher() -> AsyncIterator[GuardedFetcher]:
    opened = GuardedFetcher(
        user_agent="RingkasTest/1 (+https://example.com/kontak)",
        timeout_s=20,
        max_bytes=100_000,
        allow_private_addresses=True,
        clock=lambda: NOW,
    )
    async with aclosing(opened):
        yield opened


async def test_document_has_status_headers_and_body(server: LoopbackServer, fetcher: GuardedFetcher) -> None:
    server.answers["/a?b=c"] = make_response(
        b"<p>halo</p>",
        content_type="text/html; charset=UTF-8",
        ETag='"1"',
        Last_Modified="Tue, 24 Nov 2026 00:00:00 GMT",
    )
    page = await fetcher.fetch(f"{server.url}/a?b=c#d")
    assert (page.status, page.media_type, page.charset, page.body) == (200, "text/html", "utf-8", b"<p>halo</p>")
    assert (page.etag, page.last_modified) == ('"1"', "Tue, 24 Nov 2026 00:00:00 GMT")
    assert page.url.startswith(f"{server.url}/a?b=c")


async def test_request_sends_user_agent_without_cookies_or_proxy(
    server: LoopbackServer, fetcher: GuardedFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    server.answers["/"] = make_response(Set_Cookie="id=1; Path=/", WWW_Authenticate="Basic realm=x")
    await fetcher.fetch(server.url)
    await fetcher.fetch(server.url)
    second = server.requests[1].lower()
    assert "user-agent: ringkastest/1 (+https://example.com/kontak)\r\n" in second
    assert f"host: 127.0.0.1:{server.port}\r\n" in second
    assert "cookie" not in second
    assert "authorization" not in second
    assert "accept-encoding: gzip, deflate\r\n" in second


async def test_not_modified_returns_an_empty_304(server: LoopbackServer, fetcher: GuardedFetcher) -> None:
    server.answers["/"] = make_response(b"", status=304, content_type=None, ETag='"2"')
    page = await fetcher.fetch(server.url, etag='"2"', last_modified="Tue, 24 Nov 2026 00:00:00 GMT")
    assert (page.status, page.body, page.etag) == (304, b"", '"2"')
    assert 'If-None-Match: "2"\r\n' in server.requests[0]
    assert "If-Modified-Since: Tue, 24 Nov 2026 00:00:00 GMT\r\n" in server.requests[0]


async def test_validator_with_line_break_is_not_sent(server: LoopbackServer, fetcher: GuardedFetcher) -> None:
    server.answers["/"] = make_response()
    await fetcher.fetch(server.url, etag='"x"\r\nX-Evil: 1')
    assert "Evil" not in server.requests[0]


async def test_unrequested_304_is_an_error(server: LoopbackServer, fetcher: GuardedFetcher) -> None:
    server.answers["/"] = make_response(b"", status=304, content_type=None)
    with pytest.raises(PermanentFetchError):
        await fetcher.fetch(server.url)


async def test_compressed_page_is_decompressed(server: LoopbackServer, fetcher: GuardedFetcher) -> None:
    server.answers["/"] = make_response(gzip.compress(b"<p>halo</p>"), Content_Encoding="gzip")
    assert (await fetcher.fetch(server.url)).body == b"<p>halo</p>"


FOR_GOOD = {
    "not found": make_response(status=404),
    "gone": make_response(status=410),
    "forbidden": make_response(status=403),
    "no content": make_response(b"", status=204),
    "image": make_response(content_type="image/png"),
    "program": make_response(content_type="application/octet-stream"),
    "no type and no text": make_response(b"\x7fELF\x01\x02", content_type=None),
    "too large, and says so": b"HTTP/1.1 200 x\r\nContent-Type: text/html\r\nContent-Length: 99999999\r\n\r\n",
    "too large, and does not say so": b"HTTP/1.1 200 x\r\nContent-Type: text/html\r\n\r\n" + b"x" * 150_000,
    "bomb": make_response(gzip.compress(bytes(5_000_000)), Content_Encoding="gzip"),
    "brotli": make_response(b"\x0b\x02\x80halo\x03", Content_Encoding="br"),
    "not gzip": make_response(b"halo" * 50, Content_Encoding="gzip"),
    "redirect to nowhere": make_response(status=302),
}
FOR_NOW = {
    "server error": make_response(status=500),
    "bad gateway": make_response(status=502),
    "request time-out": make_response(status=408),
    "closed at once": b"",
    "not HTTP": b"220 smtp.example.com ESMTP\r\n",
    "cut off": b"HTTP/1.1 200 x\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n<p>halo",
    "cut off gzip": make_response(gzip.compress(bytes(range(256)) * 9)[:-20], Content_Encoding="gzip"),
    "endless header": b"HTTP/1.1 200 x\r\nX-A: " + b"a" * 300_000,
    "impossible length": b"HTTP/1.1 200 x\r\nContent-Type: text/html\r\nContent-Length: -5\r\n\r\nhalo",
}


@pytest.mark.parametrize("raw", FOR_GOOD.values(), ids=FOR_GOOD.keys())
async def test_permanent_failure_is_raised(raw: bytes, server: LoopbackServer, fetcher: GuardedFetcher) -> None:
    server.answers["/"] = raw
    with pytest.raises(PermanentFetchError):
        await fetcher.fetch(server.url)


@pytest.mark.parametrize("raw", FOR_NOW.values(), ids=FOR_NOW.keys())
async def test_transient_failure_is_raised(raw: bytes, server: LoopbackServer, fetcher: GuardedFetcher) -> None:
    server.answers["/"] = raw
    with pytest.raises(TransientFetchError):
        await fetcher.fetch(server.url)


@pytest.mark.parametrize(
    ("header", "wait"), [("120", 120.0), ("Tue, 24 Nov 2026 01:05:00 GMT", 300.0), ("nonsense", None)]
)
@pytest.mark.parametrize("status", [429, 503])
async def test_transient_error_carries_retry_after(
    status: int, header: str, wait: float | None, server: LoopbackServer, fetcher: GuardedFetcher
) -> None:
    server.answers["/"] = make_response(status=status, Retry_After=header)
    with pytest.raises(TransientFetchError) as failure:
        await fetcher.fetch(server.url)
    assert (failure.value.status, failure.value.retry_after_s) == (status, wait)


async def test_closed_port_is_a_transient_error(fetcher: GuardedFetcher) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(TransientFetchError):
            await fetcher.fetch(f"http://127.0.0.1:{unused.getsockname()[1]}/")


async def test_slow_server_is_cut_off_at_the_timeout(server: LoopbackServer) -> None:
    async def drip(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 x\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n")
        for _byte in range(5000):
            writer.write(b"a")
            await writer.drain()
            await asyncio.sleep(0.02)

    async def drip_headers(_: str, writer: asyncio.StreamWriter) -> None:
        for code in b"HTTP/1.1 200 x\r\nX-Long: " + b"a" * 5000:
            writer.write(bytes([code]))
            await writer.drain()
            await asyncio.sleep(0.02)

    server.answers |= {"/body": drip, "/headers": drip_headers}
    async with aclosing(GuardedFetcher(timeout_s=0.3, allow_private_addresses=True)) as fetcher:
        for path in ("/body", "/headers"):
            start = time.monotonic()
            with pytest.raises(TransientFetchError, match="longer than"):
                await fetcher.fetch(server.url + path)
            assert time.monotonic() - start < 2


async def test_redirects_are_followed_to_the_final_url(server: LoopbackServer, fetcher: GuardedFetcher) -> None:
    server.answers |= {
        "/1": make_response(status=301, Location="/2?x=1"),
        "/2?x=1": make_response(status=303, Location=f"{server.url}/3"),
        "/3": make_response(status=308, Location="4"),
        "/4": make_response(),
    }
    assert (await fetcher.fetch(f"{server.url}/1")).url == f"{server.url}/4"


async def test_redirect_loop_is_refused(server: LoopbackServer, fetcher: GuardedFetcher) -> None:
    server.answers["/"] = make_response(status=302, Location="/")
    with pytest.raises(PermanentFetchError, match="redirects"):
        await fetcher.fetch(server.url)
    assert len(server.requests) == MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    "location",
    ["ftp://example.com/", "file:///etc/passwd", "http://user:pw@127.0.0.1/", "http://2130706433/", "http://[::1"],
)
async def test_redirect_to_an_invalid_address_is_refused(
    location: str, server: LoopbackServer, fetcher: GuardedFetcher
) -> None:
    server.answers["/"] = make_response(status=302, Location=location)
    with pytest.raises(AddressRefused):
        await fetcher.fetch(server.url)


async def test_loopback_is_refused_by_default(server: LoopbackServer) -> None:
    async with aclosing(GuardedFetcher()) as fetcher:
        for url in (server.url, "http://localhost/", "http://127.0.0.1/"):
            with pytest.raises(AddressRefused):
                await fetcher.fetch(url)
    assert server.requests == []


@pytest.mark.parametrize("agent", ["", "  ", "a\r\nX-Evil: 1", "Ringkasé"])
def test_invalid_user_agent_is_refused(agent: str) -> None:
    with pytest.raises(ValueError, match="printable"):
        GuardedFetcher(user_agent=agent)
