"""Measure what a summary costs, and write its part of docs/measurements/benchmarks.md.

    python -m benchmarks.summaries_speed [--data DIR] [--rounds N] [--smoke]

Machines are noisy, so every claim is a ratio between things that were measured in turn in one run, given as the median
over the rounds with its spread. Documents: the articles of IndoSum's dev.jsonl in DIR where there is one, else the
sample articles that ship with the project. `--smoke` runs everything once on a few articles and writes nothing.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

import seeds
from benchmarks.page import machine, write_part
from benchmarks.summary_stages import stage_shares
from summaries.errors import NothingToSummarize
from summaries.fetch.plain.article import read_plain_text
from summaries.model import MEDIUM, Article
from summaries.summarizer import METHODS, summarize
from summaries.summarizer.document import read_document
from summaries.text.cleaning import clean
from summaries.text.language import detect_language
from summaries.text.words import stem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROUNDS = 7
SMOKE_ARTICLES = 6
METHOD_ARTICLES = 120
LENGTHS_CHARS = (2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000)
BATCH_LINES = 2_000
PART = "Summaries: speed"


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over the rounds: its median, smallest and largest."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(median(values), min(values), max(values))

    def text(self, digits: int = 2) -> str:
        return f"{self.middle:.{digits}f} ({self.low:.{digits}f}–{self.high:.{digits}f})"


def articles_of(folder: Path | None) -> tuple[list[Article], str]:
    """The documents, and where they are from."""
    if folder is not None and (folder / "dev.jsonl").exists():
        rows = map(json.loads, (folder / "dev.jsonl").read_text(encoding="utf-8").splitlines())
        return list(filter(is_summarizable, map(article_of, rows))), "the development articles of IndoSum"
    return [read_plain_text(sample.text) for sample in seeds.sample_articles()], "the sample articles of this project"


def article_of(row: dict[str, Any]) -> Article:
    text = "\n\n".join(" ".join(paragraph) for paragraph in row["paragraphs"])
    return Article(title=row["title"] or "", text=clean(text).text, outlet=row["source"])


def is_summarizable(article: Article) -> bool:
    try:
        summarize(article)
    except NothingToSummarize:
        return False
    return True


def seconds(work: Callable[[Article], object], articles: Sequence[Article]) -> float:
    """The processor time that the work takes over all articles."""
    gc.collect()
    start = time.process_time()
    for article in articles:
        work(article)
    return time.process_time() - start


def in_turn(
    works: dict[str, Callable[[Article], object]], articles: Sequence[Article], rounds: int
) -> dict[str, list[float]]:
    """Each work's seconds, round by round, so that a slow moment of the machine hits all alike."""
    for work in works.values():
        seconds(work, articles[:3])
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(seconds(work, articles))
    return times


def by_method(method: str) -> Callable[[Article], object]:
    return lambda article: summarize(article, MEDIUM, method=method)


def reading_only(article: Article) -> object:
    """What our summariser does before it ranks: find the language, split, look pieces up."""
    return read_document(article, detect_language(article.text))


def stems_only(article: Article) -> object:
    """The floor under any summariser of sumy's: sentences, words and stems by what sumy's are given."""
    from summaries.summarizer.sumy_methods import Tokenizer

    tokenizer = Tokenizer("id")
    return [[stem(word) for word in tokenizer.to_words(text)] for text in tokenizer.to_sentences(article.text)]


def compare(articles: Sequence[Article], rounds: int) -> dict[str, Spread]:
    """Each method's cost as a multiple of ours, and ours as a multiple of reading alone, in both ways of reading."""
    works = {method: by_method(method) for method in METHODS} | {"reading": reading_only, "stems": stems_only}
    times = in_turn(works, articles, rounds)
    ours = times["ringkas"]
    ratios = {name: Spread.of([t / o for t, o in zip(values, ours, strict=True)]) for name, values in times.items()}
    floors = {
        f"ours/{name}": Spread.of([o / r for o, r in zip(ours, times[name], strict=True)])
        for name in ("reading", "stems")
    }
    return ratios | floors


def latencies_ms(articles: Sequence[Article]) -> list[float]:
    """Each article's own time by our method, in milliseconds."""
    summarize(articles[0])
    return [seconds(summarize, [article]) * 1000 for article in articles]


def scaling(articles: Sequence[Article], lengths: Sequence[int], rounds: int) -> list[tuple[int, float]]:
    """Length in characters and milliseconds for articles put together until they are so long."""
    whole = "\n\n".join(article.text for article in articles)
    whole = "\n\n".join([whole] * (1 + max(lengths) // max(1, len(whole))))
    points = []
    for length in lengths:
        cut = whole[: whole.rindex("\n\n", 0, length) if "\n\n" in whole[:length] else length]
        article = replace(articles[0], text=cut)
        points.append((len(cut), 1000 * median(seconds(summarize, [article]) for _ in range(rounds))))
    return points


def cold_start_s(rounds: int) -> Spread:
    """From the start of `ringkas summarize` to its end with one article, on the wall clock."""
    text = next(iter(seeds.sample_articles())).text
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "bot", "summarize"], input=text.encode(), capture_output=True, check=True)
        times.append(time.perf_counter() - start)
    return Spread.of(times[1:])


