"""Run the bot in the sandbox: the fake Telegram in this process, the bot as its child, a chat in the terminal."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from contextlib import suppress

import click

from bot.cli.exit_codes import FAILED, say
from bot.config import SANDBOX_DATABASE_URL, Settings, load_settings
from bot.runtime.shutdown import EXIT_S
from bot.sandbox.server import SandboxServer
from bot.sandbox.terminal import chat
from bot.services import open_services

# The bot ends within this time even if something hangs.
STOP_TIMEOUT_S = EXIT_S + 0.3
# A fixed address keeps the chat page's settings in the browser, and an open page reconnects after a restart.
USUAL_PORT = 8090

INTRODUCTION = """\
Ringkas berjalan di kotak pasir: Telegram tiruan di komputer ini, tanpa token dan tanpa internet.

  Buka    {url}/
          di peramban: obrolan seperti di Telegram. Atau mengobrol di sini:
  Ketik   /start                    berkenalan
          /berita                   berita contoh yang sudah dimuat
          /berita ekonomi           per topik, media, atau kata
          /ringkas TEKS BERITA      tempel satu berita utuh, lalu Enter
          /jadwal 07.00 WIB         kabar rutin setiap hari

Dengan token dari @BotFather di .env, perintah yang sama memakai Telegram sungguhan.
In English: open the address in a browser; Emma's app is English. Here: /bahasa en
"""


async def try_in_sandbox(port: int | None) -> int:
    """Serve the sandbox and run the bot in it until the chat ends or a signal comes; return the exit code. Raise
    OSError if the port is taken; None is the usual port, or a free one if that is taken."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    settings = sandbox_settings()
    async with open_services(settings) as services:
        await services.load_sources()
        await services.load_samples()
    server = listen_at(USUAL_PORT) if port is None else SandboxServer(port=port)
    serving = asyncio.create_task(server.serve())
    bot = await start_bot(server, settings)
    click.echo(INTRODUCTION.format(url=server.url))
    try:
        return await talk(server, bot, stop)
    finally:
        await stop_bot(bot)
        server.request_stop()
        await serving


def listen_at(usual: int) -> SandboxServer:
    """Return a sandbox at the port; if another program has it, say so and use a free one."""
    try:
        return SandboxServer(port=usual)
    except OSError:
        server = SandboxServer()
        click.echo(f"Port {usual} sedang dipakai program lain, jadi kotak pasir memakai port {server.port}.")
        return server


def sandbox_settings() -> Settings:
    """Return the settings, with a separate database for the sandbox unless one is set."""
    settings = load_settings()
    return settings if "database_url" in settings.model_fields_set else load_settings(database_url=SANDBOX_DATABASE_URL)


async def start_bot(server: SandboxServer, settings: Settings) -> Process:
    """Start the bot in its own process, as it would run against Telegram."""
    environment = {
        **os.environ,
        "TELEGRAM_BOT_TOKEN": server.token,
        "TELEGRAM_API_URL": server.url,
        "TELEGRAM_TEST_ENVIRONMENT": "false",
        # The chat page can put the clock forward.
        "SANDBOX_CLOCK_URL": f"{server.url}/sim/clock",
        "DATABASE_URL": settings.database_url,
        # The samples are imported at the start, so trying the bot needs no network.
        "REFRESH_MINUTES": str(settings.refresh_minutes if "refresh_minutes" in settings.model_fields_set else 0),
        # The sandbox's data needs no backup.
        "BACKUP_HOURS": "0",
        # The chat is in the same terminal.
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", env=environment, stdin=asyncio.subprocess.DEVNULL
    )


async def talk(server: SandboxServer, bot: Process, stop: asyncio.Event) -> int:
    """Chat until the input ends; without input, serve until `stop` is set. Return a failure if the bot dies."""

    async def chat_or_serve() -> None:
        if not await chat(server.sandbox):
            await stop.wait()

    tasks = [asyncio.create_task(work) for work in (chat_or_serve(), stop.wait(), bot.wait())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        chatting, stopped, died = tasks
        if died.done() and not stopped.done():
            say(f"the bot ended with exit code {died.result()}")
            return FAILED
        if chatting.done():
            chatting.result()
        return 0
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def stop_bot(bot: Process) -> None:
    """Ask the bot to stop, and kill it if it does not within the limit."""
    with suppress(ProcessLookupError):
        bot.terminate()
    try:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await bot.wait()
    except TimeoutError:
        bot.kill()
        await bot.wait()
