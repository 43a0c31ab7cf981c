"""Politeness towards hosts: how many requests at once, how far apart, and none while a host rests."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from summaries.errors import PermanentFetchError, TransientFetchError
from summaries.ingest import politeness as hosts
from summaries.ingest.politeness import HostBackoff, PoliteFetcher, get_host
from summaries.ingest.poll_schedule import DEFAULT_BACKOFF
from summaries.ports import Fetched

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


class Web:
    """Answers after a few turns of the event loop, and counts the open requests of each host."""

    def __init__(self) -> None:
        self.under_way: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.asked: list[str] = []
        self.error: Exception | None = None

    async def fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        self.asked.append(url)
        host = get_host(url)
        self.under_way[host] += 1
        self.most[host] = max(self.most[host], self.under_way[host])
        for _ in range(3):
            await asyncio.sleep(0)
        self.under_way[host] -= 1
        if self.error is not None:
            raise self.error
        return Fetched(url, 200, etag=etag, last_modified=last_modified)


class Time:
    def __init__(self) -> None:
        self.now = NOW
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def world() -> Web:
    return Web()


def make_polite_fetcher(world: Web, time: Time, spacing_s: float = 0.0) -> PoliteFetcher:
    return PoliteFetcher(world, clock=time, spacing_s=spacing_s, sleep=time.sleep)


async def test_at_most_two_requests_per_host_are_concurrent(world: Web, time: Time) -> None:
    fetcher = make_polite_fetcher(world, time)
    urls = [f"https://{host}/{n}" for n in range(6) for host in ("a.example", "b.example", "A.example:8080")]
    answers = await asyncio.gather(*map(fetcher.fetch, urls))
    assert [answer.url for answer in answers] == urls
    assert world.most == {"a.example": 2, "b.example": 2, "a.example:8080": 2}
    assert time.slept == []


async def test_validators_are_passed_on(world: Web, time: Time) -> None:
    answer = await make_polite_fetcher(world, time).fetch("https://a.example/", etag='"1"', last_modified="Mon")
    assert (answer.etag, answer.last_modified) == ('"1"', "Mon")


async def test_requests_to_one_host_are_spaced(world: Web, time: Time) -> None:
    fetcher = make_polite_fetcher(world, time, spacing_s=100)
    await asyncio.gather(
        *(fetcher.fetch(f"https://a.example/{n}") for n in range(4)), fetcher.fetch("https://b.example")
    )
    assert time.slept == pytest.approx([100, 200, 300], abs=5)


@pytest.mark.parametrize(
    ("error", "rest"),
    [
        (TransientFetchError("busy", status=429), DEFAULT_BACKOFF),
        (TransientFetchError("busy", status=429, retry_after_s=90), timedelta(seconds=90)),
        (TransientFetchError("busy", status=503, retry_after_s=600), timedelta(minutes=10)),
        # One broken page is no reason to leave its host alone.
        (TransientFetchError("broken", status=503), None),
        (TransientFetchError("time-out"), None),
        (PermanentFetchError("gone", status=410), None),
    ],
)
async def test_host_rests_after_retry_after(world: Web, time: Time, error: Exception, rest: timedelta | None) -> None:
    fetcher = make_polite_fetcher(world, time)
    world.error = error
    with pytest.raises(type(error)):
        await fetcher.fetch("https://a.example/1")
    world.error = None
    if rest is not None:
        time.now = NOW + rest - timedelta(seconds=1)
        with pytest.raises(HostBackoff) as caught:
            await fetcher.fetch("https://a.example/2")
        assert (caught.value.until, caught.value.retry_after_s) == (NOW + rest, 1)
        await fetcher.fetch("https://b.example/2")
        time.now = NOW + rest
    await fetcher.fetch("https://a.example/3")
    assert "https://a.example/2" not in world.asked


async def test_waiting_requests_are_cancelled_when_the_host_rests(world: Web, time: Time) -> None:
    fetcher = make_polite_fetcher(world, time)
    world.error = TransientFetchError("busy", status=429)
    results = await asyncio.gather(*(fetcher.fetch(f"https://a.example/{n}") for n in range(9)), return_exceptions=True)
    assert len(world.asked) == 2
    assert sum(isinstance(result, HostBackoff) for result in results) == 7


async def test_evicted_host_keeps_its_rest(world: Web, time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "MAX_HOSTS", 10)
    fetcher = make_polite_fetcher(world, time)
    world.error = TransientFetchError("busy", status=429)
    with pytest.raises(TransientFetchError):
        await fetcher.fetch("https://resting.example/")
    world.error = None
    for n in range(50):
        await fetcher.fetch(f"https://{n}.example/")
    assert len(fetcher._hosts) <= 10
    with pytest.raises(HostBackoff):
        await fetcher.fetch("https://resting.example/")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://A.Example/x", "a.example"),
        ("http://user:pw@a.example:8080/", "a.example:8080"),
        ("http://[", "http://["),
        ("bukan alamat", "bukan alamat"),
    ],
)
def test_host_is_extracted_from_url(url: str, name: str) -> None:
    assert get_host(url) == name