def batch_s(articles: Sequence[Article], lines: int, rounds: int) -> dict[int, Spread]:
    """Seconds for so many lines through `ringkas summarize --jsonl`, by the number of processes."""
    rows = [json.dumps({"id": n, "title": a.title, "text": a.text}) for n, a in enumerate(articles)]
    text = "\n".join((rows * (1 + lines // len(rows)))[:lines]).encode()
    times: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(rounds):
        for jobs, taken in times.items():
            start = time.perf_counter()
            command = [sys.executable, "-m", "bot", "summarize", "--jsonl", "--jobs", str(jobs)]
            subprocess.run(command, input=text, stdout=subprocess.DEVNULL, check=True)
            taken.append(time.perf_counter() - start)
    return {jobs: Spread.of(taken) for jobs, taken in times.items()}


def draw(points: Sequence[tuple[int, float]], folder: Path) -> None:
    """Cost against length, beside the line through the longest one."""
    from benchmarks.plots import LIGHT_AND_DARK, figure

    for style in LIGHT_AND_DARK:
        with figure(style, folder / "summary-cost-by-length") as axes:
            lengths, costs = zip(*points, strict=True)
            axes.plot(lengths, costs, marker="o", color=style.accent, label="one summary")
            axes.plot(
                lengths, [costs[-1] / lengths[-1] * n for n in lengths], "--", color=style.muted, label="in proportion"
            )
            axes.set(xscale="log", yscale="log", xlabel="article, characters", ylabel="milliseconds of one core")
            axes.legend(frameon=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    articles, origin = articles_of(options.data)
    rounds = 1 if options.smoke else options.rounds
    articles = articles[:SMOKE_ARTICLES] if options.smoke else articles
    ratios = compare(articles[:METHOD_ARTICLES], rounds)
    times = sorted(latencies_ms(articles))
    stages = stage_shares(articles, rounds)
    points = scaling(articles, LENGTHS_CHARS[:2] if options.smoke else LENGTHS_CHARS, rounds)
    start = cold_start_s(rounds)
    batch = batch_s(articles, 20 if options.smoke else BATCH_LINES, 1 if options.smoke else 3)
    text = report(articles, origin, rounds, ratios, stages, times, points, start, batch)
    if options.smoke:
        print("the harness works")
        return
    draw(points, Path(__file__).parents[1] / "docs/measurements/plots")
    write_part(PART, text)


def report(
    articles: Sequence[Article],
    origin: str,
    rounds: int,
    ratios: dict[str, Spread],
    stages: dict[str, float],
    times: Sequence[float],
    points: Sequence[tuple[int, float]],
    start: Spread,
    batch: dict[int, Spread],
) -> str:
    """The part of the page, in Markdown."""
    load = os.getloadavg()[1]
    cuts = quantiles(times, n=100)
    rows = "\n".join(f"| {name} | {spread.text()} |" for name, spread in ratios.items() if not name.startswith("ours/"))
    lengths = "\n".join(f"| {n:,} | {ms:.1f} | {1000 * ms / n:.2f} |" for n, ms in points)
    return f"""\
{machine("sumy", "nltk", "numpy")}
{len(articles)} articles: {origin}; one core, processor time, {rounds} rounds in turn; medians, with smallest and
largest in brackets.

| cost as a multiple of ours, same documents and tokenizer | ratio |
|---|---|
{rows}

*stems* is the floor: splitting, tokenising and stemming alone, by the functions that sumy's methods are given, as
LexRank has to pay for it. Ours costs {ratios["ours/stems"].text()} times that; the bar is 3. *reading* is what
our summariser itself does first: the language, splitting, and a look-up of each piece of text between two spaces, whose
stems, names and marks are worked out once (caches are warm, as they are in a bot that has read a few hundred articles).
Ours costs {ratios["ours/reading"].text()} times that: {shown_shares(stages)}.
LexRank costs {ratios["lexrank"].text()} times ours; the bar is 4.
Meanwhile {load:.1f} processes on average wanted the cores.
One article takes {cuts[49]:.1f} ms (median), {cuts[94]:.1f} ms (p95), {cuts[98]:.1f} ms (p99), {times[-1]:.1f} ms
(the slowest).

| article, characters | ms | µs a character |
|---|---|---|
{lengths}

![cost by length](plots/summary-cost-by-length-light.png#gh-light-mode-only)
![cost by length](plots/summary-cost-by-length-dark.png#gh-dark-mode-only)

From the start of `ringkas summarize` to its end with one article: {start.text()} s on the wall clock.
{BATCH_LINES:,} lines through `--jsonl`: {batch[1].text()} s with one process, {batch[2].text()} s with two.
"""


def shown_shares(stages: dict[str, float]) -> str:
    return ", ".join(f"{name} {share:.0%}" for name, share in stages.items())


if __name__ == "__main__":
    main()
