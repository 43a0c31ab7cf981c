"""A whole database into a file that moves to another machine or another bot, and out of it again."""

from __future__ import annotations

from summaries.storage.sqlite.moving.export_file import export_state
from summaries.storage.sqlite.moving.import_file import Imported, import_state

__all__ = ["Imported", "export_state", "import_state"]
