"""Start `ringkas` processes as forks of one process that has imported the bot.

Importing takes 1.5 s of processor time, nearly all of a short test. A fork has its own environment, folder, output and
signal handlers like a started program. Tests of the start itself (tests/e2e/test_cli.py, test_lifecycle.py) start
`python -m bot`.
"""

from __future__ import annotations

import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import NoReturn, Protocol

from summaries.digests.zones import preload_places


class BotProcess(Protocol):
    """The part of `subprocess.Popen` that tests use."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int, /) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


class ForkServer:
    """Runs the process that has imported the bot. Only one thread may use it and its forks."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.bot_forks", str(theirs.fileno())],
                cwd=Path(__file__).parents[1],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        self._socket = ours
        self._lines = ours.makefile("rb", buffering=0)
        self._codes: dict[int, int] = {}

    def start(self, *arguments: str, environment: Mapping[str, str], folder: Path, stdout: Path, stderr: Path) -> Fork:
        """Run `ringkas` with the arguments; its output is appended to the files."""
        wanted = {
            "arguments": arguments, "environment": dict(environment), "folder": str(folder),
            "stdout": str(stdout), "stderr": str(stderr),
        }  # fmt: skip
        self._socket.sendall(json.dumps(wanted).encode() + b"\n")
        while (pid := self._read()) is None:
            pass
        return Fork(self, pid)

    def find_code(self, pid: int, timeout_s: float | None) -> int | None:
        """Return the exit code of a fork as soon as it has ended, or None after `timeout_s` seconds (None: never)."""
        until = None if timeout_s is None else time.monotonic() + timeout_s
        while pid not in self._codes:
            left_s = None if until is None else max(0.0, until - time.monotonic())
            if not select.select([self._socket], [], [], left_s)[0]:
                return None
            self._read()
        return self._codes[pid]

    def _read(self) -> int | None:
        """Read one message: the returned process id of a fork that was started, or the code of one that ended."""
        line = self._lines.readline()
        assert line, "the fork server ended"
        message = json.loads(line)
        if "code" in message:
            self._codes[message["pid"]] = message["code"]
            return None
        return int(message["pid"])

    def close(self) -> None:
        """End the server. Its forks go on."""
        self._lines.close()
        self._socket.close()
        self._process.wait()


class Fork:
    """A process that `ForkServer` started, with the methods of `subprocess.Popen`."""

    def __init__(self, server: ForkServer, pid: int) -> None:
        self._server = server
        self.pid = pid

    def poll(self) -> int | None:
        """Return the exit code, the negative signal that killed the process, or None while it runs."""
        return self._server.find_code(self.pid, 0)

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code when the process has ended; raise `subprocess.TimeoutExpired` after `timeout` s."""
        code = self._server.find_code(self.pid, timeout)
        if code is None:
            raise subprocess.TimeoutExpired("ringkas", timeout or 0)
        return code

    def send_signal(self, sig: int, /) -> None:
        """Send the signal unless the process has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)


def serve(connection: socket.socket) -> None:
    """Fork a process for each request, and report each that ends, until the other side closes the connection."""
    for module in ("bot.cli", "bot.run", "bot.fleet.run"):
        import_module(module)
    preload_places()
    waking, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    requests = connection.makefile("rb", buffering=0)
    running: set[int] = set()
    while True:
        ready, _, _ = select.select([connection.fileno(), waking], [], [])
        if waking in ready:
            os.read(waking, 4096)
            for pid in list(running):
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    running.remove(pid)
                    answer(connection, {"pid": pid, "code": os.waitstatus_to_exitcode(status)})
        if connection.fileno() in ready:
            line = requests.readline()
            if not line:
                return
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for end in (waking, woken):
                    os.close(end)
                requests.close()
                connection.close()
                run_command_line(**json.loads(line))
            running.add(pid)
            answer(connection, {"pid": pid})


def answer(connection: socket.socket, message: dict[str, int]) -> None:
    connection.sendall(json.dumps(message).encode() + b"\n")


def run_command_line(
    arguments: list[str], environment: dict[str, str], folder: str, stdout: str, stderr: str
) -> NoReturn:
    """Do as `python -m bot` does in that folder, with that environment and output, and end the process."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, path in ((1, stdout), (2, stderr)):
        output = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(output, number)
        os.close(output)
    sys.argv = ["ringkas", *arguments]
    code: object = 0
    try:
        runpy.run_module("bot", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001  (Python would print it and end with 1)
        sys.excepthook(*sys.exc_info())
        code = 1
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as served:
        serve(served)
