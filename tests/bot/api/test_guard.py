"""Access to the API: key, hosts, origins, limits, caching, and the settings of the server."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import pytest
from pydantic import SecretStr
from starlette.types import Receive, Scope, Send

from bot.api.guard import MAX_AT_ONCE, Guard
from bot.api.operations import NewsApi
from bot.api.problems import find_problem
from bot.api.routes import build_app
from bot.api.serve import check_key
from bot.config import Listen, Settings
from bot.conversation.user_limits import UserRateLimiter
from summaries.errors import (
    AddressRefused,
    InvalidSettings,
    PermanentFetchError,
    ResourceLimitExceeded,
    StoreBusy,
    TransientFetchError,
)
from tests.bot.api.conftest import KEY, LISTEN

OWN = {"Authorization": f"Bearer {KEY}"}
ANYWHERE = Listen("0.0.0.0", 8070)  # noqa: S104  (nothing listens)


async def answer_ok(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Authorization": f"bearer {KEY}"}, 200),
        ({"Authorization": ""}, 401),
        ({"Authorization": KEY}, 401),
        ({"Authorization": f"Basic {KEY}"}, 401),
        ({"Authorization": f"Bearer {KEY}x"}, 401),
        ({"Authorization": "Bearer é".encode("latin-1")}, 401),
        ({"Host": "localhost:8070"}, 200),
        ({"Host": "[::1]:8070"}, 200),
        ({"Host": "KABAR.example.org"}, 200),
        ({"Host": "rebound.example:8070"}, 421),
        ({"Host": "192.0.2.7:8070"}, 421),
        ({"Host": "127.0.0.1.rebound.example"}, 421),
        ({"Host": "[::1"}, 421),
        ({"Host": ""}, 421),
        ({"Origin": "http://127.0.0.1:8070"}, 200),
        ({"Origin": "https://kabar.example.org"}, 200),
        ({"Origin": "http://rebound.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_only_own_callers_are_answered(headers: dict[str, str], status: int) -> None:
    guard = Guard(answer_ok, LISTEN, KEY, ["kabar.example.org"])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=guard), base_url=LISTEN.url) as http:
        answer = await http.get("/v1/digest", headers=OWN | headers)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers.get("www-authenticate", "").startswith("Bearer") == (status == 401)


@pytest.mark.parametrize(
    ("listen", "key", "host", "path", "status"),
    [
        (ANYWHERE, KEY, "192.0.2.7:8070", "/v1/digest", 401),
        (ANYWHERE, KEY, "rebound.example", "/openapi.json", 421),
        (LISTEN, KEY, "localhost", "/openapi.json", 200),
        (LISTEN, None, "localhost", "/v1/digest", 200),
        (LISTEN, None, "rebound.example", "/v1/digest", 421),
    ],
)
async def test_callers_without_a_key(listen: Listen, key: str | None, host: str, path: str, status: int) -> None:
    transport = httpx.ASGITransport(app=Guard(answer_ok, listen, key))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        assert (await http.get(path, headers={"Host": host})).status_code == status


async def test_too_many_requests_at_once_are_refused() -> None:
    begun, may_end = asyncio.Semaphore(0), asyncio.Event()

    async def wait(scope: Scope, receive: Receive, send: Send) -> None:
        begun.release()
        await may_end.wait()
        await answer_ok(scope, receive, send)

    transport = httpx.ASGITransport(app=Guard(wait, LISTEN, KEY))
    async with httpx.AsyncClient(transport=transport, base_url=LISTEN.url, headers=OWN) as http:
        waiting = [asyncio.create_task(http.get("/")) for _ in range(MAX_AT_ONCE)]
        for _ in waiting:
            await begun.acquire()
        refused = await http.get("/")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        may_end.set()
        assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {200}
        assert (await http.get("/")).status_code == 200


async def test_summaries_are_limited_by_the_rate_of_readers(api: NewsApi) -> None:
    app = build_app(replace(api, limiter=UserRateLimiter(6, 1, lambda: 0.0)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=LISTEN.url) as http:
        answers = [await http.post("/v1/summaries", json={"url": "https://antara.example/1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1].headers["retry-after"] == "10"


async def test_results_are_cached_until_they_change(http: httpx.AsyncClient) -> None:
    first = await http.get("/v1/digest")
    assert first.headers["cache-control"] == "private, max-age=60"
    assert first.headers["vary"] == "Authorization"
    again = await http.get("/v1/digest", headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    other = await http.get("/v1/digest?hours=1", headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200
    made = await http.post("/v1/summaries", json={"url": "https://antara.example/1"})
    assert made.headers["cache-control"] == (await http.get("/v1/stories/99")).headers["cache-control"] == "no-store"


async def test_paths_and_methods_that_do_not_exist_are_problems(http: httpx.AsyncClient) -> None:
    unknown, wrong = await http.get("/v2"), await http.delete("/v1/digest")
    assert (unknown.json()["code"], wrong.json()["code"]) == ("not-found", "method-not-allowed")
    assert set(wrong.headers["allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (StoreBusy("/var/lib/secret.db is in use"), 503, "no-database"),
        (TimeoutError("secret"), 504, "timeout"),
        (TransientFetchError("503 from the server"), 502, "fetch-failed-for-now"),
        (PermanentFetchError("404 from the server"), 502, "fetch-failed-for-good"),
        (AddressRefused("a private address"), 422, "address-refused"),
        (ResourceLimitExceeded("too long"), 422, "too-costly"),
        (KeyError("secret"), 500, "failed"),
    ],
)
def test_each_error_is_a_problem_without_secrets(error: Exception, status: int, code: str) -> None:
    problem = find_problem(error)
    assert (problem.status, problem.code) == (status, code)
    assert "secret" not in str(problem.to_json())


@pytest.mark.parametrize("path", ["/v1/stories?q=a&q=b", "/v1/stories/1?id=2"])
async def test_no_parameter_is_given_twice(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (422, "is given twice")


def test_a_key_is_required_unless_only_this_machine_can_call() -> None:
    with_key = Settings(serve_key=SecretStr(KEY))
    assert check_key(with_key, ANYWHERE, is_open=False, suggested="") == KEY
    assert check_key(with_key, LISTEN, is_open=True, suggested="") is None
    assert KEY in with_key.secrets
    with pytest.raises(InvalidSettings, match="SERVE_KEY=neu"):
        check_key(Settings(), LISTEN, is_open=False, suggested="neu")
    with pytest.raises(InvalidSettings, match=r"0\.0\.0\.0:8070 can be reached"):
        check_key(with_key, ANYWHERE, is_open=True, suggested="")


@pytest.mark.parametrize("limit", ["since=0001-01-01T00:00:00%2B14:00", "until=9999-12-31T23:59:59-14:00"])
async def test_a_time_that_utc_cannot_express_is_invalid(http: httpx.AsyncClient, limit: str) -> None:
    answer = await http.get(f"/v1/stories?{limit}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-parameters")
