"""A whole database into a file that moves to another machine or another bot, and out of it again."""

from __future__ import annotations

from summaries.storage.sqlite.moving.exporting import export_state
from summaries.storage.sqlite.moving.importing import Imported, import_state

__all__ = ["Imported", "export_state", "import_state"]
