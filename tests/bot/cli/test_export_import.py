"""`ringkas export` and `ringkas import-state` as typed."""

from __future__ import annotations

import re
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli import cli
from bot.cli.exit_codes import STORE_UNUSABLE, run_command

TOKEN, OTHERS = "111111:" + "a" * 35, "222222:" + "b" * 35


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run_command(cli, list(arguments))
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_state_is_moved_to_another_database_and_bot(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(capsys, "sources", "list")
    code, out, _ = run(capsys, "export", "state.zip")
    assert code == 0
    assert re.fullmatch(r"state\.zip: \d+ rows in \d+ tables, read through and sound\n", out)
    assert re.match(r"ringkas-state-\d{8}T\d{6}Z\.zip: ", run(capsys, "export", ".")[1])
    # The file does not hold the token.
    with zipfile.ZipFile("state.zip") as archive:
        for name in archive.namelist():
            assert TOKEN.partition(":")[2].encode() not in archive.read(name)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///new.db")
    code, out, _ = run(capsys, "import-state", "state.zip")
    assert (code, len(out.splitlines())) == (0, 1)
    assert re.fullmatch(r"new\.db: version m\d+\w+, \d+ rows in \d+ tables, from state\.zip\n", out)
    # Nothing of anybody's is in it, so it may be replaced.
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", OTHERS)
    code, out, _ = run(capsys, "import-state", "state.zip")
    assert code == 0
    assert "another bot wrote it" in out
    (kept,) = folder.glob("new.db.replaced-*")
    assert out.endswith(f"the empty database that was there is {kept.name}\n")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///third.db")
    assert "another bot wrote it" in run(capsys, "import-state", "state.zip", "--new-bot")[1]


def test_unusable_import_prints_one_line(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "odd.zip").write_text("Halo")
    code, out, err = run(capsys, "import-state", "odd.zip")
    assert (code, out) == (STORE_UNUSABLE, "")
    assert err == "ringkas: odd.zip is not a sound export of Ringkas (BadZipFile)\n"
    assert not (folder / "ringkas.db").exists()


def test_sources_on_private_addresses_are_switched_off(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file from elsewhere may hold them."""
    run(capsys, "sources", "list")
    with closing(sqlite3.connect("ringkas.db")) as database, database:
        database.execute("UPDATE sources SET url = 'http://10.0.0.1/rss' WHERE key = 'antara'")
    run(capsys, "export", "state.zip")
    monkeypatch.setenv("DATABASE_URL", "sqlite:///new.db")
    code, _, err = run(capsys, "import-state", "state.zip")
    assert code == 0
    assert "source http://10.0.0.1/rss is switched off: 10.0.0.1 leads to 10.0.0.1" in err
    with closing(sqlite3.connect("new.db")) as database:
        found = database.execute("SELECT is_active, last_error FROM sources WHERE url LIKE 'http://10.%'").fetchall()
        assert [(active, error.partition(",")[0]) for active, error in found] == [(0, "10.0.0.1 leads to 10.0.0.1")]
        assert database.execute("SELECT count(*) FROM sources WHERE NOT is_active").fetchone() == (1,)
