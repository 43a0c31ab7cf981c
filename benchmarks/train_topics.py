"""Train the topic model, write summaries/topic_model/data/weights.txt, and print the figures of its model card.

    python -m benchmarks.train_topics --data DATA

DATA holds IndoSum, articles and stories; none of them is part of the project. The topic of an article comes from the
section in its address, or from IndoSum's category. Sections that mix topics (a site's "news", CNN Indonesia's columns)
give no label. The model is a multinomial logistic regression over stems. Deterministic.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from math import log, sqrt
from pathlib import Path
from time import process_time
from urllib.parse import urlsplit
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from summaries.text.cleaning import clean
from summaries.topic_model import HOME_TOPICS, TopicModel, extract_features, guess_topic, load_model

Matrix = NDArray[np.float32]

# CNN Indonesia numbers its sections in the middle of addresses ("…/20250702130846-12-1246038/…").
_CNN = {
    "nasional": {"12": "hukum", "20": "nasional", "32": "politik"},
    "politik": {"32": "politik"},
    "teknologi": {"185": "teknologi", "192": "teknologi", "206": "teknologi", "213": "teknologi", "384": "otomotif"},
    "gaya-hidup": {"255": "kesehatan", "262": "gaya-hidup", "269": "gaya-hidup", "277": "gaya-hidup"},
}
_CNN_ADDRESS = re.compile(r"/(?P<section>[a-z-]+)/\d{14}-(?P<number>\d+)-")
_SECTIONS = {
    "ekonomi": "ekonomi bisnis finance money uang saham makro",
    "internasional": "internasional dunia global",
    "olahraga": "olahraga bola sepakbola sport liga raket juara",
    "teknologi": "teknologi tekno inet digital",
    "hiburan": "hiburan showbiz entertainment hot celebrity",
    "gaya-hidup": "gaya-hidup gaya lifestyle gayahidup travel food",
    "kesehatan": "kesehatan health sehat",
    "otomotif": "otomotif oto",
    "politik": "politik pemilu",
    "hukum": "hukum kriminal",
    "daerah": "regional bandung medan surabaya yogyakarta denpasar makassar semarang jateng jatim jabar bali",
}
_BY_SECTION = {section: topic for topic, sections in _SECTIONS.items() for section in sections.split()}
_BY_DOMAIN = {"dailysocial.id": "teknologi"} | dict.fromkeys(["goal.com", "juara.net", "bolasport.com"], "olahraga")
_BY_CATEGORY = {"olahraga": "olahraga", "showbiz": "hiburan", "teknologi": "teknologi"}


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled article; `outlet` is the domain, `text` is cleaned."""

    url: str
    title: str
    text: str
    outlet: str
    year: str
    topic: str


def read_examples(data: Path) -> list[Example]:
    """Return every labelled article in the data, each address once."""
    found: dict[str, Example] = {}
    for path in ("indosum/train.jsonl", "indosum/dev.jsonl", "articles/articles.jsonl", "stories/dev.jsonl"):
        for fields in map(json.loads, (data / path).read_text(encoding="utf-8").splitlines()):
            topic = find_topic(fields["url"], fields.get("category"))
            if topic is not None:
                text = fields.get("text") or "\n\n".join(" ".join(lines) for lines in fields["paragraphs"])
                outlet = ".".join((urlsplit(fields["url"]).hostname or "").split(".")[-2:])
                example = Example(
                    fields["url"],
                    fields["title"] or "",
                    clean(text).text,
                    outlet,
                    str(fields.get("date") or "")[:4] or _year(fields["url"]),
                    topic,
                )
                found.setdefault(fields["url"], example)
    return list(found.values())


def find_topic(url: str, category: str | None) -> str | None:
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    if host.endswith("cnnindonesia.com"):
        if (found := _CNN_ADDRESS.match(parts.path)) is None:
            return None
        numbers = _CNN.get(found["section"])
        return numbers.get(found["number"]) if numbers else _BY_SECTION.get(found["section"])
    if topic := next((topic for domain, topic in _BY_DOMAIN.items() if host.endswith(domain)), None):
        return topic
    for word in (host.split(".")[0], *parts.path.split("/")[1:3]):
        if topic := _BY_SECTION.get(word.lower()):
            return topic
    return _BY_CATEGORY.get(category or "")


