"""`ringkas init` over a sandbox: the file that it writes, the verification, and the refusals."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import cli
from bot.cli.exit_codes import FAILED, INTERRUPTED, WRONG_USAGE, run_command
from bot.config import load_settings
from bot.sandbox.server import SandboxServer
from tests.command_line import Finished, run_ringkas

OTHER = "1234567890:" + "x" * 35


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def run(server: SandboxServer, tmp_path: Path) -> Callable[..., Finished]:
    """Run it in an empty folder, with a terminal if `typed` is given. No output contains a token."""

    def run(*arguments: str, typed: str | None = None, stdin: str = "", **settings: str) -> Finished:
        environment = {"TELEGRAM_API_URL": server.url, "TELEGRAM_BOT_TOKEN": "", **settings}
        if typed is None:
            done = run_ringkas("init", *arguments, folder=tmp_path, stdin=stdin, **environment)
        else:
            with CliRunner().isolation(typed, env=environment) as (out, err, _), chdir(tmp_path):
                sys.stdin.isatty = lambda: True  # type: ignore[method-assign]  # the runner's own stream
                code = run_command(cli, ["init", *arguments])
                done = Finished(code, out.getvalue().decode(), err.getvalue().decode())
        for token in (server.token, OTHER):
            assert token.partition(":")[2] not in done.stdout + done.stderr
        return done

    return run


def test_answers_become_a_private_file_and_the_next_step_is_named(
    run: Callable[..., Finished], server: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run(typed=f"{server.token}\n12, 345\n")
    assert done.returncode == 0
    assert "knows the bot as @ringkas_sandbox_bot" in done.stdout
    assert "`ringkas run`, open https://t.me/ringkas_sandbox_bot" in done.stdout
    assert "/dataku" not in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == [".env"]
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TELEGRAM_BOT_TOKEN", raising=False)
    settings = load_settings()
    assert [token.get_secret_value() for token in settings.tokens] == [server.token]
    assert settings.admin_ids == {12, 345}
    lines = (tmp_path / ".env").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line and not line.startswith("#")]) == 2
    assert len([line for line in lines if line.startswith("# ")]) >= 4


def test_wrong_answers_are_asked_again(run: Callable[..., Finished], server: SandboxServer, tmp_path: Path) -> None:
    done = run(typed=f"halo\n\n{OTHER}\n{server.token}\nsaya\n\n")
    assert done.returncode == 0
    assert "is not a bot token" in done.stderr
    assert done.stderr.count("Telegram does not know this token") == 1
    assert "ADMIN_IDS must be whole numbers" in done.stderr
    assert "send /dataku" in done.stdout
    assert "\nADMIN_IDS=\n" in (tmp_path / ".env").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "says"),
    [
        ((), "", FAILED, "--token-stdin"),
        (("--token-stdin",), "", WRONG_USAGE, "TELEGRAM_BOT_TOKEN is empty"),
        (("--token-stdin",), "halo\n", WRONG_USAGE, "TELEGRAM_BOT_TOKEN is not a bot token"),
        (("--token-stdin",), f"{OTHER}\n", FAILED, "Telegram does not know this token"),
        (("--token-stdin", "--admin", "saya", "--offline"), f"{OTHER}\n", WRONG_USAGE, "ADMIN_IDS must be"),
    ],
)
def test_input_without_a_terminal_is_refused_in_one_line(
    run: Callable[..., Finished], tmp_path: Path, arguments: tuple[str, ...], stdin: str, code: int, says: str
) -> None:
    done = run(*arguments, stdin=stdin)
    assert done.returncode == code
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_invalid_setting_in_the_environment_is_reported_before_any_question(
    run: Callable[..., Finished], tmp_path: Path
) -> None:
    done = run(typed="", DEFAULT_TIMEZONE="Mars")
    assert done.returncode == WRONG_USAGE
    assert done.stderr.startswith("ringkas: DEFAULT_TIMEZONE ")
    assert list(tmp_path.iterdir()) == []


def test_token_is_written_unverified_without_a_network(run: Callable[..., Finished], tmp_path: Path) -> None:
    done = run(
        "--token-stdin", "--admin", "12", "--admin", "345", stdin=f"{OTHER}\n", TELEGRAM_API_URL="http://127.0.0.1:1"
    )
    assert done.returncode == 0
    assert "Telegram can't be reached (ConnectError). The token is not verified yet" in done.stdout
    written = (tmp_path / ".env").read_text(encoding="utf-8")
    assert f"\nTELEGRAM_BOT_TOKEN={OTHER}\n" in written
    assert "\nADMIN_IDS=12,345\n" in written
    assert run("--token-stdin", "--offline", "--replace", stdin=f"{OTHER}\n").returncode == 0


@pytest.mark.parametrize("typed", ["n\n", "\n", None])
def test_existing_file_is_kept_unless_the_operator_agrees(
    run: Callable[..., Finished], tmp_path: Path, typed: str | None
) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=DEBUG\n", encoding="utf-8")
    arguments = [] if typed is not None else ["--token-stdin"]
    done = run(*arguments, typed=typed, stdin=f"{OTHER}\n")
    assert done.returncode == FAILED
    assert "was not changed" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [".env"]
    assert (tmp_path / ".env").read_text(encoding="utf-8") == "LOG_LEVEL=DEBUG\n"


@pytest.mark.parametrize(("arguments", "agrees"), [((), "y\n"), (("--replace",), "")])
def test_replaced_file_is_kept_beside_the_new_one(
    run: Callable[..., Finished], server: SandboxServer, tmp_path: Path, arguments: tuple[str, ...], agrees: str
) -> None:
    # The old file may be the reason for a new one.
    (tmp_path / ".env").write_text("TELEGRAM_BOT_TOKEN=salah\n", encoding="utf-8")
    assert run(*arguments, typed=f"{agrees}{server.token}\n\n").returncode == 0
    assert (tmp_path / ".env.old").read_text(encoding="utf-8") == "TELEGRAM_BOT_TOKEN=salah\n"
    assert server.token in (tmp_path / ".env").read_text(encoding="utf-8")


def test_interruption_writes_nothing(run: Callable[..., Finished], tmp_path: Path) -> None:
    assert run(typed="").returncode == INTERRUPTED
    assert list(tmp_path.iterdir()) == []
