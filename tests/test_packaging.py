"""The wheel is complete: built without a network, installed and used outside the checkout."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

import seeds
from bot.locale import languages
from bot.sandbox.page.routes import static_files
from summaries.ingest.seed import read_catalogue
from summaries.summarizer.sumy_methods import SUMY_METHODS

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "summaries", "seeds")
EXTRAS = {"sandbox", "mcp", "postgres"}
SAMPLE = ROOT / "seeds/articles/ekonomi/harga-cabai-pasar-induk.txt"

# Prints as JSON which data an installed Ringkas finds. Loading the samples also runs the models.
LOOK = """
import asyncio, json, sys
import bot, seeds, summaries
from bot.config import Settings
from bot.locale import languages
from bot.sandbox.page.routes import static_files
from bot.services import open_services
from bot.cli.sample_news import make_article, read_samples
from datetime import timedelta
from summaries.ingest.seed import load_samples

async def look():
    async with open_services(Settings(_env_file=None, database_url="sqlite:///" + sys.argv[1])) as services:
        await services.load_sources()
        samples = [make_article(sample, timedelta(), "") for sample in read_samples()]
        read = await load_samples(samples, services.writer, services.workers)
        return {
            "from": [module.__file__ for module in (bot, seeds, summaries)],
            "sources": len(await services.store.sources.all()),
            "samples": len({stored.id for stored in read}),
            "languages": list(languages()),
            "page": sorted(static_files()),
        }

print(json.dumps(asyncio.run(look())))
"""


# Runs every method of sumy without the packages that the lock files exclude, and prints the methods that worked.
SUMMARIZE = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[1:]:
            raise ModuleNotFoundError(name)

for name in [name for name in sys.modules if name.partition(".")[0] in sys.argv[1:]]:
    del sys.modules[name]
sys.meta_path.insert(0, Missing())
from summaries.summarizer.document import make_document
from summaries.summarizer.sumy_methods import SUMY_METHODS, rank_with_sumy

texts = ["Harga beras turun di pasar.", "Panen raya menambah pasokan beras.", "Warga menyambut baik harga itu."]
document = make_document(texts, "Harga beras", "id", None)
print(*[method for method in SUMY_METHODS if len(set(rank_with_sumy(method, document))) == 3])
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with the wheel and the source archive, built offline with the installed tools."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the bin directory of an environment that contains the wheel and uses our dependencies.

    A .pth file adds the dependencies. Their own .pth files are not read, so the editable checkout is not importable.
    """
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60)
    names = {"base": str(folder), "platbase": str(folder)}
    libraries = Path(sysconfig.get_path("purelib", "venv", vars=names))
    (libraries / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    python = folder / "bin/python"
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--no-index",
        "--no-deps",
        "--no-compile",
    ]
    subprocess.run([*command, str(wheel)], check=True, capture_output=True, timeout=60)
    return folder / "bin"


