"""Trains the topic model into summaries/topic_model/data/weights.txt and prints what its model card tells.

    python -m benchmarks.topics.train --data DATA

Deterministic. DATA holds IndoSum, articles and stories; none of it is part of the project.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from importlib.resources import files
from math import log
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING
from zlib import crc32

from benchmarks.topics.fitting import fit, sharpened
from benchmarks.topics.labels import Example, count, read_examples
from summaries.topic_model import HOME_TOPICS, dump_model, extract_features, guess_topic, load_model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from summaries.topic_model import TopicModel

FOLDS = 5
MAX_BYTES = 200_000
FACTORS = [1 + 0.25 * i for i in range(17)]
# Outlets with enough articles of several topics.
LEFT_OUT = ("detik.com", "kompas.com", "tempo.co", "cnnindonesia.com", "merdeka.com", "rimanews.com")


@dataclass(frozen=True, slots=True)
class Tried:
    """An article that the model has not seen, with its right topic."""

    topic: str
    model: TopicModel
    features: Mapping[str, float]

    def chances(self, factor: float) -> list[float]:
        odds = [chance**factor for chance in self.model.probabilities(self.features)]
        return [one / sum(odds) for one in odds]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    examples = read_examples(parser.parse_args().data)
    print(f"{len(examples)} articles: {count(examples)}")
    folds = [crc32(example.url.encode()) % FOLDS for example in examples]
    tried = [one for k in range(FOLDS) for one in held_out(examples, lambda i, k=k: folds[i] == k)]
    factor = max(FACTORS, key=lambda factor: likelihood(tried, factor))
    print(f"scores are multiplied by {factor:g}, which makes the held-out topics likeliest")
    report("five folds", tried, factor)
    is_new = [example.year >= "2023" for example in examples]
    report("trained before 2023, the articles since", held_out(examples, lambda i: is_new[i]), factor)
    for outlet in LEFT_OUT:
        alone = held_out(examples, lambda i, o=outlet: examples[i].outlet == o)
        report(f"without {outlet}", alone, factor, is_short=True)
    text = dump_model(sharpened(fit(examples), factor))
    if len(text.encode()) > MAX_BYTES:
        raise SystemExit(f"the model is larger than {MAX_BYTES} bytes")
    path = Path(str(files("summaries.topic_model").joinpath("data", "weights.txt")))
    path.write_text(f"# A linear model over stems, in tenths. See README.md.\n{text}", encoding="utf-8")
    guess_topic("", "")
    features = [extract_features(example.title, example.text) for example in examples]
    start = process_time()
    for one in features:
        load_model().probabilities(one)
    per_article = (process_time() - start) / len(examples)
    print(
        f"{path.stat().st_size:,} bytes, {len(load_model().weights)} stems,"
        f" {per_article * 1000:.2f} ms an article given its stems"
    )


def held_out(examples: Sequence[Example], is_held: Callable[[int], bool]) -> list[Tried]:
    """The chances of the held articles, by a model that was fitted on all others."""
    rows = [(is_held(i), example) for i, example in enumerate(examples)]
    model = fit([example for held, example in rows if not held])
    return [
        Tried(example.topic, model, extract_features(example.title, example.text)) for held, example in rows if held
    ]


def likelihood(tried: Sequence[Tried], factor: float) -> float:
    return sum(log(max(1e-9, one.chances(factor)[one.model.topics.index(one.topic)])) for one in tried)


def report(name: str, tried: Sequence[Tried], factor: float, *, is_short: bool = False) -> None:
    chances = [one.chances(factor) for one in tried]
    best = [one.model.topics[max(range(len(c)), key=c.__getitem__)] for one, c in zip(tried, chances, strict=True)]
    guesses = [(one.topic, one.model.choose(c)) for one, c in zip(tried, chances, strict=True)]
    right = sum(one.topic == topic for one, topic in zip(tried, best, strict=True))
    answered = [(topic, sure) for topic, sure in guesses if sure is not None]
    correct = sum(topic == sure for topic, sure in answered)
    at_home = sum(topic == sure or {topic, sure} <= HOME_TOPICS for topic, sure in answered)
    print(
        f"\n{name}: {len(guesses)} articles, accuracy {right / len(guesses):.3f};"
        f" answered {len(answered) / len(guesses):.3f}, of these right {correct / max(1, len(answered)):.3f},"
        f" with all home news as one {at_home / max(1, len(answered)):.3f}"
    )
    if is_short:
        return
    print("| topic | articles | precision | recall | F1 |\n|---|---|---|---|---|")
    for topic in sorted({topic for topic, _ in guesses}):
        said = sum(sure == topic for _, sure in answered)
        told = sum(one == topic for one, _ in guesses)
        hits = sum(one == sure == topic for one, sure in answered)
        f1 = 2 * hits / max(1, said + told)
        print(f"| {topic} | {told} | {hits / max(1, said):.2f} | {hits / told:.2f} | {f1:.2f} |")


if __name__ == "__main__":
    main()