def _year(url: str) -> str:
    found = re.search(r"/(20[12]\d)", url)
    return found[1] if found else ""


MIN_ARTICLES = 4
RIDGE = 0.15
# Weight of rare topics: 0 by their frequency, 1 all topics alike.
BALANCE = 0.5
STEPS = 150
# Smaller weights are left out of the model.
MIN_WEIGHT = 0.3
_BIAS_INPUT, _RARITY_SCALE = 0.3, 4.0


def fit(examples: Sequence[Example]) -> TopicModel:
    features = [extract_features(example.title, example.text) for example in examples]
    topics = sorted({example.topic for example in examples})
    counts = Counter(stem for one in features for stem in one)
    stems = sorted(stem for stem, n in counts.items() if n >= MIN_ARTICLES)
    # Scaling rare stems up makes them converge in few steps and regularises them less.
    rarity = {stem: log(len(features) / counts[stem]) / _RARITY_SCALE for stem in stems}
    weights = descend(
        to_matrix(features, stems, rarity), np.array([topics.index(example.topic) for example in examples]), len(topics)
    )
    by_stem = {
        stem: tuple(
            (topic, float(weight) * rarity[stem])
            for topic, weight in enumerate(weights[row])
            if abs(weight) * rarity[stem] >= MIN_WEIGHT
        )
        for row, stem in enumerate(stems)
    }
    biases = tuple(float(weight) * _BIAS_INPUT for weight in weights[-1])
    return TopicModel(tuple(topics), biases, {stem: pairs for stem, pairs in by_stem.items() if pairs})


def sharpen(model: TopicModel, factor: float) -> TopicModel:
    """Multiply all scores by the factor, which keeps the order of topics and raises the probability of the first."""
    weights = {
        stem: tuple((topic, weight * factor) for topic, weight in pairs) for stem, pairs in model.weights.items()
    }
    return TopicModel(model.topics, tuple(bias * factor for bias in model.biases), weights)


def to_matrix(features: Sequence[Mapping[str, float]], stems: Sequence[str], rarity: Mapping[str, float]) -> Matrix:
    """Return one row per article, with one column per stem and a last one for the bias."""
    columns = {stem: column for column, stem in enumerate(stems)}
    matrix = np.zeros((len(features), len(stems) + 1), np.float32)
    for row, one in enumerate(features):
        for stem, value in one.items():
            if stem in columns:
                matrix[row, columns[stem]] = value * rarity[stem]
    matrix[:, -1] = _BIAS_INPUT
    return matrix


def descend(inputs: Matrix, labels: NDArray[np.int64], topics: int) -> Matrix:
    """Run Nesterov's accelerated gradient from zero; the early stop is part of the regularisation."""
    wanted = np.eye(topics, dtype=np.float32)[labels]
    shares = wanted.sum(0) / len(labels)
    importance = (1 / (topics * shares)) ** BALANCE
    by_row = (importance[labels] / importance[labels].mean()).astype(np.float32)
    step = 1 / (0.55 * _curvature(inputs, by_row) + RIDGE / len(labels))
    weights = np.zeros((inputs.shape[1], topics), np.float32)
    ahead, momentum = weights.copy(), 1.0
    for _ in range(STEPS):
        scores = inputs @ ahead
        odds = np.exp(scores - scores.max(1, keepdims=True))
        missed = (odds / odds.sum(1, keepdims=True) - wanted) * by_row[:, None]
        slope = (inputs.T @ missed + RIDGE * ahead) / len(labels)
        before, weights = weights, ahead - np.float32(step) * slope
        next_momentum = (1 + sqrt(1 + 4 * momentum * momentum)) / 2
        ahead = weights + np.float32((momentum - 1) / next_momentum) * (weights - before)
        momentum = next_momentum
    return weights


