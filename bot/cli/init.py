"""`ringkas init`: ask for the settings that a bot needs, verify the token, and write .env."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.exit_codes import FAILED, say
from summaries.errors import InvalidSettings

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.doctor.telegram import Answer

ENV_FILE, NEW_FILE, OLD_FILE = Path(".env"), Path(".env.new"), Path(".env.old")
CONTENT = """\
# Settings of Ringkas. Environment variables override this file. Restart the bot after a change.
# docs/reference/settings.md describes all settings; the others have defaults.

# The bot's token from @BotFather. Anyone who has it controls the bot: keep it secret. If it leaks, send /revoke there.
TELEGRAM_BOT_TOKEN={token}

# Telegram ids (ID Telegram) of the bot's admins, separated by commas. /dataku in the chat with the bot shows yours.
ADMIN_IDS={admin_ids}
"""
EXISTS = f"{ENV_FILE} exists. Replace it, and keep the old one as {OLD_FILE}?"
NO_TERMINAL = "there is no terminal to ask for the token: send it to standard input, with --token-stdin"
UNKNOWN = "Telegram does not know this token: copy it again from @BotFather (/mybots, choose the bot, API Token)"
ASK_FOR_ADMINS = "ID Telegram of the admins, separated by commas (Enter if you do not know it yet)"


@click.command()
@click.option("--token-stdin", is_flag=True, help="Read the token from standard input; ask nothing.")
@click.option("--admin", "admin_ids", multiple=True, metavar="ID", help="ID Telegram of an admin (repeatable).")
@click.option("--replace", is_flag=True, help=f"Replace {ENV_FILE} without asking; keep the old one as {OLD_FILE}.")
@click.option("--offline", is_flag=True, help="Do not verify the token.")
def init(*, token_stdin: bool, admin_ids: tuple[str, ...], replace: bool, offline: bool) -> int:
    """Ask for the token, verify it, and write .env.

    The token is not shown, and only you can read the file.
    """
    is_asking = not token_stdin and sys.stdin.isatty()
    if not is_asking and not token_stdin:
        say(NO_TERMINAL)
        return FAILED
    if ENV_FILE.exists() and not replace and not (is_asking and click.confirm(EXISTS, err=True)):
        say(f"{ENV_FILE} exists and was not changed; --replace replaces it")
        return FAILED
    # Faults of other settings in the environment would look like faults of the answers below.
    read_answers(telegram_bot_token=None, admin_ids="")
    settings = read_answers(telegram_bot_token=ask_for_token() if is_asking else sys.stdin.readline().strip())
    answer = None if offline else verify(settings)
    while answer is not None and is_unknown(answer):
        say(UNKNOWN)
        if not is_asking:
            return FAILED
        settings = read_answers(telegram_bot_token=ask_for_token())
        answer = verify(settings)
    report(answer)
    if is_asking and not admin_ids:
        admin_ids = (prompt(ASK_FOR_ADMINS, "admin_ids", default="", show_default=False),)
    admins = sorted(read_answers(telegram_bot_token=None, admin_ids=",".join(admin_ids)).admin_ids)
    write(settings, admins)
    describe_next_step(answer, has_admins=bool(admins))
    return 0


def ask_for_token() -> str:
    return prompt("Token from @BotFather (not shown)", "telegram_bot_token", hide_input=True)


def prompt(text: str, name: str, **options: bool | str) -> str:
    """Ask until the answer is valid for the setting, and return it."""

    def check(value: str) -> str:
        try:
            read_answers(**{name: value})
        except InvalidSettings as error:
            raise click.UsageError("; ".join(error.faults)) from None
        return value

    ask: Callable[..., str] = click.prompt
    return ask(text, value_proc=check, err=True, **options)


def read_answers(**answers: str | None) -> Settings:
    """Return the settings with the answers and the environment, without .env. Raise InvalidSettings for wrong ones."""
    from bot.config import load_settings

    settings = load_settings(_env_file=None, **answers)
    if answers.get("telegram_bot_token") is not None and settings.telegram_bot_token is None:
        raise InvalidSettings(("TELEGRAM_BOT_TOKEN is empty: paste the token that @BotFather sent",))
    return settings


def verify(settings: Settings) -> Answer:
    """Return Telegram's answer about the token."""
    from bot.doctor import telegram
    from bot.runtime.clock import utc_now

    return asyncio.run(telegram.ask(settings, settings.tokens[0], "getMe", utc_now))


def is_unknown(answer: Answer) -> bool:
    from bot.doctor.telegram import NOT_KNOWN

    return answer.status in NOT_KNOWN


def report(answer: Answer | None) -> None:
    """Print the result of the verification; `answer` is None if there was none."""
    if answer is not None and answer.result is not None:
        click.echo(f"Telegram knows the bot as @{answer.result.get('username')}.")
        return
    reason = "" if answer is None else f"Telegram can't be reached ({answer.error}). "
    click.echo(f"{reason}The token is not verified yet; `ringkas doctor` verifies it.")


def write(settings: Settings, admins: list[int]) -> None:
    """Write .env completely or not at all, readable by its owner only."""
    from summaries.storage.private_files import open_text

    token = settings.tokens[0].get_secret_value()
    with open_text(NEW_FILE, "w", encoding="utf-8") as file:
        file.write(CONTENT.format(token=token, admin_ids=",".join(map(str, admins))))
    if ENV_FILE.exists():
        ENV_FILE.replace(OLD_FILE)
    NEW_FILE.replace(ENV_FILE)
    click.echo(f"Wrote {ENV_FILE.absolute()}.")


def describe_next_step(answer: Answer | None, *, has_admins: bool) -> None:
    name = answer.result.get("username") if answer is not None and answer.result is not None else None
    where = f"open https://t.me/{name}" if name else "open the link from @BotFather"
    click.echo(f"Next: start the bot with `ringkas run`, {where} and press Start.")
    if not has_admins:
        click.echo(
            f"Then send /dataku: the reply shows your ID Telegram. Set it as ADMIN_IDS in {ENV_FILE} and restart."
        )
