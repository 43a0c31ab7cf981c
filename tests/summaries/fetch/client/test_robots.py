"""robots.txt is asked once a day, and obeyed."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from summaries.errors import AddressRefused, NetworkDown, PermanentFetchError, RingkasError, TransientFetchError
from summaries.fetch.client.robots import (
    CACHE_TIME,
    MAX_RULE_CHARS,
    MAX_RULES,
    RETRY_DELAY,
    RobotsFetcher,
    select_rules,
)
from summaries.ports import Fetched

RULES = b"""User-agent: *
Disallow: /privat/
Allow: /privat/umum
Disallow: /*?cetak=

User-agent: RingkasBot
Disallow: /bukan-untuk-ringkas
Disallow: /*.pdf$
"""


@dataclass
class FakeFetcher:
    """Returns the given answers by address; everything else is a page."""

    answers: dict[str, Fetched | RingkasError] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        self.asked.append(url)
        answer = self.answers.get(url, Fetched(url, 200, "text/html", body=b"<p>Isi</p>"))
        if isinstance(answer, RingkasError):
            raise answer
        return answer


@dataclass
class FakeClock:
    now: datetime = datetime(2026, 11, 24, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def make_robots(body: bytes, *, media_type: str = "text/plain") -> Fetched:
    return Fetched("https://k.example/robots.txt", 200, media_type, body=body)


def make_robots_fetcher(answer: Fetched | RingkasError | None = None) -> tuple[RobotsFetcher, FakeFetcher, FakeClock]:
    inner, clock = FakeFetcher(), FakeClock()
    if answer is not None:
        inner.answers["https://k.example/robots.txt"] = answer
    return RobotsFetcher(inner, product="RingkasBot", clock=clock), inner, clock


@pytest.mark.parametrize(
    ("path", "is_allowed"),
    [
        ("/", True),
        ("/berita/1", True),
        ("/privat/surat", True),  # our own group replaces the one for all
        ("/bukan-untuk-ringkas/1", False),
        ("/laporan.pdf", False),
        ("/laporan.pdf?x=1", True),
    ],
)
async def test_rules_for_our_agent_are_obeyed(path: str, is_allowed: bool) -> None:
    fetcher, inner, _ = make_robots_fetcher(make_robots(RULES))
    if is_allowed:
        assert (await fetcher.fetch(f"https://k.example{path}")).status == 200
    else:
        with pytest.raises(PermanentFetchError, match=r"robots\.txt"):
            await fetcher.fetch(f"https://k.example{path}")
        assert inner.asked == ["https://k.example/robots.txt"]


@pytest.mark.parametrize(("path", "is_allowed"), [("/privat/a", False), ("/privat/umum", True), ("/a?cetak=1", False)])
async def test_rules_for_all_agents_apply_without_our_own_group(path: str, is_allowed: bool) -> None:
    fetcher, _, _ = make_robots_fetcher(make_robots(RULES.partition(b"User-agent: Ringkas")[0]))
    if is_allowed:
        await fetcher.fetch(f"https://k.example{path}")
    else:
        with pytest.raises(PermanentFetchError):
            await fetcher.fetch(f"https://k.example{path}")


@pytest.mark.parametrize(
    "answer",
    [
        PermanentFetchError("none", status=404),
        PermanentFetchError("forbidden", status=403),
        make_robots(b"<!doctype html><p>Disallow: /</p>"),
        make_robots(b"User-agent: *\nDisallow: /", media_type="text/html"),
        make_robots(b""),
        make_robots(b"\xff\xfe\x00 bukan aturan"),
    ],
)
async def test_missing_or_unreadable_rules_allow_everything(answer: Fetched | RingkasError) -> None:
    fetcher, _, _ = make_robots_fetcher(answer)
    assert (await fetcher.fetch("https://k.example/apa-saja")).status == 200


async def test_network_that_is_down_is_forgotten_at_once() -> None:
    fetcher, inner, _ = make_robots_fetcher(NetworkDown("no route"))
    with pytest.raises(NetworkDown):
        await fetcher.fetch("https://k.example/a")
    inner.answers.clear()
    assert (await fetcher.fetch("https://k.example/a")).status == 200


async def test_failing_server_disallows_until_retry() -> None:
    fetcher, inner, clock = make_robots_fetcher(TransientFetchError("busy", status=503))
    with pytest.raises(TransientFetchError):
        await fetcher.fetch("https://k.example/a")
    with pytest.raises(TransientFetchError):
        await fetcher.fetch("https://k.example/b")
    assert inner.asked == ["https://k.example/robots.txt"]
    inner.answers.clear()
    clock.now += RETRY_DELAY
    assert (await fetcher.fetch("https://k.example/a")).status == 200


async def test_rules_are_cached_per_host_for_a_day() -> None:
    fetcher, inner, clock = make_robots_fetcher()
    for url in ("https://k.example/a", "https://k.example/b", "https://l.example/a", "http://k.example/a"):
        await fetcher.fetch(url)
    assert [url for url in inner.asked if url.endswith("robots.txt")] == [
        "https://k.example/robots.txt",
        "https://l.example/robots.txt",
        "http://k.example/robots.txt",
    ]
    clock.now += CACHE_TIME + timedelta(seconds=1)
    await fetcher.fetch("https://k.example/a")
    assert inner.asked.count("https://k.example/robots.txt") == 2


async def test_rules_of_the_redirect_target_are_checked() -> None:
    fetcher, inner, _ = make_robots_fetcher(make_robots(b"User-agent: *\nDisallow: /"))
    inner.answers["https://short.example/1"] = Fetched("https://k.example/berita", 200, "text/html")
    with pytest.raises(PermanentFetchError):
        await fetcher.fetch("https://short.example/1")


@pytest.mark.parametrize("url", ["http://[::1", "https://refused.example/a"])
async def test_refused_address_stays_refused(url: str) -> None:
    fetcher, inner, _ = make_robots_fetcher()
    inner.answers["https://refused.example/robots.txt"] = AddressRefused("private")
    with pytest.raises(AddressRefused):
        await fetcher.fetch(url)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("User-agent: *\nDisallow: /a\n\nUser-agent: lain\nDisallow: /", ["disallow: /a"]),
        ("User-agent: lain\nUser-agent: *\nDisallow: /a # kata\nSitemap: x\nAllow: /b", ["disallow: /a", "allow: /b"]),
        ("User-Agent: ringkasbot/1.0\nDisallow: /a\nUser-agent: *\nDisallow: /b", ["disallow: /a"]),
        (
            "User-agent: RingkasBot\nDisallow: /a\nUser-agent: RingkasBot\nDisallow: /b",
            ["disallow: /a", "disallow: /b"],
        ),
        ("User-agent: RingkasBot\nAllow:\nUser-agent: *\nDisallow: /", ["allow: "]),
        ("Disallow: /", []),
        (f"User-agent: *\nDisallow: /{'a' * MAX_RULE_CHARS}", []),
        ("User-agent: *\n" + "Disallow: /a\n" * (MAX_RULES + 5), ["disallow: /a"] * MAX_RULES),
    ],
)
def test_rules_for_our_agent_are_selected(text: str, expected: list[str]) -> None:
    assert select_rules(text, "RingkasBot").splitlines() == ["User-agent: *", *expected]


async def test_huge_robots_file_is_parsed_in_bounded_time() -> None:
    agents, rules = (b"".join(form % n for n in range(13_000)) for form in (b"User-agent: a%d\n", b"Disallow: /%d\n"))
    fetcher, _, _ = make_robots_fetcher(make_robots(agents + b"User-agent: *\n" + rules))
    start = time.process_time()
    with pytest.raises(PermanentFetchError):
        await fetcher.fetch("https://k.example/12")
    assert time.process_time() - start < 10


async def test_refused_host_is_not_cached() -> None:
    fetcher, inner, _ = make_robots_fetcher()
    for n in range(3):
        inner.answers[f"https://k{n}.example/robots.txt"] = AddressRefused("private")
        with pytest.raises(AddressRefused):
            await fetcher.fetch(f"https://k{n}.example/a")
    assert not fetcher._hosts
