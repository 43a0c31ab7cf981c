"""How commands end: errors in one line without a traceback, and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from summaries import errors

FAILED = 1
WRONG_USAGE = 2
NOTHING_TO_SUMMARIZE = 3
NOT_FETCHED = 4
STORE_UNUSABLE = 5
INTERRUPTED = 130


def run_command(command: click.Command, arguments: Sequence[str] | None = None) -> int:
    """Run the command, print its error if there is one, and return the exit code."""
    try:
        result = command.main(arguments, prog_name="ringkas", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        # The reader closed the pipe. Python would raise again when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except errors.InvalidSettings as error:
        for fault in error.faults:
            say(fault)
        return WRONG_USAGE
    except errors.RingkasError as error:
        say(describe_error(error))
        return exit_code(error)
    except OSError as error:
        say(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        return FAILED
    return result if isinstance(result, int) else 0


def describe_error(error: errors.RingkasError) -> str:
    """Return the message for the error."""
    if isinstance(error, errors.NothingToSummarize) and error.reason is errors.RefusalReason.OTHER_LANGUAGE:
        from bot.locale import KEY_LANGUAGE, load_translations

        name = load_translations(KEY_LANGUAGE).language_name(error.detail) or error.detail
        return f"the text is in {name}; only Indonesian and English are summarised"
    return str(error)


def exit_code(error: errors.RingkasError) -> int:
    match error:
        case errors.NothingToSummarize():
            return NOTHING_TO_SUMMARIZE
        case errors.FetchError() | errors.AddressRefused():
            return NOT_FETCHED
        case errors.StoreError():
            return STORE_UNUSABLE
        case _:
            return FAILED


def say(message: str) -> None:
    """Print one line on stderr."""
    click.echo(f"ringkas: {message}", err=True)
