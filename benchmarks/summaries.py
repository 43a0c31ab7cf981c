"""Measure the cost of a summary, and write the section of docs/measurements/benchmarks.md.

    python -m benchmarks.summaries [--data DIR] [--rounds N] [--articles N] [--smoke]

Every article is summarised once per process, because a reader's article is new too: its words are partly unknown to
the caches. Articles are those of dev.jsonl and train.jsonl in DIR (IndoSum), else the project's sample articles.
`--smoke` runs everything once over a few articles and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from os import environ, times
from pathlib import Path
from statistics import median
from typing import Any

import seeds
from benchmarks.processes import BOT, hide_tools
from benchmarks.report import DETAILS, describe_machine, publish, table
from benchmarks.rounds import Spread, percentile, ratios, time_in_turn
from benchmarks.train_ranker import as_article
from summaries.errors import NothingToSummarize
from summaries.fetch.plain.article import read_plain_text
from summaries.model import MEDIUM, PARAGRAPH_BREAK, Article
from summaries.summarizer import METHODS, summarize
from summaries.summarizer.document import read_document
from summaries.summarizer.sumy_methods import Tokenizer
from summaries.text.language import detect_language
from summaries.text.words import stem

SECTION, DETAILS_SECTION = "Summaries: speed", "Summaries: speed, other methods and lengths"
ROUNDS = 5
SMOKE_ARTICLES = 12
# Articles that a warm process has read before, and those measured of each method.
WARM_UP = 200
METHOD_ARTICLES = 120
# Half of the articles that the bot stores in a day at the size of docs/measurements/scaling.md's estimate; so many that
# starting Python is a small part.
COMMAND_ARTICLES = 2_400
LENGTHS_CHARS = (2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000)
STOCK = "stock"


@dataclass(frozen=True, slots=True)
class Corpus:
    """The articles as the summariser reads them, and as lines for the command; both in the same order."""

    articles: list[Article]
    lines: list[bytes]
    origin: str


def read_corpus(folder: Path | None, most: int) -> Corpus:
    """Return the articles that can be summarised, at most `most`."""
    found: list[tuple[Article, dict[str, Any]]]
    if folder is not None and (folder / "dev.jsonl").exists():
        paths = [path for name in ("dev", "train") if (path := folder / f"{name}.jsonl").exists()]
        rows = [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()][:most]
        found = [(as_article(row, is_flat=False), as_record(row)) for row in rows]
        origin = f"IndoSum's {' and '.join(path.name for path in paths)}"
    else:
        samples = [(read_plain_text(sample.text), sample.text) for sample in seeds.sample_articles()]
        found = [(article, {"title": article.title, "text": text}) for article, text in samples[:most]]
        origin = "the sample articles of this project"
    found = [pair for pair in found if is_summarizable(pair[0])]
    lines = [json.dumps({"id": n, **record}).encode() + b"\n" for n, (_, record) in enumerate(found)]
    return Corpus([article for article, _ in found], lines, origin)


def as_record(row: dict[str, Any]) -> dict[str, Any]:
    text = PARAGRAPH_BREAK.join(" ".join(sentences) for sentences in row["paragraphs"])
    return {"title": row.get("title") or "", "text": text, "source": row.get("source")}


def is_summarizable(article: Article) -> bool:
    try:
        summarize(article)
    except NothingToSummarize:
        return False
    return True


def read_only(article: Article) -> object:
    """Do the first step of our summariser: detect the language, split into sentences and look the words up."""
    return read_document(article, detect_language(article.text))


def stem_only(article: Article) -> object:
    """Split, tokenise and stem with the functions that sumy's methods are given: the least that those cost."""
    tokenizer = Tokenizer("id")
    return [[stem(word) for word in tokenizer.to_words(text)] for text in tokenizer.to_sentences(article.text)]


def summarize_with_stock_sumy() -> Callable[[Article], object]:
    """Return LexRank as sumy's README uses it: nltk's tokenisers, and the stemmer and stop words of English.

    Only the trained abbreviations of nltk's sentence splitter, a download of their own, are missing.
    """
    from nltk.tokenize import NLTKWordTokenizer, PunktSentenceTokenizer  # type: ignore[import-untyped]
    from sumy.nlp.stemmers import Stemmer
    from sumy.nlp.tokenizers import Tokenizer as StockTokenizer
    from sumy.parsers.plaintext import PlaintextParser
    from sumy.summarizers.lex_rank import LexRankSummarizer
    from sumy.utils import get_stop_words

    splitter, words = PunktSentenceTokenizer(), NLTKWordTokenizer()

    class Words:
        """`nltk.word_tokenize`, which splits into sentences once more."""

        def tokenize(self, text: str) -> list[str]:
            return [word for sentence in splitter.tokenize(text) for word in words.tokenize(sentence)]

    class UntrainedTokenizer(StockTokenizer):  # type: ignore[misc]  # sumy has no types
        def _get_sentence_tokenizer(self, _language: str) -> PunktSentenceTokenizer:
            return splitter

        def _get_word_tokenizer(self, _language: str) -> Words:
            return Words()

    tokenizer = UntrainedTokenizer("english")
    summarizer = LexRankSummarizer(Stemmer("english"))
    summarizer.stop_words = get_stop_words("english")

    def run(article: Article) -> object:
        return summarizer(PlaintextParser.from_string(article.text, tokenizer).document, 3)

    return run


def find_step(name: str) -> Callable[[Article], object]:
    if name == STOCK:
        return summarize_with_stock_sumy()
    steps: dict[str, Callable[[Article], object]] = {"reading": read_only, "stems": stem_only}
    return steps.get(name) or partial(summarize, length=MEDIUM, method=name)


