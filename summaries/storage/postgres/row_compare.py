"""The values of a row in the one form that a copy is compared in: as SQLite has them (pure)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MOMENT = "timestamp with time zone"
FLAG = "boolean"
LIST = "ARRAY"
# Before every moment: what SQLite has as an empty text.
NEVER = "-infinity"


def to_server(value: Any, kind: str) -> Any:
    """What PostgreSQL takes for the value of a SQLite row in a column of the kind."""
    if value is None:
        return None
    if kind == MOMENT:
        return value or NEVER
    if kind == FLAG:
        return bool(value)
    if kind == LIST:
        return json.loads(value)
    return without_nul(value)


def comparable(value: Any, kind: str) -> Any:
    """The value of a SQLite row as `select` gives it from PostgreSQL."""
    if kind == LIST and value is not None:
        return [without_nul(item) for item in json.loads(value)]
    return without_nul(value)


def without_nul(value: Any) -> Any:
    """See `pooling.PlainStrDumper`."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def select(columns: Mapping[str, str]) -> str:
    """The columns of PostgreSQL, by their kinds, in SQLite's form."""
    return ", ".join(f"{selected(name, kind)} AS {name}" for name, kind in columns.items())


def selected(name: str, kind: str) -> str:
    if kind == MOMENT:
        text = f"to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US') || '+00:00'"
        return f"CASE {name} WHEN '{NEVER}' THEN '' ELSE {text} END"
    if kind == FLAG:
        return f"{name}::int"
    return name
