"""The machine, and which PostgreSQL was measured on it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.page import machine
from tests.postgres_server import server_url, server_version

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    Server = Callable[[Path], AbstractContextManager[str]]


def machine_with_postgres(*libraries: str, server: Server = server_url) -> str:
    """As `machine`, with the version of such a server: one is asked that is there for this question alone."""
    with TemporaryDirectory(prefix="ringkas-") as folder, server(Path(folder) / "server") as url:
        return machine(*libraries, PostgreSQL=server_version(url))
