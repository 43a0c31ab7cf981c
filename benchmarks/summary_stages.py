"""Where the time of a summary goes: each stage by itself, over what the stage before it made."""

from __future__ import annotations

import gc
import time
from statistics import median
from typing import TYPE_CHECKING

from summaries.model import MEDIUM
from summaries.summarizer import summarize
from summaries.summarizer.admission import admit
from summaries.summarizer.document import read_document
from summaries.summarizer.features import extract_features
from summaries.summarizer.ranker import predict_shares
from summaries.summarizer.selection import select_sentences
from summaries.summarizer.tree_ensemble import load_forest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from summaries.model import Article

# A stage by itself finds its data in the processor's caches; within a summary it does not.
REST = "the rest: caches of the processor that are cold from stage to stage"


def stage_shares(articles: Sequence[Article], rounds: int) -> dict[str, float]:
    """Each stage's share of the processor time of whole summaries, medians over the rounds."""
    forest = load_forest()
    languages = [admit(article) for article in articles]
    documents = [read_document(*pair) for pair in zip(articles, languages, strict=True)]
    rows = [extract_features(document) for document in documents]
    found = [predict_shares(forest, row).tolist() for row in rows]
    numbers = range(len(articles))
    stages: dict[str, Callable[[int], object]] = {
        "whole": lambda i: summarize(articles[i]),
        "language and refusals": lambda i: admit(articles[i]),
        "sentences, stems and names": lambda i: read_document(articles[i], languages[i]),
        "features": lambda i: extract_features(documents[i]),
        "the forest": lambda i: predict_shares(forest, rows[i]).tolist(),
        "the choice of sentences": lambda i: select_sentences(documents[i].sentences, found[i], MEDIUM, languages[i]),
    }
    times: dict[str, list[float]] = {name: [] for name in stages}
    for _ in range(rounds):
        for name, stage in stages.items():
            gc.collect()
            began = time.process_time()
            for i in numbers:
                stage(i)
            times[name].append(time.process_time() - began)
    told = {
        name: median(part / whole for part, whole in zip(times[name], times["whole"], strict=True))
        for name in stages
        if name != "whole"
    }
    return told | {REST: max(0.0, 1 - sum(told.values()))}
