"""Print the figures that keep this codebase easy to enter: sizes, layers, and the English of comments.

`make house` prints them. tests/test_house.py fails when one of the limits below is exceeded.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import grimp

ROOT = Path(__file__).parents[1]
PRODUCT = ("bot", "summaries")
SCRIPTS = (".js", ".css")
SMALL_LINES = 60

# Patterns of translated English. A headless clause is a relative clause without a noun before it.
HEADLESS = re.compile(
    r"\b(?:what|whatever|whoever|whom)\b"
    r"|(?:^|[,;:.(]\s+|\b(?:of|for|to|by|from|with|and|or|but|that|is|are|if|than|as)\s+)who\b",
    re.IGNORECASE,
)
TOLD = re.compile(r"\b(?:told|tells?|telling)\b", re.IGNORECASE)
STANDS = re.compile(r"\b(?:stands?|stood|standing)\b", re.IGNORECASE)
PATTERNS = {"headless clauses": HEADLESS, "told": TOLD, "stands": STANDS}
# Comments of JavaScript and CSS; `//` lines that follow each other are one text. The // of an address is inside a word.
SCRIPT_COMMENT = re.compile(r"/\*.*?\*/|(?:(?<!\S)//[^\n]*\n?[ \t]*)+", re.DOTALL)
COMMENT_MARK = re.compile(r"(?<!\S)(?:/[/*]+|\*/?)(?!\S)")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report. `limit` is the most that is allowed, None where the figure only informs."""

    name: str
    value: float
    limit: float | None = None

    @property
    def is_exceeded(self) -> bool:
        return self.limit is not None and self.value > self.limit


def measure(root: Path = ROOT) -> list[Figure]:
    """Return every figure for the checkout at `root`."""
    product = list(find_modules(root, PRODUCT))
    return [
        *(
            Figure(f"modules directly in {package}/", count_flat(root / package), limit)
            for package, limit in (("bot", 9), ("summaries", 3))
        ),
        Figure(f"product modules under {SMALL_LINES} lines", count_small(product), 40),
        # 42,000 after the restructuring. 45,000 with failover between a source's addresses, the selection by headline,
        # the evidence of failed calls, catching up after outages, importance, and links that wait. 49,000 with the
        # digest as a front page and its buttons, sample news, fact-checks, `ringkas verify`, and figures of stories.
        # 54,000 with the story view, chains, followed stories, and admins' decisions about stories. 64,000 with guest
        # mode, chats' own feeds and tastes, official warnings, the published site, the API, and editions. 65,200 with
        # the retention of news, compressed texts and backups, and shared writes on PostgreSQL. 65,300 with the entries
        # of a feed that are known.
        Figure("product lines", count_lines(product), 65_300),
        # 8,000 after the restructuring. 9,100 with chains, followed stories, and admins' decisions. 10,600 with own
        # feeds and official warnings. 11,200 with the retention of news, and compressed texts and backups.
        Figure("lines of summaries/storage", count_lines(find_modules(root, ("summaries/storage",))), 11_200),
        # 5,500 after the restructuring. 6,200 with the kills of a fleet, the rates of failing calls, fact-checks, and
        # the labels of disagreements. 7,200 with the labels of chains and regions, and the simulation of follows.
        # 7,800 with tastes and the published site. 8,300 with the aged bot and steady polling.
        Figure("lines of benchmarks", count_lines(find_modules(root, ("benchmarks",))), 8_300),
        *measure_prose([*product, *find_modules(root, PRODUCT, SCRIPTS)]),
        *measure_layers(root),
        # 16,000 after the restructuring. 16,500 with fact-checks, the buttons of digests, and `ringkas verify`. 17,500
        # with the story view and followed stories. 20,500 with own feeds, warnings, the published site and the API.
        # 20,900 with the retention of news and the disk of a year.
        Figure("words of README and docs without measurements", count_words(root), 20_900),
    ]


def find_modules(root: Path, folders: Sequence[str], suffixes: Sequence[str] = (".py",)) -> Iterator[Path]:
    """Yield the files in the folders that have one of the suffixes, by default the Python modules."""
    for folder in folders:
        yield from sorted(path for path in (root / folder).rglob("*") if path.suffix in suffixes)


def count_flat(package: Path) -> int:
    """Return the number of modules directly in a package, without `__init__`."""
    return len([path for path in package.glob("*.py") if path.name != "__init__.py"])


