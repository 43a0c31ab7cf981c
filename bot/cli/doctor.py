"""`ringkas doctor` and `ringkas health`: check the installation, and a running process."""

from __future__ import annotations

import asyncio
import json
import os
import re
from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from bot.cli.common import load_settings
from bot.cli.exit_codes import FAILED, say
from bot.logs import ANY_TOKEN
from summaries.errors import InvalidSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.doctor import Finding


@click.command()
@click.option("--offline", is_flag=True, help="Do not contact Telegram.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def doctor(*, offline: bool, as_json: bool) -> int:
    """Check the installation and suggest solutions.

    Nothing is changed. The exit code is 1 if there is a fault; warnings do not count.
    """
    from bot.doctor import State, examine
    from bot.runtime.clock import utc_now

    found = asyncio.run(examine(utc_now, ask, is_offline=offline))
    is_healthy = all(finding.state is not State.FAULT for finding in found)
    fields = {"is_healthy": is_healthy, "findings": [asdict(finding) for finding in found]}
    text = json.dumps(fields, ensure_ascii=False, indent=2) if as_json else as_table(found)
    click.echo(hidden(text, known_secrets()))
    return 0 if is_healthy else FAILED


def as_table(found: Sequence[Finding]) -> str:
    """Return a line for each finding, followed by its remedy."""
    from bot.doctor import State

    subjects = max(len(finding.subject) for finding in found)
    states = max(len(finding.state.value) for finding in found)
    lines = []
    for finding in found:
        what = " ".join(finding.what.split())
        state = finding.state.value.upper() if finding.state is State.FAULT else finding.state.value
        lines.append(f"{state:<{states}}  {finding.subject:<{subjects}}  {what}")
        if finding.todo:
            lines.append(f"{'':<{states}}  {'':<{subjects}}  → {finding.todo}")
    return "\n".join(lines)


def known_secrets() -> tuple[str, ...]:
    """Return the secrets of the settings, if they can be read."""
    try:
        return load_settings().secrets
    except InvalidSettings:
        given = (os.environ.get(name, "") for name in ("TELEGRAM_BOT_TOKEN", "TELEGRAM_BOT_TOKENS"))
        return tuple(part for value in given for part in re.split(r"[,\s]+", value) if part)


def hidden(text: str, secrets: Iterable[str]) -> str:
    """Return the text without the secrets."""
    parts = {part for secret in secrets for part in (secret, secret.partition(":")[2]) if part}
    for part in sorted(parts, key=len, reverse=True):
        text = text.replace(part, "<secret>")
    return ANY_TOKEN.sub("<secret>", text)


TIMEOUT_S = 10.0


@click.command()
@click.option("--live", is_flag=True, help="Check only that the process responds.")
@click.option("--json", "as_json", is_flag=True, help="Print the response as JSON.")
def health(*, live: bool, as_json: bool) -> int:
    """Check the health of the running bot.

    Asks the process at HTTP_LISTEN. The exit code is 0 if all its checks pass, and 1 otherwise or if it does not
    respond. Suitable for a container's health check.
    """
    listen = load_settings().watched_at
    if listen is None:
        raise InvalidSettings(("HTTP_LISTEN is not set, so the bot can't be asked: set it, such as to 127.0.0.1:8080",))
    try:
        status, body = ask(listen.url, "/health/live" if live else "/health/ready")
    except (OSError, ValueError) as error:
        say(f"no bot answers at {listen.url}: {error}")
        return FAILED
    click.echo(json.dumps(body) if as_json else format_health(body))
    return 0 if status == HTTPStatus.OK else FAILED


def ask(url: str, path: str) -> tuple[int, dict[str, Any]]:
    """Return the status and the JSON object of the response. Raise OSError or ValueError without one."""
    from http.client import HTTPConnection, HTTPException

    connection = HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = json.loads(response.read())
    except HTTPException as error:
        raise ValueError(f"it does not speak HTTP: {error!r}") from error
    finally:
        connection.close()
    if not isinstance(body, dict) or "status" not in body:
        raise ValueError("what answers there is no Ringkas")
    return response.status, body


def format_health(body: dict[str, Any]) -> str:
    """Return the answer of /health as text."""
    lines, checks = [str(body["status"])], dict(body.get("checks") or {})
    width = 2 + max(map(len, checks), default=0)
    for name, check in checks.items():
        seconds = check.get("took_s", check.get("age_s"))
        how = "answered in" if "took_s" in check else "last"
        when = "never" if seconds is None else f"{how} {seconds:.3f} s" + ("" if "took_s" in check else " ago")
        lines.append(f"  {name:<{width}}{'ok' if check.get('ok') else 'NOT WELL':<10}{when}")
    return "\n".join(lines)
