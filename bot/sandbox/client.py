"""A Python client for the user's side of a sandbox."""

from __future__ import annotations

from typing import Any, Self

import httpx

from bot.sandbox import Json
from bot.sandbox.errors import SimError

# Longer than any requested wait, because the server enforces those.
MARGIN_S = 10.0


class SimClient:
    """One user of one sandbox. Raises SimError with the server's reason, and httpx errors if there is no server."""

    def __init__(self, url: str, *, chat_id: int | None = None) -> None:
        self._http = httpx.AsyncClient(base_url=url, trust_env=False, timeout=MARGIN_S)
        self._place: Json = {} if chat_id is None else {"chat_id": chat_id}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def say(self, text: str, **more: Any) -> Json:
        """Send a text, in several messages if it exceeds 4096 units. Return the last one as the bot sees it."""
        return await self._ask("POST", "/sim/messages", json=self._place | {"text": text} | more)

    async def press(self, message_id: int, button: str) -> Json:
        return await self._ask("POST", "/sim/press", json=self._place | {"message_id": message_id, "button": button})

    async def inline(self, query: str, *, timeout_s: float) -> Json:
        """Return the bot's results for "@bot query"."""
        asked = {"query": query, "timeout_s": timeout_s}
        return await self._ask("POST", "/sim/inline", json=asked, timeout=timeout_s + MARGIN_S)

    async def drop(self, inline_query_id: str, result_id: str) -> Json:
        """Send one of the bot's inline results."""
        chosen = {"inline_query_id": inline_query_id, "result_id": result_id}
        return await self._ask("POST", "/sim/drop", json=self._place | chosen)

    async def wait(self, *, after_event: int, timeout_s: float) -> Json:
        """Wait until the bot has answered and is quiet; see `user_api.wait_for_answer`."""
        query = self._place | {"after_event": after_event, "timeout_s": timeout_s}
        return await self._ask("GET", "/sim/wait", params=query, timeout=timeout_s + MARGIN_S)

    async def feed(self, *, after_event: int, timeout_s: float = 0.0) -> Json:
        """Return the bot's messages, edits and toasts after the event, waiting for the first up to `timeout_s`."""
        query = self._place | {"after_event": after_event, "timeout_s": timeout_s}
        return await self._ask("GET", "/sim/feed", params=query, timeout=timeout_s + MARGIN_S)

    async def commands(self) -> list[Json]:
        found = await self._ask("GET", "/sim/commands")
        return list(found["commands"])

    async def _ask(self, method: str, path: str, **options: Any) -> Json:
        response = await self._http.request(method, path, **options)
        body: Json = response.json()
        if response.status_code != httpx.codes.OK:
            raise SimError(body.get("error", response.text), status=response.status_code)
        return body
