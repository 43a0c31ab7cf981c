"""Writes summaries/stories/data/background.txt: in how many articles of a background corpus each term stands.

    python -m benchmarks.stories.make_background ARTICLES.jsonl INDOSUM.jsonl... --without DEV.jsonl

The labelled articles and all of their month are left out, so that measuring on them stays honest.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from importlib.resources import files
from pathlib import Path

from benchmarks.stories.corpus import read_articles, read_indosum

MIN_ARTICLES = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("articles", type=Path)
    parser.add_argument("indosum", type=Path, nargs="+")
    parser.add_argument("--without", type=Path, required=True)
    given = parser.parse_args()
    labelled = read_articles(given.without)
    months, ids = {a.month for a in labelled if a.month}, {a.id for a in labelled}
    news = [a for a in read_articles(given.articles) if a.month not in months and a.id not in ids]
    counts: Counter[str] = Counter()
    documents = 0
    for article in [*news, *(article for path in given.indosum for article in read_indosum(path))]:
        counts.update(article.sign().weights.keys())
        documents += 1
    by_count: defaultdict[int, list[str]] = defaultdict(list)
    for term, count in counts.items():
        if count >= MIN_ARTICLES:
            by_count[count].append(term)
    lines = [f"documents {documents}"]
    lines += [f"{count} {' '.join(sorted(by_count[count]))}" for count in sorted(by_count, reverse=True)]
    path = Path(str(files("summaries.stories").joinpath("data", "background.txt")))
    path.write_text(
        "# A count of articles, then the terms that stand in so many. See README.md.\n" + "\n".join(lines) + "\n",
        encoding="utf-8",
    )
    print(f"{documents} articles, {sum(map(len, by_count.values()))} terms, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
