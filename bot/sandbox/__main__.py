"""`python -m bot.sandbox`: the server alone, for bots in other processes. Prints one line of JSON when it is ready."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys

from bot.sandbox.limits import Limits
from bot.sandbox.sandbox import SANDBOX_TOKEN, Sandbox
from bot.sandbox.server import SandboxServer


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bot.sandbox", description="A local stand-in for Telegram's Bot API."
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--token", action="append", help="a bot's token; may be given several times")
    parser.add_argument("--no-limits", action="store_true", help="answer any pace")
    options = parser.parse_args()
    try:
        sandbox = Sandbox(tokens=tuple(options.token or [SANDBOX_TOKEN]), limits=Limits(is_on=not options.no_limits))
        server = SandboxServer(sandbox, port=options.port)
    except (ValueError, OSError, OverflowError) as error:
        sys.stderr.write(f"{parser.prog}: {error}\n")
        return 2
    asyncio.run(_serve(server))
    return 0


async def _serve(server: SandboxServer) -> None:
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, server.request_stop)
    # The socket already listens, so a call that arrives before the server accepts it only waits a moment.
    sys.stdout.write(json.dumps({"url": server.url, "token": server.token}) + "\n")
    sys.stdout.flush()
    await server.serve()


if __name__ == "__main__":
    sys.exit(main())
