"""`ringkas health`: ask a running process for its health."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import click

from bot.cli.exit_codes import FAILED, say
from summaries.errors import InvalidSettings

TIMEOUT_S = 10.0


@click.command()
@click.option("--live", is_flag=True, help="Check only that the process responds.")
@click.option("--json", "as_json", is_flag=True, help="Print the response as JSON.")
def health(*, live: bool, as_json: bool) -> int:
    """Check the health of the running bot.

    Asks the process at HTTP_LISTEN. The exit code is 0 if all its checks pass, and 1 otherwise or if it does not
    respond. Suitable for a container's health check.
    """
    from http.client import HTTPException

    from bot.config import load_settings

    listen = load_settings().watched_at
    if listen is None:
        raise InvalidSettings(("HTTP_LISTEN is not set, so the bot can't be asked: set it, such as to 127.0.0.1:8080",))
    try:
        status, body = ask(listen.url, "/health/live" if live else "/health/ready")
    except (OSError, HTTPException, ValueError) as error:
        say(f"no bot answers at {listen.url}: {error}")
        return FAILED
    click.echo(json.dumps(body) if as_json else format_health(body))
    return 0 if status == HTTPStatus.OK else FAILED


def ask(url: str, path: str) -> tuple[int, dict[str, Any]]:
    """Return the status and the JSON object of the response. Raise OSError, HTTPException or ValueError without one."""
    from http.client import HTTPConnection

    connection = HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = json.loads(response.read())
    finally:
        connection.close()
    if not isinstance(body, dict) or "status" not in body:
        raise ValueError("what answers there is no Ringkas")
    return response.status, body


def format_health(body: dict[str, Any]) -> str:
    """Return the answer of /health as text."""
    lines = [str(body["status"])]
    for name, check in dict(body.get("checks") or {}).items():
        seconds = check.get("took_s", check.get("age_s"))
        how = "answered in" if "took_s" in check else "last"
        when = "never" if seconds is None else f"{how} {seconds:.3f} s" + ("" if "took_s" in check else " ago")
        lines.append(f"  {name:<10}{'ok' if check.get('ok') else 'NOT WELL':<10}{when}")
    return "\n".join(lines)
