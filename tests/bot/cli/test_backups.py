"""`ringkas backup` and `ringkas restore` as typed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.cli import cli
from bot.cli.exit_codes import STORE_UNUSABLE, run_command


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run_command(cli, list(arguments))
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_backup_and_restore_round_trip(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    code, _, err = run(capsys, "backup")
    assert (code, err) == (STORE_UNUSABLE, "ringkas: there is no database at ringkas.db\n")
    run(capsys, "sources", "list")
    code, out, _ = run(capsys, "backup", "copy.db")
    assert code == 0
    assert re.fullmatch(r"copy\.db: version m\d+\w+, \d+ rows in \d+ tables, read through and sound\n", out)
    for where in ([], ["."]):
        code, out, _ = run(capsys, "backup", *where)
        assert code == 0
        assert re.match(r"(backups/)?ringkas-\d{8}T\d{6}Z\.zip: ", out)
    (packed,) = folder.glob("ringkas-*.zip")
    for copy in ("copy.db", packed.name):
        code, out, _ = run(capsys, "restore", copy)
        assert code == 0
        assert re.search(rf"^ringkas\.db: version m\d+\w+, .*, from {re.escape(copy)}$", out, re.MULTILINE)
        (kept,) = folder.glob("ringkas.db.replaced-*")
        assert out.endswith(f"the database that was there is {kept.name}\n")
        kept.unlink()
    code, _, err = run(capsys, "backup", "copy.db")
    assert (code, err) == (STORE_UNUSABLE, "ringkas: copy.db is there already: name a file that is not\n")
    code, _, err = run(capsys, "backup", "usb/copy.db")
    assert (code, err) == (STORE_UNUSABLE, "ringkas: there is no folder usb: create it, or mount its disk\n")
    assert not (folder / "usb").exists()
    half = Path("half.db")
    half.write_bytes(Path("copy.db").read_bytes()[:20_000])
    code, _, err = run(capsys, "restore", "half.db")
    advice = "ringkas: half.db is truncated or damaged: name another backup; nothing was changed\n"
    assert (code, err) == (STORE_UNUSABLE, advice)
