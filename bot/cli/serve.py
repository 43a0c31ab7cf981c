"""`ringkas serve` and `ringkas mcp`: the public news for other programs."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

import click

from bot.cli.common import load_settings
from bot.cli.exit_codes import FAILED, say
from bot.cli.run import run_process, wait_option, waiting_if_invalid
from summaries.errors import describe_extra

if TYPE_CHECKING:
    from bot.config import Listen


class Address(click.ParamType["Listen"]):
    """An address and a port of this machine."""

    name = "address:port"

    def convert(self, value: str | Listen, param: click.Parameter | None, ctx: click.Context | None) -> Listen:
        from bot.config import read_listen

        if not isinstance(value, str):
            return value
        try:
            return read_listen(value)
        except ValueError as error:
            self.fail(f"{value!r} {error}", param, ctx)


@click.command()
@click.option("--listen", type=Address(), help="Address and port instead of SERVE_LISTEN.")
@click.option("--without-key", is_flag=True, help="Let any program on this machine call it; on loopback only.")
@wait_option
def serve(*, listen: Listen | None, without_key: bool, is_waiting: bool) -> None:
    """Serve the public news to other programs over HTTP, read-only.

    Requires SERVE_KEY. /openapi.json describes the API, /mcp is for language models. It sees no chats, and may run
    beside the bot. Runs until SIGTERM or Ctrl+C.
    """
    from bot.api.serve import check_key, run_server

    with waiting_if_invalid(is_waiting=is_waiting):
        settings = load_settings()
        chosen = listen or settings.serve_listen
        key = check_key(settings, chosen, is_open=without_key, suggested=secrets.token_urlsafe(32))
        run_process(settings, run_server(settings, chosen, key))


@click.command()
def mcp() -> int:
    """Serve the public news to a language model on this machine.

    Model Context Protocol on standard input and output; the model's program starts this command.
    """
    try:
        from bot.api.mcp import serve_stdio
    except ModuleNotFoundError as error:
        say(f"MCP needs {error.name}: {describe_extra('mcp')}")
        return FAILED
    from bot.api.serve import open_api
    from bot.logs import set_up_logging

    async def answer() -> None:
        async with open_api(settings) as api:
            await serve_stdio(api)

    settings = load_settings()
    # Standard output is for the protocol; logs are on standard error.
    set_up_logging("WARNING", form=settings.log_format, secrets=settings.secrets)
    asyncio.run(answer())
    return 0
