"""A sandbox in a process of its own."""

from __future__ import annotations

import multiprocessing
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.sandbox.limits import Limits
from bot.sandbox.sandbox import SANDBOX_TOKEN, Sandbox
from bot.sandbox.server import SandboxServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection

STARTS_S, STOP_S = 60.0, 20.0


@contextmanager
def sandbox_process(*, is_limited: bool, tokens: Sequence[str] = (SANDBOX_TOKEN,)) -> Iterator[tuple[str, str]]:
    """Address and first token of a sandbox in a process of its own, with Telegram's limits or without any; each token
    is a bot's."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(
        target=serve, args=(theirs,), kwargs={"is_limited": is_limited, "tokens": tuple(tokens)}, daemon=True
    )
    process.start()
    try:
        if not ours.poll(STARTS_S):
            raise SystemExit("the sandbox did not start")
        yield ours.recv()
    finally:
        if process.is_alive():
            ours.send("stop")
        process.join(STOP_S)
        process.kill()


def serve(pipe: Connection, *, is_limited: bool, tokens: tuple[str, ...]) -> None:
    with SandboxServer(Sandbox(tokens=tokens, limits=Limits(is_on=is_limited))) as server:
        pipe.send((server.url, server.token))
        pipe.recv()
