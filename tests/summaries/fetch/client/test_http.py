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


def answer(
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
        timeout_s=5,
        max_bytes=100_000,
        allow_private_addresses=True,
        clock=lambda: NOW,
    )
    async with aclosing(opened):
        yield opened


async def test_a_page_comes_with_all_that_is_known_of_it(server: LoopbackServer, fetcher: GuardedFetcher) -> None:
    server.answers["/a?b=c"] = answer(
        b"<p>halo</p>",
        content_type="text/html; charset=UTF-8",
        ETag='"1"',
        Last_Modified="Tue, 24 Nov 2026 00:00:00 GMT",
    )
    page = await fetcher.fetch(f"{server.url}/a?b=c#d")
    assert (page.status, page.media_type, page.charset, page.body) == (200, "text/html", "utf-8", b"<p>halo</p>")
    assert (page.etag, page.last_modified) == ('"1"', "Tue, 24 Nov 2026 00:00:00 GMT")
    assert page.url.startswith(f"{server.url}/a?b=c")


async def test_it_says_who_asks_and_carries_nothing_else(
    server: LoopbackServer, fetcher: GuardedFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    server.answers["/"] = answer(Set_Cookie="id=1; Path=/", WWW_Authenticate="Basic realm=x")
    await fetcher.fetch(server.url)
    await fetcher.fetch(server.url)
    second = server.requests[1].lower()
    assert "user-agent: ringkastest/1 (+https://example.com/kontak)\r\n" in second
    assert f"host: 127.0.0.1:{server.port}\r\n" in second
    assert "cookie" not in second
    assert "authorization" not in second
    assert "accept-encoding: gzip, deflate\r\n" in second


async def test_an_unchanged_document_is_an_empty_304(server: LoopbackServer, fetcher: GuardedFetcher) -> None:
    server.answers["/"] = answer(b"", status=304, content_type=None, ETag='"2"')
    page = await fetcher.fetch(server.url, etag='"2"', last_modified="Tue, 24 Nov 2026 00:00:00 GMT")
    assert (page.status, page.body, page.etag) == (304, b"", '"2"')
    assert 'If-None-Match: "2"\r\n' in server.requests[0]
    assert "If-Modified-Since: Tue, 24 Nov 2026 00:00:00 GMT\r\n" in server.requests[0]


async def test_a_validator_that_would_forge_a_header_is_not_sent(
    server: LoopbackServer, fetcher: GuardedFetcher
) -> None:
    server.answers["/"] = answer()
    await fetcher.fetch(server.url, etag='"x"\r\nX-Evil: 1')
    assert "Evil" not in server.requests[0]


async def test_a_304_that_nobody_asked_for_is_a_failure(server: LoopbackServer, fetcher: GuardedFetcher) -> None:
    server.answers["/"] = answer(b"", status=304, content_type=None)
    with pytest.raises(PermanentFetchError):
        await fetcher.fetch(server.url)


async def test_compressed_pages_are_unpacked(server: LoopbackServer, fetcher: GuardedFetcher) -> None:
    server.answers["/"] = answer(gzip.compress(b"<p>halo</p>"), Content_Encoding="gzip")
    assert (await fetcher.fetch(server.url)).body == b"<p>halo</p>"


FOR_GOOD = {
    "not found": answer(status=404),
    "gone": answer(status=410),
    "forbidden": answer(status=403),
    "no content": answer(b"", status=204),
    "image": answer(content_type="image/png"),
    "program": answer(content_type="application/octet-stream"),
    "no type and no text": answer(b"\x7fELF\x01\x02", content_type=None),
    "too large, and says so": b"HTTP/1.1 200 x\r\nContent-Type: text/html\r\nContent-Length: 99999999\r\n\r\n",
    "too large, and does not say so": b"HTTP/1.1 200 x\r\nContent-Type: text/html\r\n\r\n" + b"x" * 150_000,
    "bomb": answer(gzip.compress(bytes(5_000_000)), Content_Encoding="gzip"),
    "brotli": answer(b"\x0b\x02\x80halo\x03", Content_Encoding="br"),
    "not gzip": answer(b"halo" * 50, Content_Encoding="gzip"),
    "redirect to nowhere": answer(status=302),
}
FOR_NOW = {
    "server error": answer(status=500),
    "bad gateway": answer(status=502),
    "request time-out": answer(status=408),
    "closed at once": b"",
    "not HTTP": b"220 smtp.example.com ESMTP\r\n",
    "cut off": b"HTTP/1.1 200 x\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n<p>halo",
    "cut off gzip": answer(gzip.compress(bytes(range(256)) * 9)[:-20], Content_Encoding="gzip"),
    "endless header": b"HTTP/1.1 200 x\r\nX-A: " + b"a" * 300_000,
    "impossible length": b"HTTP/1.1 200 x\r\nContent-Type: text/html\r\nContent-Length: -5\r\n\r\nhalo",
}


@pytest.mark.parametrize("raw", FOR_GOOD.values(), ids=FOR_GOOD.keys())
async def test_what_no_retry_helps(raw: bytes, server: LoopbackServer, fetcher: GuardedFetcher) -> None:
    server.answers["/"] = raw
    with pytest.raises(PermanentFetchError):
        await fetcher.fetch(server.url)


@pytest.mark.parametrize("raw", FOR_NOW.values(), ids=FOR_NOW.keys())
async def test_what_may_go_well_later(raw: bytes, server: LoopbackServer, fetcher: GuardedFetcher) -> None:
    server.answers["/"] = raw
    with pytest.raises(TransientFetchError):
        await fetcher.fetch(server.url)


@pytest.mark.parametrize(
    ("header", "wait"), [("120", 120.0), ("Tue, 24 Nov 2026 01:05:00 GMT", 300.0), ("nonsense", None)]
)
@pytest.mark.parametrize("status", [429, 503])
async def test_it_tells_how_long_the_server_asks_to_wait(
    status: int, header: str, wait: float | None, server: LoopbackServer, fetcher: GuardedFetcher
) -> None:
    server.answers["/"] = answer(status=status, Retry_After=header)
    with pytest.raises(TransientFetchError) as failure:
        await fetcher.fetch(server.url)
    assert (failure.value.status, failure.value.retry_after_s) == (status, wait)


async def test_nobody_listens(fetcher: GuardedFetcher) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(TransientFetchError):
            await fetcher.fetch(f"http://127.0.0.1:{unused.getsockname()[1]}/")


async def test_a_server_that_drips_is_cut_off_in_time(server: LoopbackServer) -> None:
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


async def test_redirects_are_followed_and_the_last_address_is_told(
    server: LoopbackServer, fetcher: GuardedFetcher
) -> None:
    server.answers |= {
        "/1": answer(status=301, Location="/2?x=1"),
        "/2?x=1": answer(status=303, Location=f"{server.url}/3"),
        "/3": answer(status=308, Location="4"),
        "/4": answer(),
    }
    assert (await fetcher.fetch(f"{server.url}/1")).url == f"{server.url}/4"


async def test_redirects_in_a_circle_end(server: LoopbackServer, fetcher: GuardedFetcher) -> None:
    server.answers["/"] = answer(status=302, Location="/")
    with pytest.raises(PermanentFetchError, match="redirects"):
        await fetcher.fetch(server.url)
    assert len(server.requests) == MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    "location",
    ["ftp://example.com/", "file:///etc/passwd", "http://user:pw@127.0.0.1/", "http://2130706433/", "http://[::1"],
)
async def test_a_redirect_is_judged_like_any_address(
    location: str, server: LoopbackServer, fetcher: GuardedFetcher
) -> None:
    server.answers["/"] = answer(status=302, Location=location)
    with pytest.raises(AddressRefused):
        await fetcher.fetch(server.url)


async def test_by_default_loopback_is_refused(server: LoopbackServer) -> None:
    async with aclosing(GuardedFetcher()) as fetcher:
        for url in (server.url, "http://localhost/", "http://127.0.0.1/"):
            with pytest.raises(AddressRefused):
                await fetcher.fetch(url)
    assert server.requests == []


@pytest.mark.parametrize("agent", ["", "  ", "a\r\nX-Evil: 1", "Ringkasé"])
def test_a_user_agent_that_is_no_header_is_refused(agent: str) -> None:
    with pytest.raises(ValueError, match="printable"):
        GuardedFetcher(user_agent=agent)
