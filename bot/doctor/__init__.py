"""`ringkas doctor`: find problems and say how to fix them. This module gathers facts; its siblings judge them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.background.backups import backups_of, database_file, is_file
from bot.background.disk import forecast_disks
from bot.config import Settings, load_settings, read_bot_id
from bot.doctor import checks, telegram
from bot.doctor.checks import Finding, State, fault, unknown, warning
from bot.runtime.sockets import bind
from bot.transport.webhook import webhook_config
from summaries.errors import InvalidSettings, describe_extra
from summaries.storage import health as storage_health
from summaries.storage import shown_address
from summaries.storage.health import Health

__all__ = ["Finding", "State", "examine"]

ENV_FILE = Path(".env")

AskProcess = Callable[[str, str], tuple[int, Mapping[str, Any]]]
"""Returns the status and the JSON object that a running process answers with at an address and path. Raises OSError or
ValueError without one."""


async def examine(now: Callable[[], datetime], ask: AskProcess, *, is_offline: bool = False) -> list[Finding]:
    """Run all checks, without those of Telegram if `is_offline`. Nothing is changed."""
    found = [*checks.machine_findings(), *checks.check_secrecy(ENV_FILE)]
    try:
        settings = load_settings()
    except InvalidSettings as error:
        todo = "correct it in the environment or .env; .env.example describes each setting"
        zones = checks.check_zones("Asia/Jakarta", now())
        return [*found, zones, *(fault("settings", text, todo) for text in error.faults)]
    found += [checks.check_zones(settings.default_timezone, now()), *run_findings(settings)]
    found += await telegram_findings(settings, now, is_offline=is_offline)
    return found + await database_findings(settings, now(), ask)


def run_findings(settings: Settings) -> list[Finding]:
    """Return the finding about several tokens, which `ringkas run` refuses, and which need PostgreSQL."""
    if not settings.tokens or (text := settings.run_fault) is None:
        return []
    if is_file(settings):
        todo = "leave one token in TELEGRAM_BOT_TOKEN, or move to PostgreSQL as docs/how-to/scale.md describes"
        return [fault("settings", text, todo)]
    return [checks.ok("settings", text)]


async def telegram_findings(settings: Settings, now: Callable[[], datetime], *, is_offline: bool) -> list[Finding]:
    if not settings.tokens:
        todo = (
            "set TELEGRAM_BOT_TOKEN to the token from @BotFather, or run `ringkas init`; `ringkas sandbox` needs none"
        )
        return [fault("token", "there is none", todo)]
    if is_offline:
        return [unknown("token", "Telegram was not asked")]
    found: list[Finding] = []
    for token in settings.tokens:
        of_bot = await bot_findings(settings, token, now)
        # With several bots, add the bot's id.
        name = f" {read_bot_id(token)}" if len(settings.tokens) > 1 else ""
        found += [replace(finding, subject=f"{finding.subject}{name}") for finding in of_bot]
    return found


async def bot_findings(settings: Settings, token: SecretStr, now: Callable[[], datetime]) -> list[Finding]:
    """Return the findings about one bot, from Telegram's answers."""
    me = await telegram.ask(settings, token, "getMe", now)
    found = telegram.check_bot(me, settings.telegram_api_url)
    if me.result is not None:
        info = await telegram.ask(settings, token, "getWebhookInfo", now)
        hook = webhook_config(settings, token)
        found += [telegram.check_webhook(info, hook.url if hook else None), telegram.check_clock(me.skew)]
    return found


async def database_findings(settings: Settings, now: datetime, ask: AskProcess) -> list[Finding]:
    """Return the findings about the database, its sources and its backups, and about the bot that runs on it."""
    try:
        health = await storage_health.examine(settings.database_url, pool_size=settings.database_pool_size)
    except ModuleNotFoundError as error:
        return [fault("database", f"PostgreSQL needs {error.name}", describe_extra("postgres"))]
    found = (file_findings if is_file(settings) else server_findings)(settings, health, now)
    return found + await asyncio.to_thread(process_findings, settings, health, ask)


def process_findings(settings: Settings, health: Health, ask: AskProcess) -> list[Finding]:
    """Return the findings about the ticks of a bot in one process; a fleet records its ticks in the database. Without
    a bot, return those about the addresses where it would listen."""
    if not health.is_in_use:
        return listening_findings(settings)
    listen = settings.watched_at
    if listen is None or health.tick_ages_s:
        return []
    try:
        _, answer = ask(listen.url, "/health/ready")
    except (OSError, ValueError) as error:
        todo = "restart the bot, unless it runs with another HTTP_LISTEN"
        return [warning("ticks", f"no bot answers at {listen.url}: {error}", todo)]
    return checks.check_process_ticks(answer.get("checks") or {})


def listening_findings(settings: Settings) -> list[Finding]:
    """Return the findings about addresses where the bot could not listen."""
    found = []
    hook = settings.webhook_listen if settings.webhook is not None else None
    for listen in {listen for listen in (hook, settings.watched_at) if listen is not None}:
        try:
            bind(listen).close()
        except InvalidSettings as error:
            found.append(fault("settings", str(error), "stop the program that listens there, or correct the address"))
    return found


def file_findings(settings: Settings, health: Health, now: datetime) -> list[Finding]:
    """Return the findings about a database file and its folders."""
    path, backups = database_file(settings), backups_of(settings, lambda: now)
    made_at = datetime.fromtimestamp(health.backup.stat().st_mtime, UTC) if health.backup else None
    every = timedelta(hours=settings.backup_hours)
    found = [
        *checks.check_database(health, str(path), now),
        checks.check_owner(path, os.geteuid()),
        checks.check_permissions(path, backups.folder),
        checks.check_writing([path.parent, backups.folder], [path]),
        *map(checks.check_disk, forecast_disks(backups, health.growth)),
    ]
    if health.version is not None:
        found.append(checks.check_backups(health.backup, made_at, every, backups.kept_for, now))
    return found + sources_findings(settings, health, now)


def sources_findings(settings: Settings, health: Health, now: datetime) -> list[Finding]:
    if not health.is_newest or health.fault is not None:
        return []
    found = checks.check_sources(health.sources, now, is_refreshing=settings.refresh_minutes > 0)
    return found + checks.check_hazards(health.hazards, now)


def server_findings(settings: Settings, health: Health, now: datetime) -> list[Finding]:
    """Return the findings about a database on a server, which manages its own disks and backups."""
    shown = shown_address(settings.database_url)
    return [
        *checks.check_database(health, shown, now),
        *checks.check_bots(health.bots, [read_bot_id(token) for token in settings.tokens]),
        *sources_findings(settings, health, now),
    ]
