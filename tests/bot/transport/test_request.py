"""Requests to Telegram, and answers that are trimmed to the message id."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot, Message
from telegram.error import NetworkError, TimedOut
from telegram.request import RequestData

from bot.transport.evidence import Evidence, UnansweredCall
from bot.transport.messenger import translate
from bot.transport.request import ApiRequest, encode_form, message_id_only
from summaries.errors import DeliveryUnknown, NotDelivered

if TYPE_CHECKING:
    from collections.abc import Callable


ME = {"ok": True, "result": {"id": 5, "is_bot": True, "first_name": "Ringkas", "username": "ringkas_bot"}}
URL = "https://telegram.test/bot5:token/sendMessage"


def make_request(handler: Callable[[httpx.Request], httpx.Response]) -> ApiRequest:
    return ApiRequest(connections=httpx.MockTransport(handler))


@given(st.dictionaries(st.sampled_from(["text", "chat_id", "reply_markup"]), st.text(max_size=400)))
def test_form_encoding_matches_urlencode(parameters: dict[str, str]) -> None:
    assert encode_form(parameters) == urlencode(parameters).encode()


async def test_request_has_body_and_timeouts() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=ME)

    calls = make_request(answer)
    heard: list[None] = []
    calls.heard = lambda: heard.append(None)
    async with Bot("5:token", base_url="https://telegram.test/bot", request=calls) as bot:
        assert bot.username == "ringkas_bot"
        await bot.get_me(read_timeout=3)
    first, second = seen
    assert (first.method, str(first.url)) == ("POST", "https://telegram.test/bot5:token/getMe")
    assert first.extensions["timeout"] == {"connect": 10.0, "read": 20.0, "write": 20.0, "pool": 30.0}
    assert second.extensions["timeout"]["read"] == 3
    assert len(heard) == 2


@pytest.mark.parametrize(
    ("failure", "error", "meaning"),
    [
        (httpx.ConnectError("refused"), NetworkError, NotDelivered),
        (httpx.ConnectTimeout("slow"), TimedOut, NotDelivered),
        (httpx.PoolTimeout("full"), TimedOut, NotDelivered),
        (httpx.ProxyError("refused"), NetworkError, NotDelivered),
        (httpx.WriteError("reset"), NetworkError, NotDelivered),
        (httpx.WriteTimeout("slow"), TimedOut, NotDelivered),
        (httpx.ReadTimeout("no answer"), TimedOut, DeliveryUnknown),
        (httpx.ReadError("reset"), NetworkError, DeliveryUnknown),
        (httpx.RemoteProtocolError("closed"), NetworkError, DeliveryUnknown),
    ],
)
async def test_failure_knows_whether_the_request_was_sent(
    failure: httpx.HTTPError, error: type[NetworkError], meaning: type[Exception]
) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise failure

    with pytest.raises(error) as raised:
        await make_request(fail).do_request(URL, "POST", RequestData())
    assert type(raised.value) is error
    assert type(translate(raised.value)) is meaning


REFUSAL = {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}
WAIT = {"ok": False, "error_code": 429, "parameters": {"retry_after": 3}}


@pytest.mark.parametrize(("status", "body"), [(200, ME), (400, REFUSAL), (429, WAIT)])
async def test_results_and_refusals_of_telegram_are_reported(status: int, body: dict[str, Any]) -> None:
    calls = make_request(lambda _: httpx.Response(status, json=body))
    heard: list[None] = []
    calls.heard = lambda: heard.append(None)
    answer = await calls.do_request(URL, "POST")
    assert (answer[0], json.loads(answer[1]), len(heard)) == (status, body, 1)


PAGE = "<html><h1>Bad Gateway</h1></html>"
SERVER_ERROR = '{"ok": false, "error_code": 500, "description": "Internal Server Error"}'


@pytest.mark.parametrize(
    ("status", "body", "evidence"),
    [
        (200, PAGE, Evidence.GATEWAY),
        (200, "", Evidence.NO_ANSWER),
        (302, "", Evidence.GATEWAY),
        (400, PAGE, Evidence.GATEWAY),
        (403, PAGE, Evidence.GATEWAY),
        (403, '{"message": "Forbidden"}', Evidence.GATEWAY),
        (408, '{"ok": false, "error_code": 408}', Evidence.ERROR),
        (429, '{"ok": false, "error_code": 429}', Evidence.ERROR),
        (429, PAGE, Evidence.GATEWAY),
        (500, SERVER_ERROR, Evidence.ERROR),
        (500, PAGE, Evidence.GATEWAY),
        (500, "[1]", Evidence.GATEWAY),
        (502, PAGE, Evidence.GATEWAY),
        (502, '{"ok": false, "error_code": 502, "description": "Bad Gateway"}', Evidence.GATEWAY),
        (503, PAGE, Evidence.GATEWAY),
        (504, PAGE, Evidence.NO_ANSWER),
        (504, '{"ok": false, "error_code": 504, "description": "Gateway Timeout"}', Evidence.NO_ANSWER),
        (521, PAGE, Evidence.GATEWAY),
    ],
)
async def test_other_responses_are_errors_with_their_evidence(status: int, body: str, evidence: Evidence) -> None:
    calls = make_request(lambda _: httpx.Response(status, text=body))
    heard: list[None] = []
    calls.heard = lambda: heard.append(None)
    with pytest.raises(UnansweredCall) as raised:
        await calls.do_request(URL, "POST")
    assert (raised.value.evidence, heard) == (evidence, [])
    assert str(status) in raised.value.message


@pytest.mark.parametrize(("status", "body"), [(401, PAGE), (404, PAGE), (404, REFUSAL), (200, '{"ok": tr')])
async def test_wrong_address_and_cut_json_are_left_to_the_client(status: int, body: Any) -> None:
    calls = make_request(lambda _: httpx.Response(status, text=body if isinstance(body, str) else json.dumps(body)))
    assert (await calls.do_request(URL, "POST"))[0] == status


async def test_file_is_uploaded_as_multipart() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        message = {"message_id": 1, "date": 0, "chat": {"id": 9, "type": "private"}}
        return httpx.Response(200, json={"ok": True, "result": ME["result"] if len(seen) == 1 else message})

    async with Bot("5:token", base_url="https://telegram.test/bot", request=make_request(answer)) as bot:
        await bot.send_document(9, b"isi", filename="data.json")
    assert seen[1].headers["Content-Type"].startswith("multipart/form-data")
    assert b"isi" in seen[1].content


SENT = {
    "message_id": 9,
    "date": 1,
    "chat": {"id": 7, "type": "private"},
    "text": "Kabar",
    "entities": [{"type": "bold", "offset": 0, "length": 5}],
}


def parse_result(result: Any) -> Any:
    return ApiRequest.parse_json_payload(json.dumps({"ok": True, "result": result}).encode())["result"]


def test_message_id_only_trims_the_message() -> None:
    with message_id_only():
        found = Message.de_json(parse_result(SENT), None)
    assert (found.message_id, found.chat.id, found.text, found.entities) == (9, 7, None, ())


@pytest.mark.parametrize("result", [True, [SENT], {"id": 5, "is_bot": True}, {"url": ""}])
def test_response_without_a_message_is_not_trimmed(result: Any) -> None:
    with message_id_only():
        assert parse_result(result) == result


def test_error_response_is_not_trimmed() -> None:
    refusal = {"ok": False, "error_code": 429, "parameters": {"retry_after": 3}}
    with message_id_only():
        assert ApiRequest.parse_json_payload(json.dumps(refusal).encode()) == refusal


async def test_message_id_only_does_not_affect_concurrent_tasks() -> None:
    async def other() -> Any:
        return parse_result(SENT)

    task = asyncio.create_task(other())
    with message_id_only():
        assert await task == SENT
    assert parse_result(SENT) == SENT


@pytest.mark.parametrize("body", [PAGE, "", "Harga beras turun.", SERVER_ERROR])
async def test_downloaded_file_may_contain_anything(body: str) -> None:
    calls = make_request(lambda _: httpx.Response(200, text=body))
    assert await calls.do_request(URL, "GET") == (200, body.encode())
