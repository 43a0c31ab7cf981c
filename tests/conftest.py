"""Shared fixtures; neither the tests nor their processes reach beyond this machine."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.bot_forks import ForkServer
from tests.postgres_server import server_url

TESTS = Path(__file__).parent
# Python imports a module named sitecustomize on startup, in child processes too.
GUARD = TESTS / "loopback_only"
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(GUARD), os.environ.get("PYTHONPATH")]))
exec((GUARD / "sitecustomize.py").read_text(encoding="utf-8"), {"__name__": "sitecustomize"})  # noqa: S102
# Ignore the settings of the developer's shell.
for name in list(os.environ):
    if name.startswith(("TELEGRAM_", "SANDBOX_", "WEBHOOK_", "LOG_", "SERVE_")) or name in {
        "DATABASE_URL", "DATABASE_POOL_SIZE", "DEFAULT_TIMEZONE", "ADMIN_IDS", "REFRESH_MINUTES", "HTTP_LISTEN",
    }:  # fmt: skip
        del os.environ[name]
# With this variable, each process that a test starts would compile all its imports.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect no garbage while modules are imported and tests are listed: nearly all of it stays until the end.

    Each worker saves a second here, and later collections skip these objects.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let `-k postgres` find all tests that use the server, also those without it in their names."""
    for item in items:
        if isinstance(item, pytest.Function) and "postgres_server" in item.fixturenames:
            item.extra_keyword_matches.add("postgres")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Let a file pass on its own whose tests are all left out by their markers."""
    options = session.config.option
    is_default = options.markexpr == "not bench and not install" and not options.keyword
    if is_default and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server, started where DATABASE_URL_TEST names none; all workers of a run share it."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    with server_url(Path(tempfile.gettempdir()) / f"ringkas-tests-{run}") as url:
        yield url


@pytest.fixture(scope="session")
def forks() -> Iterator[ForkServer]:
    """The process whose forks are the bots of this worker's tests."""
    server = ForkServer()
    yield server
    server.close()


# Examples are the same in every run and are not stored. `--hypothesis-profile random` draws new ones in each run.
# There is no deadline, because a slow machine is not a failure.
settings.register_profile("repeatable", deadline=None, derandomize=True, database=None, max_examples=25)
settings.register_profile("brief", settings.get_profile("repeatable"), max_examples=5)
settings.register_profile("random", deadline=None, derandomize=False, database=None, print_blob=True)
settings.load_profile("repeatable")