def count_lines(paths: Iterator[Path] | Sequence[Path]) -> int:
    """Return the lines of all files together."""
    return sum(path.read_text(encoding="utf-8").count("\n") for path in paths)


def count_small(paths: Sequence[Path]) -> int:
    """Return the number of modules under `SMALL_LINES` lines, without `__init__`."""
    return sum(count_lines([path]) < SMALL_LINES for path in paths if path.name != "__init__.py")


def read_prose(path: Path) -> Iterator[str]:
    """Yield the comments and docstrings of a Python, JavaScript or CSS file; one over several lines is one text."""
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield from (" ".join(COMMENT_MARK.sub("", text).split()) for text in SCRIPT_COMMENT.findall(source))
        return
    block: list[str] = []
    last_line = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        if block and token.start[0] != last_line + 1:
            yield " ".join(block)
            block = []
        block.append(token.string.lstrip("# "))
        last_line = token.start[0]
    if block:
        yield " ".join(block)
    for node in ast.walk(ast.parse(source)):
        for statement in getattr(node, "body", None) or () if not isinstance(node, ast.Lambda | ast.IfExp) else ():
            match statement:
                case ast.Expr(value=ast.Constant(value=str(text))):
                    yield text


def measure_prose(paths: Sequence[Path]) -> Iterator[Figure]:
    """Yield each pattern's occurrences per 1,000 words of comments and docstrings."""
    texts = [text for path in paths for text in read_prose(path)]
    words = sum(len(text.split()) for text in texts)
    for (name, pattern), limit in zip(PATTERNS.items(), (1, 0.5, 0.5), strict=True):
        found = sum(len(pattern.findall(text)) for text in texts)
        yield Figure(f"{name} per 1,000 words of comments and docstrings", round(1000 * found / words, 2), limit)


def measure_layers(root: Path) -> Iterator[Figure]:
    """Yield cycles, upward imports and modules without a layer, by the layers in pyproject.toml."""
    contracts = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    ranks = {
        name: rank for contract in contracts if contract["type"] == "layers" for name, rank in rank_layers(contract)
    }
    graph = grimp.build_graph(*PRODUCT, cache_dir=None)
    children = {child for package in PRODUCT for child in graph.find_children(package)}
    arrows = {
        (importer, imported)
        for importer in children
        for imported in children
        if importer != imported and graph.direct_import_exists(importer=importer, imported=imported, as_packages=True)
    }
    same = {(a, b) for a, b in arrows if a.split(".")[0] == b.split(".")[0]}
    yield Figure("package cycles", count_cycles(children, same), 0)
    yield Figure("upward imports", sum(ranks.get(a, 0) < ranks.get(b, 0) for a, b in same), 0)
    yield Figure("packages and modules outside every layer", len(children - set(ranks)), 0)


def rank_layers(contract: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield each module of a layers contract with its height, the lowest layer first at 0."""
    for container in contract["containers"]:
        for rank, layer in enumerate(reversed(contract["layers"])):
            for name in re.split(r"[|:]", layer):
                yield f"{container}.{name.strip(' ()')}", rank


def count_cycles(nodes: set[str], arrows: set[tuple[str, str]]) -> int:
    """Return the number of groups of packages that import one another in a circle."""
    reach = {node: {b for a, b in arrows if a == node} for node in nodes}
    for middle in nodes:  # Warshall's transitive closure
        for node in nodes:
            if middle in reach[node]:
                reach[node] |= reach[middle]
    return len({frozenset(b for b in reach[a] if a in reach[b]) for a in nodes if a in reach[a]})


def count_words(root: Path) -> int:
    """Return the words of README.md and docs/, without the generated docs/measurements/."""
    pages = [root / "README.md", *(root / "docs").rglob("*.md")]
    return sum(
        len(page.read_text(encoding="utf-8").split())
        for page in pages
        if "measurements" not in page.relative_to(root).parts
    )


@click.command()
def main() -> None:
    """Print the figures and their limits; exit 1 if one is exceeded."""
    figures = measure()
    for figure in figures:
        limit = "" if figure.limit is None else f"  (limit {figure.limit:,})"
        click.echo(f"{figure.value:>10,}  {figure.name}{limit}{'  EXCEEDED' if figure.is_exceeded else ''}")
    raise SystemExit(any(figure.is_exceeded for figure in figures))


if __name__ == "__main__":
    main()
