"""Write words.txt and background.txt of summaries/stories/data from a background corpus.

    python -m benchmarks.stories.background ARTICLES.jsonl INDOSUM.jsonl... --without DEV.jsonl

words.txt has the corpus's words, most frequent first; background.txt the number of articles that contain each term.
The labelled articles of DEV.jsonl and all articles of their months are left out, so that they stay unseen.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.stories.train import LabelledArticle, read_articles, read_lines
from summaries.text.cleaning import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

MIN_ARTICLES = 3
MIN_ARTICLES_OF_WORD = 4
WORDS_A_LINE = 20
MONTHS = (
    *("", "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober"),
    *("November", "Desember"),
)
_WORD = re.compile(r"[^\W\d_]{2,}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", type=Path)
    parser.add_argument("indosum", type=Path, nargs="+")
    parser.add_argument("--without", type=Path, required=True)
    options = parser.parse_args()
    labelled = read_articles(options.without)
    months, ids = {month_of(a) for a in labelled} - {""}, {a.id for a in labelled}
    mentions = re.compile("|".join(f"/0?{int(m[5:])}/{m[:4]}|{MONTHS[int(m[5:])]} {m[:4]}" for m in sorted(months)))
    corpus = [
        article
        for article in read_articles(options.articles)
        if month_of(article) not in months
        and article.id not in ids
        # Many articles have no date of their own.
        and (month_of(article) or not mentions.search(article.text))
    ]
    for row in (row for path in options.indosum for row in read_lines(path)):
        text = clean("\n\n".join(" ".join(sentences) for sentences in row["paragraphs"])).text
        corpus.append(LabelledArticle(row["id"], row["source"], row["title"] or "", text, None))
    # Words first: terms depend on them, because words that ran together are split by known words.
    write_words(corpus)
    write_terms(corpus)


def month_of(article: LabelledArticle) -> str:
    return article.published_at.strftime("%Y-%m") if article.published_at else ""


def write_words(articles: Sequence[LabelledArticle]) -> None:
    counts: Counter[str] = Counter()
    for article in articles:
        counts.update({word.lower() for word in _WORD.findall(f"{article.title} {article.text}")})
    usual = sorted((word for word in counts if counts[word] >= MIN_ARTICLES_OF_WORD), key=lambda w: (-counts[w], w))
    lines = [" ".join(usual[i : i + WORDS_A_LINE]) for i in range(0, len(usual), WORDS_A_LINE)]
    write_data("words.txt", "Words of Indonesian news, most frequent first. See README.md.", lines)


def write_terms(articles: Sequence[LabelledArticle]) -> None:
    counts = Counter(term for article in articles for term in article.sign().weights)
    by_count: defaultdict[int, list[str]] = defaultdict(list)
    for term, count in counts.items():
        if count >= MIN_ARTICLES:
            by_count[count].append(term)
    lines = [f"{count} {' '.join(sorted(by_count[count]))}" for count in sorted(by_count, reverse=True)]
    # The first line is part of the shipped file.
    head = "A count of articles, then the terms that stand in so many. See README.md."
    write_data("background.txt", head, [f"documents {len(articles)}", *lines])


def write_data(name: str, head: str, lines: Sequence[str]) -> None:
    path = Path(str(files("summaries.stories").joinpath("data", name)))
    path.write_text("\n".join([f"# {head}", *lines]) + "\n", encoding="utf-8")
    print(f"{name}: {sum(len(line.split()) for line in lines)} words and counts, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
