"""The files in deploy/ isolate the bot from the rest of its machine, and agree with each other and with the program.

Full linters (hadolint, `docker compose config`, systemd-analyze) are not among the locked dependencies. These tests
cover the lines that must not get lost.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from bot.cli import cli
from bot.config import DEFAULT_DATABASE_URL, read_listen
from bot.fleet.queue import CONNECTIONS, LISTENERS
from bot.runtime.shutdown import EXIT_S
from summaries.storage import POOL_SIZE, sqlite_path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def instructions(text: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile with their arguments; continued lines are joined."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


DOCKERFILE = instructions((ROOT / "deploy/Dockerfile").read_text(encoding="utf-8"))
LAST_STAGE = DOCKERFILE[max(i for i, (name, _) in enumerate(DOCKERFILE) if name == "FROM") :]
COMPOSE = (ROOT / "deploy/compose.yaml").read_text(encoding="utf-8")
NGINX = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
UNIT = (ROOT / "deploy/ringkas.service").read_text(encoding="utf-8")


def blocks(text: str, indent: str) -> dict[str, str]:
    """Return the block below each key at that indentation of a YAML file, dedented."""
    found = re.findall(rf"^{indent}([\w-]+):(?: &\w+)?\n((?:{indent}  .*\n|\n)+)", text, re.MULTILINE)
    return {name: re.sub(rf"^{indent}  ", "", block, flags=re.MULTILINE) for name, block in found}


def merge_anchors(block: str) -> str:
    """Return the block together with the blocks that it merges with `<<: *name`."""
    for name in re.findall(r"^<<: \*(\w+)$", block, re.MULTILINE):
        block += merge_anchors(blocks(COMPOSE, "")[f"x-{name}"])
    return f"\n{block}"


SERVICES = {name: merge_anchors(block) for name, block in blocks(COMPOSE.partition("\nservices:\n")[2], "  ").items()}
# Networks and volumes follow the services at the same indentation.
OURS = {name: block for name, block in SERVICES.items() if "\nbuild:\n  context: ..\n" in block}
CONTAINERS = {name: block for name, block in SERVICES.items() if name in OURS or "\nimage: " in block}
BOT = SERVICES["bot"]


def last_stage_arguments(name: str) -> list[str]:
    return [rest for found, rest in LAST_STAGE if found == name]


def pins(lock: str) -> dict[str, set[str]]:
    """Return the pin ("name==version") of each package of a lock file, with its hashes."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = re.findall(r"^(\S+==\S+).*\n((?:    --hash=.*\n)+)", text, re.MULTILINE)
    return {pin: set(re.findall(r"sha256:[0-9a-f]{64}", hashes)) for pin, hashes in entries}


