"""Make the dictionary with which the texts of articles are compressed, summaries/storage/data/texts.zdict.

    python -m benchmarks.train_dictionary --data DATA

DATA holds IndoSum and articles, which are not part of the project. The dictionary has phrases of up to three words that
occur in many articles of several outlets, the most useful ones last. It contains no more of any article. Frames refer
to their dictionary by its number: a new one needs another file beside the old one, which is needed for as long as
texts are compressed with it.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from summaries.storage.compression import LEVEL, zstd

MAX_BYTES = 64_000
MOST_WORDS, MIN_ARTICLES, MIN_OUTLETS, MIN_CHARS = 3, 20, 3, 4
# A shorter match is written as it is.
CHARS_OF_MATCH = 2


def read_articles(data: Path) -> Iterator[tuple[str, str]]:
    """Yield the outlet and the text of each article."""
    for path in [data / "articles" / "articles.jsonl", *sorted(data.glob("modern/articles/*.jsonl"))]:
        for row in map(json.loads, path.read_text("utf-8").splitlines()):
            if text := row.get("text"):
                yield row["outlet"].lower(), text
    for row in map(json.loads, (data / "indosum" / "train.jsonl").read_text("utf-8").splitlines()):
        text = "\n\n".join(" ".join(sentences) for sentences in row["paragraphs"])
        # IndoSum has spaces around punctuation.
        for spaced, usual in ((" ,", ","), (" .", "."), (" - ", "-"), ("( ", "("), (" )", ")")):
            text = text.replace(spaced, usual)
        yield row["source"].lower(), text


def choose_phrases(articles: list[tuple[str, str]]) -> list[str]:
    """Return the phrases that save most, the best first."""
    counts, outlets = Counter[str](), defaultdict[str, set[str]](set)
    for outlet, text in articles:
        words = text.split()
        lengths = range(1, MOST_WORDS + 1)
        phrases = {" ".join(words[at : at + count]) for count in lengths for at in range(len(words) - count + 1)}
        counts.update(phrases)
        for phrase in phrases:
            if len(outlets[phrase]) < MIN_OUTLETS:
                outlets[phrase].add(outlet)
    usual = (phrase for phrase, count in counts.items() if count >= MIN_ARTICLES and len(phrase) >= MIN_CHARS)
    shared = [phrase for phrase in usual if len(outlets[phrase]) >= MIN_OUTLETS]
    chosen, joined = [], ""
    for phrase in sorted(shared, key=lambda phrase: (-counts[phrase] * (len(phrase) - CHARS_OF_MATCH), phrase)):
        if phrase in joined:
            continue
        chosen.append(phrase)
        joined += f" {phrase}"
        if len(joined.encode()) >= MAX_BYTES:
            break
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    articles = list(read_articles(parser.parse_args().data))
    phrases = choose_phrases(articles)
    # Near matches take fewer bits than far ones.
    raw = " ".join(reversed(phrases)).encode()
    # The samples give the frequencies of letters and lengths, not their words.
    texts = [text.encode() for _, text in articles]
    made = zstd.finalize_dict(zstd.ZstdDict(raw, is_raw=True), texts, len(raw) + 1_000, LEVEL)
    path = Path(str(files("summaries.storage").joinpath("data", "texts.zdict")))
    path.write_bytes(made.dict_content)
    print(f"{len(phrases)} phrases of {len(articles)} articles, {len(made.dict_content)} bytes, number {made.dict_id}")


if __name__ == "__main__":
    main()
