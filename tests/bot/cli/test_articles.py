"""`ringkas refresh` over the catalogue, with a web that a test holds in its hands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot import services
from bot.cli import cli
from bot.cli.exit_codes import FAILED, run_command
from summaries.errors import TransientFetchError


class Empty:
    """An answer of a feed that has not changed."""

    status = 304
    url = "https://kabar.example/rss"
    body = b""
    media_type = ""
    charset = etag = last_modified = None


class FakeFetcher:
    """The web is away, or nothing in it is new."""

    is_away = True

    def __init__(self, **_: Any) -> None:
        """Accept the arguments of the real one."""

    async def fetch(self, url: str, **_: Any) -> Empty:
        if self.is_away:
            raise TransientFetchError("the network is away")
        return Empty()

    async def aclose(self) -> None:
        """Nothing to close."""


@pytest.fixture(autouse=True)
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(services, "GuardedFetcher", FakeFetcher)
    # Requests to one host are spaced otherwise.
    monkeypatch.setenv("ALLOW_PRIVATE_ADDRESSES", "true")


def test_refresh_without_network_reports_every_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(cli, ["refresh"]) == FAILED
    shown = capsys.readouterr()
    lines = shown.err.splitlines()
    assert len(lines) >= 40
    assert all(line.startswith("ringkas: ") and line.endswith(": the network is away") for line in lines)
    assert (
        shown.out
        == f"{len(lines)} sources: 0 articles added, 0 entries without an article, {len(lines)} sources failed\n"
    )


def test_refresh_with_nothing_new_succeeds(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(FakeFetcher, "is_away", False)
    assert run_command(cli, ["refresh"]) == 0
    assert capsys.readouterr().out.endswith("0 articles added, 0 entries without an article, 0 sources failed\n")
