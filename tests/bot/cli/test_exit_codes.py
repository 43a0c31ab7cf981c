from __future__ import annotations

import click
import pytest

from bot.cli.exit_codes import FAILED, NOT_FETCHED, NOTHING_TO_SUMMARIZE, STORE_UNUSABLE, run_command
from summaries import errors
from summaries.errors import NothingToSummarize, RefusalReason


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (NothingToSummarize(RefusalReason.OTHER_LANGUAGE, "fr"), NOTHING_TO_SUMMARIZE, "the text is in French;"),
        (NothingToSummarize(RefusalReason.OTHER_LANGUAGE, "qq"), NOTHING_TO_SUMMARIZE, "the text is in qq;"),
        (NothingToSummarize(RefusalReason.PAYWALL), NOTHING_TO_SUMMARIZE, "paywall"),
        (errors.TransientFetchError("timed out"), NOT_FETCHED, "timed out"),
        (errors.AddressRefused("a private address"), NOT_FETCHED, "a private address"),
        (errors.StoreBusy("locked"), STORE_UNUSABLE, "locked"),
        (errors.RingkasError("odd"), FAILED, "odd"),
        (OSError(2, "No such file or directory", "a.txt"), FAILED, "a.txt: No such file or directory"),
    ],
)
def test_error_prints_one_line_and_sets_the_exit_code(
    capsys: pytest.CaptureFixture[str], error: Exception, code: int, says: str
) -> None:
    @click.command()
    def fails() -> None:
        raise error

    assert run_command(fails, []) == code
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"ringkas: {says}")
