"""Writes words.txt and background.txt of summaries/stories/data, from a background corpus.

Its words, most frequent first; and in how many of its articles each term stands.

    python -m benchmarks.stories.make_background ARTICLES.jsonl INDOSUM.jsonl... --without DEV.jsonl

The labelled articles and all of their month are left out, so that measuring on them stays honest.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.stories.corpus import Article, read_articles, read_indosum

if TYPE_CHECKING:
    from collections.abc import Sequence

MIN_ARTICLES = 3
MIN_ARTICLES_OF_WORD = 4
WORDS_A_LINE = 20
# fmt: off
MONTHS = [
    "", "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
    "Desember",
]
# fmt: on
_WORD = re.compile(r"[^\W\d_]{2,}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("articles", type=Path)
    parser.add_argument("indosum", type=Path, nargs="+")
    parser.add_argument("--without", type=Path, required=True)
    given = parser.parse_args()
    labelled = read_articles(given.without)
    months, ids = {a.month for a in labelled if a.month}, {a.id for a in labelled}
    mentions = re.compile("|".join(f"/0?{int(m[5:])}/{m[:4]}|{MONTHS[int(m[5:])]} {m[:4]}" for m in sorted(months)))
    news = [
        article
        for article in read_articles(given.articles)
        if article.month not in months
        and article.id not in ids
        # Many have no date of their own.
        and (article.month or not mentions.search(article.text))
    ]
    corpus = [*news, *(article for path in given.indosum for article in read_indosum(path))]
    # Terms come after words: words that ran together are split by the words that are known.
    write_words(corpus)
    write_terms(corpus)


def write_words(articles: Sequence[Article]) -> None:
    counts: Counter[str] = Counter()
    for article in articles:
        counts.update({word.lower() for word in _WORD.findall(f"{article.title} {article.text}")})
    usual = sorted((word for word in counts if counts[word] >= MIN_ARTICLES_OF_WORD), key=lambda w: (-counts[w], w))
    lines = [" ".join(usual[i : i + WORDS_A_LINE]) for i in range(0, len(usual), WORDS_A_LINE)]
    write("words.txt", "Words of Indonesian news, most frequent first. See README.md.", lines)


def write_terms(articles: Sequence[Article]) -> None:
    counts: Counter[str] = Counter()
    for article in articles:
        counts.update(article.sign().weights.keys())
    by_count: defaultdict[int, list[str]] = defaultdict(list)
    for term, count in counts.items():
        if count >= MIN_ARTICLES:
            by_count[count].append(term)
    lines = [f"{count} {' '.join(sorted(by_count[count]))}" for count in sorted(by_count, reverse=True)]
    head = "A count of articles, then the terms that stand in so many. See README.md."
    write("background.txt", head, [f"documents {len(articles)}", *lines])


def write(name: str, head: str, lines: Sequence[str]) -> None:
    path = Path(str(files("summaries.stories").joinpath("data", name)))
    path.write_text("\n".join([f"# {head}", *lines]) + "\n", encoding="utf-8")
    print(f"{name}: {sum(len(line.split()) for line in lines)} words and counts, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
