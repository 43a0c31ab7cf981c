"""Client for a language model behind an HTTP endpoint compatible with OpenAI's chat completions, such as Ollama.

The operator sets the address, so a private address is allowed. The answers are not trusted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx

from summaries.errors import LanguageModelError
from summaries.text.characters import replace_unstorable

# Bounds an answer; one of 110 words takes a thousandth of this.
MAX_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Prompt:
    """Instructions, the material that they refer to, and the maximum number of tokens in the answer."""

    instructions: str
    material: str
    most_tokens: int


class HttpLanguageModel:
    """A language model behind HTTP. Close it with `aclose`.

    Args:
        url: the root of the API, such as http://127.0.0.1:11434/v1.
        model: the model's name there.
        key: sent as a bearer token; never part of an error.
        transport: the HTTP transport; the network by default.
    """

    def __init__(
        self, url: str, model: str, *, key: str | None = None, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._model = model
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        # The caller limits the time.
        self._http = httpx.AsyncClient(headers=headers, timeout=None, trust_env=False, transport=transport)  # noqa: S113

    async def aclose(self) -> None:
        await self._http.aclose()

    async def complete(self, prompt: Prompt) -> str:
        """Return the model's complete answer.

        Raises:
            LanguageModelError: there is no answer.
        """
        messages = [
            {"role": "system", "content": prompt.instructions},
            {"role": "user", "content": prompt.material},
        ]
        asked = {
            "model": self._model,
            "messages": messages,
            "max_tokens": prompt.most_tokens,
            "temperature": 0,
            "stream": False,
        }
        try:
            async with self._http.stream("POST", self._url, json=asked) as response:
                if response.status_code != httpx.codes.OK:
                    raise LanguageModelError(f"the language model's server answered with status {response.status_code}")
                body = b""
                async for piece in response.aiter_bytes():
                    body += piece
                    if len(body) > MAX_BYTES:
                        raise LanguageModelError("the language model's answer is too large")
        except httpx.HTTPError as error:
            raise LanguageModelError(f"the language model's server can't be used: {type(error).__name__}") from error
        return parse_completion(body)


def parse_completion(body: bytes) -> str:
    """Return the text of a chat completion.

    Raises:
        LanguageModelError: the body is no chat completion, or its text was cut off.
    """
    try:
        choice: Any = json.loads(body)["choices"][0]
        text, reason = choice["message"]["content"], choice.get("finish_reason")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise LanguageModelError("the language model's answer is no chat completion") from error
    if not isinstance(text, str) or not text.strip():
        raise LanguageModelError("the language model's answer holds no text")
    if reason not in (None, "stop"):
        raise LanguageModelError("the language model's answer was cut off")
    return replace_unstorable(text)
