"""The chat completions endpoint: the request, and every way in which it fails."""

from __future__ import annotations

import json
from contextlib import aclosing

import httpx
import pytest

from summaries.errors import LanguageModelError
from summaries.llm.client import MAX_BYTES, HttpLanguageModel, Prompt, parse_completion

KEY = "kunci-rahasia"


def completion(text: object, reason: str | None = "stop") -> dict[str, object]:
    return {"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": reason}]}


async def ask(answer: httpx.Response | Exception) -> tuple[str, list[httpx.Request]]:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    url = "http://127.0.0.1:11434/v1/"
    async with aclosing(HttpLanguageModel(url, "kecil", key=KEY, transport=httpx.MockTransport(handle))) as model:
        return await model.complete(Prompt("Tulis.", "<artikel>", 240)), seen


async def test_request_has_url_key_model_and_messages() -> None:
    text, (request,) = await ask(httpx.Response(200, json=completion("Ringkasnya begini.")))
    assert text == "Ringkasnya begini."
    assert str(request.url) == "http://127.0.0.1:11434/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert json.loads(request.content) == {
        "model": "kecil",
        "messages": [{"role": "system", "content": "Tulis."}, {"role": "user", "content": "<artikel>"}],
        "max_tokens": 240,
        "temperature": 0,
        "stream": False,
    }


async def test_no_authorization_header_without_a_key() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        assert "authorization" not in request.headers
        return httpx.Response(200, json=completion("Ya."))

    async with aclosing(HttpLanguageModel("http://127.0.0.1/v1", "m", transport=httpx.MockTransport(handle))) as model:
        assert await model.complete(Prompt("", "", 1)) == "Ya."


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, text="rusak"),
        httpx.Response(401, json={"error": {"message": f"bad key {KEY}"}}),
        httpx.Response(302, headers={"location": "http://127.0.0.1:1/"}),
        httpx.Response(200, content=b"x" * (MAX_BYTES + 1)),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut"),
    ],
)
async def test_errors_do_not_contain_the_key(answer: httpx.Response | Exception) -> None:
    with pytest.raises(LanguageModelError) as raised:
        await ask(answer)
    assert KEY not in str(raised.value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"choices": []}',
        b'{"choices": {"0": 1}}',
        b'{"choices": [null]}',
        b'{"choices": [{"message": null}]}',
        b"[" * 100_000,
        json.dumps(completion(None)).encode(),
        json.dumps(completion(["a", "list"])).encode(),
        json.dumps(completion("  \n")).encode(),
        json.dumps(completion("Terpotong di", "length")).encode(),
    ],
)
def test_invalid_completion_raises(body: bytes) -> None:
    with pytest.raises(LanguageModelError):
        parse_completion(body)


def test_completion_without_finish_reason_is_accepted() -> None:
    assert parse_completion(json.dumps(completion("Cukup.", None)).encode()) == "Cukup."
