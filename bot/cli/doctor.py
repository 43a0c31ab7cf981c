"""`ringkas doctor`."""

from __future__ import annotations

import asyncio
import json
import os
import re
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from bot.cli.exit_codes import FAILED
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

    found = asyncio.run(examine(utc_now, is_offline=offline))
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
    from bot.config import load_settings

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
