"""The MCP server, through the client of the same package and over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from bot.api.operations import OPERATIONS, NewsApi
from bot.api.routes import build_app
from tests.bot.api.conftest import call

if TYPE_CHECKING:
    from mcp.client.client import Client

CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "get_story", "arguments": {"id": 1}}}
HEADERS = {"Accept": "application/json, text/event-stream"}


@asynccontextmanager
async def connect(api: NewsApi) -> AsyncIterator[Client]:
    """Connect a client. The package is imported here, because that takes a second in each test process."""
    from mcp.client.client import Client

    from bot.api.mcp import build_server

    async with Client(build_server(api)) as client:
        yield client


async def test_each_operation_is_a_tool_with_the_result_of_http(api: NewsApi, http: httpx.AsyncClient) -> None:
    async with connect(api) as client:
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == [operation.name for operation in OPERATIONS]
        assert all(tool.annotations is not None and tool.annotations.read_only_hint for tool in tools)
        # The client checks the results against the tools' schemas.
        for name, arguments, path in (
            ("search_news", {"q": "bendungan"}, "/v1/stories?q=bendungan"),
            ("get_story", {"id": 2}, "/v1/stories/2"),
            ("get_coverage", {"id": 2}, "/v1/stories/2/coverage"),
            ("get_digest", {"count": 3}, "/v1/digest?count=3"),
            ("list_filters", {}, "/v1/filters"),
        ):
            found = await client.call_tool(name, arguments)
            assert not found.is_error
            assert found.structured_content == (await http.get(path)).json()
            (content,) = found.content
            assert content.type == "text"
            assert json.loads(content.text) == found.structured_content
        known = await client.call_tool("summarize", {"url": "https://antara.example/1"})
        assert known.structured_content is not None
        assert known.structured_content["article"] == 1


@pytest.mark.parametrize(
    ("name", "arguments", "text"),
    [
        ("get_story", {"id": 99}, "not-found: no public article has the id 99"),
        ("get_story", {}, "invalid-parameters: id: Field required"),
        ("get_story", {"id": "1; DROP"}, "invalid-parameters: id: "),
        ("search_news", {"q": "a", "topic": "ekonomi"}, "q, topic, outlet and region exclude each other"),
        ("search_news", {"outlet": "Entahlah"}, "invalid-parameters: outlet: no outlet has this name"),
        ("summarize", {"text": "Pendek."}, "too-short: "),
        ("summarize", {"url": "https://away.example/"}, "fetch-failed-for-now: away"),
        ("delete_everything", {}, "there is no tool 'delete_everything'"),
    ],
)
async def test_errors_are_failed_calls_that_name_the_reason(
    api: NewsApi, name: str, arguments: dict[str, object], text: str
) -> None:
    async with connect(api) as client:
        failed = await client.call_tool(name, arguments)
    assert failed.is_error
    assert failed.content[0].type == "text"
    assert text in failed.content[0].text


async def test_http_needs_the_key_and_keeps_no_stream(api: NewsApi) -> None:
    from bot.api.mcp import open_http

    async with open_http(api) as mcp, call(build_app(api, mcp)) as http:
        answer = await http.post("/mcp", json=CALL, headers=HEADERS)
        assert answer.status_code == 200
        assert answer.json()["result"]["structuredContent"] == (await http.get("/v1/stories/1")).json()
        for headers, status in (({"Authorization": "Bearer x"}, 401), ({"Host": "rebound.example"}, 421)):
            assert (await http.post("/mcp", json=CALL, headers=HEADERS | headers)).status_code == status
        assert (await http.get("/mcp", headers=HEADERS)).status_code == 405
        assert (await http.post("/mcp", content=b" " * 1_400_000, headers=HEADERS)).status_code == 413
