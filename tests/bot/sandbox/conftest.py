"""A sandbox per test: its rules called directly, or listening on a free port of loopback."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bot.sandbox import user_actions
from bot.sandbox.api import perform
from bot.sandbox.errors import ApiError
from bot.sandbox.limits import Limits
from bot.sandbox.request_parsing import RawCall, Upload
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.schema import _kind, _method_class, resolve, validator
from bot.sandbox.server import SandboxServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import SchemaValidator

    from bot.sandbox.state import World

READER = user_actions.READER_ID


@dataclass
class Clock:
    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@cache
def result_validator(method: str) -> SchemaValidator:
    """The check of a method's results: its class in aiogram is a TelegramMethod[result]."""
    node = _method_class(method)
    assert node
    [kind] = [_kind(base.slice) for base in node.bases if isinstance(base, ast.Subscript)]
    assert kind
    return validator(kind)


@cache
def _update_validator() -> SchemaValidator:
    return validator(resolve("Update"))


@dataclass
class Api:
    """The bot's side without HTTP. Every result and update is checked against the API's description."""

    world: World
    clock: Clock

    def call(self, method: str, uploads: dict[str, Upload] | None = None, **values: Any) -> Any:
        result = perform(self.world, method, RawCall(values, uploads or {}))
        result_validator(method).validate_python(result)
        return result

    def refused(self, method: str, **values: Any) -> ApiError:
        with pytest.raises(ApiError) as caught:
            self.call(method, **values)
        return caught.value

    def hear(self, text: str = "/start", **more: Any) -> Any:
        """A person says something in the reader's private chat, or where `chat_id` says."""
        chat, user = user_actions.find_place(self.world, more.pop("chat_id", None), more.pop("user_id", None))
        return user_actions.say(self.world, chat, user, text, **more)[-1]

    def updates(self) -> list[dict[str, Any]]:
        """Return the pending updates and count them as taken."""
        pending = self.world.pending()
        for update in pending:
            _update_validator().validate_python(update)
        self.world.updates.clear()
        return pending


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(clock: Clock) -> Api:
    sandbox = Sandbox(clock=clock)
    return Api(sandbox.worlds[sandbox.tokens[0]], clock)


@pytest.fixture(scope="session")
def running() -> Iterator[SandboxServer]:
    with SandboxServer(Sandbox(settle_s=0.05)) as server:
        yield server


@pytest.fixture(scope="session")
def client(running: SandboxServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url, trust_env=False, timeout=10) as client:
        yield client


@pytest.fixture
def http(client: httpx.Client, running: SandboxServer) -> httpx.Client:
    """A client of a sandbox in which nothing has happened yet."""
    running.sandbox.limits = Limits()
    assert client.post("/sim/reset", json={"everything": True}).status_code == 200
    return client


@pytest.fixture
def server(running: SandboxServer, http: httpx.Client) -> SandboxServer:
    return running