def run(command: list[str], folder: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def package_files() -> set[str]:
    # Another test run may be writing bytecode.
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*") if "__pycache__" not in path.parts]
    return {path.relative_to(ROOT).as_posix() for path in found if path.is_file()}


def test_wheel_contains_exactly_the_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert len(packed) > 300
    assert packed == package_files()


def test_source_archive_contains_the_sources_of_the_wheel(built: Path) -> None:
    (found,) = built.glob("*.tar.gz")
    with tarfile.open(found) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    others = {"pyproject.toml", "README.md", "LICENSE", "requirements/run.lock", ".env.example"}
    assert package_files() | others <= packed
    # Nothing from running or developing here is included.
    assert not [name for name in packed if name.startswith((".venv", ".git/")) or name.endswith((".db", ".env"))]


def test_wheel_is_pure_and_has_metadata(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        content = archive.read(metadata).decode()
        assert any(name.endswith("licenses/LICENSE") for name in archive.namelist())
    assert "\nRequires-Python: >=3.11\n" in content
    assert set(re.findall(r"^Provides-Extra: (.+)$", content, re.MULTILINE)) == EXTRAS
    # Together with sumy it makes pip 23.0 to 23.2 fail.
    assert "readability-lxml" not in content


def test_installed_wheel_works_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    """One test, so that the installation is made once even if tests run in several processes."""
    ringkas = str(installed / "ringkas")
    assert run([ringkas, "--version"], tmp_path) == f"ringkas, version {version('ringkas')}\n"
    summary: dict[str, Any] = json.loads(run([ringkas, "summarize", "--json", str(SAMPLE)], tmp_path))
    assert summary["outlet"] == "Warta Kota Fiksi"
    assert summary["sentences"]

    found = json.loads(run([str(installed / "python"), "-c", LOOK, str(tmp_path / "ringkas.db")], tmp_path))
    for module in found.pop("from"):
        assert installed.parent in Path(module).parents, module
    assert found == {
        "sources": len(read_catalogue()),
        "samples": len(list(seeds.sample_articles())),
        "languages": list(languages()),
        "page": sorted(static_files()),
    }


@pytest.mark.install
# pip waits for the network, and `.ci/run` runs other tests beside it.
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("pip", ["pip==23.0.1", "pip==23.2.1", "pip"])
def test_wheel_installs_in_a_fresh_environment(wheel: Path, tmp_path: Path, pip: str) -> None:
    """Resolve and download as an operator would: with the pip of Debian 12, the last one that cannot resolve
    lxml[html-clean] beside lxml[html_clean], and the newest."""
    bin_folder = tmp_path / "venv/bin"
    subprocess.run([sys.executable, "-m", "venv", str(bin_folder.parent)], check=True, timeout=600)
    # Without the guard against network access in PYTHONPATH.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    def work(*command: str) -> str:
        done = subprocess.run(
            [str(bin_folder / command[0]), *command[1:]],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    work("python", "-m", "pip", "install", "--quiet", "--upgrade", pip)
    wanted = f"{wheel}[{','.join(EXTRAS)}]"
    if pip == "pip==23.0.1":
        work("python", "-m", "pip", "install", "--quiet", "--no-compile", wanted)
        assert json.loads(work("ringkas", "summarize", "--json", str(SAMPLE)))["sentences"]
    else:  # The resolution alone, because the packages are large.
        assert f"ringkas-{version('ringkas')}" in work("python", "-m", "pip", "install", "--dry-run", wanted)


def excluded_packages() -> list[str]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return list(tomllib.load(file)["tool"]["uv"]["exclude-dependencies"])


def test_nothing_advises_to_install_from_an_index() -> None:
    """Ringkas is on no index: a stranger could publish a package of that name."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    for path in (*pages, *(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))):
        assert not re.search(r"(?:pip|pipx) install '?ringkas\b", path.read_text(encoding="utf-8")), path


def test_lock_files_exclude_unused_packages() -> None:
    names = excluded_packages()
    assert {"docopt", "breadability"} <= set(names)
    for lock in (ROOT / "requirements").glob("*.lock"):
        locked = re.findall(r"^([A-Za-z0-9_.-]+)==", lock.read_text(encoding="utf-8"), re.MULTILINE)
        assert len(locked) > 4
        assert set(names).isdisjoint(locked), lock.name


def test_sumy_methods_work_without_excluded_packages() -> None:
    modules = {name.replace("-ng", "") for name in excluded_packages()} | {"pkg_resources"}
    done = subprocess.run(
        [sys.executable, "-c", SUMMARIZE, *sorted(modules)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == list(SUMY_METHODS)


def test_lock_files_are_written_by_the_pinned_uv() -> None:
    wanted = re.findall(r'"(uv==[^"]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    locked = re.findall(r"^(uv==\S+) \\$", (ROOT / "requirements/dev.lock").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(wanted) == 1
    assert locked == wanted
