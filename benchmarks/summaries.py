"""Measure the cost of a summary, and write the section of docs/measurements/benchmarks.md.

    python -m benchmarks.summaries [--data DIR] [--rounds N] [--smoke]

Documents are the articles of dev.jsonl in DIR (IndoSum), else the project's sample articles. `--smoke` runs everything
once over a few articles and writes nothing.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

import seeds
from benchmarks.processes import BOT
from benchmarks.report import describe_machine, publish, table
from benchmarks.rounds import Spread, percentile, ratios, time_in_turn
from benchmarks.train_ranker import as_article
from summaries.errors import NothingToSummarize
from summaries.fetch.plain.article import read_plain_text
from summaries.model import MEDIUM, Article
from summaries.summarizer import METHODS, summarize
from summaries.summarizer.document import read_document
from summaries.summarizer.sumy_methods import Tokenizer
from summaries.text.language import detect_language
from summaries.text.words import stem

SECTION = "Summaries: speed"
ROUNDS = 7
SMOKE_ARTICLES = 6
METHOD_ARTICLES = 120
LENGTHS_CHARS = (2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000)
BATCH_LINES = 2_000


def read_articles(folder: Path | None) -> tuple[list[Article], str]:
    """Return the documents and a description of their origin."""
    if folder is not None and (folder / "dev.jsonl").exists():
        rows = map(json.loads, (folder / "dev.jsonl").read_text(encoding="utf-8").splitlines())
        articles = (as_article(row, is_flat=False) for row in rows)
        return list(filter(is_summarizable, articles)), "the development articles of IndoSum"
    return [read_plain_text(sample.text) for sample in seeds.sample_articles()], "the sample articles of this project"


def is_summarizable(article: Article) -> bool:
    try:
        summarize(article)
    except NothingToSummarize:
        return False
    return True


def process_all(process: Callable[[Article], object], articles: Sequence[Article]) -> None:
    for article in articles:
        process(article)


def read_only(article: Article) -> object:
    """Do the first step of our summariser: detect the language, split into sentences and look the words up."""
    return read_document(article, detect_language(article.text))


def stem_only(article: Article) -> object:
    """Split, tokenise and stem with the functions that sumy's methods are given: the least that those cost."""
    tokenizer = Tokenizer("id")
    return [[stem(word) for word in tokenizer.to_words(text)] for text in tokenizer.to_sentences(article.text)]


def compare_methods(articles: Sequence[Article], rounds: int) -> dict[str, list[float]]:
    """Return each method's processor seconds per round."""
    methods: dict[str, Callable[[Article], object]] = {
        method: partial(summarize, length=MEDIUM, method=method) for method in METHODS
    }
    steps = methods | {"reading": read_only, "stems": stem_only}
    for step in steps.values():
        process_all(step, articles[:3])
    gc.collect()
    return time_in_turn({name: partial(process_all, step, articles) for name, step in steps.items()}, rounds)


def time_lengths(articles: Sequence[Article], lengths: Sequence[int], rounds: int) -> list[tuple[int, float]]:
    """Return characters and milliseconds for articles joined up to each length."""
    whole = "\n\n".join(article.text for article in articles)
    whole = "\n\n".join([whole] * (1 + max(lengths) // max(1, len(whole))))
    points = []
    for length in lengths:
        cut = whole[: whole.rindex("\n\n", 0, length) if "\n\n" in whole[:length] else length]
        long_article = replace(articles[0], text=cut)
        (seconds,) = time_in_turn({"": partial(summarize, long_article)}, rounds).values()
        points.append((len(cut), 1000 * median(seconds)))
    return points


def time_commands(articles: Sequence[Article], lines: int, rounds: int) -> list[Spread]:
    """Return the seconds of `ringkas summarize` with one article, and of `--jsonl` with one and with two processes."""
    rows = [json.dumps({"id": n, "title": a.title, "text": a.text}) for n, a in enumerate(articles)]
    batch = "\n".join((rows * (1 + lines // len(rows)))[:lines]).encode()
    run = partial(subprocess.run, stdout=subprocess.DEVNULL, check=True)
    commands = {
        "one": partial(run, [*BOT, "summarize"], input=next(iter(seeds.sample_articles())).text.encode()),
        **{n: partial(run, [*BOT, "summarize", "--jsonl", "--jobs", n], input=batch) for n in ("1", "2")},
    }
    return [Spread.over(seconds) for seconds in time_in_turn(commands, rounds, time.perf_counter).values()]


def measure(articles: Sequence[Article], origin: str, rounds: int, *, is_smoke: bool) -> str:
    """Return the section."""
    times = compare_methods(articles[:METHOD_ARTICLES], rounds)
    ours = times["ringkas"]
    summarize(articles[0])
    each_ms = [1000 * time_in_turn({"": partial(summarize, one)}, 1)[""][0] for one in articles]
    points = time_lengths(articles, LENGTHS_CHARS[:2] if is_smoke else LENGTHS_CHARS, rounds)
    lines = 20 if is_smoke else BATCH_LINES
    start, one_process, two_processes = time_commands(articles, lines, min(rounds, 3))
    lengths = table(
        ("article, characters", "ms", "µs a character"),
        ((f"{length:,}", f"{ms:.1f}", f"{1000 * ms / length:.2f}") for length, ms in points),
    )
    p50, p95, p99 = (percentile(each_ms, percent) for percent in (50, 95, 99))
    return f"""\
{describe_machine("sumy", "nltk", "numpy")}
{len(articles)} articles: {origin}; one core, processor time, {rounds} rounds in turn; medians, with smallest and
largest in brackets.

{table(("cost as a multiple of ours", "ratio"), ((name, ratios(values, ours)) for name, values in times.items()))}

*stems* is splitting, tokenising and stemming alone, by the functions that sumy's methods are given; ours costs
{ratios(ours, times["stems"])} times that (the bar is 3). *reading* is the first step of our summariser; ours costs
{ratios(ours, times["reading"])} times that. LexRank costs {ratios(times["lexrank"], ours)} times ours (the bar is 4).
One article takes {p50:.1f} ms (median), {p95:.1f} ms (p95), {p99:.1f} ms (p99), {max(each_ms):.1f} ms (the slowest).

{lengths}

From the start of `ringkas summarize` to its end with one article: {start} s on the clock.
{lines:,} lines through `--jsonl`: {one_process} s with one process, {two_processes} s with two.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    articles, origin = read_articles(options.data)
    articles, rounds = (articles[:SMOKE_ARTICLES], 1) if options.smoke else (articles, options.rounds)
    publish(SECTION, measure(articles, origin, rounds, is_smoke=options.smoke), is_trial=options.smoke)


if __name__ == "__main__":
    main()