def directives(unit: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^([A-Za-z]+)=(.*)$", unit, re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


def test_image_runs_as_an_unprivileged_user() -> None:
    assert len(DOCKERFILE) > 10
    (user,) = last_stage_arguments("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    # Nothing that runs as root comes after it.
    assert "RUN" not in [name for name, _ in LAST_STAGE[LAST_STAGE.index(("USER", user)) :]]


def test_image_installs_only_hashed_packages() -> None:
    runs = " && ".join(rest for name, rest in DOCKERFILE if name == "RUN")
    installs = [
        command for command in runs.split(" && ") if re.search(r"pip\S* .*\b(install|wheel|download)\b", command)
    ]
    assert len(installs) >= 3
    for command in installs:
        assert "--require-hashes" in command or "--no-index" in command, command
        # A build that gathers its own tools would not ask for hashes.
        assert "--no-build-isolation" in command or "--only-binary :all:" in command or "*.whl" in command, command
    assert not re.search(r"\b(curl|wget|apt-get|git)\b", runs)
    assert all(rest.startswith("--from=build ") for rest in last_stage_arguments("COPY"))


def test_dockerignore_admits_exactly_the_copied_files() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copied = {
        source for name, rest in DOCKERFILE if name == "COPY" and "--from" not in rest for source in rest.split()[:-1]
    }
    assert "*" in ignored
    assert let_in == copied
    assert all((ROOT / name).exists() for name in copied)


def test_image_starts_an_existing_command() -> None:
    assert last_stage_arguments("ENTRYPOINT") == ['["ringkas"]']
    assert "ringkas" in PROJECT["project"]["scripts"]
    command, *options = json.loads(last_stage_arguments("CMD")[0])
    assert_does_not_restart_forever(command, options)


def assert_does_not_restart_forever(command: str, options: list[str]) -> None:
    """Docker restarts after every exit code, so an invalid setting must not end the process."""
    assert options == ["--wait-if-invalid"]
    assert options[0] in {name for option in cli.commands[command].params for name in option.opts}


def test_image_health_check_uses_the_address_of_the_bot() -> None:
    (check,) = last_stage_arguments("HEALTHCHECK")
    command = json.loads(check[check.index("CMD ") + 4 :])
    assert command[0] == "ringkas"
    assert command[1] in cli.commands
    listens = re.findall(r"HTTP_LISTEN=(\S+)", " ".join(last_stage_arguments("ENV")))
    assert listens == re.findall(r"HTTP_LISTEN: \$\{HTTP_LISTEN:-(.*)\}", BOT)
    assert read_listen(listens[0]).is_loopback


def test_image_has_a_supported_python() -> None:
    (image,) = [rest for name, rest in DOCKERFILE if name == "ARG"]
    found = re.fullmatch(r"PYTHON_IMAGE=python:(\d+\.\d+)-slim", image)
    assert found
    assert found[1] in SpecifierSet(PROJECT["project"]["requires-python"])


def test_build_lock_agrees_with_the_development_lock() -> None:
    build = pins("requirements/build.lock")
    development = pins("requirements/dev.lock")
    assert build
    assert all(hashes for hashes in build.values())
    assert build.items() <= development.items()
    versions = dict(pin.split("==") for pin in build)
    for text in PROJECT["build-system"]["requires"]:
        needed = Requirement(text)
        assert versions[needed.name] in needed.specifier


def test_compose_has_all_containers() -> None:
    assert set(OURS) == {"bot", "web", "worker"}
    assert set(CONTAINERS) == {*OURS, "gateway", "postgres"}
    # Without a profile there is the bot alone.
    assert [name for name, block in CONTAINERS.items() if "\nprofiles:\n  - fleet\n" not in block] == ["bot"]


@pytest.mark.parametrize("name", CONTAINERS)
@pytest.mark.parametrize(
    "line",
    [
        "read_only: true",
        "cap_drop:\n  - ALL",
        "security_opt:\n  - no-new-privileges:true",
        "restart: unless-stopped",
        r'user: "[1-9]\d*:[1-9]\d*"',
        r"mem_limit: \d+[mg]",
        r"pids_limit: \d+",
    ],
)
def test_every_container_is_isolated(name: str, line: str) -> None:
    assert re.search(f"\n{line}\n", CONTAINERS[name])


def test_compose_never_loosens_the_isolation() -> None:
    assert not re.search(r"privileged: true|cap_add|network_mode: host|docker\.sock|seccomp[:=]unconfined", COMPOSE)
    # The database has no way out, and only the gateway is reached from outside.
    assert "\nnetworks:\n  - store\n" in CONTAINERS["postgres"]
    assert "\n  store:\n    internal: true\n" in COMPOSE
    assert [name for name, block in CONTAINERS.items() if "\nports:\n" in block] == ["gateway"]


@pytest.mark.parametrize("name", OURS)
def test_our_containers_run_an_existing_command_as_the_images_user(name: str) -> None:
    (user,) = last_stage_arguments("USER")
    assert f'\nuser: "{user}"\n' in OURS[name]
    assert "\nenv_file: .env\n" in OURS[name]
    assert "\ninit: true\n" in OURS[name]
    commands = re.findall(r"\ncommand: (.*)", OURS[name])
    assert len(commands) == (name != "bot")
    for command, *options in map(json.loads, commands):
        assert_does_not_restart_forever(command, options)


def test_database_is_on_the_volume() -> None:
    assert "\nvolumes:\n  - data:/data\n" in BOT
    (volume,) = last_stage_arguments("VOLUME")
    (url,) = re.findall(r"DATABASE_URL: (\S+)", BOT)
    assert f"DATABASE_URL={url}" in " ".join(last_stage_arguments("ENV"))
    assert sqlite_path(url).parent == Path(volume)


@pytest.mark.parametrize("name", ["web", "worker"])
def test_fleet_shares_one_postgresql_database(name: str) -> None:
    (url,) = re.findall(r"DATABASE_URL: (\S+)", OURS[name])
    assert re.fullmatch(r"postgresql://ringkas:\$\{POSTGRES_PASSWORD:-\}@postgres:5432/ringkas", url)
    (listens,) = re.findall(r"WEBHOOK_LISTEN: (\S+)", OURS[name])
    (watched,) = re.findall(r"HTTP_LISTEN: (\S+)", OURS[name])
    assert not read_listen(listens).is_loopback
    assert read_listen(watched).is_loopback


def test_postgresql_accepts_the_connections_of_the_fleet() -> None:
    (limit,) = re.findall(r"max_connections=(\d+)", CONTAINERS["postgres"])
    scaling = " ".join((ROOT / "docs/how-to/scale.md").read_text(encoding="utf-8").split())
    (workers,) = re.findall(r"--scale worker=(\d+)", scaling)
    (receivers,) = re.findall(r"\nreplicas: (\d+)", re.sub(r"\n +", "\n", OURS["web"]))
    each = POOL_SIZE + 1 + CONNECTIONS
    assert int(limit) > int(workers) * (each + LISTENERS) + int(receivers) * each
    assert f"Each worker may hold {each + LISTENERS} connections, each receiver {each}" in COMPOSE
    # In addition to the pool.
    assert (each - POOL_SIZE, each + LISTENERS - POOL_SIZE) == (5, 7)
    assert "a receiver holds five more, a worker seven" in scaling


@pytest.mark.parametrize("name", OURS)
def test_our_containers_keep_the_images_health_check(name: str) -> None:
    # The image checks readiness; a container with another check could stay unready unnoticed.
    assert "healthcheck:" not in OURS[name]
    assert "\nHTTP_LISTEN: " in re.sub(r"\n +", "\n", OURS[name])


def test_gateway_forwards_only_the_webhooks_path() -> None:
    (port,) = re.findall(r"WEBHOOK_LISTEN: \S+:(\d+)", OURS["web"])
    # Each of several bots has its id behind the path of the first.
    hook, rest = re.findall(r"location (?:~ )?(\S+) \{", NGINX)
    assert rest == "/"
    paths = ("/telegram", "/telegram/7000000002", "/telegram/", "/telegram/x", "/metrics", "/health/ready")
    assert [path for path in paths if re.search(hook, path)] == ["/telegram", "/telegram/7000000002"]
    assert f"http://web:{port};" in NGINX
    (listens,) = re.findall(r"listen (\d+) ssl;", NGINX)
    assert f':443:{listens}"' in CONTAINERS["gateway"]


def test_stop_timeouts_exceed_the_bots_own() -> None:
    (grace_s,) = re.findall(r"stop_grace_period: (\d+)s", BOT)
    assert float(grace_s) > EXIT_S
    assert float(directives(UNIT)["TimeoutStopSec"][0]) > EXIT_S


def test_unit_is_isolated() -> None:
    found = directives(UNIT)
    for name in (
        "NoNewPrivileges", "PrivateTmp", "PrivateDevices", "PrivateUsers", "ProtectHome", "ProtectClock",
        "ProtectControlGroups", "ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables", "LockPersonality",
        "RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID", "MemoryDenyWriteExecute",
    ):  # fmt: skip
        assert found[name] == ["yes"], name
    assert found["User"] not in ([""], ["root"])
    assert found["ProtectSystem"] == ["strict"]
    assert found["CapabilityBoundingSet"] == [""]
    assert found["SystemCallFilter"][0] == "@system-service"
    assert set(found["RestrictAddressFamilies"][0].split()) == {"AF_INET", "AF_INET6", "AF_UNIX"}


def test_unit_starts_in_its_only_writable_directory() -> None:
    found = directives(UNIT)
    (start,) = found["ExecStart"]
    program, command = start.split()
    assert program.endswith("/bin/ringkas")
    assert command in cli.commands
    assert found["WorkingDirectory"] == [f"%S/{found['StateDirectory'][0]}"]
    # The database's default is relative, so that it is in that folder; .env is looked for there too.
    assert not sqlite_path(DEFAULT_DATABASE_URL).is_absolute()


def test_instructions_start_the_bot_only_with_valid_settings() -> None:
    text = (ROOT / "docs/how-to/deploy.md").read_text(encoding="utf-8")
    docker, systemd = text.partition("## Docker")[2].partition("## systemd")[::2]
    assert 0 < docker.index("docker compose run --rm bot doctor") < docker.index("docker compose up --detach")
    blocks_of_code = re.findall(r"(?:^    .*\n)+", systemd, re.MULTILINE)
    (asks,) = (number for number, block in enumerate(blocks_of_code) if "ringkas init" in block)
    (starts,) = (number for number, block in enumerate(blocks_of_code) if "systemctl enable" in block)
    # In blocks of their own, so that pasting one does not start a bot whose token is not set yet.
    assert asks < starts
    assert not any("systemctl start" in block for block in blocks_of_code[: asks + 1])
