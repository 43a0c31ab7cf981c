"""Measure other extractive summarisers beside ours, quality and speed, and write their part of benchmarks.md.

    python -m benchmarks.peers_speed --data DIR [--articles N] [--smoke]

DIR is IndoSum's folder: without it there is nothing to judge quality by. Our own quality is that of quality.md, by
cross-validation: the model that ships has seen these articles. `--smoke` does it once over very little, on the sample
articles, and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

import seeds
from benchmarks.ingest.memory import peak_mib
from benchmarks.peers import NAMES, OURS, summariser
from benchmarks.rouge_text import rouge_1_2
from benchmarks.train_ranker import as_article
from summaries.errors import NothingToSummarize
from summaries.fetch.plain.article import read_plain_text
from summaries.summarizer import summarize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from summaries.model import Article

PART = "Summaries: other summarisers beside"
ARTICLES = 300
ROUNDS = 3
SMOKE_NAMES = (OURS, "lead")
SLICE = 60
"""So many articles are timed in turn by each summariser, round by round."""


@dataclass(frozen=True, slots=True)
class Peer:
    """R1 and R2 in percent (None for ours, see `cross_validated`), mean words, cost as a multiple of ours, and of a
    process of its own the seconds until its first summary and the MiB that it took at most."""

    name: str
    r1: float | None
    r2: float | None
    words: float
    cost: float
    first_s: float
    peak_mib: float


def read_cases(folder: Path, count: int) -> list[tuple[Article, str]]:
    """Articles that our summariser takes, as running text, with their editor's summary."""
    cases: list[tuple[Article, str]] = []
    for line in (folder / "dev.jsonl").open(encoding="utf-8"):
        row: dict[str, Any] = json.loads(line)
        article = as_article(row, is_flat=True)
        try:
            summarize(article)
        except NothingToSummarize:
            continue
        cases.append((article, "\n".join(row["summary"])))
        if len(cases) == count:
            break
    return cases


def measure(cases: Sequence[tuple[Article, str]], rounds: int, names: Sequence[str] = NAMES) -> list[Peer]:
    articles = [article for article, _ in cases]
    works = {name: summariser(name, articles) for name in names}
    told = {name: [work(article) for article in articles] for name, work in works.items()}
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            began = time.process_time()
            for article in articles[:SLICE]:
                work(article)
            times[name].append(time.process_time() - began)
    peers = []
    for name in names:
        found = [rouge_1_2(reference, text) for (_, reference), text in zip(cases, told[name], strict=True)]
        first_s, peak_mib = alone(name)
        peers.append(
            Peer(
                name,
                100 * fmean(r1 for r1, _ in found) if name != OURS else None,
                100 * fmean(r2 for _, r2 in found) if name != OURS else None,
                fmean(len(text.split()) for text in told[name]),
                median(own / ours for own, ours in zip(times[name], times[OURS], strict=True)),
                first_s,
                peak_mib,
            )
        )
    return peers


def alone(name: str) -> tuple[float, float]:
    """Seconds and MiB of a new process until its first summary."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.peers_speed", "--first", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return time.perf_counter() - began, float(done.stdout)


def first(name: str) -> None:
    """What that process does."""
    articles = sample_articles()
    summariser(name, articles)(articles[0])
    print(peak_mib())


def sample_articles() -> list[Article]:
    return [read_plain_text(sample.text) for sample in seeds.sample_articles()]


def cross_validated(page: str) -> tuple[float, float]:
    """Our own R1 and R2 at about 60 words, as docs/measurements/quality.md tells them."""
    found = re.search(
        r"^## About 60 words\n.*?^\| ringkas \| ([\d.]+) \| [\d.]+ \| ([\d.]+) \|", page, re.MULTILINE | re.DOTALL
    )
    if found is None:
        raise SystemExit("docs/measurements/quality.md holds no figures of ours: `make quality` writes them")
    return float(found[1]), float(found[2])


def page_of(peers: Sequence[Peer], count: int, own: tuple[float, float]) -> str:
    rows = []
    for peer in peers:
        r1, r2 = own if peer.name == OURS else (peer.r1 or 0.0, peer.r2 or 0.0)
        figures = f"{peer.words:.0f} | {peer.cost:.2f} | {peer.first_s:.2f} | {peer.peak_mib:.0f}"
        rows.append(f"| {peer.name} | {r1:.1f} | {r2:.1f} | {figures} |")
    return f"""\
What else installs from PyPI and summarises Indonesian by choosing sentences, without a model to download: sumy's
methods (with our tokenizer), the package lexrank (with our sentences and stop words), and summa. {count} articles of
IndoSum's development part, about 60 words. *ringkas* is scored by cross-validation over all articles (quality.md):
its model has seen these. The cost is processor time as a multiple of ours, median of {ROUNDS} rounds in turn over
{SLICE} articles; start and memory are those of a new process until its first summary.

| | R1 | R2 | words | cost | start, s | memory, MiB |
|---|---|---|---|---|---|---|
{chr(10).join(rows)}

![quality and cost](plots/peers-light.png#gh-light-mode-only)
![quality and cost](plots/peers-dark.png#gh-dark-mode-only)
"""


def draw(peers: Sequence[Peer], own: tuple[float, float], folder: Path) -> None:
    from benchmarks.plots import LIGHT_AND_DARK, figure

    for style in LIGHT_AND_DARK:
        with figure(style, folder / "peers") as axes:
            for peer in peers:
                is_ours = peer.name == OURS
                at = (peer.cost, own[0] if is_ours else peer.r1 or 0.0)
                axes.scatter(*at, color=style.accent if is_ours else style.muted, s=50)
                axes.annotate(peer.name, at, (6, 4), textcoords="offset points", color=style.ink, fontsize=8)
            axes.set(xscale="log", xlabel="cost, as a multiple of ours", ylabel="ROUGE-1 at about 60 words")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--articles", type=int, default=ARTICLES)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--first", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.first:
        first(options.first)
        return
    if options.smoke:
        measure([(article, article.title) for article in sample_articles()[:3]], 1, SMOKE_NAMES)
        print("the harness works")
        return
    if options.data is None or not (options.data / "dev.jsonl").exists():
        print("the part on other summarisers needs IndoSum: set DATA", file=sys.stderr)
        return
    from benchmarks.page import PAGE, machine, write_part

    own = cross_validated((PAGE.parent / "quality.md").read_text(encoding="utf-8"))
    cases = read_cases(options.data, options.articles)
    peers = measure(cases, ROUNDS)
    draw(peers, own, PAGE.parent / "plots")
    write_part(PART, f"{machine('sumy', 'nltk', 'numpy', 'lexrank', 'summa')}\n{page_of(peers, len(cases), own)}")


if __name__ == "__main__":
    main()