def time_each(name: str, before: Sequence[Article], articles: Sequence[Article]) -> list[float]:
    """Return the processor seconds of the step for each of the articles, after those `before`."""
    step = find_step(name)
    for article in before:
        step(article)
    return [time_in_turn({"": partial(step, article)}, 1)[""][0] for article in articles]


def time_in_new_processes(
    names: Sequence[str], before: Sequence[Article], articles: Sequence[Article], rounds: int
) -> dict[str, list[list[float]]]:
    """Return by step, for each round, the processor seconds for each article, in a process of its own."""
    found: dict[str, list[list[float]]] = {name: [] for name in names}
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        for _ in range(rounds):
            for name in names:
                found[name].append(pool.submit(time_each, name, before, articles).result())
    return found


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


def children_s() -> float:
    """Return the processor seconds of all ended child processes."""
    spent = times()
    return spent.children_user + spent.children_system


def time_command(
    methods: Sequence[str], lines: Sequence[bytes], rounds: int, *options: str, clock: Callable[[], float] = children_s
) -> dict[str, list[float]]:
    """Return by method the seconds of `ringkas summarize --jsonl` for each round."""
    environment = hide_tools(environ)
    run = partial(subprocess.run, input=b"".join(lines), stdout=subprocess.DEVNULL, check=True, env=environment)
    command = (*BOT, "summarize", "--jsonl", *options)
    return time_in_turn({name: partial(run, [*command, "--method", name]) for name in methods}, rounds, clock)


def measure(corpus: Corpus, rounds: int, *, is_smoke: bool) -> tuple[str, str]:
    """Return the section, and that of the details."""
    warm_up, count = (2, 2) if is_smoke else (WARM_UP, METHOD_ARTICLES)
    before, articles = corpus.articles[-warm_up:], corpus.articles[:-warm_up][:count]
    compared = ("ringkas", "lexrank", STOCK)
    methods = compared[:2] if is_smoke else METHODS
    warm = time_in_new_processes((*methods, STOCK, "reading", "stems"), before, articles, rounds)
    # One article before: loading code and model is measured by the commands.
    cold = time_in_new_processes(compared, before[:1], articles, rounds)
    sums = {name: [sum(each) for each in found] for name, found in warm.items()}
    ours = sums["ringkas"]
    each_ms = [1000 * seconds for seconds in warm["ringkas"][-1]]
    points = time_lengths(corpus.articles, LENGTHS_CHARS[:2] if is_smoke else LENGTHS_CHARS, rounds)
    few = min(rounds, 3)
    rows = []
    for label, found in (
        (f"{count} articles, after {warm_up} others", sums),
        (f"{count} articles, the first of a process", {n: [sum(one) for one in each] for n, each in cold.items()}),
    ):
        rows.append(
            (
                label,
                f"{1000 * median(found['ringkas']) / count:.2f}",
                *(ratios(found[n], found["ringkas"]) for n in compared[1:]),
            )
        )
    for size in sorted({1, count, len(corpus.lines)}):
        found = time_command(compared[:2], corpus.lines[:size], few)
        each = 1000 * median(found["ringkas"]) / size
        label = f"`ringkas summarize`, {size:,} article{'s' * (size > 1)}"
        rows.append((label, f"{each:.2f}", ratios(found["lexrank"], found["ringkas"]), ""))
    clocks = [
        Spread.over(time_command(["ringkas"], corpus.lines[:size], few, *options, clock=time.perf_counter)["ringkas"])
        for size, options in ((1, ()), (None, ("--jobs", "1")), (None, ("--jobs", "2")))
    ]
    others = ", ".join(f"{name} {ratios(sums[name], ours)}" for name in methods[1:])
    lengths = table(
        ("article, characters", "ms", "µs a character"),
        ((f"{length:,}", f"{ms:.1f}", f"{1000 * ms / length:.2f}") for length, ms in points),
    )
    p50, p95, p99 = (percentile(each_ms, percent) for percent in (50, 95, 99))
    head = f"""\
{describe_machine("sumy", "nltk", "numpy")}
{len(corpus.articles):,} articles: {corpus.origin}. Each is summarised once per process; processor time, {rounds} rounds
in turn ({few} with commands); medians, with smallest and largest in brackets."""
    main = f"""\
{head}

{table(("", "ours, ms an article", "LexRank, times ours", "stock LexRank, times ours"), rows)}

The bar: LexRank costs 3.5 times ours through the command, over all articles. LexRank has our sentences, words and
Indonesian stems; *stock* is sumy as in its README: nltk's tokenisers, and the stemmer and stop words of English. The
command also starts Python, reads JSON, cleans the text and writes the answer, which both methods share. On the clock,
one article through `--jsonl` takes {clocks[0]} s from start to end; all take {clocks[1]} s with one process,
{clocks[2]} s with two."""
    details = f"""\
{head}

Other methods, times ours, after other articles: {others}.
Reading alone (language, sentences, words) costs {ratios(sums["reading"], ours)};
splitting and stemming for sumy's methods {ratios(sums["stems"], ours)}.
One article takes {p50:.1f} ms (median), {p95:.1f} ms (p95), {p99:.1f} ms (p99), {max(each_ms):.1f} ms (the slowest).

{lengths}"""
    return main, details


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--articles", type=int, default=COMMAND_ARTICLES, help="the most for the command")
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    rounds = 1 if options.smoke else options.rounds
    corpus = read_corpus(options.data, SMOKE_ARTICLES if options.smoke else options.articles)
    text, details = measure(corpus, rounds, is_smoke=options.smoke)
    publish(SECTION, text, is_trial=options.smoke)
    publish(DETAILS_SECTION, details, is_trial=options.smoke, page=DETAILS)


if __name__ == "__main__":
    main()
