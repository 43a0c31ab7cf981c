"""Run the bot in the sandbox: the fake Telegram in this process, the bot as its child, a chat in the terminal."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from tempfile import TemporaryDirectory

import click

from bot.cli.exit_codes import FAILED, say
from bot.cli.sample_hazards import read_document
from bot.cli.sample_news import OWN_FEED, SamplePublisher, read_page
from bot.config import Settings, load_settings
from bot.runtime.clock import utc_now
from bot.runtime.shutdown import EXIT_S, background_task
from bot.sandbox import HAZARDS, SITE
from bot.sandbox.server import SandboxServer
from bot.sandbox.terminal import chat
from bot.services import open_services

# The bot ends within this time even if something hangs.
STOP_TIMEOUT_S = EXIT_S + 0.3
NO_MORE_NEWS = "no more sample news is published"
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
          /peringatan Kota Malang   gempa dan peringatan cuaca contoh, tiap sepuluh menit
          /sumbersaya {url}{site}/{feed}
                                    sumber sendiri, hanya untuk obrolan ini

Dengan token dari @BotFather di .env, perintah yang sama memakai Telegram sungguhan.
In English: open the address in a browser; Emma's app is English. Here: /bahasa en
"""


async def try_in_sandbox(port: int | None) -> int:
    """Serve the sandbox and run the bot in it until the chat ends or a signal comes; return the exit code. Raise
    OSError if the port is taken; None is the usual port, or a free one if that is taken."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = listen_at(USUAL_PORT) if port is None else SandboxServer(port=port)
    server.sandbox.read_page = read_page
    origin = f"{server.url}{HAZARDS}"
    server.sandbox.read_hazards = lambda path: read_document(path, origin, server.sandbox.time())
    with open_settings() as settings:
        samples = SamplePublisher(server.url, utc_now())
        async with open_services(settings, samples.now) as services:
            serving = asyncio.create_task(server.serve())
            bot = await start_bot(server, settings)
            try:
                publish = partial(samples.publish, services.load_samples)
                server.sandbox.before_clock_moves = publish
                # The bot takes longer to start.
                await publish(server.sandbox.time())
                click.echo(INTRODUCTION.format(url=server.url, site=SITE, feed=OWN_FEED))
                async with background_task(samples.follow(services.load_samples, server.sandbox.time), NO_MORE_NEWS):
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


@contextmanager
def open_settings() -> Iterator[Settings]:
    """Yield the settings, with a temporary database unless one is set: the sandbox forgets its chats, too."""
    settings = load_settings()
    if "database_url" in settings.model_fields_set:
        yield settings
        return
    with TemporaryDirectory(prefix="ringkas-sandbox-") as folder:
        yield load_settings(database_url=f"sqlite:///{folder}/ringkas.db")


async def start_bot(server: SandboxServer, settings: Settings) -> Process:
    """Start the bot in its own process, as it would run against Telegram."""
    environment = {
        **os.environ,
        "TELEGRAM_BOT_TOKEN": server.token,
        "TELEGRAM_API_URL": server.url,
        "TELEGRAM_TEST_ENVIRONMENT": "false",
        # The chat page can put the clock forward.
        "SANDBOX_CLOCK_URL": f"{server.url}/sim/clock",
        "SANDBOX_BMKG_URL": f"{server.url}{HAZARDS}",
        "DATABASE_URL": settings.database_url,
        # The news are samples, so trying the bot needs no network.
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