def _curvature(inputs: Matrix, by_row: NDArray[np.float32]) -> float:
    """Return the largest eigenvalue of the weighted second moments, by power iteration."""
    vector: NDArray[np.floating] = np.ones(inputs.shape[1], np.float32)
    largest = 1.0
    for _ in range(20):
        vector = inputs.T @ (inputs @ vector * by_row) / len(inputs)
        largest = float(np.linalg.norm(vector))
        vector /= largest
    return largest


FOLDS = 5
MAX_BYTES = 200_000
FACTORS = [1 + 0.25 * i for i in range(17)]
# Outlets with enough articles of several topics.
LEFT_OUT = ("detik.com", "kompas.com", "tempo.co", "cnnindonesia.com", "merdeka.com", "rimanews.com")


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A held-out article with its topic and the model to try on it."""

    topic: str
    model: TopicModel
    features: Mapping[str, float]

    def chances(self, factor: float) -> list[float]:
        odds = [chance**factor for chance in self.model.probabilities(self.features)]
        return [one / sum(odds) for one in odds]


def dump_model(model: TopicModel) -> str:
    """Serialise the model for `parse_model`, without weights that round to 0."""
    lines = [" ".join(model.topics), " ".join(str(round(bias * 10)) for bias in model.biases)]
    for stem in sorted(model.weights):
        pairs = [f"{topic} {round(weight * 10)}" for topic, weight in model.weights[stem] if round(weight * 10)]
        if pairs:
            lines.append(f"{stem} {' '.join(pairs)}")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    examples = read_examples(parser.parse_args().data)
    counts = Counter(example.topic for example in examples).most_common()
    print(f"{len(examples)} articles: {', '.join(f'{topic} {count}' for topic, count in counts)}")
    folds = [crc32(example.url.encode()) % FOLDS for example in examples]
    tried = [one for fold in range(FOLDS) for one in hold_out(examples, [other == fold for other in folds])]
    factor = max(FACTORS, key=lambda factor: likelihood(tried, factor))
    print(f"scores are multiplied by {factor:g}, which maximises the likelihood of held-out topics")
    report("five folds", tried, factor)
    new = hold_out(examples, [example.year >= "2023" for example in examples])
    report("trained before 2023, the articles since", new, factor)
    for outlet in LEFT_OUT:
        alone = hold_out(examples, [example.outlet == outlet for example in examples])
        report(f"without {outlet}", alone, factor, is_short=True)
    text = dump_model(sharpen(fit(examples), factor))
    if len(text.encode()) > MAX_BYTES:
        raise SystemExit(f"the model is larger than {MAX_BYTES} bytes")
    path = Path(str(files("summaries.topic_model").joinpath("data", "weights.txt")))
    path.write_text(f"# A linear model over stems, in tenths. See README.md.\n{text}", encoding="utf-8")
    guess_topic("", "")
    features = [extract_features(example.title, example.text) for example in examples]
    start = process_time()
    for one in features:
        load_model().probabilities(one)
    ms = (process_time() - start) * 1000 / len(examples)
    print(f"{path.stat().st_size:,} bytes, {len(load_model().weights)} stems, {ms:.2f} ms an article given its stems")


def hold_out(examples: Sequence[Example], is_held: Sequence[bool]) -> list[HeldOut]:
    """Return the held articles with a model that was fitted on all others."""
    rows = list(zip(is_held, examples, strict=True))
    model = fit([example for held, example in rows if not held])
    return [
        HeldOut(example.topic, model, extract_features(example.title, example.text)) for held, example in rows if held
    ]


def likelihood(tried: Sequence[HeldOut], factor: float) -> float:
    return sum(log(max(1e-9, one.chances(factor)[one.model.topics.index(one.topic)])) for one in tried)


def report(name: str, tried: Sequence[HeldOut], factor: float, *, is_short: bool = False) -> None:
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
        guessed = sum(sure == topic for _, sure in answered)
        labelled = sum(one == topic for one, _ in guesses)
        hits = sum(one == sure == topic for one, sure in answered)
        f1 = 2 * hits / max(1, guessed + labelled)
        print(f"| {topic} | {labelled} | {hits / max(1, guessed):.2f} | {hits / labelled:.2f} | {f1:.2f} |")


if __name__ == "__main__":
    main()
