"""The operator's commands beside a running bot, and the bot on a restored and moved database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.e2e.conftest import World


def test_backup_restore_and_move_beside_a_running_bot(world: World) -> None:
    reader = world.person()
    with world.bot():
        reader.say("/jadwal 06:15 WITA")
        done = world.command("backup", "copy.db")
        assert (done.returncode, done.stderr) == (0, "")
        done = world.command("doctor", "--json")
        found = {finding["subject"]: finding for finding in json.loads(done.stdout)["findings"]}
        # How full the disk is, is the machine's.
        assert {finding["state"] for subject, finding in found.items() if subject != "disk"} == {"ok"}, done.stdout
        assert "a bot runs on it" in found["database"]["what"]
        reader.say("/berhenti")
    # An export moves the restored data to another database.
    assert world.command("restore", "copy.db").returncode == 0
    assert world.command("export", "state.zip").returncode == 0
    moved = f"sqlite:///{world.folder}/moved.db"
    assert world.command("import-state", "state.zip", DATABASE_URL=moved).returncode == 0
    with world.bot(DATABASE_URL=moved):
        (panel,) = reader.say("/langganan")
        assert "06.15 WITA" in panel
